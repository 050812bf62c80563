/* A small company for tests of the entity engine: a model with the measures asked for, an engine, and the
 * sum of all rows it emitted, so that a test can ask what a scope would say. */
#ifndef CUBE_TESTS_ENTITY_WORLD_H
#define CUBE_TESTS_ENTITY_WORLD_H

#include <stdio.h>
#include <stdlib.h>

#include "engine/entity_state.h"

#define DAY INT64_C(86400000)
#define HOUR INT64_C(3600000)
#define WORLD_MEASURES 32

struct world_row {
    char key[96];
    uint16_t measure;
    uint8_t kind, slots; /* of quiet rows as if they were not */
    bool quiet;          /* the last of them was */
    int64_t pane;
    int32_t bucket;
    int64_t cells[CELL_SLOTS_MAX];
};

struct world {
    struct model model;
    struct measure measures[WORLD_MEASURES];
    struct points_rule rules[POINTS_RULES_MAX];
    struct entity_engine *engine;
    struct world_row *rows;
    uint32_t row_count, row_capacity;
    uint32_t next_id;
    bool owing; /* random events: invoices, payments and what else is beside money, too */
    char ids[64][16];
};

/* ---- the model ------------------------------------------------------------------------------------ */

static inline void world_open(struct world *w)
{
    memset(w, 0, sizeof *w);
    struct model *m = &w->model;
    m->measures = w->measures;
    m->points.rules = w->rules;
    m->scopes.count = 5;
    m->scopes.kinds[1] = (struct scope_kind){1, {DIM_REGION}};
    m->scopes.kinds[2] = (struct scope_kind){1, {DIM_SEGMENT}};
    m->scopes.kinds[3] = (struct scope_kind){1, {DIM_DEPARTMENT}};
    m->scopes.kinds[4] = (struct scope_kind){2, {DIM_REGION, DIM_SEGMENT}};
    m->tracks[PRESENT_TRACK] = (struct ledger_track){LEDGER_MARGIN, {365 * DAY, DAY, 365, "365d"}};
    m->track_count = 1;
    m->cube.tick_ms = 10000;
    m->clv.retention = 0.8;
    m->clv.discount_rate = 0.1;
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        m->minute_rates[c] = 750000;
    }
    m->cost_of_capital = 80000;
    m->reissue_within_ms = 365 * DAY;
    m->privacy = (struct privacy_plan){5, DAY};
    m->time.lateness_ms = DAY;
    m->limits.customers = m->limits.employees = 1000000;
    m->limits.scopes = 100000;
    m->limits.ids = 1000000;
    m->limits.releases = 400;
}

static inline struct measure *world_measure(struct world *w, const char *name, const char *aggregation,
                                            uint64_t kinds, int64_t window_ms, int64_t pane_ms)
{
    struct measure *m = &w->measures[w->model.measure_count];
    m->name = text_of(name);
    m->index = (uint16_t)w->model.measure_count++;
    m->aggregation = aggregation_find(aggregation);
    m->from.kinds = kinds;
    m->from.term_count = 1;
    m->from.terms[0] = (struct value_term){EVENT_VALUE, 1};
    m->horizons[0] = (struct horizon){window_ms, pane_ms, (window_ms + pane_ms - 1) / pane_ms, "w"};
    m->horizon_count = 1;
    m->pane_ms = pane_ms;
    m->longest_ms = m->horizons[0].panes * pane_ms;
    m->recontact_window_ms = 7 * DAY;
    return m;
}

static inline struct points_rule *world_rule(struct world *w, enum event_kind kind, int64_t points,
                                             uint8_t per, bool once)
{
    struct points_rule *r = &w->rules[w->model.points.count++];
    *r = (struct points_rule){.kind = kind, .points = points, .per = per, .once = once};
    return r;
}

