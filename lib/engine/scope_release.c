/* Survey cells as their owner sees them: what the guard lets out, and nothing else (domain 4.4). */
#include "base/check.h"
#include "engine/scope_state.h"

void cell_release_touch(struct cell_release *r, int64_t answers)
{
    r->changed += answers < 0 ? -answers : answers;
}

void cell_release_show(const struct cell_release *r, struct result *ret_r)
{
    *ret_r = r->ever && !r->withheld ? r->result : (struct result){0};
}

static void cell_take(struct scope_cell *c, const struct let_out_cell *cell)
{
    for (uint32_t h = 0; h < cell->horizon_count; h++) {
        const struct let_out *o = &cell->horizons[h];
        c->releases[h] = (struct cell_release){.ever = !o->withheld, .withheld = o->withheld};
        if (!o->withheld) {
            c->releases[h].published_ms = o->published_ms;
            c->releases[h].result = o->result;
        }
        cell_release_show(&c->releases[h], &c->results[h]);
    }
    if (c->measure->scored) {
        scored_fill(c->measure, &c->results[0], &c->scored);
    }
}

int scope_engine_let_out(struct scope_engine *e, int64_t t_ms, const struct let_out_cell *cell)
{
    uint32_t id;
    struct scope_cell *c;
    CHECK_PRE(t_ms > e->tick_ms && e->model->measures[cell->measure].is_private);
    if (!scope_engine_keeps(e, cell->scope)) {
        return 0; /* there is nobody to tell */
    }
    int rc = scope_engine_scope(e, cell->scope, cell->kind, &id);
    if (rc) {
        return rc;
    }
    if (e->scopes[id]->place == PLACE_OPEN) {
        scope_place_keep(e, e->scopes[id]); /* its rows were touches, which this follows */
    }
    rc = scope_cell_get(e, e->scopes[id], cell->measure, &c);
    if (rc) {
        return rc;
    }
    cell_take(c, cell);
    e->scopes[id]->let_out = true;
    due_heap_set(&e->due, id, t_ms);
    return 0;
}
