#include "task/publish_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"

/* Key and value share one block: key bytes, then value bytes. */
struct entry {
    uint64_t hash;
    uint8_t *block;
    uint32_t key_len;
    size_t value_len;
    bool tombstone, stored, listed;
    int64_t ts_ms;
    uint64_t turn;
};

/* A circle of entries and an open-addressed index of their numbers plus 1; capacity is a power of two and
 * the index twice as large. */
struct publish_queue {
    uint64_t seed;
    struct entry *entries;
    uint32_t *index;
    uint32_t capacity;
    uint64_t first, next;
    uint64_t turns;    /* given so far */
    uint64_t *unstored; /* numbers of entries in the circle; those below first are gone */
    uint32_t unstored_count, unstored_capacity;
    uint32_t gone;     /* while restoring: entries without a block */
};

enum { CAPACITY_FIRST = 16 };

static int tables_create(uint32_t capacity, struct entry **ret_entries, uint32_t **ret_index)
{
    struct entry *entries = calloc(capacity, sizeof *entries);
    uint32_t *index = calloc((size_t)capacity * 2, sizeof *index);
    if (!entries || !index) {
        free(entries);
        free(index);
        return CUBE_ENOMEM;
    }
    *ret_entries = entries;
    *ret_index = index;
    return 0;
}

int publish_queue_create(uint64_t seed, struct publish_queue **ret_q)
{
    struct publish_queue *q = calloc(1, sizeof *q);
    if (!q || tables_create(CAPACITY_FIRST, &q->entries, &q->index)) {
        free(q);
        return CUBE_ENOMEM;
    }
    q->seed = seed;
    q->capacity = CAPACITY_FIRST;
    *ret_q = q;
    return 0;
}

void publish_queue_destroy(struct publish_queue *q)
{
    if (!q) {
        return;
    }
    for (uint64_t n = q->first; n < q->next; n++) {
        free(q->entries[n & (q->capacity - 1)].block);
    }
    free(q->entries);
    free(q->index);
    free(q->unstored);
    free(q);
}

/* The entry an index slot names: slots hold the place in the circle plus 1. */
static struct entry *slot_entry(const struct publish_queue *q, uint32_t slot)
{
    return &q->entries[slot - 1];
}

static uint32_t slot_find(const struct publish_queue *q, uint64_t hash, struct text key)
{
    uint32_t mask = q->capacity * 2 - 1, i = (uint32_t)hash & mask;
    while (q->index[i]) {
        const struct entry *e = slot_entry(q, q->index[i]);
        if (e->hash == hash && e->key_len == key.len && memcmp(e->block, key.at, key.len) == 0) {
            return i;
        }
        i = (i + 1) & mask;
    }
    return i;
}

static int queue_grow(struct publish_queue *q)
{
    struct publish_queue bigger = *q;
    bigger.capacity = q->capacity * 2;
    if (tables_create(bigger.capacity, &bigger.entries, &bigger.index)) {
        return CUBE_ENOMEM;
    }
    for (uint64_t n = q->first; n < q->next; n++) {
        const struct entry *e = &q->entries[n & (q->capacity - 1)];
        uint32_t place = (uint32_t)(n & (bigger.capacity - 1));
        bigger.entries[place] = *e;
        if (e->block) {
            bigger.index[slot_find(&bigger, e->hash, (struct text){(const char *)e->block, e->key_len})] = place + 1;
        }
    }
    free(q->entries);
    free(q->index);
    *q = bigger;
    return 0;
}

static uint8_t *block_create(const struct waiting *w)
{
    uint8_t *block = malloc(w->key.len + w->value_len + 1);
    if (block) {
        memcpy(block, w->key.at, w->key.len);
        if (w->value_len) {
            memcpy(block + w->key.len, w->value, w->value_len);
        }
    }
    return block;
}