/* The default plan of points (contract, section 2), without product groups. */
static inline void world_default_points(struct world *w, bool highest)
{
    world_rule(w, KIND_NEWSLETTER_RECEIVED, 10, EVENT_ISSUE, true)->stage_group = 1;
    world_rule(w, KIND_NEWSLETTER_OPENED, 20, EVENT_ISSUE, true)->stage_group = 1;
    world_rule(w, KIND_NEWSLETTER_READ, 30, EVENT_ISSUE, true)->stage_group = 1;
    world_rule(w, KIND_SOCIAL_FOLLOW, 15, EVENT_FIELD_NONE, true)->retracted_by = UINT64_C(1) << KIND_SOCIAL_UNFOLLOW;
    struct points_rule *like = world_rule(w, KIND_SOCIAL_LIKE, 10, EVENT_REF, true);
    like->retracted_by = UINT64_C(1) << KIND_SOCIAL_UNLIKE;
    like->has_steps = true;
    like->steps_field = EVENT_INFLUENCE;
    like->steps_above = 35 * FIXED_ONE;
    like->steps_points = 20;
    w->model.points.stages_highest = highest;
    w->model.points.window_ms = 365 * DAY;
    w->model.points.pane_ms = DAY;
}

/* All but so few entities are asleep. */
#define WORLD_AWAKE 2

static inline int world_start(struct world *w, enum entity_type type, uint64_t seed)
{
    int rc = entity_engine_create(&w->model, type, seed, &w->engine);
    if (rc == 0) {
        w->engine->sleepers.max = WORLD_AWAKE;
    }
    return rc;
}

static inline void world_close(struct world *w)
{
    entity_engine_destroy(w->engine);
    free(w->rows);
    w->engine = NULL;
    w->rows = NULL;
}

/* ---- events --------------------------------------------------------------------------------------- */

static inline struct event world_event(struct world *w, enum event_kind kind, int64_t ts_ms, const char *entity)
{
    struct event e;
    memset(&e, 0, sizeof e);
    char *id = w->ids[w->next_id % 64];
    snprintf(id, sizeof w->ids[0], "e-%08u", w->next_id++);
    e.kind = kind;
    e.topic = kind_rows[kind].topic;
    e.ts_ms = ts_ms;
    e.id = text_of(id);
    e.entity = text_of(entity);
    return e;
}

static inline void event_put_text(struct event *e, enum event_field f, const char *t)
{
    e->present |= UINT64_C(1) << f;
    e->slot[f].text = text_of(t);
}

static inline void event_put_number(struct event *e, enum event_field f, int64_t n)
{
    e->present |= UINT64_C(1) << f;
    e->slot[f].number = n;
}

/* ---- rows ----------------------------------------------------------------------------------------- */

static inline struct world_row *world_row_get(struct world *w, struct text key, const struct delta_row *r)
{
    for (uint32_t i = 0; i < w->row_count; i++) {
        struct world_row *x = &w->rows[i];
        if (x->measure == r->measure && x->kind == r->kind && x->pane == r->pane && x->bucket == r->bucket &&
            strlen(x->key) == key.len && memcmp(x->key, key.at, key.len) == 0) {
            return x;
        }
    }
    if (w->row_count == w->row_capacity) {
        w->row_capacity = w->row_capacity ? 2 * w->row_capacity : 256;
        w->rows = realloc(w->rows, w->row_capacity * sizeof *w->rows);
    }
    struct world_row *x = &w->rows[w->row_count++];
    *x = (struct world_row){.measure = r->measure, .kind = r->kind, .slots = r->slots, .pane = r->pane, .bucket = r->bucket};
    memcpy(x->key, key.at, key.len);
    return x;
}

/* The cells of a kind of row. */
static inline const struct layout *world_layout(const struct aggregation *g, unsigned kind)
{
    static const struct layout one = {.slots = 1};
    return kind == ROW_PANE ? &g->pane : kind == ROW_LEVEL ? &g->level : kind == ROW_SKETCH ? &g->sketch : &one;
}

