#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/scope_state.h"

/* Places of the arrays behind a cell, in bytes. All of them hold 8-byte members. */
struct cell_shape {
    size_t sums, level, hists, sketches, releases, results, panes, size;
};

/* Of private measures each answer counts as a change, so their rows stay apart. */
static bool gathers(const struct measure *m)
{
    return !m->is_private && m->aggregation->pane.slots;
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
        if (m->aggregation->pane.slots) {
            pane_ring_lend(&c->horizons[h].ring, (int64_t *)(void *)(block + at.panes) + h * first_pane_words(m));
        }
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
        h->edge_ms = pane_leaves_ms(plan,
                                    pane_ring_oldest(&h->ring, &c->measure->aggregation->pane));
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
    if (high == 0 || list[high - 1] < pane) {
        return high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list[middle] < pane) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int dirty_insert(struct cell_horizon *h, int64_t pane)
{
    const int64_t *list = horizon_dirty_list(h);
    uint32_t i = dirty_older(list, h->dirty_count, pane);
    if (i < h->dirty_count && list[i] == pane) {
        return 0;
    }
    int rc = dirty_reserve(h);
    if (rc == 0) {
        int64_t *at = h->dirty ? h->dirty : &h->dirty_one;
        memmove(at + i + 1, at + i, (h->dirty_count - i) * sizeof *at);
        at[i] = pane;
        h->dirty_count++;
    }
    return rc;
}

int horizon_dirty(struct cell_horizon *h, int64_t pane)
{
    if (h->unlogged) {
        return 0;
    }
    int64_t *list = h->dirty ? h->dirty : &h->dirty_one;
    if (h->dirty_count == 0) {
        list[0] = pane; /* there is room for one always */
        h->dirty_count = 1;
        return 0;
    }
    return list[h->dirty_count - 1] == pane ? 0 : dirty_insert(h, pane);
}

static int cell_dirty(struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    c->dirty = true;
    return horizon_dirty(&c->horizons[horizon], pane);
}

static int pane_cells_add(struct scope_engine *e, struct cell_horizon *h, const struct layout *l, int64_t pane, const int64_t *cells)
{
    uint32_t before = h->ring.capacity;
    uint64_t bytes_before = before == h->ring.count ? pane_ring_bytes(&h->ring, l) : 0; /* else there is room */
    int rc = pane_ring_add(&h->ring, l, pane, cells);
    if (h->ring.capacity != before) {
        e->bytes += pane_ring_bytes(&h->ring, l) - bytes_before;
    }
    return rc;
}

static int hist_row_add(struct scope_engine *e, struct hist_ring *r, int64_t pane, const struct delta_row *row)
{
    uint64_t before = hist_ring_bytes(r);
    int rc = hist_ring_add(r, pane, row->bucket, row->cells[0]);
    e->bytes += hist_ring_bytes(r) - before;
    return rc;
}

/* The pane of a horizon that one of the measure's lies in. */
static inline int64_t horizon_pane(const struct measure *m, uint32_t horizon, int64_t pane)
{
    int64_t pane_ms = m->horizons[horizon].pane_ms;
    return pane_ms == m->pane_ms ? pane : pane_of(pane * m->pane_ms, pane_ms);
}

/* Something was added to a pane. CUBE_ENOMEM. */
static inline int pane_touch(struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    struct cell_horizon *h = &c->horizons[horizon];
    int64_t edge_ms = pane_leaves_ms(&c->measure->horizons[horizon], pane);
    h->edge_ms = edge_ms < h->edge_ms ? edge_ms : h->edge_ms;
    s->edge_ms = edge_ms < s->edge_ms ? edge_ms : s->edge_ms;
    h->changed = c->changed = c->dirty = true;
    return horizon_dirty(h, pane);
}

int scope_horizon_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms,
                      const struct delta_row *row)
{
    const struct measure *m = c->measure;
    int64_t pane = horizon_pane(m, horizon, row->pane);
    if (pane < oldest_pane(e, m, horizon, t_ms)) {
        return 0;
    }
    int rc = row->kind == ROW_PANE ? pane_cells_add(e, &c->horizons[horizon], &m->aggregation->pane, pane, row->cells)
                                   : hist_row_add(e, &c->hists[horizon], pane, row);
    rc = rc ? rc : pane_touch(s, c, horizon, pane);
    if (!rc && c->releases && row->kind == ROW_PANE) {
        cell_release_touch(&c->releases[horizon], row->cells[0]);
    }
    return rc;
}

