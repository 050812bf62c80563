/* Cells of employees' answers go out at the daily release only, and only when enough people stand behind
 * them and enough has changed (domain 4.4). */
#include "engine/scope_state.h"

void scope_release_touch(struct scope_engine *e, struct scope *s, struct cell_release *r,
                         int64_t answers, int64_t t_ms)
{
    r->changed += answers < 0 ? -answers : answers;
    if (s->release_ms == NO_DUE) {
        /* The release of this very tick counts: it lets out the cell as of the tick. */
        s->release_ms = release_after(e->model, t_ms - e->model->cube.tick_ms);
    }
}

static int64_t respondents(const struct scope_cell *c, uint32_t horizon, int64_t n)
{
    const struct aggregation *a = c->measure->aggregation;
    const int64_t *total = pane_ring_total(&c->horizons[horizon].ring);
    return !a->respondents ? n : total ? total[aggregation_respondents_slot(a)] : 0;
}

static void horizon_release(struct scope_engine *e, struct scope *s, struct scope_cell *c,
                            uint32_t horizon, int64_t t_ms)
{
    struct cell_release *r = &c->releases[horizon];
    int64_t k = e->model->privacy.k;
    struct result live;
    cell_live_result(e, s, c, horizon, t_ms, &live);
    r->withheld = live.n < k || respondents(c, horizon, live.n) < k;
    if (!r->withheld && (!r->ever || r->changed >= k)) {
        r->ever = true;
        r->published_ms = t_ms;
        r->changed = 0;
        r->result = live;
    }
    cell_release_show(r, &c->results[horizon]);
}

void cell_release_show(const struct cell_release *r, struct result *ret_r)
{
    *ret_r = r->ever && !r->withheld ? r->result : (struct result){0};
}

bool scope_release(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    if (s->release_ms > t_ms) {
        return false;
    }
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        struct scope_cell *c = s->cells[i];
        if (!c || !c->releases) {
            continue;
        }
        for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
            horizon_release(e, s, c, h, t_ms);
        }
        if (c->measure->scored) {
            scored_fill(c->measure, &c->results[0], &c->scored);
        }
    }
    s->release_ms = NO_DUE;
    return true;
}
