#include "sim/sim_coordinator.h"

#define AWAY_MIN_MS 200
#define AWAY_MAX_MS 15000

static void look(struct sim_world *w, bool all)
{
    for (int i = 0; i < SIM_MEMBERS; i++) {
        w->kafka.is_away[i] = w->kafka.is_away[i] && !all && w->now_ms < w->away_until_ms[i];
    }
    if (w->kafka.group_is_away && (all || w->now_ms >= w->away_until_ms[SIM_MEMBERS])) {
        sim_group_back(&w->kafka, w->now_ms);
    }
}

void sim_coordinators_strike(struct sim_world *w)
{
    if (w->faults.coordinator == 0) {
        return; /* so none is away */
    }
    look(w, false);
    if (random_between(&w->apart, 0, 999) >= w->faults.coordinator) {
        return;
    }
    int which = (int)random_between(&w->apart, 0, SIM_MEMBERS); /* the last is the group's */
    w->away_until_ms[which] = w->now_ms + random_between(&w->apart, AWAY_MIN_MS, AWAY_MAX_MS);
    if (which == SIM_MEMBERS) {
        w->kafka.group_is_away = true;
    } else {
        w->kafka.is_away[which] = true;
    }
    sim_say("the coordinator of %s is lost", which == SIM_MEMBERS ? "the group" : "transactions");
}

void sim_coordinators_back(struct sim_world *w)
{
    look(w, true);
}
