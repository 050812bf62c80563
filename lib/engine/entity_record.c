/* The changelog record of an entity: version, fixed part, totals of the tracks, facts with the scope sets they
 * speak of. Values of dimensions are words (engine/record_words.h), numbers are packed, instants told by their distance from one that
 * was told before. What is as in the dimension or the fact before is left out, and of a set what is as in the set before. */
#include <string.h>

#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"
#include "engine/points_rules.h"

/* Most bytes of a dimension's word and stamp, of as many as there are, of what comes before the dimensions, of an employee. */
enum {
    VALUE_BYTES_MAX = VARINT_BYTES_MAX + 1 + 2 * PACKED_BYTES_MAX,
    VALUES_BYTES_MAX = 2 + DIM_COUNT * VALUE_BYTES_MAX,
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

/* Writes a value's word where there is room for a number, or as many bytes as it takes. Returns where it ends, with room again; NULL: no memory. */
static inline uint8_t *write_value(struct buf *b, uint8_t *at, struct entity_engine *e, enum dimension d, uint32_t id)
{
    uint64_t code = record_words_code(e->words, d, id);
    if (__builtin_expect(code != WORD_CODE_TEXT, 1)) {
        return varint_write(at, code);
    }
    buf_taken(b, at);
    return record_words_put(e->words, e->scopes, d, id, b) != 0 ? NULL : buf_room(b, VALUES_BYTES_MAX);
}

/* *ret_near_ms: the instant of the last stamp; 0: there is none. */
static int put_dims(struct buf *b, struct entity_engine *e, const struct entity *x, int64_t *ret_near_ms)
{
    static const struct dim_stamp none = {0, 0};
    const struct dim_stamp *before = &none;
    uint8_t *at = buf_room(b, VALUES_BYTES_MAX);
    for (unsigned slot = 0; at && slot < RECORD_DIMS; slot++) {
        at = write_value(b, at, e, (enum dimension)record_dims[e->type][slot], x->dims[slot]);
        if (at && x->dims[slot] != DIM_ABSENT) {
            at = write_stamp(at, &x->stamps[slot], before);
            before = &x->stamps[slot];
        }
    }
    if (!at) {
        return CUBE_ENOMEM;
    }
    buf_taken(b, at);
    *ret_near_ms = before->ts_ms;
    return 0;
}

/* *ret_plan: by which the facts are written. */
static int put_start(struct buf *b, struct entity_engine *e, const struct entity *x, struct pack_plan *ret_plan)
{
    uint64_t plan;
    uint8_t *at = buf_room(b, START_BYTES_MAX);
    if (!at || record_words_plan(e->words, &e->sleepers.plan, &plan) != 0) {
        return CUBE_ENOMEM;
    }
    *ret_plan = plan ? e->sleepers.plan : (struct pack_plan){0};
    at = varint_write(at, RECORD_VERSION);
    at = varint_write(at, plan << 1 | e->type);
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

static inline bool is_delivered(const struct fact *f)
{
    return f->head >> 48 == fact_head(FACT_VALUE, VALUE_DELIVERED, 0) >> 48;
}

static const struct dim_values no_values = {{DIM_ABSENT, DIM_ABSENT, DIM_ABSENT, DIM_ABSENT, DIM_ABSENT, DIM_ABSENT, DIM_ABSENT, DIM_ABSENT}};
_Static_assert(DIM_COUNT == 8, "a byte has a bit for each dimension, and each is absent");

/* The dimensions, as bits; two at once, for mostly there are none. */
static inline unsigned differ_in(const struct dim_values *v, const struct dim_values *before)
{
    uint64_t a[DIM_COUNT / 2], b[DIM_COUNT / 2], any = 0;
    unsigned differ = 0;
    memcpy(a, v, sizeof a);
    memcpy(b, before, sizeof b);
    for (unsigned i = 0; i < DIM_COUNT / 2; i++) {
        any |= a[i] ^= b[i];
    }
    for (unsigned i = 0; any && i < DIM_COUNT / 2; i++) {
        uint32_t two[2];
        memcpy(two, &a[i], sizeof two);
        differ |= a[i] ? ((unsigned)(two[0] != 0) | (unsigned)(two[1] != 0) << 1) << 2 * i : 0;
    }
    return differ;
}

/* Sets differ in few dimensions: a bit for each, then the values. One without any is told by its distance from none. */
static uint8_t *write_set(struct buf *b, uint8_t *at, struct entity_engine *e, uint32_t set, const struct dim_values *v,
                          const struct dim_values *before)
{
    unsigned differ = differ_in(v, before);
    if (differ == FORM_SET_NONE || (set == 0 && (differ & (differ - 1)) != 0)) {
        *at++ = FORM_SET_NONE;
        differ = differ_in(v, &no_values);
    }
    *at++ = (uint8_t)differ;
    for (; at && differ; differ &= differ - 1) {
        enum dimension d = (enum dimension)__builtin_ctz(differ);
        at = write_value(b, at, e, d, v->id[d]);
    }
    return at;
}

/* The first set by the first one before, each further one by the first. */
static int put_sets(struct buf *b, struct entity_engine *e, unsigned count, const uint32_t *sets, struct fact_before *before)
{
    for (unsigned i = 0; i < count; i++) {
        const struct dim_values *v = &scope_table_set_at(e->scopes, sets[i])->values;
        uint8_t *at = buf_room(b, VALUES_BYTES_MAX);
        at = at ? write_set(b, at, e, sets[i], v, &before->values) : NULL;
        if (!at) {
            return CUBE_ENOMEM;
        }
        buf_taken(b, at);
        before->values = i == 0 ? *v : before->values;
        before->sets[i] = sets[i];
    }
    return 0;
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
    bool delivered = is_delivered(f);
    struct fact_plain p = {(uint8_t)fact_type(f), fact_arg(f), false, fact_t(f), delivered ? 0 : f->key, f->value};
    if (row->sets) {
        sets[0] = row->set_is_key ? (uint32_t)f->key : fact_value_set(f->value, row->sets - 1u);
        sets[1] = fact_value_set(f->value, 0); /* where there are two */
        p.other_sets = sets_differ(sets, before->sets, row->sets);
        p.key = row->set_is_key ? 0 : f->key;
        p.value >>= form_free_bits(fact_type(f));
    }
    uint8_t *at = buf_room(b, FORM_FACT_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    buf_taken(b, form_write_fact(at, &p, before));
    int rc = p.other_sets ? put_sets(b, e, row->sets, sets, before) : 0;
    return __builtin_expect(!delivered, 1) || rc ? rc : put_text(b, intern_text(e->units, (uint32_t)f->key));
}

static int put_facts(struct buf *b, struct entity_engine *e, const struct entity *x, const struct pack_plan *plan)
{
    struct fact_before before;
    struct dim_values values = entity_dims_values(e->type, x);
    form_begin(&before, form_near(e->type, x), plan, &values, x->stock);
    int rc = put_uint(b, x->fact_count);
    int64_t before_ms = points_settle_ms(e->model, x);
    for (uint32_t i = 0; rc == 0 && i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        struct fact settled;
        if (points_is_fresh(f) && points_fresh_ms(&e->sleepers.plan.points, f) < before_ms) {
            settled = points_settled(&e->sleepers.plan.points, f);
            f = &settled;
        }
        rc = put_fact(b, e, f, &before);
    }
    return rc;
}

struct record_words *entity_engine_words(struct entity_engine *e)
{
    return e->words;
}

int entity_engine_dirty_encode(struct entity_engine *e, uint32_t i, struct buf *out)
{
    const struct entity *x = NULL;
    size_t before = out->len;
    int64_t near_ms = 0;
    struct pack_plan plan;
    int rc = entity_look(e, entity_dirty_entity(e, i), &x);
    rc = rc ? rc : put_start(out, e, x, &plan);
    rc = rc ? rc : put_dims(out, e, x, &near_ms);
    if (rc == 0) {
        rc = e->type == ENTITY_CUSTOMER ? put_customer(out, &x->customer, near_ms) : put_employee(out, &x->employee);
    }
    if (rc != 0 || put_tracks(out, e, x) != 0 || put_facts(out, e, x, &plan) != 0) {
        out->len = before;
        return CUBE_ENOMEM;
    }
    return 0;
}
