/* A changelog as its compaction leaves it: the last value of each key. */
#ifndef CUBE_TESTS_SUPPORT_COMPACTED_H
#define CUBE_TESTS_SUPPORT_COMPACTED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "port/record.h"

struct compacted_record {
    uint8_t *at; /* key, value; NULL: a free place */
    uint32_t key_len, value_len; /* value_len 0: a tombstone */
    uint64_t offset;
};

struct compacted {
    struct compacted_record *places; /* open addressing, at most half full */
    uint32_t count, capacity;
    uint64_t next; /* offset */
    bool keeps_all; /* it is not compacted yet */
};

static inline struct compacted_record *compacted_place(const struct compacted *c, const uint8_t *key, size_t len)
{
    for (uint64_t i = hash64(key, len);; i++) {
        struct compacted_record *r = &c->places[i & (c->capacity - 1)];
        if (!r->at || (!c->keeps_all && r->key_len == len && memcmp(r->at, key, len) == 0)) {
            return r;
        }
    }
}

static inline int compacted_grow(struct compacted *c)
{
    struct compacted bigger = {.count = c->count, .capacity = c->capacity ? 2 * c->capacity : 1024, .next = c->next, .keeps_all = c->keeps_all};
    bigger.places = calloc(bigger.capacity, sizeof *bigger.places);
    if (!bigger.places) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < c->capacity; i++) {
        if (c->places[i].at) {
            *compacted_place(&bigger, c->places[i].at, c->places[i].key_len) = c->places[i];
        }
    }
    free(c->places);
    *c = bigger;
    return 0;
}

/* Takes a record; value NULL: a tombstone. CUBE_ENOMEM. */
static inline int compacted_keep(struct compacted *c, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    if (2 * c->count >= c->capacity && compacted_grow(c)) {
        return CUBE_ENOMEM;
    }
    struct compacted_record *place = compacted_place(c, key, key_len);
    struct compacted_record r = {malloc(key_len + value_len + 1), (uint32_t)key_len, value ? (uint32_t)value_len : 0, c->next++};
    if (!r.at) {
        return CUBE_ENOMEM;
    }
    memcpy(r.at, key, key_len);
    memcpy(r.at + key_len, value ? value : key, r.value_len);
    c->count += !place->at;
    free(place->at);
    *place = r;
    return 0;
}

static inline int compacted_order(const void *a, const void *b)
{
    uint64_t x = ((const struct compacted_record *)a)->offset, y = ((const struct compacted_record *)b)->offset;
    return x < y ? -1 : x > y;
}

/* Calls each with every record, in the order in which they were taken; what is not 0 stops and is returned. CUBE_ENOMEM. */
static inline int compacted_each(const struct compacted *c, enum topic_role role, int (*each)(void *arg, const struct record *r), void *arg)
{
    struct compacted_record *all = malloc((c->count + 1) * sizeof *all);
    uint32_t n = 0;
    for (uint32_t i = 0; all && i < c->capacity; i++) {
        if (c->places[i].at) {
            all[n++] = c->places[i];
        }
    }
    int rc = all ? 0 : CUBE_ENOMEM;
    if (all) {
        qsort(all, n, sizeof *all, compacted_order);
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        const struct compacted_record *k = &all[i];
        struct record r = {.role = role, .key = k->at, .key_len = k->key_len,
                           .value = k->value_len ? k->at + k->key_len : NULL, .value_len = k->value_len};
        rc = each(arg, &r);
    }
    free(all);
    return rc;
}

static inline void compacted_close(struct compacted *c)
{
    for (uint32_t i = 0; i < c->capacity; i++) {
        free(c->places[i].at);
    }
    free(c->places);
    *c = (struct compacted){0};
}

#endif
