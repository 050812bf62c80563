#include "sim/sim_stop.h"

#define STOP_MAX 40 /* per mille of the steps */
#define BACK_PERCENT 60

void sim_stops_draw(struct sim_world *w, uint64_t seed)
{
    w->stops = (struct random){seed ^ UINT64_C(0x570B)};
    w->faults.stop = random_between(&w->stops, 0, 2) ? (int)random_between(&w->stops, 5, STOP_MAX) : 0;
}

static void tell(struct sim_process *p)
{
    sim_say("%d: is told to stop", p->client.member);
    p->leaves = true;
    worker_leave(p->worker);
}

void sim_stop_strike(struct sim_world *w)
{
    if (w->faults.stop == 0 || random_between(&w->stops, 0, 999) >= w->faults.stop) {
        return;
    }
    int from = (int)random_between(&w->stops, 0, SIM_PROCESSES - 1);
    for (int i = 0; i < SIM_PROCESSES; i++) {
        struct sim_process *p = &w->processes[(from + i) % SIM_PROCESSES];
        if (p->worker && !p->sleeps && !p->leaves && !p->error) {
            tell(p);
            return;
        }
    }
}

bool sim_stops_all(struct sim_world *w)
{
    bool all = random_between(&w->stops, 0, 1);
    for (int i = 0; all && i < SIM_PROCESSES; i++) {
        if (w->processes[i].worker) {
            tell(&w->processes[i]);
        }
    }
    return all;
}

void sim_stop_look(struct sim_world *w, struct sim_process *p)
{
    int member = p->client.member;
    if (!p->leaves || !worker_has_left(p->worker) || sim_client_busy(&p->client)) {
        return;
    }
    sim_say("%d: has left", member);
    bool lost = w->faults.request_lost > 0 && random_between(&w->stops, 0, 999) < w->faults.request_lost;
    if (p->client.incarnation == w->kafka.members[member].incarnation && !lost) { /* or its session runs out */
        sim_leave(&w->kafka, member);
    }
    sim_process_kill(p);
    if (w->faults.stop > 0 && random_between(&w->stops, 0, 99) < BACK_PERCENT) {
        sim_process_start(w, member);
    }
}
