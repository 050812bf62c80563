/* One measure with one window, fed event by event through the real apply and read through the real
 * result: what an aggregation does, without the engine around it. */
#ifndef CUBE_TESTS_AGGREGATING_H
#define CUBE_TESTS_AGGREGATING_H

#include <string.h>

#include "engine/applying.h"
#include "measure/aggregation.h"

struct aggregating {
    struct measure measure;
    struct horizon horizon;
    int64_t pane[CELL_SLOTS_MAX], level[CELL_SLOTS_MAX];
    struct hist_ring hist;
    struct {
        struct scope_set set;
        uint32_t scopes[1];
    } flow;
};

static inline struct aggregating aggregating_of(const char *name)
{
    struct aggregating g = {.horizon = {.window_ms = 86400000, .pane_ms = 900000, .panes = 96, .name = "1d"}};
    g.measure = (struct measure){.aggregation = aggregation_find(name), .horizon_count = 1, .pane_ms = 900000, .min_n = 1};
    g.measure.horizons[0] = g.horizon;
    g.measure.from = (struct source){.kinds = UINT64_MAX, .terms = {{EVENT_VALUE, 1}}, .term_count = 1};
    g.flow.set.count = 1;
    return g;
}

/* Adds what the rows of a table say to the window, with the sign given. */
static inline int aggregating_take(struct aggregating *g, const struct delta_table *t, int sign)
{
    const struct layout *l = &g->measure.aggregation->pane;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < delta_table_count(t); i++) {
        const struct delta_row *row = delta_table_at(t, i);
        if (row->kind == ROW_HIST) {
            rc = hist_ring_add(&g->hist, row->pane, row->bucket, sign * row->cells[0]);
        } else {
            (sign > 0 ? cells_add : cells_subtract)(l, g->pane, row->cells);
        }
    }
    return rc;
}

/* Applies one event; sign -1 takes its rows away again. */
static inline int aggregating_apply(struct aggregating *g, const struct event *e, int sign)
{
    struct delta_table *t;
    int rc = delta_table_create(&t);
    if (rc) {
        return rc;
    }
    struct applying a = {.event = e, .ts_ms = e->ts_ms, .flow = &g->flow.set, .stock = &g->flow.set, .out = t};
    rc = g->measure.aggregation->apply(&g->measure, &a);
    rc = rc ? rc : aggregating_take(g, t, sign);
    delta_table_destroy(t);
    return rc;
}

static inline struct result aggregating_result(const struct aggregating *g)
{
    struct window_view w = {.horizon = &g->horizon, .pane = g->pane, .level = g->level, .active = -1,
                            .hist = g->measure.aggregation->histogram ? &g->hist : NULL, .t_ms = 86400000};
    struct result r;
    memset(&r, 0x5a, sizeof r);
    g->measure.aggregation->result(&g->measure, &w, &r);
    return r;
}

/* An event of a kind with one number; decimals in micro. */
static inline struct event event_of(enum event_kind kind, enum event_field field, int64_t number)
{
    struct event e = {.ts_ms = 1000, .kind = kind, .topic = kind_rows[kind].topic, .id = TEXT_LITERAL("i"),
                      .entity = TEXT_LITERAL("c")};
    e.present = UINT64_C(1) << field;
    e.slot[field].number = number;
    return e;
}

static inline void event_put_text(struct event *e, enum event_field field, const char *value)
{
    e->present |= UINT64_C(1) << field;
    e->slot[field].text = text_of(value);
}

static inline void event_put_number(struct event *e, enum event_field field, int64_t number)
{
    e->present |= UINT64_C(1) << field;
    e->slot[field].number = number;
}

#endif