int scope_horizon_sums(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms)
{
    const struct measure *m = c->measure;
    int64_t pane = horizon_pane(m, horizon, c->sums_pane);
    if (pane < oldest_pane(e, m, horizon, t_ms)) {
        return 0;
    }
    int rc = pane_cells_add(e, &c->horizons[horizon], &m->aggregation->pane, pane, c->sums);
    return rc ? rc : pane_touch(s, c, horizon, pane);
}

struct leaving {
    struct scope_cell *cell;
    uint32_t horizon;
    int rc;
};

static void on_leave(void *arg, int64_t pane, const int64_t *cells)
{
    struct leaving *l = arg;
    if (l->rc == 0) {
        l->rc = cell_dirty(l->cell, l->horizon, pane);
    }
    if (l->cell->releases) {
        cell_release_touch(&l->cell->releases[l->horizon], cells[0]);
    }
}

static int hist_roll(struct scope_cell *c, uint32_t horizon, int64_t oldest)
{
    struct hist_ring *r = &c->hists[horizon];
    int rc = 0;
    for (uint32_t i = 0; i < r->count && rc == 0; i++) {
        int64_t pane, n;
        int32_t bucket;
        hist_ring_at(r, i, &pane, &bucket, &n);
        if (pane >= oldest) {
            break;
        }
        rc = cell_dirty(c, horizon, pane);
    }
    hist_ring_roll(r, oldest);
    return rc;
}

static int horizon_roll(struct scope_engine *e, struct scope_cell *c, uint32_t horizon, int64_t t_ms)
{
    struct cell_horizon *h = &c->horizons[horizon];
    int64_t oldest = oldest_pane(e, c->measure, horizon, t_ms);
    struct leaving leaving = {c, horizon, 0};
    uint64_t before = cell_bytes(c, horizon);
    pane_ring_roll(&h->ring, &c->measure->aggregation->pane, oldest, on_leave, &leaving);
    int rc = leaving.rc;
    if (rc == 0 && c->hists) {
        rc = hist_roll(c, horizon, oldest);
    }
    e->bytes += cell_bytes(c, horizon) - before;
    cell_edge(c, horizon);
    h->changed = c->changed = true;
    return rc;
}

/* Takes out what has left; *edge_ms is lowered to the first edge of what stays. Returns 1 when something had, 0, CUBE_ENOMEM. */
static int cell_roll(struct scope_engine *e, struct scope_cell *c, int64_t t_ms, int64_t *edge_ms)
{
    int rolled = 0;
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        struct cell_horizon *horizon = &c->horizons[h];
        if (horizon->edge_ms < t_ms) {
            int rc = horizon_roll(e, c, h, t_ms);
            if (rc) {
                return rc;
            }
            rolled = 1;
        }
        *edge_ms = horizon->edge_ms < *edge_ms ? horizon->edge_ms : *edge_ms;
    }
    return rolled;
}

int scope_cells_roll(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    int rolled = 0;
    int64_t edge_ms = NO_DUE;
    if (s->edge_ms >= t_ms) {
        return 0;
    }
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        int rc = s->cells[i] ? cell_roll(e, s->cells[i], t_ms, &edge_ms) : 0;
        if (rc < 0) {
            return rc;
        }
        rolled |= rc;
    }
    s->edge_ms = edge_ms;
    return rolled;
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
