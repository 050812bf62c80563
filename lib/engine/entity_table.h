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

#define ENTITY_GUESSES 64u /* a power of two */

/* Whom an event that is about to come is most likely of: found when it was prefetched, so that it is not searched for again. */
struct entity_guess {
    uint64_t hash;
    struct entity *entity; /* NULL: nobody. Entities do not move */
    uint32_t number;
};

/* Zeroes and a seed are a valid empty table. */
struct entity_table {
    uint64_t seed;
    struct entity_guess guesses[ENTITY_GUESSES];
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

/* Three steps of a hint, each for what the one before has brought: the place in the index, the entity there, its key and facts. The last
 * returns whom the second took it for; NULL: nobody, or it is too long ago. */
void entity_table_prefetch(const struct entity_table *t, uint64_t hash);
void entity_table_prefetch_entity(struct entity_table *t, uint64_t hash);
const struct entity *entity_table_prefetch_rest(const struct entity_table *t, uint64_t hash);

/* Returns the entity and its number, or NULL. */
struct entity *entity_table_find(const struct entity_table *t, struct text key, uint64_t hash, uint32_t *ret_number);

/* Adds an entity that is not there: a zeroed record with its key, ENTITY_USED, no dimensions and no timer.
 * CUBE_ENOMEM: nothing changed. */
int entity_table_add(struct entity_table *t, struct block_pool *pool, struct text key, uint64_t hash,
                     uint32_t *ret_number) CUBE_MUST_CHECK;

/* Removes an entity and zeroes its record; its facts must be gone. */
void entity_table_remove(struct entity_table *t, struct block_pool *pool, uint32_t number);

uint64_t entity_table_bytes(const struct entity_table *t);
void entity_table_close(struct entity_table *t);

#endif
