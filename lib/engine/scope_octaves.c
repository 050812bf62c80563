/* Sketches in the changelog: the buckets of an octave (window/sketch.h) are one record of a scope, whatever the measures. */
#include "engine/scope_reader.h"
#include "engine/scope_writer.h"

/* ---- written ---------------------------------------------------------------------------------------- */

/* As slots_write, of the layout that sketches have mostly. */
static inline uint8_t *common_write(uint8_t *at, const int64_t *cells)
{
    at = varint_write_int(at, cells[0]);
    if (cells[2] != cells[1] >> 63) {
        return slots_write(at, &(const struct layout){.slots = 2, .wide = 1}, cells + 1);
    }
    return varint_write_longer(at, varint_zigzag(cells[1]));
}

/* Buckets, each its place in the octave and its cells. */
static uint8_t *buckets_write(uint8_t *at, const struct layout *l, const int64_t *entry, uint32_t count, int32_t first)
{
    const int64_t *end = entry + (size_t)count * (1 + l->slots);
    if (sketch_is_common(l)) {
        for (; entry < end; entry += 4) {
            *at++ = (uint8_t)(entry[0] - first);
            at = common_write(at, entry + 1);
        }
    }
    for (; entry < end; entry += 1 + l->slots) {
        *at++ = (uint8_t)(entry[0] - first);
        at = slots_write(at, l, entry + 1);
    }
    return at;
}

/* Those of one sketch: 1 where there are some, 0. CUBE_ENOMEM. */
static int sketch_write(struct buf *out, const struct scope_cell *c, uint32_t horizon, unsigned octave, uint32_t passed)
{
    uint32_t count;
    const struct layout *l = &c->measure->aggregation->sketch;
    const int64_t *entry = sketch_octave_at(&c->sketches[horizon], l, octave, &count);
    if (!count) {
        return 0;
    }
    uint8_t *at = buf_room(out, VARINT_BYTES_MAX + 3 + count * (1 + slots_bytes_max(l)));
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = varint_write(at, passed);
    *at++ = (uint8_t)horizon;
    *at++ = (uint8_t)layout_numbers(l);
    *at++ = (uint8_t)count;
    buf_taken(out, buckets_write(at, l, entry, count, sketch_octave_first(octave)));
    return 1;
}

/* How many measures are passed over since the last one: none for a further horizon of the same. */
static int sketches_write(const struct scope_engine *e, struct buf *out, const struct scope *s, unsigned octave)
{
    uint32_t last = 0;
    int wrote = 0;
    for (uint32_t i = 0; i < e->blocks.sketch_count; i++) {
        uint32_t measure = e->blocks.sketches[i];
        const struct scope_cell *c = s->cells[measure];
        for (uint32_t h = 0; c && h < c->measure->horizon_count; h++) {
            int rc = sketch_write(out, c, h, octave, measure - last);
            if (rc < 0) {
                return rc;
            }
            last = rc ? measure : last;
            wrote |= rc;
        }
    }
    return wrote;
}

