/* Time as it passes, and the clock of the processes. Where quiet inputs are passed over by the clock it goes about as fast as the story, and of each
 * process it is kept what its tasks have heard and when: how far they may go, and must, is said here once more. */
#ifndef CUBE_TESTS_SIM_CLOCK_H
#define CUBE_TESTS_SIM_CLOCK_H

#include "sim/sim_kafka.h"

#define SIM_ENTITIES (SIM_PARTITIONS + 1) /* customers, then the employees */

struct sim_world;
struct sim_process;

struct sim_clock {
    int64_t now_ms, most_ms;             /* of its last turn, and the latest that it was told */
    bool seen[SIM_ENTITIES];             /* the task was there after the last turn */
    int64_t most_applied_ms[SIM_ENTITIES]; /* as far as it might have gone */
    bool held[ROLE_PARTIALS][SIM_PARTITIONS]; /* before the last turn */
    int64_t heard_ms[ROLE_PARTIALS][SIM_PARTITIONS];
};

/* Before the first step: when the clock begins and how fast it goes. */
void sim_clock_draw(struct sim_world *w, uint64_t seed);

/* In each step; sim_clock_hurries alone in rounds that say how much time passes. */
void sim_time_passes(struct sim_world *w);
void sim_clock_hurries(struct sim_world *w);

/* A process is about to take a record of an input. */
void sim_clock_heard(struct sim_process *p, const struct record *r);

/* A turn of its worker at that clock. Fails when a task went further than its inputs and the clock allow, or not as far. */
void sim_clock_turn(struct sim_process *p, int64_t now_ms);

#endif
