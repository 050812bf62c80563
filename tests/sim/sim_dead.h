/* What a process says of itself while too many of the last records it took are dead letters, counted here once more. The alerts of its tasks are
 * judged with the other outputs. */
#ifndef CUBE_TESTS_SIM_DEAD_H
#define CUBE_TESTS_SIM_DEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "port/record.h"
#include "support/random.h"

#define SIM_DEAD_WINDOW_MAX 40

struct sim_process;
struct entity_task;

struct sim_dead {
    bool last[SIM_DEAD_WINDOW_MAX]; /* by record number modulo the window */
    uint64_t records;
    bool told; /* the last time it was asked */
};

/* Of how many records a share is taken: of so few that stories reach it. */
void sim_dead_draw(uint64_t seed, struct config *config);

/* A task of the process is about to take a record; one that it reads again counted when it was read first. */
void sim_dead_heard(struct sim_process *p, struct entity_task *t, const struct record *r);

/* After a turn. Fails when it is ready with too many dead letters, or is not without. */
void sim_dead_look(struct sim_process *p);

#endif
