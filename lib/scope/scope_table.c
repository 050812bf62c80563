#include "scope/scope_table.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/intern.h"
#include "scope/known_dims.h"
#include "scope/recent.h"

#define SETS_FIRST 16u

struct scope_table {
    struct scope_plan plan;
    uint32_t dims;             /* bits of the dimensions that scopes use */
    uint32_t said;             /* bits of those, of the dimensions of records, and of all before them */
    uint32_t unused[DIM_COUNT]; /* all ones for a dimension that no scope uses */
    struct intern values[DIM_COUNT];
    struct short_texts texts[DIM_COUNT];
    struct recent_values recent; /* short values met lately, so that most cost no hash of their bytes */
    struct intern keys;        /* scope id = id of its key */
    uint8_t *kinds;            /* of each scope id */
    uint32_t kinds_capacity;
    struct scope_set **sets;   /* by id */
    const struct scope_set *last; /* found or made last; NULL: none yet */
    uint32_t set_count, set_capacity;
    uint32_t *index;           /* id + 1, open addressing, 2 x set_capacity places */
    struct known_table known;  /* sets of events by how they say their dimensions */
    uint32_t scopes_max;
    uint64_t set_bytes, refused, values_refused;
    struct buf key;            /* scratch */
};

static int table_fill(struct scope_table *t, uint32_t scopes_max, uint64_t seed);
static int sets_grow(struct scope_table *t);
static int set_make(struct scope_table *t, const struct dim_values *v, struct scope_set **ret_set);

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
    free(t->kinds);
    free(t->sets);
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
    while (t->index[i] != 0 && !values_equal(&t->sets[t->index[i] - 1]->values, v)) {
        i = (i + 1) & mask;
    }
    return &t->index[i];
}

int scope_table_set(struct scope_table *t, const struct dim_values *v, const struct scope_set **ret_set)
{
    struct dim_values used;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        used.id[d] = v->id[d] | t->unused[d];
    }
    if (t->last && values_equal(&t->last->values, &used)) {
        *ret_set = t->last;
        return 0;
    }
    uint32_t *place = index_place(t, &used);
    if (*place != 0) {
        *ret_set = t->last = t->sets[*place - 1];
        return 0;
    }
    if (t->set_count == SCOPE_SETS_MAX) {
        t->refused++;
        *ret_set = t->sets[0];
        return 0;
    }
    if (t->set_count == t->set_capacity) {
        if (sets_grow(t) != 0) {
            return CUBE_ENOMEM;
        }
        place = index_place(t, &used);
    }
    struct scope_set *set = NULL;
    int rc = set_make(t, &used, &set);
    if (rc != 0) {
        return rc;
    }
    t->sets[t->set_count] = set;
    *place = ++t->set_count;
    *ret_set = t->last = set;
    return 0;
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
    if (s->len == 0 || !known_reserve(&t->known)) {
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
    n += t->recent.places * sizeof *t->recent.at + intern_bytes(&t->keys) + t->kinds_capacity + t->set_bytes + t->key.capacity;
    n += (uint64_t)t->set_capacity * (sizeof(struct scope_set *) + 2 * sizeof *t->index) + known_bytes(&t->known);
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
    uint32_t *index = calloc(2 * (size_t)capacity, sizeof *index);
    if (!index) {
        return CUBE_ENOMEM;
    }
    free(t->index);
    t->index = index;
    t->set_capacity = capacity;
    for (uint32_t i = 0; i < t->set_count; i++) {
        *index_place(t, &t->sets[i]->values) = i + 1;
    }
    return 0;
}

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

/* Finds or makes the scope of one kind with these values. CUBE_ENOTFOUND: a value is missing. */
static int scope_make(struct scope_table *t, uint32_t k, const struct dim_values *v, uint32_t *ret_scope)
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

static int set_make(struct scope_table *t, const struct dim_values *v, struct scope_set **ret_set)
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
