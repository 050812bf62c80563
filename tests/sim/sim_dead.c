#include "sim/sim_dead.h"

#include <string.h>

#include "sim/sim.h"
#include "sim/sim_world.h"

#define SELDOM 8 /* a process of which nothing is expected is asked in every so manyth step */

void sim_dead_draw(uint64_t seed, struct config *config)
{
    static const uint32_t windows[] = {10, 20, SIM_DEAD_WINDOW_MAX};
    struct random draw = {seed ^ UINT64_C(0xDEAD)};
    config->dead_letter_window = windows[random_between(&draw, 0, 2)];
    sim_say("limits.dead_letter_share: of the last %u records", config->dead_letter_window);
}

/* Stories have two kinds of them: what is no event, and what is hours ahead of any clock. */
static bool is_dead(const struct record *r)
{
    return r->timestamp_ms > STORY_NOW + 3600000 ||
           (r->value_len == strlen(STORY_UNREADABLE) && memcmp(r->value, STORY_UNREADABLE, r->value_len) == 0);
}

void sim_dead_heard(struct sim_process *p, struct entity_task *t, const struct record *r)
{
    uint32_t window = p->world->config->dead_letter_window;
    if (window > 0 && r->offset >= entity_task_input(t, r->role == ROLE_CPI)->committed) {
        p->dead.last[p->dead.records++ % window] = is_dead(r);
    }
}

static bool has_too_many(const struct sim_process *p)
{
    uint32_t window = p->world->config->dead_letter_window, dead = 0;
    for (uint32_t i = 0; i < window; i++) {
        dead += p->dead.last[i];
    }
    return p->dead.records >= window && (double)dead / window > p->world->config->dead_letter_share;
}

/* By the clock some events are ahead of it that are none of these. */
static bool is_judged(const struct sim_process *p)
{
    const struct config *c = p->world->config;
    return c->dead_letter_window > 0 && c->model.time.idle_after_ms < 0 && !p->error && !p->leaves && !p->client.ended;
}

void sim_dead_look(struct sim_process *p)
{
    bool over = is_judged(p) && has_too_many(p);
    if (!is_judged(p) || (!over && !p->dead.told && p->world->steps % SELDOM != 0)) {
        return;
    }
    struct status s;
    worker_status(p->worker, &s);
    bool fires = s.alerts[p->world->config->model.alert_count].firing > 0; /* of a task, which had it from another process, too */
    p->dead.told = strcmp(s.not_ready, "too many dead letters") == 0;
    sim_check(!s.ready || !(over || fires), "a process with too many dead letters is not ready");
    sim_check(!p->dead.told || over || fires, "a process with few dead letters is ready");
}
