#include "engine/entity_table.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/hash.h"
#include "engine/fact_index.h"
#include "scope/scope_table.h"

#define SHARD_FIRST 16u
#define CACHE_LINE 64u
#define HUGE_PAGE ((uintptr_t)2 * 1024 * 1024)

static int chunk_add(struct entity_table *t);
static int shard_reserve(struct entity_table *t, struct entity_shard *s);

uint64_t entity_table_hash(const struct entity_table *t, struct text key)
{
    return hash64_seed(key.at, key.len, t->seed);
}

static inline struct entity_shard *shard_of(const struct entity_table *t, uint64_t hash)
{
    return (struct entity_shard *)&t->shards[hash >> (64 - ENTITY_SHARDS_LOG2)];
}

void entity_table_prefetch(const struct entity_table *t, uint64_t hash)
{
    const struct entity_shard *s = shard_of(t, hash);
    if (s->capacity != 0) {
        __builtin_prefetch(&s->places[(uint32_t)hash & (s->capacity - 1)]);
    }
}

struct entity *entity_table_prefetch_entity(const struct entity_table *t, uint64_t hash, uint32_t *ret_number)
{
    const struct entity_shard *s = shard_of(t, hash);
    uint32_t print = (uint32_t)hash, i = print & (s->capacity - 1);
    if (s->capacity == 0) {
        return NULL;
    }
    while (s->places[i].number != 0 && s->places[i].print != print) {
        i = (i + 1) & (s->capacity - 1);
    }
    if (s->places[i].number == 0) {
        return NULL;
    }
    *ret_number = s->places[i].number - 1;
    struct entity *x = entity_table_at(t, *ret_number);
    for (size_t at = 0; at < sizeof *x; at += CACHE_LINE) {
        __builtin_prefetch((const char *)x + at);
    }
    return x;
}

void entity_table_prefetch_rest(const struct entity *x)
{
    __builtin_prefetch(x->key);
    fact_index_prefetch(x);
}

/* Most keys have 8 to 16 bytes: two words that overlap are quicker than a call. */
static inline bool is_short(struct text key)
{
    return key.len - 8 <= 8;
}

static inline bool has_short_key(const struct entity *x, struct text key)
{
    uint64_t a[2], b[2];
    if (x->key_len != key.len) {
        return false;
    }
    memcpy(&a[0], x->key, 8);
    memcpy(&a[1], x->key + key.len - 8, 8);
    memcpy(&b[0], key.at, 8);
    memcpy(&b[1], key.at + key.len - 8, 8);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
}

static inline bool has_key(const struct entity *x, struct text key)
{
    return is_short(key) ? has_short_key(x, key) : x->key_len == key.len && memcmp(x->key, key.at, key.len) == 0;
}

struct entity *entity_table_find(const struct entity_table *t, struct text key, uint64_t hash, uint32_t *ret_number)
{
    const struct entity_shard *s = shard_of(t, hash);
    if (s->capacity == 0) {
        return NULL;
    }
    uint32_t print = (uint32_t)hash, i = print & (s->capacity - 1);
    for (; s->places[i].number != 0; i = (i + 1) & (s->capacity - 1)) {
        if (s->places[i].print != print) {
            continue;
        }
        struct entity *x = entity_table_at(t, s->places[i].number - 1);
        if (has_key(x, key)) {
            *ret_number = s->places[i].number - 1;
            return x;
        }
    }
    return NULL;
}

struct entity *entity_table_find_guessed(const struct entity_table *t, struct text key, uint64_t hash, struct entity *guess, uint32_t guess_number,
                                         uint32_t *ret_number)
{
    if (!guess || !is_short(key) || !has_short_key(guess, key)) {
        return entity_table_find(t, key, hash, ret_number);
    }
    *ret_number = guess_number;
    return guess;
}

static void place_put(struct entity_shard *s, struct entity_place p)
{
    uint32_t i = p.print & (s->capacity - 1);
    while (s->places[i].number != 0) {
        i = (i + 1) & (s->capacity - 1);
    }
    s->places[i] = p;
}

int entity_table_add(struct entity_table *t, struct block_pool *pool, struct text key, uint64_t hash,
                     uint32_t *ret_number)
{
    struct entity x = entity_new();
    return entity_table_put(t, pool, key, hash, &x, ret_number);
}

