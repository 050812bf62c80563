#include <stdlib.h>

#include "engine/scope_reader.h"

int scope_restored(struct scope_engine *e, struct text key, struct scope **ret_s)
{
    if (e->restored < e->count && text_equal(e->scopes[e->restored]->key, key)) { /* a commit's records of a scope stand together */
        *ret_s = e->scopes[e->restored];
        return 0;
    }
    uint32_t id = intern_find(e->keys, key);
    if (id == INTERN_NONE) {
        int rc = scope_add(e, key, &id);
        if (rc) {
            return rc;
        }
    }
    e->restored = id;
    *ret_s = e->scopes[id];
    return 0;
}

static int head_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool whole)
{
    struct scope *s;
    int rc = scope_restored(e, r_rest(key), &s);
    if (rc) {
        return rc;
    }
    scope_head_read(value, e, s, whole);
    return value->rc;
}

static int memory_restore(struct scope_engine *e, struct reader *key, struct reader *value)
{
    struct scope *s;
    int rc = scope_restored(e, r_rest(key), &s);
    if (rc) {
        return rc;
    }
    scope_memory_read(value, e, s);
    return value->rc;
}

/* ---- level and panes ----------------------------------------------------------------------------- */

static int level_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    uint16_t measure = measure_by_name(e, r_text(key));
    struct scope *s;
    struct scope_cell *c;
    if (key->rc || measure == UINT16_MAX || is_tombstone) {
        return key->rc;
    }
    r_version(value);
    uint64_t slots = r_uint(value);
    if (value->rc) {
        return value->rc;
    }
    if (slots == 0 || slots != measure_level_slots(&e->model->measures[measure])) {
        return CUBE_EFORMAT;
    }
    int rc = scope_restored(e, r_rest(key), &s);
    if (rc || (rc = scope_cell_get(e, s, measure, &c)) != 0) {
        return rc;
    }
    const struct layout *l = &c->measure->aggregation->level;
    for (uint32_t i = 0; i < measure_levels(c->measure); i++) {
        r_cells(value, l, c->level + i * l->slots);
    }
    c->dirty = c->level_apart = c->since_head = true; /* with the next head of the scope */
    return value->rc;
}

/* A pane may have been read from another record: what this one says takes its place, what it differs by is left in cells. */
int scope_pane_set(struct scope_cell *c, uint32_t horizon, int64_t pane, int64_t *cells)
{
    const struct layout *l = &c->measure->aggregation->pane;
    struct pane_ring *ring = &c->horizons[horizon].ring;
    const int64_t *old = pane_ring_find(ring, l, pane);
    if (old) {
        cells_subtract(l, cells, old);
    }
    return pane_ring_add(ring, l, pane, cells);
}

static int hist_set(struct scope_cell *c, uint32_t horizon, int64_t pane, struct reader *r)
{
    for (uint64_t n = r_uint(r); n > 0 && r->rc == 0; n--) {
        int64_t bucket = r_int(r), count = r_int(r);
        if (r->rc == 0 && (!c->hists || !cell_fits(count) || bucket <= -4096 || bucket >= 4096)) {
            r->rc = CUBE_EFORMAT;
        }
        if (r->rc == 0) {
            int64_t old = hist_ring_find(&c->hists[horizon], pane, (int32_t)bucket);
            r->rc = hist_ring_add(&c->hists[horizon], pane, (int32_t)bucket, count - old);
        }
    }
    return r->rc;
}

/* Panes leave in order, so what is older than the one that left has left before it. In version 2 it may have left a shorter horizon only: then
 * what is older than the newest one lets be has left. */
static void pane_drop(struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    const struct layout *l = &c->measure->aggregation->pane;
    struct pane_ring *ring = &c->horizons[horizon].ring;
    const int64_t *cells;
    if (ring->count && horizon_has_parts(c, horizon)) {
        pane = pane_ring_at(ring, l, ring->count - 1, &cells) - c->measure->horizons[horizon].panes;
    }
    pane_ring_roll(ring, l, pane + 1, NULL, NULL);
    if (c->hists) {
        hist_ring_roll(&c->hists[horizon], pane + 1);
    }
}

