#include "engine/scope_record.h"

#include "engine/scope_writer.h"

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

/* The value of a pane of a measure with histogram; nothing when the pane is gone: a tombstone. */
static void pane_put(struct writer *w, const struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    const struct layout *l = &c->measure->aggregation->pane;
    const int64_t *cells = pane_ring_find(&c->horizons[horizon].ring, l, pane);
    const struct hist_ring *hist = &c->hists[horizon];
    uint32_t first = hist_first(hist, pane), count = hist_first(hist, pane + 1) - first;
    if (!cells && count == 0) {
        return;
    }
    w_uint(w, SCOPE_RECORD_VERSION);
    w_cells(w, l, cells);
    w_uint(w, count);
    for (uint32_t i = first; i < first + count; i++) {
        int64_t at, n;
        int32_t bucket;
        hist_ring_at(hist, i, &at, &bucket, &n);
        w_int(w, bucket);
        w_int(w, n);
    }
}

/* ---- flush --------------------------------------------------------------------------------------- */

struct flush {
    struct scope_engine *engine;
    const struct scope_sink *sink;
    size_t begins, key_len; /* of the record at hand, in the bytes of the sink */
};

/* What stands in front of the scope in the keys of the next records. */
static struct writer stem_begin(const struct flush *f, enum scope_record kind)
{
    buf_clear(&f->engine->key);
    struct writer w = {&f->engine->key, 0};
    w_uint(&w, kind);
    return w;
}

/* Writes the key, which ends with a name; the value follows. */
static struct writer record_begin(struct flush *f, const struct writer *stem, struct text name)
{
    struct writer w = {f->sink->bytes, stem->rc};
    f->begins = w.out->len;
    f->key_len = stem->out->len + name.len;
    uint8_t *at = w_room(&w, f->key_len);
    if (at) {
        memcpy(at, stem->out->at, stem->out->len);
        memcpy(at + stem->out->len, name.at, name.len);
        w_taken(&w, at + f->key_len);
    }
    return w;
}

static int record_end(struct flush *f, const struct writer *w)
{
    return w->rc ? w->rc : f->sink->wrote(f->sink->arg, f->key_len, w->out->len - f->begins - f->key_len);
}

/* A head has all cells, of which a few have rows between two commits, and what the last change of octant left. */
static int head_flush(struct flush *f, struct scope *s)
{
    bool whole;
    uint32_t cells = scope_head_cells(f->engine, s, &whole);
    struct writer stem = stem_begin(f, whole ? RECORD_HEAD : RECORD_SINCE), w = record_begin(f, &stem, s->key);
    scope_head_write(&w, f->engine, s, whole, cells);
    s->head_is_whole = whole;
    return record_end(f, &w);
}

static int memory_flush(struct flush *f, const struct scope *s)
{
    struct writer stem = stem_begin(f, RECORD_MEMORY), w = record_begin(f, &stem, s->key);
    scope_memory_write(&w, f->engine, s);
    return record_end(f, &w);
}

/* Levels stand in the head: what stood there in a record of its own is taken out. */
static int level_flush(struct flush *f, const struct scope *s, const struct scope_cell *c)
{
    struct writer stem = stem_begin(f, RECORD_LEVEL);
    w_text(&stem, c->measure->name);
    struct writer w = record_begin(f, &stem, s->key);
    return record_end(f, &w);
}

/* A record written in one piece. */
struct piece {
    uint8_t *from, *value, *at;
};

/* Begins a record of a horizon: its key ends with a number and the name of the scope. There is room for so many bytes of value. CUBE_ENOMEM. */
static inline int piece_begin(const struct flush *f, enum scope_record kind, const struct scope *s, const struct measure *m, uint32_t horizon,
                              uint64_t number, size_t value_max, struct piece *ret_p)
{
    uint8_t *at = buf_room(f->sink->bytes, 4 * VARINT_BYTES_MAX + m->name.len + s->key.len + value_max);
    if (!at) {
        return CUBE_ENOMEM;
    }
    ret_p->from = at;
    *at++ = (uint8_t)kind;
    at = varint_write_text(at, m->name);
    *at++ = (uint8_t)horizon;
    at = varint_write(at, number);
    memcpy(at, s->key.at, s->key.len);
    ret_p->value = ret_p->at = at + s->key.len;
    return 0;
}

