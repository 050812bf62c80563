/* Generations of the group in which an input is given to nobody, as where its leader did not see the topic just then. Whoever has partitions joins
 * again, sooner or later, and is not ready until then. */
#ifndef CUBE_TESTS_SIM_GIVEN_H
#define CUBE_TESTS_SIM_GIVEN_H

#include "sim/sim_world.h"

/* Whether the schedule has such generations. */
void sim_given_draw(struct sim_world *w, uint64_t seed);

/* After a turn. Fails when a process is ready while an input is given to nobody. */
void sim_given_look(struct sim_process *p);
/* While tasks are put back, as the page does: of a process. Fails when it is ready. */
void sim_given_meanwhile(void *arg);

#endif
