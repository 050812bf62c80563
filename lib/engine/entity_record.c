/* The changelog record of an entity: version, fixed part, totals of the tracks, facts with the scope sets they
 * speak of (by their dimensions' texts). Numbers are packed, instants told by their distance from one that was told before.
 * What is as in the dimension or the fact before is left out. */
#include <string.h>

#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"

/* Most bytes of the numbers of a dimension, of what comes before the dimensions, of an employee. */
enum {
    DIM_BYTES_MAX = VARINT_BYTES_MAX + 1 + 2 * PACKED_BYTES_MAX,
    START_BYTES_MAX = 5 * VARINT_BYTES_MAX,
    EMPLOYEE_BYTES_MAX = 5 * VARINT_BYTES_MAX
};

/* Mostly one event gave all dimensions: a byte of 0 then, else the bytes of the instant + 1. */
static uint8_t *write_stamp(uint8_t *at, const struct dim_stamp *s, const struct dim_stamp *before)
{
    if (s->ts_ms == before->ts_ms && s->id_prefix == before->id_prefix) {
        *at++ = 0;
        return at;
    }
    uint64_t code = packed_code((int64_t)((uint64_t)s->ts_ms - (uint64_t)before->ts_ms));
    unsigned bytes = packed_bytes(code);
    *at++ = (uint8_t)(1 + bytes);
    packed_write(at, code);
    packed_write(at + bytes, s->id_prefix);
    return at + bytes + PACKED_BYTES_MAX;
}

/* *ret_near_ms: the instant of the last stamp; 0: there is none. */
static int put_dims(struct buf *b, const struct entity_engine *e, const struct entity *x, int64_t *ret_near_ms)
{
    static const struct dim_stamp none = {0, 0};
    const struct dim_stamp *before = &none;
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        struct text value = scope_table_value_text(e->scopes, (enum dimension)record_dims[e->type][slot], x->dims[slot]);
        uint8_t *at = buf_room(b, DIM_BYTES_MAX + (size_t)value.len);
        if (!at) {
            return CUBE_ENOMEM;
        }
        at = varint_write_text(at, value);
        if (value.at) {
            at = write_stamp(at, &x->stamps[slot], before);
            before = &x->stamps[slot];
        }
        buf_taken(b, at);
    }
    *ret_near_ms = before->ts_ms;
    return 0;
}