static int octave_flush(const struct scope_engine *e, const struct scope *s, unsigned octave, const struct scope_sink *sink)
{
    struct buf *out = sink->bytes;
    size_t begins = out->len, key_len = 2 + s->key.len;
    uint8_t *at = buf_room(out, key_len + 1 + VARINT_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    *at++ = RECORD_OCTAVE;
    *at++ = (uint8_t)octave;
    memcpy(at, s->key.at, s->key.len);
    at += s->key.len;
    *at++ = BLOCK_VERSION;
    buf_taken(out, varint_write(at, e->blocks.list));
    int rc = sketches_write(e, out, s, octave);
    if (rc < 0) {
        return rc;
    }
    out->len = rc ? out->len : begins + key_len; /* nothing is left: a tombstone */
    return sink->wrote(sink->arg, key_len, out->len - begins - key_len);
}

int scope_octaves_flush(const struct scope_engine *e, const struct scope *s, const struct scope_sink *sink)
{
    uint64_t dirty[SKETCH_OCTAVES / 64] = {0};
    int rc = 0;
    for (uint32_t i = 0; i < e->blocks.sketch_count; i++) {
        const struct scope_cell *c = s->cells[e->blocks.sketches[i]];
        for (uint32_t h = 0; c && c->dirty && h < c->measure->horizon_count; h++) {
            for (unsigned word = 0; word < SKETCH_OCTAVES / 64; word++) {
                dirty[word] |= c->sketches[h].dirty[word];
            }
        }
    }
    for (unsigned word = 0; word < SKETCH_OCTAVES / 64; word++) {
        for (; dirty[word] && rc == 0; dirty[word] &= dirty[word] - 1) {
            rc = octave_flush(e, s, 64 * word + (unsigned)__builtin_ctzll(dirty[word]), sink);
        }
    }
    return rc;
}

/* ---- read back -------------------------------------------------------------------------------------- */

/* The buckets of one sketch; those of a measure that is gone are passed over. */
static void buckets_read(struct reader *r, struct scope_cell *c, uint32_t horizon, unsigned octave)
{
    static const struct layout one = {.slots = 1};
    int64_t cells[CELL_SLOTS_MAX];
    const struct layout *l = c ? &c->measure->aggregation->sketch : &one;
    uint64_t numbers = r_below(r, CELL_SLOTS_MAX + 1);
    r->rc = r->rc || !c || numbers == layout_numbers(l) ? r->rc : CUBE_EFORMAT;
    for (uint64_t n = r_below(r, SKETCH_OCTAVE + 1); n > 0 && r->rc == 0; n--) {
        int32_t bucket = sketch_octave_first(octave) + (int32_t)r_below(r, SKETCH_OCTAVE);
        if (!c) {
            r_numbers_pass(r, numbers);
            continue;
        }
        r_cells(r, l, cells);
        r->rc = r->rc ? r->rc : bucket == -SKETCH_BUCKET_LIMIT ? CUBE_EFORMAT : sketch_add(&c->sketches[horizon], l, bucket, cells);
    }
}

static void sketch_read(struct reader *r, struct scope_engine *e, struct scope *s, uint16_t measure, unsigned octave)
{
    uint64_t horizon = r_below(r, HORIZONS_MAX);
    bool is_known = measure != UINT16_MAX && horizon < e->model->measures[measure].horizon_count;
    struct scope_cell *c = NULL;
    if (r->rc == 0 && is_known) {
        r->rc = e->model->measures[measure].aggregation->sketch.slots ? scope_cell_get(e, s, measure, &c) : CUBE_EFORMAT;
    }
    if (r->rc == 0) {
        buckets_read(r, c, (uint32_t)horizon, octave);
    }
}

/* clear: empties an octave. Nothing of what is read back is to be written. */
static void sketches_each(const struct scope_engine *e, const struct scope *s, unsigned octave, bool clear)
{
    for (uint32_t i = 0; i < e->blocks.sketch_count; i++) {
        struct scope_cell *c = s->cells[e->blocks.sketches[i]];
        for (uint32_t h = 0; c && h < c->measure->horizon_count; h++) {
            if (clear) {
                sketch_octave_clear(&c->sketches[h], &c->measure->aggregation->sketch, octave);
            }
            memset(c->sketches[h].dirty, 0, sizeof c->sketches[h].dirty);
        }
    }
}

/* The record holds the whole octave. */
int scope_octave_restore(struct scope_engine *e, struct reader *key, struct reader *value, bool is_tombstone)
{
    unsigned octave = (unsigned)r_below(key, SKETCH_OCTAVES);
    struct scope *s;
    int rc = key->rc ? key->rc : scope_restored(e, r_rest(key), &s);
    if (rc) {
        return rc;
    }
    sketches_each(e, s, octave, true);
    if (is_tombstone) {
        return 0;
    }
    r_block_version(value);
    const struct measure_list *l = r_list_of(value, e);
    for (uint64_t last = 0; value->c.at < value->c.end && value->rc == 0;) {
        last += r_below(value, MEASURES_MAX);
        if (value->rc == 0 && last >= l->count) {
            return CUBE_EFORMAT;
        }
        if (value->rc == 0) {
            sketch_read(value, e, s, l->at[last].measure, octave);
        }
    }
    sketches_each(e, s, octave, false);
    return value->rc;
}
