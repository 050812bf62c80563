/* Rows that come over the wire: what does not fit the model is refused before it waits for its tick. */
#include "base/check.h"
#include "engine/scope_state.h"

#define HIST_BUCKET_LIMIT 4096 /* see window/hist.c */

static bool pane_fits(int64_t pane_ms, int64_t pane)
{
    return pane > -PANE_LIMIT && pane < PANE_LIMIT && pane_is_within(pane_ms, pane, PANE_LIMIT_MS);
}

/* Rows come over the wire: what does not fit the model is refused before it is kept. */
static bool row_fits(const struct scope_engine *e, const struct delta_row *row)
{
    const struct model *m = e->model;
    if (row->kind == ROW_CORRECTION) {
        return row->slots == 1;
    }
    if (row->kind == ROW_CONTACTS) {
        const struct horizon *h = &m->cube.linked;
        return row->slots == 1 && h->panes > 0 && (uint32_t)row->bucket < gift_table_count(e->gifts) &&
               pane_fits(h->pane_ms, row->pane);
    }
    if (row->measure >= m->measure_count) {
        return false;
    }
    const struct measure *x = &m->measures[row->measure];
    if ((row->kind == ROW_TOUCH ? !x->is_private || e->guards : (x->is_private || x->is_inner) != e->guards)) {
        return false;
    }
    switch (row_kind_aloud(row->kind)) {
    case ROW_TOUCH: return row->slots == 0;
    case ROW_PANE: return row->slots == x->aggregation->pane.slots && pane_fits(x->pane_ms, row->pane);
    case ROW_LEVEL:
        return row->slots == x->aggregation->level.slots && row->slots > 0 && row->pane >= 0 &&
               row->pane < (int64_t)measure_levels(x);
    case ROW_HIST:
        return row->slots == 1 && x->aggregation->histogram && pane_fits(x->pane_ms, row->pane) &&
               row->bucket > -HIST_BUCKET_LIMIT && row->bucket < HIST_BUCKET_LIMIT;
    case ROW_SKETCH:
        return row->slots == x->aggregation->sketch.slots && row->slots > 0 && row->pane >= 0 &&
               row->pane < (int64_t)x->horizon_count && row->bucket > -SKETCH_BUCKET_LIMIT &&
               row->bucket < SKETCH_BUCKET_LIMIT;
    default: return false;
    }
}

/* True for a row that differs from one that fits in its cells only. */
static bool row_is_named_again(const struct scope_engine *e, const struct delta_row *row)
{
    const struct delta_row *f = &e->fits;
    return row->kind == f->kind && row->measure == f->measure && row->pane == f->pane && row->slots == f->slots;
}

/* Rows of one name come together; those with buckets are looked at one by one. */
static bool row_is_taken(struct scope_engine *e, const struct delta_row *row)
{
    if (row_is_named_again(e, row)) {
        return true;
    }
    if (!row_fits(e, row)) {
        return false;
    }
    if (row->kind == ROW_PANE || row->kind == ROW_LEVEL) {
        e->fits = *row;
    }
    return true;
}

int scope_engine_set(struct scope_engine *e, const uint32_t *scopes, uint32_t count, uint32_t *ret_set)
{
    for (uint32_t i = 0; i < count; i++) {
        CHECK_PRE(scopes[i] < e->count);
    }
    if (count == 1) {
        *ret_set = set_alone(scopes[0]);
        return 0;
    }
    return scope_sets_add(&e->sets, scopes, count, ret_set);
}

int scope_engine_add(struct scope_engine *e, int64_t tick_ms, const struct delta_row *row)
{
    CHECK_PRE(row->set & SET_ALONE ? (row->set ^ SET_ALONE) < e->count : row->set < e->sets.count);
    if (!row_is_taken(e, row) || (tick_ms != e->row_ms && tick_ms % e->model->cube.tick_ms != 0)) {
        return CUBE_EFORMAT;
    }
    e->row_ms = tick_ms;
    if (tick_ms <= e->tick_ms) {
        tick_ms = e->tick_ms + e->model->cube.tick_ms;
    }
    return waiting_rows_add(&e->rows, tick_ms, row);
}

int scope_engine_rows_room(struct scope_engine *e, int64_t **ret_at, uint32_t *ret_rows)
{
    return waiting_rows_room(&e->rows, ret_at, ret_rows);
}

void scope_engine_rows_taken(struct scope_engine *e, uint32_t count)
{
    waiting_rows_taken(&e->rows, count);
}