static int pane_read(struct scope_cell *c, uint32_t horizon, int64_t pane, struct reader *value)
{
    int64_t cells[CELL_SLOTS_MAX];
    const struct layout *l = &c->measure->aggregation->pane;
    uint64_t version = r_uint(value), slots = r_uint(value);
    if (value->rc == 0 && version != SCOPE_RECORD_VERSION && version != SHARED_PANE_VERSION) {
        value->rc = CUBE_EVERSION;
    }
    if (value->rc == 0 && slots != 0 && slots != l->slots) {
        value->rc = CUBE_EFORMAT;
    }
    if (value->rc == 0 && slots > 0) {
        r_cells(value, l, cells);
        value->rc = value->rc ? value->rc : scope_pane_set(c, horizon, pane, cells);
    }
    return value->rc ? value->rc : hist_set(c, horizon, pane, value);
}

/* It is there under the name of this horizon, and will be taken out when the pane leaves. */
static void pane_note(struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    int64_t begin_ms = pane * c->measure->horizons[horizon].pane_ms;
    if (panes_are_shared(c->measure)) {
        s->apart_ms = begin_ms > s->apart_ms ? begin_ms : s->apart_ms;
        c->panes_apart |= (uint8_t)(1u << horizon);
    }
}

static int pane_restore(struct scope_engine *e, struct reader *key, struct reader *value,
                        bool is_tombstone)
{
    uint16_t measure = measure_by_name(e, r_text(key));
    uint64_t horizon = r_uint(key);
    int64_t pane = r_int(key);
    struct scope *s;
    struct scope_cell *c;
    if (key->rc || measure == UINT16_MAX || horizon >= e->model->measures[measure].horizon_count) {
        return key->rc;
    }
    if (!pane_is_recorded(e->model->measures[measure].horizons[horizon].pane_ms, pane)) {
        return CUBE_EFORMAT;
    }
    int rc = scope_restored(e, r_rest(key), &s);
    if (rc || (rc = scope_cell_get(e, s, measure, &c)) != 0) {
        return rc;
    }
    uint32_t whole = c->horizons[horizon].panes_of;
    if (is_tombstone) {
        pane_drop(c, whole, pane);
        return 0;
    }
    pane_note(s, c, (uint32_t)horizon, pane);
    return pane_read(c, whole, pane, value);
}

/* The record holds the whole octave. */
static int octave_read(struct sketch *s, const struct layout *l, unsigned octave, struct reader *value)
{
    int64_t cells[CELL_SLOTS_MAX];
    r_version(value);
    for (uint64_t n = r_below(value, SKETCH_OCTAVE + 1); n > 0 && value->rc == 0; n--) {
        int32_t bucket = sketch_octave_first(octave) + (int32_t)r_below(value, SKETCH_OCTAVE);
        r_cells(value, l, cells);
        value->rc = value->rc ? value->rc : bucket == -SKETCH_BUCKET_LIMIT ? CUBE_EFORMAT : sketch_add(s, l, bucket, cells);
    }
    return value->rc;
}

static int sketch_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    uint16_t measure = measure_by_name(e, r_text(key));
    uint64_t horizon = r_uint(key), octave = r_below(key, SKETCH_OCTAVES);
    struct scope *s;
    struct scope_cell *c;
    if (key->rc || measure == UINT16_MAX || horizon >= e->model->measures[measure].horizon_count) {
        return key->rc;
    }
    int rc = scope_restored(e, r_rest(key), &s);
    if (rc || (rc = scope_cell_get(e, s, measure, &c)) != 0) {
        return rc;
    }
    if (!c->sketches) {
        return CUBE_EFORMAT;
    }
    struct sketch *sketch = &c->sketches[horizon];
    const struct layout *l = &c->measure->aggregation->sketch;
    sketch_octave_clear(sketch, l, (unsigned)octave);
    uint64_t *apart = &sketch->apart[octave / 64], bit = UINT64_C(1) << octave % 64;
    *apart = is_tombstone ? *apart & ~bit : *apart | bit;
    rc = is_tombstone ? 0 : octave_read(sketch, l, (unsigned)octave, value);
    memset(sketch->dirty, 0, sizeof sketch->dirty);
    return rc;
}

int scope_engine_restore(struct scope_engine *e, struct text key, const uint8_t *value, size_t len)
{
    static const uint8_t nothing;
    const uint8_t *at = (const uint8_t *)key.at, *from = value ? value : &nothing;
    struct reader k = {{at, at + key.len}, 0}, v = {{from, from + len}, 0};
    switch (r_uint(&k)) {
    case RECORD_HEAD: return head_restore(e, &k, &v, true);
    case RECORD_SINCE: return head_restore(e, &k, &v, false);
    case RECORD_MEMORY: return memory_restore(e, &k, &v);
    case RECORD_LEVEL: return level_restore(e, &k, &v, len == 0);
    case RECORD_CONTACTS: return scope_contacts_restore(e, &k, &v, len == 0);
    case RECORD_GIVER: return scope_giver_restore(e, &k, &v, len == 0);
    case RECORD_PANE: return pane_restore(e, &k, &v, len == 0);
    case RECORD_BLOCK: return scope_block_restore(e, &k, &v, len == 0);
    case RECORD_OCTAVE: return scope_octave_restore(e, &k, &v, len == 0);
    case RECORD_LIST: return scope_list_restore(e, &k, &v);
    case RECORD_SKETCH: return sketch_restore(e, &k, &v, len == 0);
    default: return k.rc ? k.rc : CUBE_EVERSION;
    }
}

