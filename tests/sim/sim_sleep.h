/* Who stands still where it matters: a process that falls asleep between two calls of a restore, and sleeps while others go on, as after SIGSTOP,
 * but inside a turn; and a transaction that stands open longer than the broker lets it, under a process that is alive. */
#ifndef CUBE_TESTS_SIM_SLEEP_H
#define CUBE_TESTS_SIM_SLEEP_H

#include "sim/sim_world.h"

/* Draws whether somebody does in a schedule, and in which call. */
void sim_sleep_draw(struct sim_world *w, uint64_t seed);

/* In each call that a restore makes of the log; arg: the process. */
void sim_sleep_look(void *arg);

/* Draws how often a transaction stands open until the broker ends it, and before each step whether one does from here on. */
void sim_stalls_draw(struct sim_world *w, uint64_t seed);
void sim_stall_strike(struct sim_world *w);

#endif
