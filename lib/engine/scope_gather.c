/* Rows of one pane meet in one set of sums per cell before they go into its windows: with many sets of scopes a cell takes
 * hundreds of rows a tick, and each costs one addition then. */
#include <stdlib.h>
#include <string.h>

#include "engine/scope_state.h"

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

int scope_gather(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms, const struct delta_row *row)
{
    if (c->gathers && c->sums_pane == row->pane) {
        cells_add(&c->measure->aggregation->pane, c->sums, row->cells);
        return 0;
    }
    int rc = c->gathers ? sums_take(e, s, c, t_ms) : gathering_add(e, s, c);
    if (rc) {
        return rc;
    }
    c->gathers = true;
    c->sums_pane = row->pane;
    memcpy(c->sums, row->cells, row->slots * sizeof *c->sums);
    return 0;
}

int scope_gathered(struct scope_engine *e, int64_t t_ms)
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
