/* The changelog record of an entity: version, fixed part, totals of the tracks, facts with the scope sets they
 * speak of (by their dimensions' texts). All varints. What is as in the dimension or the fact before is left out. */
#include "engine/entity_form.h"
#include "engine/entity_dims.h"
#include "engine/entity_state.h"

/* Mostly one event gave all dimensions. */
static int put_stamp(struct buf *b, const struct dim_stamp *s, const struct dim_stamp *before)
{
    bool same = s->ts_ms == before->ts_ms && s->id_prefix == before->id_prefix;
    int rc = put_uint(b, same);
    rc = rc || same ? rc : put_int(b, s->ts_ms);
    return rc || same ? rc : put_uint(b, s->id_prefix);
}

static int put_dims(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    static const struct dim_stamp none = {0, 0};
    const struct dim_stamp *before = &none;
    int rc = 0;
    for (unsigned slot = 0; slot < RECORD_DIMS && rc == 0; slot++) {
        struct text value = scope_table_value_text(e->scopes, (enum dimension)record_dims[e->type][slot],
                                                   x->dims[slot]);
        rc = put_text(b, value);
        if (rc == 0 && value.at) {
            rc = put_stamp(b, &x->stamps[slot], before);
            before = &x->stamps[slot];
        }
    }
    return rc;
}

static int put_customer(struct buf *b, const struct customer_part *c)
{
    if (put_int(b, c->first_seen_ms) != 0 || put_int(b, c->last_seen_ms) != 0 || put_int(b, c->purchases) != 0 ||
        put_int(b, c->points) != 0 || put_int(b, c->unprofitable_since_ms) != 0) {
        return CUBE_ENOMEM;
    }
    for (unsigned i = 0; i < 6; i += 2) {
        if (put_i128(b, cell_get_wide(c->totals + i)) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

static int put_employee(struct buf *b, const struct employee_part *p)
{
    int rc = put_int(b, p->hired_ms) != 0 || put_int(b, p->fte) != 0 || put_uint(b, p->absent | p->productive << 1) != 0;
    if (rc == 0 && p->absent) {
        rc = put_int(b, p->absent_since_ms) != 0 || put_int(b, p->fraction) != 0;
    }
    return rc == 0 ? 0 : CUBE_ENOMEM;
}

static int put_tracks(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    if (put_uint(b, x->facts ? e->home.tracks : 0) != 0) {
        return CUBE_ENOMEM;
    }
    for (unsigned t = 0; x->facts && t < e->home.tracks; t++) {
        if (put_i128(b, cell_get_wide(facts_track(&e->home, x, t))) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

static int put_set(struct buf *b, const struct entity_engine *e, uint32_t id)
{
    const struct scope_set *set = scope_table_set_at(e->scopes, id);
    uint32_t present = 0;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        present |= (uint32_t)(set->values.id[d] != DIM_ABSENT) << d;
    }
    int rc = put_uint(b, present);
    for (unsigned d = 0; rc == 0 && d < DIM_COUNT; d++) {
        if (present >> d & 1) {
            rc = put_text(b, scope_table_value_text(e->scopes, (enum dimension)d, set->values.id[d]));
        }
    }
    return rc;
}

static bool is_delivered(const struct fact *f)
{
    return fact_type(f) == FACT_VALUE && fact_arg(f) == VALUE_DELIVERED;
}

/* Sets differ in few facts: each is written out where it differs from the one before of its place. */
static int put_sets(struct buf *b, const struct entity_engine *e, unsigned count, const uint32_t *sets, uint32_t *before)
{
    int rc = 0;
    for (unsigned i = 0; i < count && rc == 0; i++) {
        bool same = sets[i] == before[i];
        rc = put_uint(b, same);
        rc = rc || same ? rc : put_set(b, e, sets[i]);
        before[i] = sets[i];
    }
    return rc;
}

static int put_fact(struct buf *b, const struct entity_engine *e, const struct fact *f, struct fact_before *before)
{
    static const uint32_t none[FACT_SETS_MAX] = {0};
    uint32_t sets[FACT_SETS_MAX];
    unsigned count = fact_sets(f, sets);
    struct fact plain = *f;
    fact_sets_replace(&plain, none);
    plain.key = is_delivered(f) ? 0 : plain.key;
    bool same_sets = memcmp(sets, before->sets, count * sizeof *sets) == 0, same_key = plain.key == before->key, same_t = fact_t(f) == before->t;
    unsigned head = fact_type(f) | !same_sets * FORM_OTHER_SETS | same_key * FORM_SAME_KEY | same_t * FORM_SAME_T;
    int rc = put_uint(b, head);
    rc = rc ? rc : put_uint(b, fact_arg(f));
    rc = rc || same_t ? rc : put_int(b, fact_t(f) - before->t);
    rc = rc || same_key ? rc : put_uint(b, plain.key);
    rc = rc ? rc : put_int(b, plain.value >> form_free_bits(fact_type(f)));
    rc = rc || same_sets ? rc : put_sets(b, e, count, sets, before->sets);
    before->t = fact_t(f);
    before->key = plain.key;
    return rc || !is_delivered(f) ? rc : put_text(b, intern_text(e->units, (uint32_t)f->key));
}

static int put_facts(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    struct fact_before before = {0};
    int rc = put_uint(b, x->fact_count);
    for (uint32_t i = 0; rc == 0 && i < x->fact_count; i++) {
        rc = put_fact(b, e, &x->facts[i], &before);
    }
    return rc;
}

int entity_engine_dirty_encode(const struct entity_engine *e, uint32_t i, struct buf *out)
{
    const struct entity *x = entity_dirty_entity(e, i);
    size_t before = out->len;
    int rc = 0;
    if (put_uint(out, RECORD_VERSION) != 0 || put_uint(out, e->type) != 0 ||
        put_uint(out, x->flags & (ENTITY_SEEN | ENTITY_PRESENT | ENTITY_PUBLISH | ENTITY_ERASED)) != 0 || put_uint(out, x->status) != 0 ||
        put_uint(out, x->active_tracks) != 0 || put_dims(out, e, x) != 0) {
        rc = CUBE_ENOMEM;
    } else if (e->type == ENTITY_CUSTOMER) {
        rc = put_customer(out, &x->customer);
    } else {
        rc = put_employee(out, &x->employee);
    }
    if (rc != 0 || put_tracks(out, e, x) != 0 || put_facts(out, e, x) != 0) {
        out->len = before;
        return CUBE_ENOMEM;
    }
    return 0;
}
