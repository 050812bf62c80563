/* The changelog record of an entity: version, fixed part, totals of the tracks, facts with the scope sets they
 * speak of (by their dimensions' texts). All varints. What is as in the dimension or the fact before is left out. */
#include <string.h>

#include "engine/entity_dims.h"
#include "engine/entity_form.h"
#include "engine/entity_state.h"

/* Most bytes of the numbers of a dimension, of what comes before the dimensions, of a customer, of an employee, of a fact. */
enum {
    DIM_BYTES_MAX = 4 * VARINT_BYTES_MAX,
    START_BYTES_MAX = 5 * VARINT_BYTES_MAX,
    CUSTOMER_BYTES_MAX = 5 * VARINT_BYTES_MAX + 3 * VARINT_WIDE_BYTES_MAX,
    EMPLOYEE_BYTES_MAX = 5 * VARINT_BYTES_MAX,
    FACT_BYTES_MAX = 5 * VARINT_BYTES_MAX
};

/* Mostly one event gave all dimensions. */
static uint8_t *write_stamp(uint8_t *at, const struct dim_stamp *s, const struct dim_stamp *before)
{
    bool same = s->ts_ms == before->ts_ms && s->id_prefix == before->id_prefix;
    at = varint_write(at, same);
    if (!same) {
        at = varint_write_int(at, s->ts_ms);
        at = varint_write(at, s->id_prefix);
    }
    return at;
}

static int put_dims(struct buf *b, const struct entity_engine *e, const struct entity *x)
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

static int put_customer(struct buf *b, const struct customer_part *c)
{
    uint8_t *at = buf_room(b, CUSTOMER_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = varint_write_int(at, c->first_seen_ms);
    at = varint_write_int(at, c->last_seen_ms);
    at = varint_write_int(at, c->purchases);
    at = varint_write_int(at, c->points);
    at = varint_write_int(at, c->unprofitable_since_ms);
    for (unsigned i = 0; i < 6; i += 2) {
        at = varint_write_i128(at, cell_get_wide(c->totals + i));
    }
    buf_taken(b, at);
    return 0;
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
    uint32_t tracks = x->facts ? e->home.tracks : 0;
    uint8_t *at = buf_room(b, VARINT_BYTES_MAX + (size_t)tracks * VARINT_WIDE_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    at = varint_write(at, tracks);
    for (unsigned t = 0; t < tracks; t++) {
        at = varint_write_i128(at, cell_get_wide(facts_track(&e->home, x, t)));
    }
    buf_taken(b, at);
    return 0;
}

static bool is_delivered(const struct fact *f)
{
    return fact_type(f) == FACT_VALUE && fact_arg(f) == VALUE_DELIVERED;
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

/* A fact as it is written: without its sets and the id of a unit, which have a meaning in one run only. */
struct fact_plain {
    uint32_t sets[FACT_SETS_MAX];
    uint64_t key;
    int64_t value; /* without the bits that sets take */
};

static inline struct fact_plain plain_of(const struct fact *f, const struct fact_row *row)
{
    struct fact_plain p = {{0}, is_delivered(f) || (row->sets && row->set_is_key) ? 0 : f->key, f->value >> form_free_bits(fact_type(f))};
    if (row->sets) {
        (void)fact_sets(f, p.sets);
    }
    return p;
}

static int put_fact(struct buf *b, struct entity_engine *e, const struct fact *f, struct fact_before *before)
{
    const struct fact_row *row = &fact_rows[fact_type(f)];
    struct fact_plain p = plain_of(f, row);
    uint8_t *at = buf_room(b, FACT_BYTES_MAX);
    if (!at) {
        return CUBE_ENOMEM;
    }
    int64_t t = fact_t(f);
    bool same_sets = row->sets == 0 || memcmp(p.sets, before->sets, row->sets * sizeof p.sets[0]) == 0;
    at = varint_write(at, fact_type(f) | !same_sets * FORM_OTHER_SETS | (p.key == before->key) * FORM_SAME_KEY | (t == before->t) * FORM_SAME_T);
    at = varint_write(at, fact_arg(f));
    at = t == before->t ? at : varint_write_int(at, t - before->t);
    at = p.key == before->key ? at : varint_write(at, p.key);
    buf_taken(b, varint_write_int(at, p.value));
    before->t = t;
    before->key = p.key;
    int rc = same_sets ? 0 : put_sets(b, e, row->sets, p.sets, before->sets);
    return rc || !is_delivered(f) ? rc : put_text(b, intern_text(e->units, (uint32_t)f->key));
}

static int put_facts(struct buf *b, struct entity_engine *e, const struct entity *x)
{
    struct fact_before before = {0};
    int rc = put_uint(b, x->fact_count);
    for (uint32_t i = 0; rc == 0 && i < x->fact_count; i++) {
        rc = put_fact(b, e, &x->facts[i], &before);
    }
    return rc;
}

int entity_engine_dirty_encode(struct entity_engine *e, uint32_t i, struct buf *out)
{
    const struct entity *x = entity_dirty_entity(e, i);
    size_t before = out->len;
    int rc = put_start(out, e, x);
    rc = rc ? rc : put_dims(out, e, x);
    if (rc == 0) {
        rc = e->type == ENTITY_CUSTOMER ? put_customer(out, &x->customer) : put_employee(out, &x->employee);
    }
    if (rc != 0 || put_tracks(out, e, x) != 0 || put_facts(out, e, x) != 0) {
        out->len = before;
        return CUBE_ENOMEM;
    }
    return 0;
}
