/* What comes into the panes of a cell, and what leaves them. Horizons with panes of one length share those of the longest: the shorter ones are
 * parts of its ring (window/pane_ring.h), and no pane is written twice. */
#include "engine/scope_state.h"

static int cell_dirty(struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    c->dirty = true;
    return horizon_dirty(&c->horizons[horizon], pane, false);
}

static __attribute__((noinline)) int pane_cells_add(struct scope_engine *e, struct pane_ring *r, const struct layout *l, int64_t pane,
                                                    const int64_t *cells)
{
    uint64_t before = pane_ring_bytes(r, l);
    int rc = pane_ring_add(r, l, pane, cells);
    e->bytes += pane_ring_bytes(r, l) - before;
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

/* Something was added to a pane. */
static inline void horizon_touch(struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    struct cell_horizon *h = &c->horizons[horizon];
    int64_t edge_ms = pane_leaves_ms(&c->measure->horizons[horizon], pane);
    h->edge_ms = edge_ms < h->edge_ms ? edge_ms : h->edge_ms;
    s->edge_ms = edge_ms < s->edge_ms ? edge_ms : s->edge_ms;
    h->changed = c->changed = true;
}

/* The same, to a pane that is to be written. CUBE_ENOMEM. */
static inline int pane_touch(struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t pane, bool is_new)
{
    horizon_touch(s, c, horizon, pane);
    c->dirty = true;
    return horizon_dirty(&c->horizons[horizon], pane, is_new);
}

int scope_horizon_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms,
                      const struct delta_row *row)
{
    const struct measure *m = c->measure;
    int64_t pane = horizon_pane(m, horizon, row->pane);
    if (pane < oldest_pane(e, m, horizon, t_ms)) {
        return 0;
    }
    uint32_t before = c->horizons[horizon].ring.count;
    int rc = row->kind == ROW_PANE ? pane_cells_add(e, &c->horizons[horizon].ring, &m->aggregation->pane, pane, row->cells)
                                   : hist_row_add(e, &c->hists[horizon], pane, row);
    rc = rc ? rc : pane_touch(s, c, horizon, pane, !c->hists && c->horizons[horizon].ring.count != before);
    if (!rc && c->releases && row->kind == ROW_PANE) {
        cell_release_touch(&c->releases[horizon], row->cells[0]);
    }
    return rc;
}

/* ---- horizons that share their panes --------------------------------------------------------------- */

static void part_roll(struct scope_engine *e, struct scope_cell *c, uint32_t horizon, int64_t t_ms)
{
    struct cell_horizon *h = &c->horizons[horizon];
    pane_part_roll(&h->ring, horizon_panes(c, horizon), &c->measure->aggregation->pane, oldest_pane(e, c->measure, horizon, t_ms));
    cell_edge(c, horizon);
    h->changed = c->changed = true;
}

/* What is part of a horizon counts its newest panes, so what has left it leaves before one of those comes, goes or grows. */
static inline void parts_roll(struct scope_engine *e, struct scope_cell *c, uint32_t whole, int64_t t_ms)
{
    for (uint32_t k = 0; c->shares && k < c->measure->horizon_count; k++) {
        if (horizon_is_part(c, k, whole) && c->horizons[k].edge_ms < t_ms) {
            part_roll(e, c, k, t_ms);
        }
    }
}

/* A pane of the whole got these cells. */
static void parts_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t whole, int64_t t_ms, int64_t pane, bool is_new)
{
    const struct measure *m = c->measure;
    for (uint32_t k = 0; k < m->horizon_count; k++) {
        if (horizon_is_part(c, k, whole) && pane >= oldest_pane(e, m, k, t_ms)) {
            pane_part_add(&c->horizons[k].ring, &m->aggregation->pane, c->sums, is_new);
            horizon_touch(s, c, k, pane);
        }
    }
}

void horizon_settle(struct scope_engine *e, struct scope_cell *c, uint32_t h, int64_t t_ms)
{
    const struct measure *m = c->measure;
    struct pane_ring *ring = &c->horizons[h].ring;
    bool judged = t_ms != NEVER_MS; /* else something is damaged, and nothing is known to have left */
    if (judged && c->horizons[h].panes_of == h && panes_are_shared(m)) {
        pane_ring_roll(ring, &m->aggregation->pane, oldest_pane(e, m, h, t_ms), NULL, NULL);
    }
    for (uint32_t k = 0; k < m->horizon_count; k++) {
        if (horizon_is_part(c, k, h)) {
            pane_part_fill(&c->horizons[k].ring, ring, &m->aggregation->pane, judged ? oldest_pane(e, m, k, t_ms) : INT64_MIN);
        }
    }
}

/* ---- sums ------------------------------------------------------------------------------------------ */

static inline int sums_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms)
{
    const struct measure *m = c->measure;
    struct pane_ring *ring = &c->horizons[horizon].ring;
    int64_t pane = horizon_pane(m, horizon, c->sums_pane);
    if (pane < oldest_pane(e, m, horizon, t_ms)) {
        return 0;
    }
    uint32_t before = ring->count;
    parts_roll(e, c, horizon, t_ms);
    int rc = pane_ring_add_newest(ring, &m->aggregation->pane, pane, c->sums) ? 0 : pane_cells_add(e, ring, &m->aggregation->pane, pane, c->sums);
    if (!rc && c->shares) {
        parts_add(e, s, c, horizon, t_ms, pane, ring->count != before);
    }
    if (!rc && c->releases) {
        cell_release_touch(&c->releases[horizon], c->answers);
    }
    return rc ? rc : pane_touch(s, c, horizon, pane, ring->count != before);
}

int scope_sums_take(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms)
{
    int rc = 0;
    for (uint32_t h = 0; h < c->measure->horizon_count && !rc; h++) {
        rc = c->horizons[h].panes_of == h ? sums_add(e, s, c, h, t_ms) : 0;
    }
    return rc;
}

/* ---- panes that leave ------------------------------------------------------------------------------ */

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
    if (h->panes_of != horizon) {
        part_roll(e, c, horizon, t_ms);
        return 0;
    }
    parts_roll(e, c, horizon, t_ms);
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
