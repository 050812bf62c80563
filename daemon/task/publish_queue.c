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
    bool tombstone;
    int64_t ts_ms;
};

/* A circle of entries and an open-addressed index of their numbers plus 1; capacity is a power of two and
 * the index twice as large. */
struct publish_queue {
    uint64_t seed;
    struct entry *entries;
    uint32_t *index;
    uint32_t capacity;
    uint64_t first, next;
};

enum { CAPACITY_FIRST = 64 };

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
        uint32_t slot = slot_find(&bigger, e->hash, (struct text){(const char *)e->block, e->key_len});
        bigger.entries[place] = *e;
        bigger.index[slot] = place + 1;
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

int publish_queue_put(struct publish_queue *q, const struct waiting *w)
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
        slot_entry(q, q->index[slot])->block = NULL;
    }
    struct entry *e = slot_entry(q, q->index[slot]);
    free(e->block);
    *e = (struct entry){hash, block, w->key.len, w->value ? w->value_len : 0, !w->value, w->ts_ms};
    return 0;
}

int publish_queue_first(const struct publish_queue *q, struct waiting *ret_w)
{
    if (q->first == q->next) {
        return CUBE_ENOTFOUND;
    }
    const struct entry *e = &q->entries[q->first & (q->capacity - 1)];
    *ret_w = (struct waiting){{(const char *)e->block, e->key_len}, e->ts_ms, e->tombstone ? NULL : e->block + e->key_len, e->value_len};
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
}

uint32_t publish_queue_count(const struct publish_queue *q)
{
    return (uint32_t)(q->next - q->first);
}
