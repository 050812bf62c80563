#include "sim/sim_sleep.h"

#define SLEEPING 3   /* in every so manyth schedule, once at most */
#define CALLS_MAX 40 /* about as many as there are while faults happen */
#define STEPS_MAX 100
#define STALLING 8   /* every so manyth schedule */
#define STALL_MAX 60 /* per mille of the steps in which a transaction is open */

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

/* ---- a transaction that stands open ----------------------------------------------------------------- */

void sim_stalls_draw(struct sim_world *w, uint64_t seed)
{
    w->stalls = (struct random){seed ^ UINT64_C(0x57A11)};
    w->faults.stall = random_between(&w->stalls, 0, STALLING - 1) == 0 ? (int)random_between(&w->stalls, 10, STALL_MAX) : 0;
}

static bool is_open(const struct sim_world *w, const struct sim_client *c)
{
    int32_t open = w->kafka.open[c->member];
    return c->carrying && open >= 0 && w->kafka.txns[open].state == SIM_OPEN && w->kafka.txns[open].epoch == c->producer_epoch;
}

/* Either with its whole process, which the group gives up as well, or in its thread alone. Time goes by in few steps meanwhile. */
static void stall(struct sim_world *w, struct sim_process *p)
{
    bool whole = random_between(&w->stalls, 0, 1);
    int64_t until_ms = w->now_ms + random_between(&w->stalls, SIM_TRANSACTION_MS + 1, 2 * SIM_TRANSACTION_MS);
    sim_say("%d: %s stands still in a transaction for %lld ms", p->client.member, whole ? "the process" : "a thread",
            (long long)(until_ms - w->now_ms));
    *(whole ? &p->stands_until_ms : &p->client.stands_until_ms) = until_ms;
    w->hastens_until_ms = until_ms;
}

void sim_stall_strike(struct sim_world *w)
{
    if (w->faults.stall == 0 || random_between(&w->stalls, 0, 999) >= w->faults.stall) {
        return;
    }
    int from = (int)random_between(&w->stalls, 0, SIM_PROCESSES - 1);
    for (int i = 0; i < SIM_PROCESSES; i++) {
        struct sim_process *p = &w->processes[(from + i) % SIM_PROCESSES];
        if (p->worker && !p->sleeps && !p->error && is_open(w, &p->client)) {
            stall(w, p);
            return;
        }
    }
}
