#include <stdlib.h>

#include "base/check.h"
#include "engine/scope_state.h"

static int by_key(const void *a, const void *b, void *engine)
{
    const struct scope_engine *e = engine;
    const struct scope *x = e->scopes[*(const uint32_t *)a], *y = e->scopes[*(const uint32_t *)b];
    unsigned i = x->order[0] == y->order[0];
    return x->order[i] != y->order[i] ? (x->order[i] < y->order[i] ? -1 : 1) : text_compare(x->key, y->key);
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
            scope_work_add(e, e->scopes[i]);
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
        scope_work_add(e, e->scopes[due_heap_pop(&e->due)]);
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
