#include "sim/sim_given.h"

#include "sim/sim.h"

#define SCHEDULES_WITH 8 /* one of so many */

void sim_given_draw(struct sim_world *w, uint64_t seed)
{
    struct random draw = {seed ^ UINT64_C(0x617E4)};
    w->kafka.withholds = random_between(&draw, 0, SCHEDULES_WITH - 1) == 0 ? random_next(&draw) | 1 : 0;
}

void sim_given_look(struct sim_process *p)
{
    const struct sim_kafka *k = &p->world->kafka;
    if (!p->error && p->client.generation == k->generation && sim_withheld(k) < INPUT_ROLES) {
        struct status s;
        worker_status(p->worker, &s);
        sim_check(!s.ready, "nobody is ready while an input is given to nobody");
    }
}

void sim_given_meanwhile(void *arg)
{
    struct sim_process *p = arg;
    struct status s;
    worker_status(p->worker, &s);
    sim_check(!s.ready, "nobody is ready while tasks are put back");
}
