#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/scope_state.h"

/* Places of the arrays behind a cell, in bytes. All of them hold 8-byte members. */
struct cell_shape {
    size_t sums, level, hists, sketches, releases, results, panes, size;
};

/* How many private answers have changed is kept of panes alone, and of them together with what is in their histogram. */
static bool gathers(const struct measure *m)
{
    return m->aggregation->pane.slots && !(m->is_private && m->aggregation->histogram);
}

/* A horizon of private answers has a history of its own, and the guard's cells no ticks; a record with a histogram is of one horizon. */
bool panes_are_shared(const struct measure *m)
{
    return gathers(m) && !m->is_private && !m->is_inner && !m->aggregation->histogram;
}

uint32_t horizon_panes_of(const struct measure *m, uint32_t h)
{
    uint32_t longest = h;
    for (uint32_t k = 0; k < m->horizon_count && panes_are_shared(m); k++) {
        int64_t longer = m->horizons[k].panes - m->horizons[longest].panes;
        longest = m->horizons[k].pane_ms == m->horizons[h].pane_ms && (longer > 0 || (longer == 0 && k < longest)) ? k : longest;
    }
    return longest;
}

/* Room for the first pane of a horizon: with many scopes most cells have few. */
static size_t first_pane_words(const struct measure *m)
{
    return m->aggregation->pane.slots ? pane_ring_words(1, &m->aggregation->pane) : 0;
}

static struct cell_shape cell_shape(const struct measure *m)
{
    struct cell_shape at;
    size_t n = m->horizon_count, end = sizeof(struct scope_cell) + n * sizeof(struct cell_horizon);
    at.sums = end;
    end += gathers(m) ? m->aggregation->pane.slots * sizeof(int64_t) : 0;
    at.level = end;
    end += measure_level_slots(m) * sizeof(int64_t);
    at.hists = end;
    end += m->aggregation->histogram ? n * sizeof(struct hist_ring) : 0;
    at.sketches = end;
    end += m->aggregation->sketch.slots ? n * sizeof(struct sketch) : 0;
    at.releases = end;
    end += m->is_private ? n * sizeof(struct cell_release) : 0;
    at.results = end;
    end += n * sizeof(struct result);
    at.panes = end;
    at.size = end + n * first_pane_words(m) * sizeof(int64_t);
    return at;
}

static void panes_lend(const struct measure *m, uint32_t horizon, int64_t *words, struct cell_horizon *h)
{
    h->panes_of = (uint8_t)horizon_panes_of(m, horizon);
    if (h->panes_of != horizon) {
        pane_part_lend(&h->ring, words);
    } else if (m->aggregation->pane.slots) {
        pane_ring_lend(&h->ring, words);
    }
}

static struct scope_cell *cell_create(const struct measure *m, size_t *ret_size)
{
    struct cell_shape at = cell_shape(m);
    char *block = calloc(1, at.size);
    struct scope_cell *c = (struct scope_cell *)(void *)block;
    if (!c) {
        return NULL;
    }
    c->measure = m;
    c->fresh_ms = NEVER_MS;
    c->changed = true;
    c->sums = gathers(m) ? (void *)(block + at.sums) : NULL;
    c->level = m->aggregation->level.slots ? (void *)(block + at.level) : NULL;
    c->hists = m->aggregation->histogram ? (void *)(block + at.hists) : NULL;
    c->sketches = m->aggregation->sketch.slots ? (void *)(block + at.sketches) : NULL;
    c->releases = m->is_private ? (void *)(block + at.releases) : NULL;
    c->results = (void *)(block + at.results);
    if (m->scored) {
        scored_fill(m, &c->results[0],
                    &c->scored); /* of no value yet; private ones stay so for a while */
    }
    for (uint32_t h = 0; h < m->horizon_count; h++) {
        c->horizons[h].edge_ms = NO_DUE;
        panes_lend(m, h, (int64_t *)(void *)(block + at.panes) + h * first_pane_words(m), &c->horizons[h]);
        c->shares |= c->horizons[h].panes_of != h;
        c->horizons[h].changed = true;
        if (c->releases) {
            c->releases[h].withheld = true; /* until the first release */
        }
    }
    *ret_size = at.size;
    return c;
}

static void horizons_log(const struct scope_engine *e, struct scope_cell *c)
{
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        c->horizons[h].unlogged = e->unlogged;
    }
}

