#include "engine/scope_record.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/scope_writer.h"

/* Places of a horizon's list of panes to write that stay for the next time. */
enum { DIRTY_KEPT_MAX = 8 };

/* ---- panes --------------------------------------------------------------------------------------- */

/* The first entry of a pane, or count. */
static uint32_t hist_first(const struct hist_ring *r, int64_t pane)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int64_t at, n;
        int32_t bucket;
        hist_ring_at(r, middle, &at, &bucket, &n);
        if (at < pane) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The entries of a pane. */
struct hist_pane {
    uint32_t first, count;
};

static struct hist_pane hist_pane_find(const struct hist_ring *r, int64_t pane)
{
    uint32_t first = hist_first(r, pane);
    return (struct hist_pane){first, hist_first(r, pane + 1) - first};
}

static void w_hist(struct writer *w, const struct hist_ring *r, struct hist_pane p)
{
    w_uint(w, p.count);
    for (uint32_t i = p.first; i < p.first + p.count; i++) {
        int64_t at, n;
        int32_t bucket;
        hist_ring_at(r, i, &at, &bucket, &n);
        w_int(w, bucket);
        w_int(w, n);
    }
}

/* The value of a pane; nothing when the pane is gone: a tombstone. */
static void pane_put(struct writer *w, const struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    const struct layout *l = &c->measure->aggregation->pane;
    const int64_t *cells = pane_ring_find(&c->horizons[horizon].ring, l, pane);
    const struct hist_ring *hist = c->hists ? &c->hists[horizon] : NULL;
    struct hist_pane entries = hist ? hist_pane_find(hist, pane) : (struct hist_pane){0, 0};
    if (!cells && entries.count == 0) {
        return;
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_cells(w, l, cells);
    w_hist(w, hist, entries);
}

/* ---- flush --------------------------------------------------------------------------------------- */

struct flush {
    struct scope_engine *engine;
    int (*put)(void *arg, struct text key, const uint8_t *value, size_t len);
    void *arg;
};

static struct writer key_begin(struct scope_engine *e, enum scope_record kind)
{
    buf_clear(&e->key);
    buf_clear(&e->value);
    struct writer w = {&e->key, 0};
    w_uint(&w, kind);
    return w;
}

/* The keys of a horizon begin alike: up to its number. */
static struct writer horizon_key_begin(struct flush *f, enum scope_record kind, const struct scope_cell *c, uint32_t horizon)
{
    struct writer key = key_begin(f->engine, kind);
    w_text(&key, c->measure->name);
    w_uint(&key, horizon);
    return key;
}

/* The next key behind the first `stem` bytes of the one before. */
static void key_again(struct flush *f, size_t stem)
{
    f->engine->key.len = stem;
    buf_clear(&f->engine->value);
}

/* name: what the key ends with. */
static int record_put(struct flush *f, struct text name, struct writer *key, const struct writer *value)
{
    struct scope_engine *e = f->engine;
    uint8_t *at = w_room(key, name.len);
    if (!at || value->rc) {
        return key->rc ? key->rc : value->rc;
    }
    memcpy(at, name.at, name.len);
    w_taken(key, at + name.len);
    return f->put(f->arg, (struct text){(const char *)e->key.at, (uint32_t)e->key.len}, e->value.at,
                  e->value.len);
}

static int head_flush(struct flush *f, const struct scope *s)
{
    struct writer key = key_begin(f->engine, RECORD_HEAD), value = {&f->engine->value, 0};
    scope_head_write(&value, f->engine, s);
    return record_put(f, s->key, &key, &value);
}

static int memory_flush(struct flush *f, const struct scope *s)
{
    struct writer key = key_begin(f->engine, RECORD_MEMORY), value = {&f->engine->value, 0};
    scope_memory_write(&value, f->engine, s);
    return record_put(f, s->key, &key, &value);
}

static int level_flush(struct flush *f, const struct scope *s, const struct scope_cell *c)
{
    struct writer key = key_begin(f->engine, RECORD_LEVEL), value = {&f->engine->value, 0};
    const struct layout *l = &c->measure->aggregation->level;
    w_text(&key, c->measure->name);
    w_uint(&value, SCOPE_RECORD_VERSION);
    w_uint(&value, measure_level_slots(c->measure));
    for (uint32_t i = 0; i < measure_levels(c->measure); i++) {
        w_slots(&value, l, c->level + i * l->slots);
    }
    return record_put(f, s->key, &key, &value);
}

static int panes_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    const struct cell_horizon *h = &c->horizons[horizon];
    if (h->dirty_count == 0) {
        return 0;
    }
    struct writer key = horizon_key_begin(f, RECORD_PANE, c, horizon), value = {&f->engine->value, 0};
    size_t stem = f->engine->key.len;
    int rc = 0;
    for (uint32_t i = 0; i < h->dirty_count && rc == 0; i++) {
        key_again(f, stem);
        int64_t pane = horizon_dirty_list(h)[i];
        w_int(&key, pane);
        pane_put(&value, c, horizon, pane);
        rc = record_put(f, s->key, &key, &value);
    }
    return rc;
}