int entity_table_put(struct entity_table *t, struct block_pool *pool, struct text key, uint64_t hash, const struct entity *filled,
                     uint32_t *ret_number)
{
    CHECK_PRE(key.len > 0 && key.len <= UINT16_MAX);
    struct entity_shard *s = shard_of(t, hash);
    if (shard_reserve(t, s) != 0) {
        return CUBE_ENOMEM;
    }
    if (t->free == 0 && t->used == t->chunk_count * ENTITY_CHUNK && chunk_add(t) != 0) {
        return CUBE_ENOMEM;
    }
    char *copy = block_get(pool, key.len);
    if (!copy) {
        return CUBE_ENOMEM;
    }
    memcpy(copy, key.at, key.len);
    uint32_t number = t->free != 0 ? t->free - 1 : t->used++;
    struct entity *x = entity_table_at(t, number);
    t->free = t->free != 0 ? x->dims[0] : 0;
    *x = *filled;
    x->key = copy;
    x->key_len = (uint16_t)key.len;
    place_put(s, (struct entity_place){(uint32_t)hash, number + 1});
    s->count++;
    t->count++;
    *ret_number = number;
    return 0;
}

/* Closes the gap that a removed place leaves in its run of places. */
static void place_remove(struct entity_shard *s, uint32_t gap)
{
    uint32_t mask = s->capacity - 1;
    for (uint32_t i = (gap + 1) & mask; s->places[i].number != 0; i = (i + 1) & mask) {
        uint32_t home = s->places[i].print & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            s->places[gap] = s->places[i];
            gap = i;
        }
    }
    s->places[gap] = (struct entity_place){0, 0};
    s->count--;
}

void entity_table_remove(struct entity_table *t, struct block_pool *pool, uint32_t number)
{
    struct entity *x = entity_table_at(t, number);
    CHECK_PRE(x->flags & ENTITY_USED && x->fact_capacity == 0);
    uint64_t hash = entity_table_hash(t, entity_key(x));
    struct entity_shard *s = shard_of(t, hash);
    uint32_t i = (uint32_t)hash & (s->capacity - 1);
    while (s->places[i].number != number + 1) {
        i = (i + 1) & (s->capacity - 1);
    }
    place_remove(s, i);
    block_put(pool, x->key, x->key_len);
    memset(x, 0, sizeof *x);
    x->dims[0] = t->free;
    t->free = number + 1;
    t->count--;
}

uint64_t entity_table_bytes(const struct entity_table *t)
{
    return t->index_bytes + (uint64_t)t->chunk_count * ENTITY_CHUNK * sizeof(struct entity) +
           t->chunk_capacity * sizeof(struct entity *);
}

void entity_table_close(struct entity_table *t)
{
    for (unsigned i = 0; i < ENTITY_SHARDS; i++) {
        if (t->shards[i].places) { /* most have none in a task of few entities */
            free(t->shards[i].places);
        }
    }
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        free(t->chunks[i]);
    }
    free(t->chunks);
}

/* Large pages halve the misses of a table that is probed at random; only whole ones inside the chunk are asked for. */
static void pages_advise(void *at, size_t bytes)
{
    uintptr_t from = ((uintptr_t)at + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1),
        to = ((uintptr_t)at + bytes) & ~(HUGE_PAGE - 1);
    if (to > from) {
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
}

static int chunk_add(struct entity_table *t)
{
    if (t->chunk_count == t->chunk_capacity) {
        uint32_t capacity = t->chunk_capacity ? 2 * t->chunk_capacity : 16;
        struct entity **chunks = realloc(t->chunks, capacity * sizeof(struct entity *));
        if (!chunks) {
            return CUBE_ENOMEM;
        }
        t->chunks = chunks;
        t->chunk_capacity = capacity;
    }
    size_t bytes = ENTITY_CHUNK * sizeof(struct entity);
    struct entity *chunk = malloc(bytes);
    if (!chunk) {
        return CUBE_ENOMEM;
    }
    if (t->chunk_count > 0) {
        pages_advise(chunk, bytes);
    }
    t->chunks[t->chunk_count++] = chunk;
    return 0;
}

static int shard_reserve(struct entity_table *t, struct entity_shard *s)
{
    if (s->capacity != 0 && s->count + 1 <= s->capacity / 4 * 3) {
        return 0;
    }
    struct entity_shard bigger = {.capacity = s->capacity ? 2 * s->capacity : SHARD_FIRST, .count = s->count};
    bigger.places = calloc(bigger.capacity, sizeof *bigger.places);
    if (!bigger.places) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < s->capacity; i++) {
        if (s->places[i].number != 0) {
            place_put(&bigger, s->places[i]);
        }
    }
    t->index_bytes += (bigger.capacity - s->capacity) * sizeof *s->places;
    free(s->places);
    *s = bigger;
    return 0;
}
