#include "scope/scope_table.h"

#include <stdlib.h>

#include "base/check.h"
#include "scope/scope_table_inner.h"


static int table_fill(struct scope_table *t, uint32_t scopes_max, uint64_t seed);
static int sets_grow(struct scope_table *t);

int scope_table_create(const struct scope_plan *plan, uint32_t scopes_max, uint64_t seed, struct scope_table **ret_t)
{
    CHECK_PRE(plan->count >= 1 && plan->count <= SCOPE_KINDS_MAX && scopes_max >= 1);
    struct scope_table *t = calloc(1, sizeof *t);
    if (!t) {
        return CUBE_ENOMEM;
    }
    t->plan = *plan;
    t->scopes_max = scopes_max;
    for (uint32_t k = 0; k < plan->count; k++) {
        for (unsigned i = 0; i < plan->kinds[k].count; i++) {
            t->dims |= 1u << plan->kinds[k].dims[i];
        }
    }
    t->said = UINT32_MAX >> __builtin_clz(t->dims | CUSTOMER_DIMS | EMPLOYEE_DIMS); /* what a record has need be of no scope */
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        t->unused[d] = t->dims >> d & 1 ? 0 : UINT32_MAX;
    }
    int rc = table_fill(t, scopes_max, seed);
    if (rc != 0) {
        scope_table_destroy(t);
        return rc;
    }
    *ret_t = t;
    return 0;
}

void scope_table_destroy(struct scope_table *t)
{
    if (!t) {
        return;
    }
    for (uint32_t i = 0; i < t->set_count; i++) {
        free(t->sets[i]);
    }
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        intern_close(&t->values[d]);
        short_texts_close(&t->texts[d]);
    }
    intern_close(&t->keys);
    met_close(&t->met);
    free(t->kinds);
    free(t->sets);
    free(t->by_id);
    free(t->index);
    known_close(&t->known);
    free(t->recent.at);
    buf_close(&t->key);
    free(t);
}

uint32_t scope_table_dims(const struct scope_table *t)
{
    return t->dims;
}

/* One place more than the bound is there, for the value that stands for those beyond it. */
static int value_intern(struct scope_table *t, enum dimension d, struct text value, uint32_t *ret_id)
{
    if (intern_count(&t->values[d]) >= t->scopes_max && intern_find(&t->values[d], value) == INTERN_NONE) {
        t->values_refused++;
        value = TEXT_LITERAL(SCOPE_OVERFLOW);
    }
    return intern_add(&t->values[d], value, ret_id);
}

/* A value that was refused is not remembered: each time it is refused counts. */
static __attribute__((noinline)) int value_add(struct scope_table *t, enum dimension d, struct text value, uint32_t *ret_id)
{
    struct packed_text p = text_pack(value);
    uint32_t id = 0;
    uint64_t refused = t->values_refused;
    int rc = recent_reserve(&t->recent);
    rc = rc ? rc : value_intern(t, d, value, &id);
    bool taken = !rc && t->values_refused == refused;
    rc = taken ? short_texts_keep(&t->texts[d], id, value) : rc;
    if (taken && !rc) {
        recent_put(&t->recent, &(struct recent_value){p, id, (uint8_t)d, (uint8_t)value.len});
    }
    *ret_id = rc ? *ret_id : id;
    return rc;
}

int scope_table_value(struct scope_table *t, enum dimension d, struct text value, uint32_t *ret_id)
{
    if (value.len - 1 >= PACKED_MAX) { /* empty texts, too */
        return value_intern(t, d, value, ret_id);
    }
    struct packed_text p = text_pack(value);
    const struct recent_value *r = recent_find(&t->recent, p, d, value.len);
    if (r) {
        *ret_id = r->id;
        return 0;
    }
    return value_add(t, d, value, ret_id);
}

bool scope_table_value_is(const struct scope_table *t, enum dimension d, uint32_t id, struct text value)
{
    return short_texts_has(&t->texts[d], id, value);
}

struct text scope_table_value_text(const struct scope_table *t, enum dimension d, uint32_t id)
{
    return id == DIM_ABSENT ? (struct text){0} : intern_text(&t->values[d], id);
}

/* The place of the set with these values, or the empty place where it belongs. */
static uint32_t *index_place(const struct scope_table *t, const struct dim_values *v)
{
    uint32_t mask = 2 * t->set_capacity - 1, i = values_hash(v) & mask;
    while (t->index[i] != 0 && !values_equal(&t->by_id[t->index[i] - 1], v)) {
        i = (i + 1) & mask;
    }
    return &t->index[i];
}

static int set_add(struct scope_table *t, const struct dim_values *used)
{
    struct scope_set *set = NULL;
    if (t->set_count == t->set_capacity && sets_grow(t) != 0) {
        return CUBE_ENOMEM;
    }
    int rc = scope_set_make(t, used, &set);
    if (rc == 0) {
        *index_place(t, used) = t->set_count + 1;
        t->sets[t->set_count] = set;
        t->by_id[t->set_count] = *used;
        t->last = t->set_count++;
    }
    return rc;
}

