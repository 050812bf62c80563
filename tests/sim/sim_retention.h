/* Retention of topics: the first offset of a partition moves. Mostly past what nobody needs any more, as the last commit record of its
 * task says; that must not be seen. In some schedules once further: records are lost that a task has not read or must read again. Whoever
 * finds one of them gone has to say so and leave, and no commit may pass it over. Of outputs that are not compacted anything may go. */
#ifndef CUBE_TESTS_SIM_RETENTION_H
#define CUBE_TESTS_SIM_RETENTION_H

#include "sim/sim_world.h"

/* Draws how often, and whether this schedule loses records; and how often coordinators are lost. */
void sim_apart_draw(struct sim_world *w, uint64_t seed);

/* Before each step. */
void sim_retention_strike(struct sim_world *w);

/* The log of a process cannot go on: allowed where records were lost. */
void sim_retention_refused(struct sim_world *w, const struct sim_process *p);

#endif
