#include "engine/scope_state.h"

static int64_t active_count(struct scope_engine *e, const struct scope *s, const struct measure *m,
                            uint32_t horizon, int64_t t_ms)
{
    struct active_source from = e->active[m->index * HORIZONS_MAX + horizon];
    if (from.measure == UINT16_MAX) {
        return -1;
    }
    const struct scope_cell *c = s->cells[from.measure];
    if (!c) {
        return 0;
    }
    struct result r;
    cell_live_result(e, s, c, from.horizon, t_ms, &r);
    return r.n;
}

static inline struct window_view window_of(struct scope_engine *e, const struct scope *s, const struct scope_cell *c, uint32_t horizon,
                                           int64_t t_ms)
{
    const struct measure *m = c->measure;
    const int64_t *total = pane_ring_total(&c->horizons[horizon].ring);
    return (struct window_view){
        .horizon = &m->horizons[horizon],
        .pane = total ? total : e->zeros,
        .level = c->level ? c->level + (m->aggregation->by_horizon ? horizon * m->aggregation->level.slots : 0)
                          : e->zeros,
        .hist = c->hists ? &c->hists[horizon] : NULL,
        .sketch = c->sketches ? &c->sketches[horizon] : NULL,
        .from_ms = oldest_pane(e, m, horizon, t_ms) * m->horizons[horizon].pane_ms,
        .t_ms = t_ms,
        .cost_of_capital = e->model->cost_of_capital,
        .active = m->by_points ? active_count(e, s, m, horizon, t_ms) : -1,
    };
}

static inline void window_result(struct scope_engine *e, const struct scope *s, const struct measure *m, const struct window_view *w,
                                 struct result *ret_r)
{
    m->aggregation->result(m, w, ret_r);
    if (ret_r->impossible) {
        e->impossible = s;
        e->impossible_measure = m;
    }
}

void cell_live_result(struct scope_engine *e, const struct scope *s, const struct scope_cell *c,
                      uint32_t horizon, int64_t t_ms, struct result *ret_r)
{
    struct window_view view = window_of(e, s, c, horizon, t_ms);
    window_result(e, s, c->measure, &view, ret_r);
}

void cell_result(struct scope_engine *e, const struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms)
{
    const struct measure *m = c->measure;
    struct window_view view = window_of(e, s, c, horizon, t_ms);
    window_result(e, s, m, &view, &c->results[horizon]);
    if (m->aggregation->creeps) {
        uint8_t bit = (uint8_t)(1u << horizon);
        c->creeps = (uint8_t)(m->aggregation->creeps(&view) ? c->creeps | bit : c->creeps & ~bit);
    }
}

bool scope_engine_impossible(const struct scope_engine *e, struct text *ret_scope, struct text *ret_measure)
{
    if (e->impossible) {
        *ret_scope = e->impossible->key;
        *ret_measure = e->impossible_measure->name;
    }
    return e->impossible != NULL;
}

bool cell_follows_time(const struct scope_cell *c)
{
    bool something = !c->sketches;
    for (uint32_t h = 0; !something && h < c->measure->horizon_count; h++) {
        something = c->sketches[h].count > 0;
    }
    return (c->measure->aggregation->follows_time && something) || c->measure->by_points;
}

void cell_results(struct scope_engine *e, const struct scope *s, struct scope_cell *c, uint8_t horizons, int64_t t_ms)
{
    bool all = cell_follows_time(c), left = false;
    if (c->releases || !(c->changed || all)) {
        return; /* what is private changes at releases only */
    }
    for (uint32_t i = 0; i < c->measure->horizon_count; i++) {
        struct cell_horizon *h = &c->horizons[i];
        if ((h->changed || (all && h->result_ms != t_ms)) && horizons >> i & 1) {
            cell_result(e, s, c, i, t_ms);
            h->changed = false;
            h->result_ms = t_ms;
            if (i == 0 && c->measure->scored) {
                scored_fill(c->measure, &c->results[0], &c->scored);
            }
        }
        left |= h->changed;
    }
    c->changed = left;
}

void scope_results(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    for (uint32_t i = 0; i < e->watched_count; i++) {
        struct scope_cell *c = s->cells[e->watched[i].measure];
        if (c) {
            cell_results(e, s, c, e->watched[i].horizons, t_ms);
        }
    }
}

void scope_scored(struct scope_engine *e, const struct scope *s)
{
    for (uint32_t i = 0; i < e->scored_count; i++) {
        const struct scope_cell *c = s->cells[e->scored_measures[i]];
        e->scored[i] = c ? c->scored : e->scored_empty[i];
    }
}

static int64_t cell_creeps(const struct scope_cell *c, unsigned horizons, int64_t t_ms)
{
    int64_t first_ms = NO_DUE;
    for (uint32_t h = 0; horizons >> h; h++) {
        int64_t pane_ms = c->measure->horizons[h].pane_ms, edge_ms = (pane_of(t_ms, pane_ms) + 1) * pane_ms;
        first_ms = horizons >> h & 1 && edge_ms < first_ms ? edge_ms : first_ms;
    }
    return first_ms;
}

int64_t scope_creeps(const struct scope_engine *e, const struct scope *s)
{
    int64_t first_ms = NO_DUE;
    for (uint32_t i = 0; i < e->creeping_count; i++) {
        const struct scope_cell *c = s->cells[e->creeping[i].measure];
        if (c && c->creeps & e->creeping[i].horizons) {
            int64_t edge_ms = cell_creeps(c, c->creeps & e->creeping[i].horizons, s->tick_ms);
            first_ms = edge_ms < first_ms ? edge_ms : first_ms;
        }
    }
    return first_ms;
}
