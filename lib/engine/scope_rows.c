/* Rows into the cells of the scopes they name. Rows of one pane meet in one set of sums per cell before they go into its
 * windows: with many sets of scopes a cell takes hundreds of rows a tick, and each costs one addition then. */
#include <stdlib.h>

#include "engine/scope_state.h"

/* A cell that gathers rows. */
struct gathering {
    struct scope *scope;
    struct scope_cell *cell;
};

/* What rows of one name add to in a scope, once a row of them has met it. */
struct run_met {
    uint64_t run; /* number of the run; 0 none */
    void *target; /* cells of a pane or a level, or a sketch */
};

int scope_rows_reserve(struct scope_engine *e, uint32_t capacity)
{
    struct run_met *met = realloc(e->met, capacity * sizeof *met);
    if (!met) {
        return CUBE_ENOMEM;
    }
    e->met = met;
    for (uint32_t i = e->capacity; i < capacity; i++) {
        met[i] = (struct run_met){0};
    }
    return 0;
}

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

/* The first row of its pane. */
static inline int gather(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, int64_t pane, const int64_t *cells)
{
    int rc = c->gathers ? scope_sums_take(e, s, c, t_ms) : gathering_add(e, s, c);
    if (rc) {
        return rc;
    }
    c->gathers = true;
    c->sums_pane = pane;
    c->answers = 0;
    for (unsigned i = 0, n = c->measure->aggregation->pane.slots; i < n; i++) {
        c->sums[i] = cells[i];
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
        rc = scope_sums_take(e, g->scope, g->cell, t_ms);
    }
    e->gathering_count = 0;
    return rc;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static inline void level_add(struct scope_cell *c, int64_t level, const int64_t *cells)
{
    const struct aggregation *a = c->measure->aggregation;
    cells_add(&a->level, c->level + level * a->level.slots, cells);
    c->changed = c->dirty = true;
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        c->horizons[h].changed |= !a->by_horizon || h == level;
    }
}

static inline int bucket_add(struct scope_engine *e, struct sketch *s, const struct layout *l, int32_t bucket, const int64_t *cells)
{
    uint32_t before = s->capacity;
    int rc = sketch_add(s, l, bucket, cells);
    if (s->capacity != before) {
        e->bytes += sketch_bytes(s, l) - sketch_bytes_of(before, l);
    }
    return rc;
}

/* A row that is not gathered, of a pane or a histogram. */
static int windows_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, const struct delta_row *row)
{
    int rc = 0;
    for (uint32_t h = 0; h < c->measure->horizon_count && rc == 0; h++) {
        rc = scope_horizon_add(e, s, c, h, t_ms, row);
    }
    return rc;
}

/* Rows of one name. What a scope's first row of them finds, and the others are added to, is kept in e->met. */
struct applied_run {
    const struct delta_row *name; /* of quiet rows as if they were not */
    const struct layout *layout; /* of their cells; NULL: rows of no measure */
    int64_t t_ms;
    uint64_t number;
    bool quiet;
};