int scope_table_set_id(struct scope_table *t, const struct dim_values *v, uint32_t *ret_id)
{
    struct dim_values used;
    int rc = 0;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        used.id[d] = v->id[d] | t->unused[d];
    }
    if (t->set_count > 0 && values_equal(&t->by_id[t->last], &used)) {
        *ret_id = t->last;
        return 0;
    }
    uint32_t place = *index_place(t, &used);
    if (place != 0) {
        t->last = place - 1;
    } else if (t->set_count == SCOPE_SETS_MAX) {
        t->refused++;
        *ret_id = 0;
        return 0;
    } else {
        rc = set_add(t, &used);
    }
    *ret_id = rc ? *ret_id : t->last;
    return rc;
}

int scope_table_set(struct scope_table *t, const struct dim_values *v, const struct scope_set **ret_set)
{
    uint32_t id = 0;
    int rc = scope_table_set_id(t, v, &id);
    *ret_set = rc ? *ret_set : t->sets[id];
    return rc;
}

void scope_table_said_prefetch(const struct scope_table *t, const struct text *texts, const uint32_t ids[SAID_RECORD_DIMS], struct said_dims *s)
{
    s->named &= (uint8_t)t->said;
    if (s->named == 0) {
        return;
    }
    struct text last = texts[31 - __builtin_clz(s->named)];
    size_t len = (size_t)((const uint8_t *)last.at + last.len - s->at);
    s->len = len <= KNOWN_BYTES ? (uint32_t)len : 0;
    s->place = known_place(&t->known, known_hash(s, ids));
    known_prefetch(&t->known, s);
}

void scope_table_said_prefetch_set(const struct scope_table *t, const struct said_dims *s)
{
    if (s->len != 0) {
        __builtin_prefetch(t->known.at[s->place].set);
    }
}

const struct scope_set *scope_table_said(const struct scope_table *t, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS])
{
    const struct known_dims *k = s->len != 0 ? known_find(&t->known, s, ids) : NULL;
    return k ? k->set : NULL;
}

void scope_table_said_is(struct scope_table *t, const struct said_dims *s, const uint32_t ids[SAID_RECORD_DIMS], const struct scope_set *set)
{
    struct said_dims now = *s;
    now.place = known_place(&t->known, known_hash(s, ids)); /* that of before is of fewer places, or of what the record had */
    if (s->len == 0 || known_find(&t->known, &now, ids) || !known_reserve(&t->known)) {
        return;
    }
    struct known_dims k = {.set = set, .ids = {ids[0], ids[1], ids[2]}, .named = s->named, .len = (uint8_t)s->len};
    memcpy(k.bytes, s->at, s->len);
    known_put(&t->known, &k);
    t->known.added++;
}

const struct scope_set *scope_table_set_at(const struct scope_table *t, uint32_t id)
{
    CHECK_PRE(id < t->set_count);
    return t->sets[id];
}

struct text scope_table_key(const struct scope_table *t, uint32_t scope)
{
    return intern_text(&t->keys, scope);
}

uint32_t scope_table_kind(const struct scope_table *t, uint32_t scope)
{
    return t->kinds[scope];
}

uint32_t scope_table_count(const struct scope_table *t)
{
    return intern_count(&t->keys);
}

uint64_t scope_table_refused(const struct scope_table *t)
{
    return t->refused;
}

uint64_t scope_table_values_refused(const struct scope_table *t)
{
    return t->values_refused;
}

uint64_t scope_table_bytes(const struct scope_table *t)
{
    uint64_t n = sizeof *t - sizeof t->keys - sizeof t->values; /* they count themselves */
    n += t->recent.places * sizeof *t->recent.at + intern_bytes(&t->keys) + t->kinds_capacity + t->set_bytes + t->key.capacity + met_bytes(&t->met);
    n += (uint64_t)t->set_capacity * (sizeof(struct scope_set *) + sizeof *t->by_id + 2 * sizeof *t->index) + known_bytes(&t->known);
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        n += intern_bytes(&t->values[d]) + short_texts_bytes(&t->texts[d]);
    }
    return n;
}

/* The set of no values comes first: id 0, the organisation alone. */
static int table_fill(struct scope_table *t, uint32_t scopes_max, uint64_t seed)
{
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        intern_open(&t->values[d], scopes_max + 1, seed + d + 1);
    }
    intern_open(&t->keys, scopes_max + SCOPE_KINDS_MAX, seed);
    if (recent_reserve(&t->recent) != 0 || !known_reserve(&t->known) || sets_grow(t) != 0) {
        return CUBE_ENOMEM;
    }
    struct dim_values none;
    memset(&none, 0xff, sizeof none);
    const struct scope_set *set;
    return scope_table_set(t, &none, &set);
}

static int sets_grow(struct scope_table *t)
{
    uint32_t capacity = t->set_capacity ? 2 * t->set_capacity : SETS_FIRST;
    struct scope_set **sets = realloc(t->sets, capacity * sizeof(struct scope_set *));
    if (!sets) {
        return CUBE_ENOMEM;
    }
    t->sets = sets;
    struct dim_values *values = realloc(t->by_id, capacity * sizeof *values);
    if (!values) {
        return CUBE_ENOMEM;
    }
    t->by_id = values;
    uint32_t *index = calloc(2 * (size_t)capacity, sizeof *index);
    if (!index) {
        return CUBE_ENOMEM;
    }
    free(t->index);
    t->index = index;
    t->set_capacity = capacity;
    for (uint32_t i = 0; i < t->set_count; i++) {
        *index_place(t, &t->by_id[i]) = i + 1;
    }
    return 0;
}
