/* A schedule and what it is compared with. */
#ifndef CUBE_TESTS_SIM_SCHEDULE_H
#define CUBE_TESTS_SIM_SCHEDULE_H

#include "sim/sim_check.h"
#include "task/planted.h"

enum { STORIES = 48, LAYOUTS = 2 };

/* What one process without a fault makes of a story. */
struct reference {
    bool made;
    struct story story;
    struct sim_world world;
    struct sim_outputs outputs;
};

struct schedules {
    struct config *configs[STORY_CONFIGS];
    struct reference references[STORIES][LAYOUTS]; /* made when they are asked for */
    struct sim_world world;
    struct story story;                            /* of a schedule that is told one of its own */
    struct sim_manner manner;                      /* its scratch is made with the rest */
    enum planted_bug planted;                      /* made in schedules, not in what they are compared with */
};

/* False: a configuration is refused. */
bool schedules_open(struct schedules *s);
void schedules_close(struct schedules *s);

/* Runs the schedule of a seed; fails when something does not hold. Returns its steps. */
uint64_t schedules_run(struct schedules *s, uint64_t seed);

#endif
