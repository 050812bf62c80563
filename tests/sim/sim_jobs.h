/* The jobs port of a simulated process: in one thread, and last things first. */
#ifndef CUBE_TESTS_SIM_JOBS_H
#define CUBE_TESTS_SIM_JOBS_H

#include "port/jobs.h"

static inline void sim_jobs_run(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg)
{
    (void)self;
    while (count-- > 0) {
        each(arg, count);
    }
}

/* Whoever looks does so before each of them, and behind the last. */
static inline void sim_jobs_run_beside(void *self, uint32_t count, void (*each)(void *arg, uint32_t i), void *arg, void (*meanwhile)(void *arg),
                                       void *meanwhile_arg)
{
    (void)self;
    while (count-- > 0) {
        meanwhile(meanwhile_arg);
        each(arg, count);
    }
    meanwhile(meanwhile_arg);
}

/* Processes differ in how many tasks they put back at once. */
static inline struct jobs sim_jobs(int member)
{
    return (struct jobs){.width = (uint32_t)(member % 2 + 1), .run = sim_jobs_run, .run_beside = sim_jobs_run_beside};
}

#endif
