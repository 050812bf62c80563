/* What stands behind the facts of a block with more than a few, so that they are found: of every sixteen when the first
 * is due, of each a byte of its hash, and where there are very many an index. For facts.c, whose header has the rest. */
#ifndef CUBE_ENGINE_FACT_INDEX_H
#define CUBE_ENGINE_FACT_INDEX_H

#include "engine/facts.h"

#define FACTS_PLAIN 8u       /* up to here looking through them is as fast as anything else */
#define FACTS_UNINDEXED 256u /* up to here looking through their prints is */
#define FACTS_STRIDE 16u     /* facts that share a lower bound of their due instants, in blocks that are not plain */
#define FACTS_PRINTS 16u     /* that are looked at together */

/* The bits of the index of a block of this capacity; 0: it has none. */
static inline uint8_t fact_index_bits(uint32_t capacity)
{
    return capacity > FACTS_UNINDEXED ? (uint8_t)(32 - __builtin_clz(capacity + capacity / 4 - 1)) : 0;
}

static inline uint32_t fact_index_strides(uint32_t capacity)
{
    return (capacity + FACTS_STRIDE - 1) / FACTS_STRIDE;
}

/* How much of such a block is not facts. */
static inline size_t fact_index_bytes(uint32_t capacity)
{
    if (capacity <= FACTS_PLAIN) {
        return 0;
    }
    uint8_t bits = fact_index_bits(capacity);
    uint32_t prints = (capacity + FACTS_PRINTS - 1) / FACTS_PRINTS * FACTS_PRINTS;
    return fact_index_strides(capacity) * sizeof(int64_t) + prints + (bits ? sizeof(uint32_t) << bits : 0);
}

/* A hint before facts are looked for: the first of them, and where they are found by prints these. The entity may be asleep. */
static inline void fact_index_prefetch(const struct entity *x)
{
    enum { LINE = 64 };
    __builtin_prefetch(x->facts);
    if (x->awake && x->fact_capacity > FACTS_PLAIN && x->index_bits == 0) {
        const uint8_t *prints = (const uint8_t *)(x->facts + x->fact_capacity) + fact_index_strides(x->fact_capacity) * sizeof(int64_t);
        for (uint32_t i = 0; i < x->fact_count; i += LINE) {
            __builtin_prefetch(prints + i);
        }
    }
}

/* Fact i is new where it stands. */
void fact_index_put(struct entity *x, uint32_t i);

/* Fact i is about to leave its place. */
void fact_index_lift(struct entity *x, uint32_t i);

/* Makes it all, of an entity that has an empty one. */
void fact_index_fill(struct entity *x);

/* The entity has a new block with the facts of the old one: takes over what both have, and makes the rest. */
void fact_index_take(struct entity *x, const struct entity *old);

#endif