/* Adds the engine's rows to the sums and clears them. */
static inline void world_drain(struct world *w)
{
    struct delta_table *t = entity_engine_deltas(w->engine);
    for (uint32_t i = 0; i < delta_table_count(t); i++) {
        struct delta_row row = *delta_table_at(t, i), *r = &row;
        bool quiet = row_is_quiet(row.kind);
        row.kind = row_kind_aloud(row.kind);
        const struct scope_table *table = entity_engine_scopes(w->engine);
        const struct aggregation *g = r->measure < model_measures(&w->model) ? w->measures[r->measure].aggregation : NULL;
        struct layout one = {.slots = 1};
        const struct layout *l = g && r->kind != ROW_CORRECTION ? world_layout(g, r->kind) : &one;
        const struct scope_set *set = r->set & SET_ALONE ? NULL : scope_table_set_at(table, r->set);
        for (uint32_t k = 0; k < (set ? set->count : 1); k++) {
            struct world_row *x = world_row_get(w, scope_table_key(table, set ? set->scopes[k] : r->set ^ SET_ALONE), r);
            cells_add(l, x->cells, r->cells);
            x->quiet = quiet;
        }
    }
    delta_table_clear(t);
}

/* Runs all timers up to an instant. */
static inline int world_run(struct world *w, int64_t until_ms)
{
    int rc;
    while ((rc = entity_engine_timers(w->engine, until_ms)) == 1) {
        world_drain(w);
    }
    return rc;
}

/* Runs the timers before an event, then applies it. */
static inline int world_apply(struct world *w, const struct event *e)
{
    int rc = world_run(w, e->ts_ms);
    rc = rc ? rc : entity_engine_apply(w->engine, e, entity_engine_hash(w->engine, e->entity), false);
    world_drain(w);
    return rc;
}

/* Applies an event that comes late. */
static inline int world_straggle(struct world *w, const struct event *e)
{
    int rc = entity_engine_apply(w->engine, e, entity_engine_hash(w->engine, e->entity), true);
    world_drain(w);
    return rc;
}

/* What the scope would say of a measure at t: the window's panes, the level, the aggregation's result. */
static inline struct result world_result_of(const struct world *w, const char *key, const struct measure *m,
                                            uint32_t horizon, int64_t t_ms)
{
    int64_t pane[CELL_SLOTS_MAX] = {0}, level[CELL_SLOTS_MAX] = {0};
    struct sketch sketch = {0};
    const struct horizon *h = &m->horizons[horizon];
    int64_t level_pane = m->aggregation->by_horizon ? horizon : 0;
    struct hist_ring hist = {0};
    int rc = 0;
    int64_t newest = pane_newest(t_ms, m->pane_ms), oldest = newest - h->panes + 1;
    for (uint32_t i = 0; i < w->row_count; i++) {
        const struct world_row *x = &w->rows[i];
        if (x->measure != m->index || strcmp(x->key, key) != 0) {
            continue;
        }
        if (x->kind == ROW_LEVEL && x->pane == level_pane) {
            cells_add(&m->aggregation->level, level, x->cells);
        } else if (x->kind == ROW_SKETCH && x->pane == horizon && sketch_add(&sketch, &m->aggregation->sketch, x->bucket, x->cells) != 0) {
            abort();
        } else if (x->kind == ROW_PANE && x->pane >= oldest && x->pane <= newest) {
            cells_add(&m->aggregation->pane, pane, x->cells);
        } else if (x->kind == ROW_HIST && x->pane >= oldest && x->pane <= newest && x->cells[0] != 0) {
            rc |= hist_ring_add(&hist, x->pane, x->bucket, x->cells[0]);
        }
    }
    struct window_view v = {.horizon = h, .pane = pane, .level = level, .sketch = &sketch,
                            .cost_of_capital = w->model.cost_of_capital, .hist = rc == 0 ? &hist : NULL,
                            .from_ms = oldest * m->pane_ms, .t_ms = t_ms, .active = -1};
    struct result r;
    m->aggregation->result(m, &v, &r);
    sketch_close(&sketch);
    hist_ring_close(&hist);
    return r;
}

static inline struct result world_result(const struct world *w, const char *key, const struct measure *m, int64_t t_ms)
{
    return world_result_of(w, key, m, 0, t_ms);
}

#endif
