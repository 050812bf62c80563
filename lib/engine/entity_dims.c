#include "engine/entity_dims.h"

const uint8_t record_dims[2][RECORD_DIMS] = {
    [ENTITY_CUSTOMER] = {DIM_DIVISION, DIM_REGION, DIM_SEGMENT},
    [ENTITY_EMPLOYEE] = {DIM_DIVISION, DIM_REGION, DIM_DEPARTMENT},
};

/* Where the record's value is from: the event has the same or a new one. True when that holds. */
static inline bool stamp_take(struct dim_stamp *s, struct dim_stamp now, bool first)
{
    bool holds = now.ts_ms > s->ts_ms || (now.ts_ms == s->ts_ms && now.id_prefix >= s->id_prefix) || first;
    if (holds) {
        *s = now;
    }
    return holds;
}

/* One dimension of the record, of which the event has another value. Returns 1 when the record changed. */
static __attribute__((noinline)) int record_take(struct applying *a, unsigned slot, enum dimension d, struct dim_stamp now, uint32_t *ret_id)
{
    struct entity *x = a->entity;
    uint32_t before = x->dims[slot];
    int rc = scope_table_value(a->scopes, d, a->event->dims[d], ret_id);
    if (rc != 0 || *ret_id == DIM_ABSENT || !stamp_take(&x->stamps[slot], now, before == DIM_ABSENT)) {
        return rc;
    }
    x->dims[slot] = *ret_id;
    return before != *ret_id;
}

/* Fills the values of the record's dimensions that the event counts under. Returns 1 when the record changed. */
static __attribute__((noinline)) int record_apply(struct applying *a, enum entity_type type, uint32_t ids[RECORD_DIMS])
{
    struct entity *x = a->entity;
    struct dim_stamp now = {a->ts_ms, event_id_prefix(a->event)};
    int changed = 0;
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        enum dimension d = record_dims[type][slot];
        struct text value = a->event->dims[d];
        ids[slot] = x->dims[slot];
        if (!value.at) {
            continue;
        }
        if (scope_table_value_is(a->scopes, d, ids[slot], value)) {
            (void)stamp_take(&x->stamps[slot], now, false);
            continue;
        }
        int rc = record_take(a, slot, d, now, &ids[slot]);
        if (rc < 0) {
            return rc;
        }
        changed |= rc;
    }
    return changed;
}

/* The event names what is in the record: mostly all of it, later than where that is from. */
static inline void record_confirm(const struct applying *a, enum entity_type type, uint32_t named)
{
    struct dim_stamp now = {a->ts_ms, event_id_prefix(a->event)}, *s = a->entity->stamps;
    uint32_t all = type == ENTITY_CUSTOMER ? CUSTOMER_DIMS : EMPLOYEE_DIMS;
    if ((named & all) == all && now.ts_ms > s[0].ts_ms && now.ts_ms > s[1].ts_ms && now.ts_ms > s[2].ts_ms) {
        s[0] = s[1] = s[2] = now;
        return;
    }
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        if (named >> record_dims[type][slot] & 1) {
            (void)stamp_take(&s[slot], now, false);
        }
    }
}

_Static_assert(RECORD_DIMS == SAID_RECORD_DIMS, "what is said is known by all of them");

int entity_dims_stock(struct scope_table *scopes, enum entity_type type, const struct entity *x,
                      const struct scope_set **ret_set)
{
    struct dim_values v = entity_dims_values(type, x);
    return scope_table_set(scopes, &v, ret_set);
}

/* The set of an event with these values of the record's dimensions, NULL for none. others: bits of other dimensions. */
static int flow_find(struct applying *a, enum entity_type type, const uint32_t *ids, uint32_t others)
{
    struct dim_values v;
    memset(&v, 0xff, sizeof v);
    for (unsigned slot = 0; ids && slot < RECORD_DIMS; slot++) {
        v.id[record_dims[type][slot]] = ids[slot];
    }
    for (uint32_t left = others; left != 0; left &= left - 1) {
        enum dimension d = (enum dimension)__builtin_ctz(left);
        if (scope_table_value(a->scopes, d, a->event->dims[d], &v.id[d]) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return scope_table_set(a->scopes, &v, &a->flow);
}

/* Those of the dimensions, as bits, that the event has a value of. */
static uint32_t present_of(const struct event *e, uint32_t dims)
{
    uint32_t present = 0;
    for (uint32_t left = dims; left != 0; left &= left - 1) {
        present |= e->dims[__builtin_ctz(left)].at ? left & -left : 0;
    }
    return present;
}

/* Of the dimensions that no record of an entity has. */
static inline uint32_t others_of(const struct event *e, const struct scope_table *scopes, enum entity_type type)
{
    return present_of(e, scope_table_dims(scopes) & ~(type == ENTITY_CUSTOMER ? CUSTOMER_DIMS : EMPLOYEE_DIMS));
}

static bool of_record(const struct entity *x, const uint32_t *ids)
{
    uint32_t differ = 0;
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        differ |= ids[slot] ^ x->dims[slot];
    }
    return differ == 0;
}

static uint64_t refused(const struct scope_table *scopes)
{
    return scope_table_refused(scopes) + scope_table_values_refused(scopes);
}

/* Value by value. What was refused is not remembered: each time it is refused counts. Nor is what changes a record: it mostly is known. */
static __attribute__((noinline)) int dims_apply(struct applying *a, enum entity_type type)
{
    uint32_t ids[RECORD_DIMS];
    struct entity *x = a->entity;
    uint64_t before = refused(a->scopes);
    int changed = record_apply(a, type, ids);
    if (changed < 0 || (changed && entity_dims_stock(a->scopes, type, x, &a->stock) != 0)) {
        return CUBE_ENOMEM;
    }
    x->stock = a->stock->id;
    int rc = flow_find(a, type, ids, others_of(a->event, a->scopes, type));
    if (rc == 0 && !changed && of_record(x, ids) && refused(a->scopes) == before) {
        scope_table_said_is(a->scopes, a->said, x->dims, a->flow);
    }
    return rc;
}

/* Nearly all events say what others have said of the same record, and what is in it. */
int entity_dims_apply(struct applying *a, enum entity_type type, const struct scope_set **ret_from)
{
    struct entity *x = a->entity;
    if (!x) {
        return flow_find(a, type, NULL, present_of(a->event, scope_table_dims(a->scopes)));
    }
    *ret_from = a->stock = scope_table_set_at(a->scopes, x->stock);
    a->flow = scope_table_said(a->scopes, a->said, x->dims);
    if (!a->flow) {
        return dims_apply(a, type);
    }
    record_confirm(a, type, a->said->named);
    return 0;
}