int scope_cell_get(struct scope_engine *e, struct scope *s, uint16_t measure,
                   struct scope_cell **ret_c)
{
    if (!s->cells[measure]) {
        size_t size;
        s->cells[measure] = cell_create(&e->model->measures[measure], &size);
        if (!s->cells[measure]) {
            return CUBE_ENOMEM;
        }
        horizons_log(e, s->cells[measure]);
        e->bytes += size;
    }
    *ret_c = s->cells[measure];
    return 0;
}

void scope_cell_destroy(struct scope_cell *c)
{
    for (uint32_t h = 0; c && h < c->measure->horizon_count; h++) {
        pane_ring_close(&c->horizons[h].ring);
        free(c->horizons[h].dirty);
        if (c->hists) {
            hist_ring_close(&c->hists[h]);
        }
        if (c->sketches) {
            sketch_close(&c->sketches[h]);
        }
    }
    free(c);
}

void cell_edge(struct scope_cell *c, uint32_t horizon)
{
    struct cell_horizon *h = &c->horizons[horizon];
    const struct horizon *plan = &c->measure->horizons[horizon];
    h->edge_ms = NO_DUE;
    if (h->ring.count) {
        h->edge_ms = pane_leaves_ms(plan, pane_part_oldest(&h->ring, horizon_panes(c, horizon), &c->measure->aggregation->pane));
    }
    if (c->hists && c->hists[horizon].count) {
        int64_t edge_ms = pane_leaves_ms(plan, hist_ring_oldest(&c->hists[horizon]));
        h->edge_ms = edge_ms < h->edge_ms ? edge_ms : h->edge_ms;
    }
}

uint64_t cell_bytes(const struct scope_cell *c, uint32_t horizon)
{
    return pane_ring_bytes(&c->horizons[horizon].ring, &c->measure->aggregation->pane) +
           (c->hists ? hist_ring_bytes(&c->hists[horizon]) : 0) +
           (c->sketches ? sketch_bytes(&c->sketches[horizon], &c->measure->aggregation->sketch) : 0);
}

static int dirty_reserve(struct cell_horizon *h)
{
    if (h->dirty_count < (h->dirty ? h->dirty_capacity : 1)) {
        return 0;
    }
    uint32_t capacity = h->dirty_capacity ? h->dirty_capacity * 2 : 4;
    int64_t *at = realloc(h->dirty, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at[0] = h->dirty ? at[0] : h->dirty_one;
    h->dirty = at;
    h->dirty_capacity = capacity;
    return 0;
}

/* Places of the list whose panes are older; nearly every row is of the newest or newer. */
static uint32_t dirty_older(const int64_t *list, uint32_t count, int64_t pane)
{
    uint32_t low = 0, high = count;
    if (high == 0 || dirty_pane(list[high - 1]) < pane) {
        return high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dirty_pane(list[middle]) < pane) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int dirty_insert(struct cell_horizon *h, int64_t pane, bool is_new)
{
    const int64_t *list = horizon_dirty_list(h);
    uint32_t i = dirty_older(list, h->dirty_count, pane);
    if (i < h->dirty_count && dirty_pane(list[i]) == pane) {
        return 0;
    }
    int rc = dirty_reserve(h);
    if (rc == 0) {
        int64_t *at = h->dirty ? h->dirty : &h->dirty_one;
        memmove(at + i + 1, at + i, (h->dirty_count - i) * sizeof *at);
        at[i] = pane * 2 + is_new;
        h->dirty_count++;
    }
    return rc;
}

int horizon_dirty(struct cell_horizon *h, int64_t pane, bool is_new)
{
    if (h->unlogged) {
        return 0;
    }
    int64_t *list = h->dirty ? h->dirty : &h->dirty_one;
    if (h->dirty_count == 0) {
        list[0] = pane * 2 + is_new; /* there is room for one always */
        h->dirty_count = 1;
        return 0;
    }
    return dirty_pane(list[h->dirty_count - 1]) == pane ? 0 : dirty_insert(h, pane, is_new);
}

void scope_cells_edge(const struct scope_engine *e, struct scope *s)
{
    s->edge_ms = NO_DUE;
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        const struct scope_cell *c = s->cells[i];
        for (uint32_t h = 0; c && h < c->measure->horizon_count; h++) {
            s->edge_ms = c->horizons[h].edge_ms < s->edge_ms ? c->horizons[h].edge_ms : s->edge_ms;
        }
    }
}

int64_t scope_edge(const struct scope *s)
{
    int64_t of_links = scope_links_edge(s);
    return of_links < s->edge_ms ? of_links : s->edge_ms;
}
