/* `cubed verify` over the topics of a schedule. */
#ifndef CUBE_TESTS_SIM_VERIFY_H
#define CUBE_TESTS_SIM_VERIFY_H

#include "sim/sim_world.h"

/* Fails with the first violation that it reports. Nothing may be under way. */
void sim_verify_holds(const struct sim_world *w);

#endif