static int unstored_reserve(struct publish_queue *q)
{
    if (q->unstored_count < q->unstored_capacity) {
        return 0;
    }
    uint32_t capacity = q->unstored_capacity ? q->unstored_capacity * 2 : CAPACITY_FIRST;
    uint64_t *grown = realloc(q->unstored, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    q->unstored = grown;
    q->unstored_capacity = capacity;
    return 0;
}

/* Finds or makes the entry of a key and gives it this record. */
static int entry_set(struct publish_queue *q, const struct waiting *w, struct entry **ret_e)
{
    if (q->next - q->first == q->capacity && queue_grow(q)) {
        return CUBE_ENOMEM;
    }
    uint8_t *block = block_create(w);
    if (!block) {
        return CUBE_ENOMEM;
    }
    uint64_t hash = hash64_seed(w->key.at, w->key.len, q->seed);
    uint32_t slot = slot_find(q, hash, w->key);
    if (!q->index[slot]) {
        q->index[slot] = (uint32_t)(q->next++ & (q->capacity - 1)) + 1;
        *slot_entry(q, q->index[slot]) = (struct entry){.hash = hash, .turn = q->turns++};
    }
    struct entry *e = slot_entry(q, q->index[slot]);
    free(e->block);
    e->block = block;
    e->key_len = w->key.len;
    e->value_len = w->value ? w->value_len : 0;
    e->tombstone = !w->value;
    e->ts_ms = w->ts_ms;
    *ret_e = e;
    return 0;
}

/* The number of an entry in the circle. */
static uint64_t entry_number(const struct publish_queue *q, const struct entry *e)
{
    uint64_t place = (uint64_t)(e - q->entries), mask = q->capacity - 1;
    return q->first + ((place - q->first) & mask);
}

int publish_queue_put(struct publish_queue *q, const struct waiting *w)
{
    struct entry *e;
    if (unstored_reserve(q) || entry_set(q, w, &e)) {
        return CUBE_ENOMEM;
    }
    if (!e->listed) {
        e->listed = true;
        q->unstored[q->unstored_count++] = entry_number(q, e);
    }
    return 0;
}

static struct waiting entry_waiting(const struct entry *e)
{
    return (struct waiting){{(const char *)e->block, e->key_len}, e->ts_ms, e->tombstone ? NULL : e->block + e->key_len, e->value_len, e->turn,
                            e->stored};
}

int publish_queue_first(const struct publish_queue *q, struct waiting *ret_w)
{
    if (q->first == q->next) {
        return CUBE_ENOTFOUND;
    }
    *ret_w = entry_waiting(&q->entries[q->first & (q->capacity - 1)]);
    return 0;
}

/* Frees an index slot and moves later entries of the probe chain up. */
static void slot_free(struct publish_queue *q, uint32_t i)
{
    uint32_t mask = q->capacity * 2 - 1, hole = i;
    for (uint32_t j = (i + 1) & mask; q->index[j]; j = (j + 1) & mask) {
        uint32_t home = (uint32_t)slot_entry(q, q->index[j])->hash & mask;
        if (((j - home) & mask) >= ((j - hole) & mask)) {
            q->index[hole] = q->index[j];
            hole = j;
        }
    }
    q->index[hole] = 0;
}

void publish_queue_drop_first(struct publish_queue *q)
{
    CHECK_PRE(q->first < q->next);
    struct entry *e = &q->entries[q->first & (q->capacity - 1)];
    slot_free(q, slot_find(q, e->hash, (struct text){(const char *)e->block, e->key_len}));
    free(e->block);
    e->block = NULL;
    q->first++;
    if (q->first == q->next) {
        q->unstored_count = 0;
    }
}

uint32_t publish_queue_count(const struct publish_queue *q)
{
    return (uint32_t)(q->next - q->first);
}

/* ---- the changelog ---------------------------------------------------------------------------------- */

int publish_queue_store(struct publish_queue *q, int (*store)(void *arg, const struct waiting *w), void *arg)
{
    for (uint32_t i = 0; i < q->unstored_count; i++) {
        if (q->unstored[i] >= q->first) {
            struct waiting w = entry_waiting(&q->entries[q->unstored[i] & (q->capacity - 1)]);
            int rc = store(arg, &w);
            if (rc) {
                return rc;
            }
        }
    }
    for (uint32_t i = 0; i < q->unstored_count; i++) {
        if (q->unstored[i] >= q->first) {
            struct entry *e = &q->entries[q->unstored[i] & (q->capacity - 1)];
            e->stored = true;
            e->listed = false;
        }
    }
    q->unstored_count = 0;
    return 0;
}

int publish_queue_restore(struct publish_queue *q, const struct waiting *w)
{
    struct entry *e;
    if (q->gone > q->capacity / 2) {
        publish_queue_restored(q);
    }
    if (entry_set(q, w, &e)) {
        return CUBE_ENOMEM;
    }
    e->turn = w->turn;
    e->stored = true;
    q->turns = w->turn >= q->turns ? w->turn + 1 : q->turns;
    return 0;
}

void publish_queue_restore_none(struct publish_queue *q, struct text key)
{
    uint32_t slot = slot_find(q, hash64_seed(key.at, key.len, q->seed), key);
    if (q->index[slot]) {
        struct entry *e = slot_entry(q, q->index[slot]);
        slot_free(q, slot);
        free(e->block);
        e->block = NULL;
        q->gone++;
    }
}

static int turn_compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

void publish_queue_restored(struct publish_queue *q)
{
    CHECK_PRE(q->first == 0);
    uint32_t n = 0;
    for (uint64_t i = 0; i < q->next; i++) {
        if (q->entries[i].block) {
            q->entries[n++] = q->entries[i];
        }
    }
    q->next = n;
    q->gone = 0;
    qsort(q->entries, n, sizeof *q->entries, turn_compare);
    memset(q->index, 0, (size_t)q->capacity * 2 * sizeof *q->index);
    for (uint32_t i = 0; i < n; i++) {
        const struct entry *e = &q->entries[i];
        q->index[slot_find(q, e->hash, (struct text){(const char *)e->block, e->key_len})] = i + 1;
    }
}
