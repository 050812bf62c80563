/* Rows into the cells of the scopes they name. Rows of one pane meet in one set of sums per cell before they go into its
 * windows: with many sets of scopes a cell takes hundreds of rows a tick, and each costs one addition then. */
#include <stdlib.h>

#include "engine/scope_state.h"

void scope_work_add(struct scope_engine *e, struct scope *s)
{
    if (!s->in_work) {
        s->in_work = true;
        e->work[e->work_count++] = s->id;
    }
}

/* ---- rows that are gathered ---------------------------------------------------------------------- */

static int gathering_add(struct scope_engine *e, struct scope *s, struct scope_cell *c)
{
    if (e->gathering_count == e->gathering_capacity) {
        uint32_t capacity = e->gathering_capacity ? 2 * e->gathering_capacity : 64;
        struct gathering *grown = realloc(e->gathering, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        e->gathering = grown;
        e->gathering_capacity = capacity;
    }
    e->gathering[e->gathering_count++] = (struct gathering){s, c};
    return 0;
}

static int sums_take(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms)
{
    const struct measure *m = c->measure;
    struct delta_row sum = {.measure = (uint16_t)m->index, .kind = ROW_PANE, .slots = m->aggregation->pane.slots,
                            .pane = c->sums_pane, .cells = c->sums};
    int rc = 0;
    for (uint32_t h = 0; h < m->horizon_count && !rc; h++) {
        rc = scope_horizon_add(e, s, c, h, t_ms, &sum);
    }
    return rc;
}

/* The first row of its pane. */
static int gather(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, const struct delta_row *row)
{
    int rc = c->gathers ? sums_take(e, s, c, t_ms) : gathering_add(e, s, c);
    if (rc) {
        return rc;
    }
    c->gathers = true;
    c->sums_pane = row->pane;
    for (unsigned i = 0; i < row->slots; i++) {
        c->sums[i] = row->cells[i];
    }
    return 0;
}

/* Puts what was gathered into its windows. */
static int gathered(struct scope_engine *e, int64_t t_ms)
{
    int rc = 0;
    for (uint32_t i = 0; i < e->gathering_count && !rc; i++) {
        struct gathering *g = &e->gathering[i];
        g->cell->gathers = false;
        rc = sums_take(e, g->scope, g->cell, t_ms);
    }
    e->gathering_count = 0;
    return rc;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static void level_add(struct scope_cell *c, const struct delta_row *row)
{
    const struct aggregation *a = c->measure->aggregation;
    cells_add(&a->level, c->level + row->pane * a->level.slots, row->cells);
    c->changed = c->dirty = c->level_dirty = true;
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        c->horizons[h].changed |= !a->by_horizon || h == row->pane;
    }
}

static int sketch_row_add(struct scope_engine *e, struct scope_cell *c, const struct delta_row *row)
{
    uint32_t horizon = (uint32_t)row->pane;
    struct sketch *s = &c->sketches[horizon];
    const struct layout *l = &c->measure->aggregation->sketch;
    uint32_t before = s->capacity;
    int rc = sketch_add(s, l, row->bucket, row->cells);
    if (s->capacity != before) {
        e->bytes += sketch_bytes(s, l) - sketch_bytes_of(before, l);
    }
    c->horizons[horizon].changed = c->changed = c->dirty = true;
    return rc;
}

static int windows_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, const struct delta_row *row)
{
    int rc = 0;
    for (uint32_t h = 0; h < c->measure->horizon_count && rc == 0; h++) {
        rc = scope_horizon_add(e, s, c, h, t_ms, row);
    }
    return rc;
}

static int cell_row(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, const struct delta_row *row)
{
    switch (row->kind) {
    case ROW_TOUCH: return 0;
    case ROW_LEVEL: level_add(c, row); return 0;
    case ROW_SKETCH: return sketch_row_add(e, c, row);
    default: return c->sums && row->kind == ROW_PANE ? gather(e, s, c, t_ms, row) : windows_add(e, s, c, t_ms, row);
    }
}

/* Rows of no measure. */
static int other_row(struct scope_engine *e, struct scope *s, int64_t t_ms, const struct delta_row *row)
{
    bool taken = true;
    int rc = 0;
    if (row->kind == ROW_CORRECTION) {
        s->revision += row->cells[0];
    } else {
        rc = scope_link_add(e, s, t_ms, row, &taken);
    }
    if (!rc && taken) {
        scope_work_add(e, s);
        s->has_rows = true;
    }
    return rc;
}

/* ---- their scopes -------------------------------------------------------------------------------- */

/* The scope that takes the rows of a scope which is not simply kept. */
static __attribute__((noinline)) int row_scope(struct scope_engine *e, struct scope **s)
{
    if ((*s)->place == PLACE_OPEN) {
        scope_place_keep(e, *s);
    }
    if ((*s)->place == PLACE_REFUSED) {
        uint32_t overflow;
        int rc = scope_overflow(e, (*s)->kind, &overflow);
        if (rc) {
            return rc;
        }
        *s = e->scopes[overflow];
    }
    e->overflowed += (*s)->place == PLACE_OVERFLOW && (*s)->kind != 0;
    return 0;
}

/* The first row of a cell at this tick. */
static __attribute__((noinline)) void cell_fresh(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms)
{
    scope_work_add(e, s);
    s->has_rows = true;
    c->fresh_ms = t_ms;
    if (c->measure->axis != AXIS_NONE) {
        s->axes[c->measure->axis].fresh_ms = t_ms;
    }
}

static inline int row_apply_to(struct scope_engine *e, int64_t t_ms, struct scope *s, const struct delta_row *row)
{
    bool simple = s->place == PLACE_KEPT || (s->place == PLACE_OVERFLOW && s->kind == 0);
    int rc = simple ? 0 : row_scope(e, &s);
    if (rc || row->kind == ROW_CORRECTION || row->kind == ROW_CONTACTS) {
        return rc ? rc : other_row(e, s, t_ms, row);
    }
    struct scope_cell *c = s->cells[row->measure];
    if (!c && (rc = scope_cell_get(e, s, row->measure, &c)) != 0) {
        return rc;
    }
    if (c->fresh_ms != t_ms || !s->has_rows || !s->in_work) {
        cell_fresh(e, s, c, t_ms);
    }
    if (c->gathers && c->sums_pane == row->pane && row->kind == ROW_PANE) {
        cells_add(&c->measure->aggregation->pane, c->sums, row->cells);
        return 0;
    }
    return cell_row(e, s, c, t_ms, row);
}

static int row_apply(struct scope_engine *e, int64_t t_ms, const struct delta_row *row)
{
    uint32_t alone = row->set ^ SET_ALONE, count = 1;
    const uint32_t *scopes = row->set & SET_ALONE ? &alone : scope_sets_at(&e->sets, row->set, &count);
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = row_apply_to(e, t_ms, e->scopes[scopes[i]], row);
    }
    return rc;
}

int scope_rows_apply(struct scope_engine *e, int64_t t_ms)
{
    while (waiting_rows_first(&e->rows) <= t_ms) {
        const struct tick_rows *rows = waiting_rows_peek(&e->rows);
        struct delta_row row;
        size_t pos = 0;
        int rc = scope_places_decide(e, rows);
        while (!rc && tick_rows_next(rows, &pos, &row)) {
            rc = row_apply(e, t_ms, &row);
        }
        if (rc) {
            return rc;
        }
        waiting_rows_drop(&e->rows);
    }
    return gathered(e, t_ms);
}
