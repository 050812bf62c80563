#include "engine/entity_dims.h"

const uint8_t record_dims[2][RECORD_DIMS] = {
    [ENTITY_CUSTOMER] = {DIM_DIVISION, DIM_REGION, DIM_SEGMENT},
    [ENTITY_EMPLOYEE] = {DIM_DIVISION, DIM_REGION, DIM_DEPARTMENT},
};

/* A value beyond the bound of its dimension counts as absent. */
static int value_id(struct scope_table *t, enum dimension d, struct text value, uint32_t *ret_id)
{
    int rc = scope_table_value(t, d, value, ret_id);
    if (rc == CUBE_ELIMIT) {
        *ret_id = DIM_ABSENT;
        return 0;
    }
    return rc;
}

/* One dimension of the record: takes the event's value if it holds. Returns 1 when the record changed. */
static int record_take(struct applying *a, unsigned slot, enum dimension d, uint64_t prefix, uint32_t *ret_id)
{
    struct entity *x = a->entity;
    uint32_t id;
    int rc = value_id(a->scopes, d, a->event->dims[d], &id);
    if (rc != 0) {
        return rc;
    }
    *ret_id = id;
    struct dim_stamp *s = &x->stamps[slot];
    bool holds = a->ts_ms > s->ts_ms || (a->ts_ms == s->ts_ms && prefix >= s->id_prefix);
    if (id == DIM_ABSENT || !(holds || x->dims[slot] == DIM_ABSENT)) {
        return 0;
    }
    *s = (struct dim_stamp){a->ts_ms, prefix};
    bool changed = x->dims[slot] != id;
    x->dims[slot] = id;
    return changed;
}

/* Fills the record's dimensions in v. Returns 1 when the record changed. */
static int record_apply(struct applying *a, enum entity_type type, struct dim_values *v)
{
    uint64_t prefix = event_id_prefix(a->event);
    int changed = 0;
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        enum dimension d = record_dims[type][slot];
        if (!a->event->dims[d].at) {
            v->id[d] = a->entity->dims[slot];
            continue;
        }
        int rc = record_take(a, slot, d, prefix, &v->id[d]);
        if (rc < 0) {
            return rc;
        }
        changed |= rc;
    }
    return changed;
}

int entity_dims_stock(struct scope_table *scopes, enum entity_type type, const struct entity *x,
                      const struct scope_set **ret_set)
{
    struct dim_values v;
    memset(&v, 0xff, sizeof v);
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        v.id[record_dims[type][slot]] = x->dims[slot];
    }
    return scope_table_set(scopes, &v, ret_set);
}

int entity_dims_apply(struct applying *a, enum entity_type type, const struct scope_set **ret_from)
{
    struct dim_values v;
    memset(&v, 0xff, sizeof v);
    uint32_t left = scope_table_dims(a->scopes);
    if (a->entity) {
        *ret_from = a->stock = scope_table_set_at(a->scopes, a->entity->stock);
        int changed = record_apply(a, type, &v);
        if (changed < 0 || (changed && entity_dims_stock(a->scopes, type, a->entity, &a->stock) != 0)) {
            return CUBE_ENOMEM;
        }
        a->entity->stock = a->stock->id;
        left &= ~(type == ENTITY_CUSTOMER ? CUSTOMER_DIMS : EMPLOYEE_DIMS);
    }
    for (; left != 0; left &= left - 1) {
        enum dimension d = (enum dimension)__builtin_ctz(left);
        if (a->event->dims[d].at && value_id(a->scopes, d, a->event->dims[d], &v.id[d]) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return scope_table_set(a->scopes, &v, &a->flow);
}
