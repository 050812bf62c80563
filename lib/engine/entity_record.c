/* The changelog record of an entity: version, fixed part, totals of the tracks, the scope sets its facts
 * speak of (by their dimensions' texts), facts. All varints. */
#include "engine/entity_dims.h"
#include "engine/entity_state.h"

#define RECORD_VERSION 2u

static int put_dims(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        struct text value = scope_table_value_text(e->scopes, (enum dimension)record_dims[e->type][slot],
                                                   x->dims[slot]);
        if (put_text(b, value) != 0 || (value.at && (put_int(b, x->stamps[slot].ts_ms) != 0 ||
                                                     put_uint(b, x->stamps[slot].id_prefix) != 0))) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
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
static int put_fact(struct buf *b, const struct entity_engine *e, const struct fact *f, uint32_t before[FACT_SETS_MAX])
{
    static const uint32_t none[FACT_SETS_MAX] = {0};
    uint32_t sets[FACT_SETS_MAX];
    unsigned count = fact_sets(f, sets);
    struct fact plain = *f;
    fact_sets_replace(&plain, none);
    plain.key = is_delivered(f) ? 0 : plain.key;
    if (put_uint(b, fact_type(f)) != 0 || put_uint(b, fact_arg(f)) != 0 || put_int(b, fact_t(f)) != 0 ||
        put_uint(b, plain.key) != 0 || put_int(b, plain.value) != 0) {
        return CUBE_ENOMEM;
    }
    for (unsigned i = 0; i < count; i++) {
        bool same = sets[i] == before[i];
        if (put_uint(b, same) != 0 || (!same && put_set(b, e, sets[i]) != 0)) {
            return CUBE_ENOMEM;
        }
        before[i] = sets[i];
    }
    return is_delivered(f) ? put_text(b, intern_text(e->units, (uint32_t)f->key)) : 0;
}

static int put_facts(struct buf *b, const struct entity_engine *e, const struct entity *x)
{
    uint32_t before[FACT_SETS_MAX] = {0};
    int rc = put_uint(b, x->fact_count);
    for (uint32_t i = 0; rc == 0 && i < x->fact_count; i++) {
        rc = put_fact(b, e, &x->facts[i], before);
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
