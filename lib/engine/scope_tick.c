#include <stdlib.h>

#include "base/check.h"
#include "engine/scope_state.h"

static void work_add(struct scope_engine *e, struct scope *s)
{
    if (!s->in_work) {
        s->in_work = true;
        e->work[e->work_count++] = s->id;
    }
}

/* The scope that takes the rows of a scope. */
static int row_scope(struct scope_engine *e, uint32_t scope, struct scope **ret_s)
{
    struct scope *s = e->scopes[scope];
    if (s->place == PLACE_OPEN) {
        scope_place_keep(e, s);
    }
    if (s->place == PLACE_REFUSED) {
        int rc = scope_overflow(e, s->kind, &scope);
        if (rc) {
            return rc;
        }
    }
    *ret_s = e->scopes[scope];
    e->overflowed += (*ret_s)->place == PLACE_OVERFLOW && (*ret_s)->kind != 0;
    return 0;
}

static int row_apply_to(struct scope_engine *e, int64_t t_ms, uint32_t scope, const struct delta_row *row)
{
    struct scope *s;
    int found = row_scope(e, scope, &s);
    if (found) {
        return found;
    }
    if (row->kind == ROW_CONTACTS) {
        bool taken;
        int rc = scope_link_add(e, s, t_ms, row, &taken);
        if (rc || !taken) {
            return rc;
        }
    }
    work_add(e, s);
    s->has_rows = true;
    if (row->kind == ROW_CORRECTION) {
        s->revision += row->cells[0];
        return 0;
    }
    return row->kind == ROW_CONTACTS ? 0 : scope_cell_add(e, s, t_ms, row);
}

static int row_apply(struct scope_engine *e, int64_t t_ms, const struct delta_row *row)
{
    uint32_t count;
    if (row->set & SET_ALONE) {
        return row_apply_to(e, t_ms, row->set ^ SET_ALONE, row);
    }
    const uint32_t *scopes = scope_sets_at(&e->sets, row->set, &count);
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = row_apply_to(e, t_ms, scopes[i], row);
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
    return scope_gathered(e, t_ms);
}

static int by_key(const void *a, const void *b, void *engine)
{
    const struct scope_engine *e = engine;
    return text_compare(e->scopes[*(const uint32_t *)a]->key, e->scopes[*(const uint32_t *)b]->key);
}

int64_t scope_engine_next_tick(const struct scope_engine *e)
{
    int64_t rows_ms = waiting_rows_first(&e->rows), due_ms = due_heap_first(&e->due);
    return rows_ms < due_ms ? rows_ms : due_ms;
}

int64_t scope_engine_last_tick(const struct scope_engine *e)
{
    return e->tick_ms;
}

/* Who takes another E than before is looked at. */
static void gifts_spread(struct scope_engine *e)
{
    for (uint32_t i = 0; e->gifts_turned && i < e->count; i++) {
        if (e->scopes[i]->tick_ms != NEVER_MS && scope_given_differs(e, e->scopes[i])) {
            work_add(e, e->scopes[i]);
        }
    }
    e->gifts_turned = false;
}

int scope_engine_tick(struct scope_engine *e, int64_t t_ms)
{
    CHECK_PRE(t_ms >= e->tick_ms && t_ms % e->model->cube.tick_ms == 0);
    e->work_count = 0;
    int rc = scope_rows_apply(e, t_ms);
    while (due_heap_first(&e->due) <= t_ms) {
        work_add(e, e->scopes[due_heap_pop(&e->due)]);
    }
    gifts_spread(e);
    /* Rows and timers come in any order; decisions must not. */
    if (e->work_count > 1) {
        qsort_r(e->work, e->work_count, sizeof *e->work, by_key, e);
    }
    for (uint32_t i = 0; i < e->work_count && rc == 0; i++) {
        struct scope *s = e->scopes[e->work[i]];
        rc = scope_judge(e, s, t_ms);
        s->in_work = s->has_rows = false;
    }
    e->tick_ms = t_ms;
    return rc || !e->impossible ? rc : CUBE_ERANGE;
}
