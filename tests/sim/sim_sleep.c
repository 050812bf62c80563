#include "sim/sim_sleep.h"

#define SLEEPING 3   /* in every so manyth schedule, once at most */
#define CALLS_MAX 40 /* about as many as there are while faults happen */
#define STEPS_MAX 100

void sim_sleep_draw(struct sim_world *w, uint64_t seed)
{
    w->sleep = (struct random){seed ^ UINT64_C(0x51EE)};
    w->calls_awake = random_between(&w->sleep, 0, SLEEPING - 1) == 0 ? (uint32_t)random_between(&w->sleep, 1, CALLS_MAX) : 0;
}

/* Its session runs out, or somebody takes its place; or all wait for it. */
static void successor_come(struct sim_world *w, int member)
{
    switch (random_between(&w->sleep, 0, 2)) {
    case 0:
        sim_leave(&w->kafka, member);
        sim_process_start(w, (int)random_between(&w->sleep, 0, SIM_MEMBERS - 1));
        break;
    case 1:
        sim_process_start(w, member);
        break;
    default:
        break;
    }
}

void sim_sleep_look(void *arg)
{
    struct sim_process *p = arg;
    struct sim_world *w = p->world;
    if (w->steps >= w->steps_wanted || w->calls_awake == 0 || --w->calls_awake > 0) {
        return;
    }
    uint64_t until = w->steps + (uint64_t)random_between(&w->sleep, 1, STEPS_MAX);
    sim_say("%d: falls asleep while it restores", p->client.member);
    p->sleeps = true;
    successor_come(w, p->client.member);
    while (w->steps < until && w->steps < w->steps_wanted) {
        sim_world_step(w);
    }
    sim_say("%d: wakes", p->client.member);
    p->sleeps = false;
    p->client.now_ms = w->now_ms;
    p->client.answered = false; /* what the group said was before */
}