/* A row of no measure. */
static int other_row(struct scope_engine *e, struct scope *s, const struct applied_run *run, int64_t *at)
{
    struct delta_row row = *run->name;
    bool taken = true;
    int rc = 0;
    row.bucket = row_run_bucket(at);
    row.cells = at + 1;
    if (row.kind == ROW_CORRECTION) {
        s->revision += row.cells[0];
    } else {
        rc = scope_link_add(e, s, run->t_ms, &row, &taken);
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

/* The layout of the cells of rows of a kind, of a measure. */
static const struct layout *row_cells(const struct measure *m, uint8_t kind)
{
    return kind == ROW_PANE ? &m->aggregation->pane : kind == ROW_LEVEL ? &m->aggregation->level : &m->aggregation->sketch;
}

/* What time moved is looked at, and in the next head, as any row. */
static inline void cell_seen(struct scope_engine *e, struct scope *s, struct scope_cell *c)
{
    scope_work_add(e, s);
    s->has_rows = true;
    c->since_head = true;
}

/* The first row of a cell at this tick that an event made. */
static __attribute__((noinline)) void cell_fresh(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms)
{
    cell_seen(e, s, c);
    c->fresh_ms = t_ms;
    if (c->measure->axis != AXIS_NONE) {
        s->axes[c->measure->axis].fresh_ms = t_ms;
    }
}

/* ---- runs ---------------------------------------------------------------------------------------- */

/* Adds a row to a cell. *ret_target: what further rows of the run are added to; NULL where each must be looked at. */
static inline int cell_meets(struct scope_engine *e, const struct applied_run *run, struct scope *s, struct scope_cell *c, int64_t *at,
                             void **ret_target)
{
    const struct delta_row *name = run->name;
    const int64_t *cells = at + 1;
    *ret_target = NULL;
    if (name->kind == ROW_PANE && c->sums) {
        *ret_target = c->releases ? NULL : c->sums;
        bool more = c->gathers && c->sums_pane == name->pane;
        int rc = more ? 0 : gather(e, s, c, run->t_ms, name->pane, cells);
        if (more) {
            cells_add(run->layout, c->sums, cells);
        }
        c->answers += cells[0] < 0 ? -cells[0] : cells[0];
        return rc;
    }
    if (name->kind == ROW_LEVEL) {
        *ret_target = c->level + name->pane * name->slots;
        level_add(c, name->pane, cells);
        return 0;
    }
    if (name->kind == ROW_SKETCH) {
        *ret_target = &c->sketches[name->pane];
        c->horizons[name->pane].changed = c->changed = c->dirty = true;
        return bucket_add(e, *ret_target, run->layout, row_run_bucket(at), cells);
    }
    struct delta_row row = *name;
    row.bucket = row_run_bucket(at);
    row.cells = at + 1;
    return name->kind == ROW_TOUCH ? 0 : windows_add(e, s, c, run->t_ms, &row);
}

/* A row of a scope that the run has not met, or whose rows go elsewhere. */
static __attribute__((noinline)) int run_meets(struct scope_engine *e, const struct applied_run *run, uint32_t scope, int64_t *at)
{
    struct scope *s = e->scopes[scope];
    bool simple = s->place == PLACE_KEPT || (s->place == PLACE_OVERFLOW && s->kind == 0);
    int rc = simple ? 0 : row_scope(e, &s);
    if (rc || !run->layout) {
        return rc ? rc : other_row(e, s, run, at);
    }
    uint16_t measure = run->name->measure;
    struct scope_cell *c = s->cells[measure];
    void *target;
    if (!c && (rc = scope_cell_get(e, s, measure, &c)) != 0) {
        return rc;
    }
    if (run->quiet) {
        cell_seen(e, s, c);
    } else if (c->fresh_ms != run->t_ms || !s->has_rows || !s->in_work) {
        cell_fresh(e, s, c, run->t_ms);
    }
    rc = cell_meets(e, run, s, c, at, &target);
    e->met[scope] = (struct run_met){target && simple && !rc ? run->number : 0, target};
    return rc;
}

/* A row of sums. */
static inline int sums_row(struct scope_engine *e, const struct applied_run *run, const uint32_t *scopes, uint32_t count, int64_t *at)
{
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        const struct run_met *met = &e->met[scopes[i]];
        if (met->run == run->number) {
            cells_add(run->layout, met->target, at + 1);
        } else {
            rc = run_meets(e, run, scopes[i], at);
        }
    }
    return rc;
}

static inline int sketch_row(struct scope_engine *e, const struct applied_run *run, const uint32_t *scopes, uint32_t count, int64_t *at)
{
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        const struct run_met *met = &e->met[scopes[i]];
        rc = met->run == run->number ? bucket_add(e, met->target, run->layout, row_run_bucket(at), at + 1)
                                     : run_meets(e, run, scopes[i], at);
    }
    return rc;
}

static int run_apply(struct scope_engine *e, int64_t t_ms, struct row_run *rows)
{
    const struct delta_row *name = &rows->name;
    bool quiet = row_is_quiet(name->kind);
    rows->name.kind = row_kind_aloud(name->kind);
    bool of_none = name->kind == ROW_CORRECTION || name->kind == ROW_CONTACTS, is_sketch = name->kind == ROW_SKETCH;
    const struct layout *l = of_none ? NULL : row_cells(&e->model->measures[name->measure], name->kind);
    struct applied_run run = {name, l, t_ms, ++e->runs, quiet};
    int64_t *at = rows->at;
    int rc = 0;
    for (uint32_t i = 0; i < rows->count && !rc; i++, at += 1 + name->slots) {
        uint32_t set = row_run_set(at), alone = set ^ SET_ALONE, count = 1;
        const uint32_t *scopes = set & SET_ALONE ? &alone : scope_sets_at(&e->sets, set, &count);
        rc = is_sketch ? sketch_row(e, &run, scopes, count, at) : sums_row(e, &run, scopes, count, at);
    }
    return rc;
}

int scope_rows_apply(struct scope_engine *e, int64_t t_ms)
{
    while (waiting_rows_first(&e->rows) <= t_ms) {
        const struct tick_rows *rows = waiting_rows_peek(&e->rows);
        struct row_run run;
        size_t pos = 0;
        int rc = scope_places_decide(e, rows);
        while (!rc && tick_rows_run(rows, &pos, &run)) {
            rc = run_apply(e, t_ms, &run);
        }
        if (rc) {
            return rc;
        }
        waiting_rows_drop(&e->rows);
    }
    return gathered(e, t_ms);
}