static int put_start(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    uint8_t *at = buf_room(b, START_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = varint_write(at, RECORD_VERSION);
    at = varint_write(at, e->type);
    at = varint_write(at, x->flags & (ENTITY_SEEN | ENTITY_PRESENT | ENTITY_PUBLISH | ENTITY_ERASED));
    at = varint_write(at, x->status);
    buf_taken(b, varint_write(at, x->active_tracks));
    return 0;
}

static int put_numbers(struct buf *b, const cube_i128 *numbers, unsigned count)
{
    uint8_t *at = buf_room(b, FORM_NUMBERS_BYTES_MAX(count));
    if (!at) {
        return CUBE_ENOMEM;
    }
    buf_taken(b, form_write_numbers(at, numbers, count));
    return 0;
}

static int put_customer(struct buf *b, const struct customer_part *c, int64_t near_ms)
{
    const cube_i128 numbers[FORM_CUSTOMER_NUMBERS] = {
        form_distance(c->last_seen_ms, near_ms), form_distance(c->first_seen_ms, c->last_seen_ms), c->purchases, c->points,
        form_distance(c->unprofitable_since_ms, c->last_seen_ms),
        cell_get_wide(c->totals), cell_get_wide(c->totals + 2), cell_get_wide(c->totals + 4)};
    return put_numbers(b, numbers, FORM_CUSTOMER_NUMBERS);
}

static int put_employee(struct buf *b, const struct employee_part *p)
{
    uint8_t *at = buf_room(b, EMPLOYEE_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = varint_write_int(at, p->hired_ms);
    at = varint_write_int(at, p->fte);
    at = varint_write(at, p->absent | p->productive << 1);
    if (p->absent) {
        at = varint_write_int(at, p->absent_since_ms);
        at = varint_write_int(at, p->fraction);
    }
    buf_taken(b, at);
    return 0;
}

static int put_tracks(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    cube_i128 totals[TRACKS_MAX];
    uint32_t tracks = x->facts ? e->home.tracks : 0;
    for (unsigned t = 0; t < tracks; t++) {
        totals[t] = cell_get_wide(facts_track(&e->home, x, t));
    }
    int rc = put_uint(b, tracks);
    return rc ? rc : put_numbers(b, totals, tracks);
}

static bool is_delivered(const struct fact *f)
{
    return f->head >> 48 == fact_head(FACT_VALUE, VALUE_DELIVERED, 0) >> 48;
}

/* Sets differ in few facts: each is written out where it differs from the one before of its place. */
static int put_sets(struct buf *b, struct entity_engine *e, unsigned count, const uint32_t *sets, uint32_t *before)
{
    int rc = 0;
    for (unsigned i = 0; i < count && rc == 0; i++) {
        bool same = sets[i] == before[i];
        rc = put_uint(b, same);
        rc = rc || same ? rc : set_texts_put(&e->set_texts, e->scopes, sets[i], b);
        before[i] = sets[i];
    }
    return rc;
}

static inline bool sets_differ(const uint32_t *sets, const uint32_t *before, unsigned count)
{
    bool differ = false;
    for (unsigned i = 0; i < count; i++) {
        differ = differ || sets[i] != before[i];
    }
    return differ;
}

static int put_fact(struct buf *b, struct entity_engine *e, const struct fact *f, struct fact_before *before)
{
    const struct fact_row *row = &fact_rows[fact_type(f)];
    uint32_t sets[FACT_SETS_MAX];
    struct fact_plain p = {(uint8_t)fact_type(f), fact_arg(f), false, fact_t(f), is_delivered(f) ? 0 : f->key, f->value};
    if (row->sets) {
        (void)fact_sets(f, sets);
        p.other_sets = sets_differ(sets, before->sets, row->sets);
        p.key = row->set_is_key ? 0 : f->key;
        p.value >>= form_free_bits(fact_type(f));
    }
    uint8_t *at = buf_room(b, FORM_FACT_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    buf_taken(b, form_write_fact(at, &p, before));
    form_fact_done(before, &p);
    int rc = p.other_sets ? put_sets(b, e, row->sets, sets, before->sets) : 0;
    return __builtin_expect(!is_delivered(f), 1) || rc ? rc : put_text(b, intern_text(e->units, (uint32_t)f->key));
}

static int put_facts(struct buf *b, struct entity_engine *e, const struct entity *x)
{
    struct fact_before before = {.t = form_near(e->type, x)};
    int rc = put_uint(b, x->fact_count);
    for (uint32_t i = 0; rc == 0 && i < x->fact_count; i++) {
        rc = put_fact(b, e, &x->facts[i], &before);
    }
    return rc;
}

int entity_engine_dirty_encode(struct entity_engine *e, uint32_t i, struct buf *out)
{
    const struct entity *x = NULL;
    size_t before = out->len;
    int64_t near_ms = 0;
    int rc = entity_look(e, entity_dirty_entity(e, i), &x);
    rc = rc ? rc : put_start(out, e, x);
    rc = rc ? rc : put_dims(out, e, x, &near_ms);
    if (rc == 0) {
        rc = e->type == ENTITY_CUSTOMER ? put_customer(out, &x->customer, near_ms) : put_employee(out, &x->employee);
    }
    if (rc != 0 || put_tracks(out, e, x) != 0 || put_facts(out, e, x) != 0) {
        out->len = before;
        return CUBE_ENOMEM;
    }
    return 0;
}
