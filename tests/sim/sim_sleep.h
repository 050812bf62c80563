/* A process that falls asleep between two calls of a restore, and sleeps while others go on: as after SIGSTOP, but inside a turn. */
#ifndef CUBE_TESTS_SIM_SLEEP_H
#define CUBE_TESTS_SIM_SLEEP_H

#include "sim/sim_world.h"

/* Draws whether somebody does in a schedule, and in which call. */
void sim_sleep_draw(struct sim_world *w, uint64_t seed);

/* In each call that a restore makes of the log; arg: the process. */
void sim_sleep_look(void *arg);

#endif