static int piece_end(const struct flush *f, const struct piece *p)
{
    f->sink->bytes->len += (size_t)(p->at - p->from);
    return f->sink->wrote(f->sink->arg, (size_t)(p->value - p->from), (size_t)(p->at - p->value));
}

_Static_assert(SCOPE_RECORD_VERSION < 0x80 && CELL_SLOTS_MAX < 0x80 && HORIZONS_MAX < 0x80 &&
                   RECORD_SKETCH < 0x80 && RECORD_PANE < 0x80,
               "numbers of one byte");

/* A pane of a measure without histogram; a tombstone when it is gone. */
static int pane_flush(const struct flush *f, const struct scope *s, const struct measure *m, uint32_t horizon, int64_t pane, const int64_t *cells)
{
    const struct layout *l = &m->aggregation->pane;
    struct piece p;
    int rc = piece_begin(f, RECORD_PANE, s, m, horizon, varint_zigzag(pane), 3 + slots_bytes_max(l), &p);
    if (rc) {
        return rc;
    }
    if (cells) {
        *p.at++ = SCOPE_RECORD_VERSION;
        *p.at++ = l->slots;
        p.at = slots_write(p.at, l, cells);
        *p.at++ = 0; /* entries of a histogram */
    }
    return piece_end(f, &p);
}

static int hist_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon, int64_t pane)
{
    struct writer stem = stem_begin(f, RECORD_PANE);
    w_text(&stem, c->measure->name);
    w_uint(&stem, horizon);
    w_int(&stem, pane);
    struct writer w = record_begin(f, &stem, s->key);
    pane_put(&w, c, horizon, pane);
    return record_end(f, &w);
}

static int panes_flush(struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    const struct cell_horizon *h = &c->horizons[horizon];
    int rc = 0;
    for (uint32_t i = 0, n = h->dirty_count; i < n && rc == 0; i++) {
        int64_t dirty = horizon_dirty_list(h)[i], pane = dirty_pane(dirty);
        const int64_t *cells = pane_ring_find(&h->ring, &c->measure->aggregation->pane, pane);
        if (cells || !dirty_is_new(dirty)) {
            rc = c->hists ? hist_flush(f, s, c, horizon, pane) : pane_flush(f, s, c->measure, horizon, pane, cells);
        }
    }
    return rc;
}

/* A pane that is gone may stand in a record of its own, under the name of any horizon that it is of. */
static int apart_flush(const struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    const struct cell_horizon *h = &c->horizons[c->horizons[horizon].panes_of];
    int rc = 0;
    int64_t newest = pane_of(s->apart_ms, c->measure->horizons[horizon].pane_ms);
    for (uint32_t i = 0; i < h->dirty_count && rc == 0; i++) {
        int64_t dirty = horizon_dirty_list(h)[i], pane = dirty_pane(dirty);
        if (pane <= newest && !dirty_is_new(dirty) && !pane_ring_find(&h->ring, &c->measure->aggregation->pane, pane)) {
            rc = pane_flush(f, s, c->measure, horizon, pane, NULL);
        }
    }
    return rc;
}

/* An octave may stand in a record of its own: it is taken out before the one that it is part of is written. */
static int octave_apart_flush(const struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon, unsigned octave)
{
    struct piece p;
    int rc = piece_begin(f, RECORD_SKETCH, s, c->measure, horizon, octave, 0, &p);
    return rc ? rc : piece_end(f, &p);
}

static int sketch_apart_flush(const struct flush *f, const struct scope *s, const struct scope_cell *c, uint32_t horizon)
{
    int rc = 0;
    for (unsigned word = 0; word < SKETCH_OCTAVES / 64; word++) {
        for (uint64_t rest = c->sketches[horizon].dirty[word] & c->sketches[horizon].apart[word]; rest && rc == 0; rest &= rest - 1) {
            rc = octave_apart_flush(f, s, c, horizon, 64 * word + (unsigned)__builtin_ctzll(rest));
        }
    }
    return rc;
}

