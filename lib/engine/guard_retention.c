/* Observed retention: customers and churns of the whole and of segments, as the guard counts them (domain 4.3). */
#include <stdlib.h>

#include "base/check.h"
#include "engine/guard_state.h"
#include "measure/agg_churn.h"
#include "scope/scope_value.h"

struct segment_stay {
    struct text segment;
    struct stay stay;
};

/* What the inner measure has of a scope in the window that ends at t_ms. */
static struct stay stay_of(struct guard *g, const struct scope *s, int64_t t_ms, int64_t *ret_length_ms)
{
    const struct measure *m = &g->model.measures[g->model.measure_count - 1];
    const struct scope_cell *c = s->cells[m->index];
    int64_t from_ms = oldest_pane(g->cells, m, 0, t_ms) * m->horizons[0].pane_ms;
    *ret_length_ms = t_ms - from_ms;
    if (!c) {
        return (struct stay){0};
    }
    const int64_t *total = pane_ring_total(&c->horizons[0].ring);
    struct window_view view = {.horizon = &m->horizons[0], .pane = total ? total : g->cells->zeros, .level = c->level,
                               .from_ms = from_ms, .t_ms = t_ms};
    struct stay stay;
    churn_counts(&view, &stay.time, &stay.churns);
    stay.time = stay.time > 0 ? stay.time : 0;
    return stay;
}

static int by_segment(const void *a, const void *b)
{
    return text_compare(((const struct segment_stay *)a)->segment, ((const struct segment_stay *)b)->segment);
}

/* The segment of a scope: a text in `names`, which has room for it. */
static struct text segment_of(const struct scope_kind *kind, const struct scope *s, struct buf *names)
{
    struct text values[DIM_COUNT];
    size_t at = names->len;
    bool known = scope_key_values(kind, s->key, values) == 0 && scope_value_read(values[0], names) == 0;
    return known ? (struct text){(const char *)names->at + at, (uint32_t)(names->len - at)} : (struct text){0};
}

/* The segments of which something was counted, ascending. all: room for every scope; names: for their keys. */
static uint32_t segments_find(struct guard *g, int64_t t_ms, struct segment_stay *all, struct buf *names)
{
    const struct scope_kind *kind = &g->model.scopes.kinds[g->model.segment_kind];
    int64_t length_ms;
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->cells->count; i++) {
        const struct scope *s = g->cells->scopes[i];
        struct stay stay = s->kind == g->model.segment_kind ? stay_of(g, s, t_ms, &length_ms) : (struct stay){0};
        struct text segment = stay.time > 0 || stay.churns > 0 ? segment_of(kind, s, names) : (struct text){0};
        if (segment.at) {
            all[count++] = (struct segment_stay){segment, stay};
        }
    }
    qsort(all, count, sizeof *all, by_segment);
    return count;
}

static size_t key_bytes(const struct guard *g)
{
    size_t bytes = 1; /* so that an empty name has a place */
    for (uint32_t i = 0; i < g->cells->count; i++) {
        bytes += g->cells->scopes[i]->kind == g->model.segment_kind ? g->cells->scopes[i]->key.len : 0;
    }
    return bytes;
}

static int table_fill(struct guard *g, int64_t t_ms, const struct scope *organisation, struct retention_table *ret_t)
{
    int64_t length_ms;
    struct stay whole = stay_of(g, organisation, t_ms, &length_ms);
    if (whole.time == 0) {
        return 0;
    }
    struct buf names = {0};
    struct segment_stay *all = malloc((g->cells->count + 1) * sizeof *all);
    bool room = all && buf_reserve(&names, key_bytes(g)) == 0;
    uint32_t count = room ? segments_find(g, t_ms, all, &names) : 0;
    int rc = room ? retention_table_whole(ret_t, stay_of_whole(&whole, length_ms)) : CUBE_ENOMEM;
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = retention_table_add(ret_t, all[i].segment, stay_of_segment(&all[i].stay, &whole, length_ms));
    }
    buf_close(&names);
    free(all);
    return rc;
}

int guard_retention(struct guard *g, int64_t t_ms, struct retention_table *ret_t)
{
    CHECK_PRE(g->model.clv.observed && t_ms == g->cells->tick_ms);
    uint32_t organisation = intern_find(g->cells->keys, TEXT_LITERAL("organisation"));
    *ret_t = (struct retention_table){.t_ms = t_ms};
    return organisation == INTERN_NONE ? 0 : table_fill(g, t_ms, g->cells->scopes[organisation], ret_t);
}
