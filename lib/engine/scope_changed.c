/* What waits to go out: scopes to flush, and scopes whose published state is out of date. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/scope_state.h"

/* Places of a horizon's list of panes to write that stay for the next time. */
enum { DIRTY_KEPT_MAX = 8 };

void scope_mark_dirty(struct scope_engine *e, struct scope *s)
{
    if (!s->dirty && !e->unlogged) {
        s->dirty = true;
        id_queue_add(&e->dirty, s->id);
    }
}

void scope_mark_changed(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    if (s->changed_ms == NEVER_MS) {
        s->changed_ms = t_ms;
        id_queue_add(&e->changed, s->id);
    }
    s->overtaken = false;
}

uint32_t scope_engine_changed_count(const struct scope_engine *e)
{
    return e->changed.count;
}

int scope_engine_changed_pop(struct scope_engine *e, uint32_t *ret_scope, int64_t *ret_tick)
{
    while (e->changed.count > 0) {
        struct scope *s = e->scopes[id_queue_pop(&e->changed)];
        s->changed_ms = NEVER_MS;
        scope_mark_dirty(e, s);
        if (!s->overtaken) {
            *ret_scope = s->id;
            *ret_tick = s->tick_ms;
            return 0;
        }
        s->overtaken = false;
    }
    return CUBE_ENOTFOUND;
}

/* A pane that leaves marks the scope anew, and so does what creeps; axes and alerts that step may not. */
static bool is_overtaken(const struct scope *s, int64_t t_ms)
{
    return s->changed_ms != NEVER_MS && !s->overtaken && scope_edge(s) >= t_ms && s->creeps_ms > t_ms;
}

uint32_t scope_engine_overtaken(struct scope_engine *e, int64_t t_ms, const uint32_t **ret_scopes)
{
    uint32_t due = due_heap_until(&e->due, t_ms, e->work), count = 0;
    for (uint32_t i = 0; i < due; i++) {
        struct scope *s = e->scopes[e->work[i]];
        if (is_overtaken(s, t_ms)) {
            s->overtaken = true;
            e->work[count++] = s->id;
        }
    }
    *ret_scopes = e->work;
    return count;
}

int64_t scope_engine_judged(const struct scope_engine *e, uint32_t scope)
{
    CHECK_PRE(scope < e->count);
    return e->scopes[scope]->tick_ms;
}

/* ---- what was flushed ------------------------------------------------------------------------------ */

/* A burst of panes must not cost memory for ever. */
static void dirty_clear(struct cell_horizon *h)
{
    h->dirty_count = 0;
    if (h->dirty_capacity > DIRTY_KEPT_MAX) {
        free(h->dirty);
        h->dirty = NULL;
        h->dirty_capacity = 0;
    }
}

/* What had a record of its own has it no more. */
static void octaves_clear(struct sketch *s)
{
    for (unsigned word = 0; word < SKETCH_OCTAVES / 64; word++) {
        s->apart[word] &= ~s->dirty[word];
        s->dirty[word] = 0;
    }
}

static void scope_clean(struct scope_engine *e, struct scope *s)
{
    bool whole = s->head_is_whole;
    s->head_holds |= whole;
    s->dirty = s->memory_dirty = s->head_is_whole = false;
    for (uint32_t i = 0; i < s->link_count; i++) {
        s->links[i].contacts.dirty_count = 0;
    }
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        struct scope_cell *c = s->cells[i];
        if (c && whole) {
            c->since_head = false;
        }
        if (!c || !c->dirty) {
            continue;
        }
        c->dirty = c->level_apart = false;
        for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
            dirty_clear(&c->horizons[h]);
            if (c->sketches) {
                octaves_clear(&c->sketches[h]);
            }
        }
    }
}

void scope_engine_unlogged(struct scope_engine *e)
{
    CHECK_PRE(e->count == 0);
    e->unlogged = true;
}

void scope_engine_clean(struct scope_engine *e)
{
    gift_table_clean(e->gifts);
    while (e->dirty.count > 0) {
        scope_clean(e, e->scopes[id_queue_pop(&e->dirty)]);
    }
}
