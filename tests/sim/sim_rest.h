/* When nothing is left to do. */
#ifndef CUBE_TESTS_SIM_REST_H
#define CUBE_TESTS_SIM_REST_H

#include "sim/sim_world.h"

/* All inputs are read and committed, somebody has each partition, and no transaction is under way. */
bool sim_at_rest(const struct sim_world *w);

/* No transaction is. */
bool sim_all_ended(const struct sim_world *w);

#endif