/* ---- what follows from the records ----------------------------------------------------------------- */

static void cell_rebuild(struct scope_engine *e, const struct scope *s, struct scope_cell *c)
{
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        horizon_settle(e, c, h, s->tick_ms);
    }
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        cell_edge(c, h);
        e->bytes += cell_bytes(c, h);
        c->horizons[h].changed = false;
        if (c->releases) {
            cell_release_show(&c->releases[h], &c->results[h]);
        } else if (s->tick_ms != NEVER_MS) {
            cell_result(e, s, c, h, s->tick_ms);
        }
    }
    c->changed = false;
    if (c->measure->scored) {
        scored_fill(c->measure, &c->results[0], &c->scored);
    }
}

/* What the scope took when it was last judged is what it takes now: had that changed, it would have been
 * judged. */
static void given_rebuild(struct scope_engine *e, struct scope *s)
{
    struct axis_now now;
    scope_scored(e, s);
    axis_judge(&e->model->cube.axes[AXIS_E], AXIS_E, e->scored, e->scored_count, &now);
    scope_given(e, s, &now);
    if (now.basis == BASIS_OWN) {
        now = (struct axis_now){.basis = BASIS_OWN};
    }
    s->given = now;
}

static void scope_rebuild(struct scope_engine *e, struct scope *s)
{
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        if (s->cells[i]) {
            cell_rebuild(e, s, s->cells[i]);
        }
    }
    for (uint32_t i = 0; i < s->alert_count; i++) {
        e->bytes += s->alerts[i].memory.capacity * sizeof *s->alerts[i].memory.at;
        scope_alert_tally(e, &s->alerts[i], 1);
    }
    if (s->gone && s->tick_ms != NEVER_MS) {
        s->timer_ms = s->tick_ms + e->model->cube.tick_ms;
    }
    given_rebuild(e, s);
    scope_cells_edge(e, s);
    scope_schedule(e, s);
    e->tick_ms = s->tick_ms > e->tick_ms ? s->tick_ms : e->tick_ms;
}

static int by_waiting(const void *a, const void *b, void *engine)
{
    const struct scope_engine *e = engine;
    const struct scope *x = e->scopes[*(const uint32_t *)a], *y = e->scopes[*(const uint32_t *)b];
    if (x->changed_ms != y->changed_ms) {
        return x->changed_ms < y->changed_ms ? -1 : 1;
    }
    return text_compare(x->key, y->key);
}

/* Who waits for publication, in the order of before. */
static void changed_rebuild(struct scope_engine *e)
{
    e->work_count = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->scopes[i]->changed_ms != NEVER_MS) {
            e->work[e->work_count++] = i;
        }
    }
    if (e->work_count > 1) {
        qsort_r(e->work, e->work_count, sizeof *e->work, by_waiting, e);
    }
    for (uint32_t i = 0; i < e->work_count; i++) {
        id_queue_add(&e->changed, e->work[i]);
    }
}

/* What a damaged record made due before the last tick is due at the next. */
static void due_rebuild(struct scope_engine *e)
{
    int64_t tick_ms = e->model->cube.tick_ms;
    while (e->tick_ms != NEVER_MS && due_heap_first(&e->due) <= e->tick_ms) {
        due_heap_set(&e->due, due_heap_pop(&e->due), e->tick_ms + tick_ms);
    }
}

int scope_engine_restored(struct scope_engine *e)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->scopes[i]->kind == SCOPE_KIND_NONE || e->scopes[i]->headless) {
            return CUBE_EFORMAT;
        }
    }
    for (uint32_t i = 0; i < e->count; i++) {
        int rc = scope_place_restored(e, e->scopes[i]);
        if (rc) {
            return rc;
        }
        scope_rebuild(e, e->scopes[i]);
    }
    due_rebuild(e);
    changed_rebuild(e);
    return e->impossible ? CUBE_ERANGE : 0;
}
