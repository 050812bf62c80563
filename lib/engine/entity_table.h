/* Key -> entity. Records stand in chunks that never move; a small index {fingerprint, number} in many
 * shards finds them, so that no growth stalls for long. Numbers of removed entities are used again. */
#ifndef CUBE_ENGINE_ENTITY_TABLE_H
#define CUBE_ENGINE_ENTITY_TABLE_H

#include "base/error.h"
#include "base/text.h"
#include "engine/block_pool.h"
#include "engine/entity.h"

#define ENTITY_SHARDS_LOG2 6
#define ENTITY_SHARDS (1u << ENTITY_SHARDS_LOG2) /* more of them would cost a task of few entities more than they do */
#define ENTITY_CHUNK 32768u /* records per chunk */

struct entity_shard {
    struct entity_place *places;
    uint32_t capacity, count;
};

struct entity_place {
    uint32_t print, number; /* number + 1; 0 = empty */
};

/* Zeroes and a seed are a valid empty table. */
struct entity_table {
    uint64_t seed;
    struct entity_shard shards[ENTITY_SHARDS];
    struct entity **chunks;
    uint32_t chunk_count, chunk_capacity;
    uint32_t used;      /* slots ever taken */
    uint32_t count;     /* entities */
    uint32_t free;      /* first number to use again + 1; each removed record names the next in dims[0] */
    uint64_t index_bytes;
};

static inline struct entity *entity_table_at(const struct entity_table *t, uint32_t number)
{
    return &t->chunks[number / ENTITY_CHUNK][number % ENTITY_CHUNK];
}

uint64_t entity_table_hash(const struct entity_table *t, struct text key);

/* Three steps of a hint, each for what the one before has brought: the place in the index; the entity whose place has the same print, which
 * an event that is about to come is most likely of, NULL when nobody's has; its key and facts. */
void entity_table_prefetch(const struct entity_table *t, uint64_t hash);
struct entity *entity_table_prefetch_entity(const struct entity_table *t, uint64_t hash, uint32_t *ret_number);
void entity_table_prefetch_rest(const struct entity *x);

/* Returns the entity and its number, or NULL. */
struct entity *entity_table_find(const struct entity_table *t, struct text key, uint64_t hash, uint32_t *ret_number);

/* The same where that entity was taken for it, or NULL; and its number. Entities do not move. One that was removed has no key, and one that
 * took its place another one. */
struct entity *entity_table_find_guessed(const struct entity_table *t, struct text key, uint64_t hash, struct entity *guess, uint32_t guess_number,
                                         uint32_t *ret_number);

/* Adds an entity that is not there: a zeroed record with its key, ENTITY_USED, no dimensions and no timer.
 * CUBE_ENOMEM: nothing changed. */
int entity_table_add(struct entity_table *t, struct block_pool *pool, struct text key, uint64_t hash,
                     uint32_t *ret_number) CUBE_MUST_CHECK;

/* The same of one that has all but its key already. */
int entity_table_put(struct entity_table *t, struct block_pool *pool, struct text key, uint64_t hash, const struct entity *x,
                     uint32_t *ret_number) CUBE_MUST_CHECK;

/* Without a key yet, as entity_table_add makes one. */
static inline struct entity entity_new(void)
{
    return (struct entity){.dims = {UINT32_MAX, UINT32_MAX, UINT32_MAX}, .flags = ENTITY_USED, .due_ms = INT64_MAX};
}
_Static_assert(RECORD_DIMS == 3, "entity_new names each");

/* Removes an entity and zeroes its record; its facts must be gone. */
void entity_table_remove(struct entity_table *t, struct block_pool *pool, uint32_t number);

uint64_t entity_table_bytes(const struct entity_table *t);
void entity_table_close(struct entity_table *t);

#endif
