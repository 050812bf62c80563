/* Sets that are new: the scopes of their values, by their keys. */
#include "scope/scope_table_inner.h"

static int kinds_reserve(struct scope_table *t)
{
    if (intern_count(&t->keys) < t->kinds_capacity) {
        return 0;
    }
    uint32_t capacity = t->kinds_capacity ? 2 * t->kinds_capacity : SETS_FIRST;
    uint8_t *kinds = realloc(t->kinds, capacity);
    if (!kinds) {
        return CUBE_ENOMEM;
    }
    t->kinds = kinds;
    t->kinds_capacity = capacity;
    return 0;
}

/* Finds or adds a key; beyond the bound it is that of the kind's overflow. */
static int key_intern(struct scope_table *t, const struct scope_kind *kind, uint32_t *ret_scope)
{
    struct text key = {(const char *)t->key.at, (uint32_t)t->key.len};
    if (intern_count(&t->keys) >= t->scopes_max && intern_find(&t->keys, key) == INTERN_NONE) {
        t->refused++;
        buf_clear(&t->key);
        if (scope_key_overflow(kind, &t->key) != 0) {
            return CUBE_ENOMEM;
        }
        key = (struct text){(const char *)t->key.at, (uint32_t)t->key.len};
    }
    return intern_add(&t->keys, key, ret_scope);
}

/* Finds or makes the scope of one kind with these values by its key. CUBE_ENOTFOUND: a value is missing. */
static int scope_by_key(struct scope_table *t, uint32_t k, const struct dim_values *v, uint32_t *ret_scope)
{
    const struct scope_kind *kind = &t->plan.kinds[k];
    struct text values[DIM_COUNT];
    for (unsigned i = 0; i < kind->count; i++) {
        if (v->id[kind->dims[i]] == DIM_ABSENT) {
            return CUBE_ENOTFOUND;
        }
        values[i] = scope_table_value_text(t, kind->dims[i], v->id[kind->dims[i]]);
    }
    buf_clear(&t->key);
    if (scope_key_append(kind, values, &t->key) != 0 || kinds_reserve(t) != 0) {
        return CUBE_ENOMEM;
    }
    uint32_t before = intern_count(&t->keys);
    int rc = key_intern(t, kind, ret_scope);
    if (rc == 0 && intern_count(&t->keys) > before) {
        t->kinds[*ret_scope] = (uint8_t)k;
    }
    return rc;
}

/* The same; most kinds are of one dimension. What is refused is so each time: that counts. */
static int scope_make(struct scope_table *t, uint32_t k, const struct dim_values *v, uint32_t *ret_scope)
{
    const struct scope_kind *kind = &t->plan.kinds[k];
    uint32_t value = kind->count == 1 ? v->id[kind->dims[0]] : DIM_ABSENT;
    uint64_t refused = t->refused;
    if (value != DIM_ABSENT && met_find(&t->met, k, value, ret_scope)) {
        return 0;
    }
    int rc = scope_by_key(t, k, v, ret_scope);
    bool met = rc == 0 && value != DIM_ABSENT && t->refused == refused;
    return met ? met_put(&t->met, k, value, *ret_scope) : rc;
}

int scope_set_make(struct scope_table *t, const struct dim_values *v, struct scope_set **ret_set)
{
    uint32_t scopes[SCOPE_KINDS_MAX], count = 0;
    for (uint32_t k = 0; k < t->plan.count; k++) {
        int rc = scope_make(t, k, v, &scopes[count]);
        if (rc != 0 && rc != CUBE_ENOTFOUND) {
            return rc;
        }
        count += rc == 0;
    }
    size_t bytes = sizeof(struct scope_set) + count * sizeof *scopes;
    struct scope_set *set = malloc(bytes);
    if (!set) {
        return CUBE_ENOMEM;
    }
    *set = (struct scope_set){.id = t->set_count, .count = count, .values = *v};
    memcpy(set->scopes, scopes, count * sizeof *scopes);
    t->set_bytes += bytes;
    *ret_set = set;
    return 0;
}
