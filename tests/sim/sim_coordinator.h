/* Coordinators that are lost for a while: that of a transactional id, or that of the group. Meanwhile requests to it come to nothing, no
 * marker is sent, no session and no transaction runs out; what it had decided stands when it is back. */
#ifndef CUBE_TESTS_SIM_COORDINATOR_H
#define CUBE_TESTS_SIM_COORDINATOR_H

#include "sim/sim_world.h"

/* Before each step: one is lost, or comes back. */
void sim_coordinators_strike(struct sim_world *w);

/* All are there from now on. */
void sim_coordinators_back(struct sim_world *w);

#endif