static void octave_put(struct writer *w, const struct sketch *s, const struct layout *l, unsigned octave)
{
    int32_t first = sketch_octave_first(octave);
    uint32_t from = sketch_first(s, l, first), to = from;
    const int64_t *cells;
    while (to < s->count && sketch_at(s, l, to, &cells) < first + SKETCH_OCTAVE) {
        to++;
    }
    if (from == to) {
        return; /* a tombstone */
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_uint(w, to - from);
    uint8_t *at = w_room(w, (to - from) * (VARINT_BYTES_MAX + slots_bytes_max(l)));
    for (uint32_t i = from; at && i < to; i++) {
        at = varint_write(at, (uint64_t)(sketch_at(s, l, i, &cells) - first));
        at = slots_write(at, l, cells);
    }
    if (at) {
        w_taken(w, at);
    }
}

static int sketch_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    const struct sketch *sketch = &c->sketches[horizon];
    struct writer key = horizon_key_begin(f, RECORD_SKETCH, c, horizon), value = {&f->engine->value, 0};
    size_t stem = f->engine->key.len;
    int rc = 0;
    for (unsigned word = 0; word < SKETCH_OCTAVES / 64; word++) {
        for (uint64_t rest = sketch->dirty[word]; rest && rc == 0; rest &= rest - 1) {
            unsigned octave = 64 * word + (unsigned)__builtin_ctzll(rest);
            key_again(f, stem);
            w_uint(&key, octave);
            octave_put(&value, sketch, &c->measure->aggregation->sketch, octave);
            rc = record_put(f, s->key, &key, &value);
        }
    }
    return rc;
}

static int cell_flush(struct flush *f, const struct scope *s, const struct scope_cell *c)
{
    int rc = c->level_dirty ? level_flush(f, s, c) : 0;
    for (uint32_t h = 0; h < c->measure->horizon_count && rc == 0; h++) {
        rc = panes_flush(f, s, c, h);
        rc = rc || !c->sketches ? rc : sketch_flush(f, s, c, h);
    }
    return rc;
}

static int contacts_flush(struct flush *f, const struct scope *s, struct scope_link *l)
{
    static const struct layout one = {.slots = 1};
    int rc = 0;
    for (uint32_t i = 0; i < l->contacts.dirty_count && rc == 0; i++) {
        struct writer key = key_begin(f->engine, RECORD_CONTACTS), value = {&f->engine->value, 0};
        int64_t pane = horizon_dirty_list(&l->contacts)[i];
        const int64_t *n = pane_ring_find(&l->contacts.ring, &one, pane);
        w_text(&key, gift_table_key(f->engine->gifts, l->giver));
        w_int(&key, pane);
        if (n) {
            w_uint(&value, SCOPE_RECORD_VERSION);
            w_int(&value, *n);
        }
        rc = record_put(f, s->key, &key, &value);
    }
    return rc;
}

static int scope_flush(struct flush *f, const struct scope *s)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->link_count && rc == 0; i++) {
        rc = contacts_flush(f, s, &s->links[i]);
    }
    for (uint32_t i = 0; i < f->engine->model->measure_count && rc == 0; i++) {
        rc = s->cells[i] && s->cells[i]->dirty ? cell_flush(f, s, s->cells[i]) : 0;
    }
    rc = rc || !s->memory_dirty ? rc : memory_flush(f, s);
    return rc ? rc : head_flush(f, s);
}

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

static void scope_clean(struct scope_engine *e, struct scope *s)
{
    s->dirty = s->memory_dirty = false;
    for (uint32_t i = 0; i < s->link_count; i++) {
        s->links[i].contacts.dirty_count = 0;
    }
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        struct scope_cell *c = s->cells[i];
        if (!c || !c->dirty) {
            continue;
        }
        c->dirty = c->level_dirty = false;
        for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
            dirty_clear(&c->horizons[h]);
            if (c->sketches) {
                memset(c->sketches[h].dirty, 0, sizeof c->sketches[h].dirty);
            }
        }
    }
}

static int giver_flush(struct flush *f, uint32_t giver)
{
    const struct scope_engine *e = f->engine;
    const struct axis_gift *g = gift_table_now(e->gifts, giver);
    struct writer key = key_begin(f->engine, RECORD_GIVER), value = {&f->engine->value, 0};
    if (g) {
        w_uint(&value, SCOPE_RECORD_VERSION);
        w_double(&value, g->score);
        w_double(&value, g->half);
        w_double(&value, g->coverage);
        w_contributions(&value, e, g->contributions);
    }
    return record_put(f, gift_table_key(e->gifts, giver), &key, &value);
}

static int givers_flush(struct flush *f)
{
    uint32_t n = gift_table_has_dirty(f->engine->gifts) ? gift_table_count(f->engine->gifts) : 0;
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        rc = gift_table_is_dirty(f->engine->gifts, i) ? giver_flush(f, i) : 0;
    }
    return rc;
}

int scope_engine_flush(struct scope_engine *e,
                       int (*put)(void *arg, struct text key, const uint8_t *value, size_t len),
                       void *arg)
{
    struct flush f = {e, put, arg};
    int failed = givers_flush(&f);
    if (failed) {
        return failed;
    }
    for (uint32_t i = 0; i < e->dirty.count; i++) {
        int rc = scope_flush(&f, e->scopes[id_queue_at(&e->dirty, i)]);
        if (rc) {
            return rc;
        }
    }
    scope_engine_clean(e);
    return 0;
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