static int cell_flush(struct flush *f, const struct scope *s, const struct scope_cell *c)
{
    int rc = c->level_apart ? level_flush(f, s, c) : 0;
    bool in_blocks = panes_are_shared(c->measure);
    for (uint32_t h = 0; h < c->measure->horizon_count && rc == 0; h++) {
        rc = !in_blocks ? panes_flush(f, s, c, h) : c->panes_apart >> h & 1 ? apart_flush(f, s, c, h) : 0;
        rc = rc || !c->sketches ? rc : sketch_apart_flush(f, s, c, h);
    }
    return rc;
}

static int contacts_flush(struct flush *f, const struct scope *s, struct scope_link *l)
{
    static const struct layout one = {.slots = 1};
    int rc = 0;
    for (uint32_t i = 0; i < l->contacts.dirty_count && rc == 0; i++) {
        int64_t dirty = horizon_dirty_list(&l->contacts)[i], pane = dirty_pane(dirty);
        const int64_t *n = pane_ring_find(&l->contacts.ring, &one, pane);
        if (!n && dirty_is_new(dirty)) {
            continue;
        }
        struct writer stem = stem_begin(f, RECORD_CONTACTS);
        w_text(&stem, gift_table_key(f->engine->gifts, l->giver));
        w_int(&stem, pane);
        struct writer w = record_begin(f, &stem, s->key);
        if (n) {
            w_uint(&w, SCOPE_RECORD_VERSION);
            w_int(&w, *n);
        }
        rc = record_end(f, &w);
    }
    return rc;
}

static int scope_flush(struct flush *f, struct scope *s)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->link_count && rc == 0; i++) {
        rc = contacts_flush(f, s, &s->links[i]);
    }
    for (uint32_t i = 0; i < f->engine->model->measure_count && rc == 0; i++) {
        rc = s->cells[i] && s->cells[i]->dirty ? cell_flush(f, s, s->cells[i]) : 0;
    }
    rc = rc ? rc : scope_blocks_flush(f->engine, s, f->sink);
    rc = rc ? rc : scope_octaves_flush(f->engine, s, f->sink);
    rc = rc || !s->memory_dirty ? rc : memory_flush(f, s);
    return rc ? rc : head_flush(f, s);
}

static int giver_flush(struct flush *f, uint32_t giver)
{
    const struct scope_engine *e = f->engine;
    const struct axis_gift *g = gift_table_now(e->gifts, giver);
    struct writer stem = stem_begin(f, RECORD_GIVER), w = record_begin(f, &stem, gift_table_key(e->gifts, giver));
    if (g) {
        w_uint(&w, SCOPE_RECORD_VERSION);
        w_double(&w, g->score);
        w_double(&w, g->half);
        w_double(&w, g->coverage);
        w_contributions(&w, e, g->contributions);
    }
    return record_end(f, &w);
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

int scope_engine_flush_to(struct scope_engine *e, const struct scope_sink *sink)
{
    struct flush f = {.engine = e, .sink = sink};
    int failed = e->dirty.count ? scope_list_flush(e, sink) : 0;
    failed = failed ? failed : givers_flush(&f);
    if (failed) {
        return failed;
    }
    for (uint32_t i = 0; i < e->dirty.count; i++) {
        int rc = scope_flush(&f, e->scopes[id_queue_at(&e->dirty, i)]);
        if (rc) {
            return rc;
        }
    }
    e->blocks.list_is_new = false;
    scope_engine_clean(e);
    return 0;
}

struct handing {
    struct buf *bytes;
    int (*put)(void *arg, struct text key, const uint8_t *value, size_t len);
    void *arg;
};

static int hand_over(void *arg, size_t key_len, size_t value_len)
{
    struct handing *h = arg;
    int rc = h->put(h->arg, (struct text){(const char *)h->bytes->at, (uint32_t)key_len}, h->bytes->at + key_len, value_len);
    buf_clear(h->bytes);
    return rc;
}

int scope_engine_flush(struct scope_engine *e,
                       int (*put)(void *arg, struct text key, const uint8_t *value, size_t len),
                       void *arg)
{
    struct handing h = {&e->value, put, arg};
    struct scope_sink sink = {&e->value, hand_over, &h};
    buf_clear(&e->value);
    return scope_engine_flush_to(e, &sink);
}
