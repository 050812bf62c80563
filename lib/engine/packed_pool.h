/* Blocks of words without gaps: those of one size stand side by side, and whenever one is given back the last of its size moves into
 * its place. So nothing is lost to sizes that nobody needs any more, and the bytes follow what is in use. The first four
 * bytes of a block are its owner's number, so that the owner of a block that moved can be told. */
#ifndef CUBE_ENGINE_PACKED_POOL_H
#define CUBE_ENGINE_PACKED_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define PACKED_EXACT 64u      /* words: up to here each size has a class */
#define PACKED_STEP 8u        /* above it one of so many sizes has */
#define PACKED_POOLED_MAX 512u /* words; larger blocks come from malloc one by one */
#define PACKED_CLASSES (PACKED_EXACT + (PACKED_POOLED_MAX - PACKED_EXACT) / PACKED_STEP + 1)

struct packed_slab;

/* The blocks of one size: all slabs but the first of the list are full. */
struct packed_class {
    struct packed_slab *slabs;
    uint32_t used; /* blocks in the first */
};

/* Zeroes are a valid empty pool. Most engines never have as many entities that one falls asleep: classes come with the first block. */
struct packed_pool {
    struct packed_class *classes; /* PACKED_CLASSES of them; NULL: none yet */
    uint64_t bytes; /* of all slabs and large blocks */
};

/* A block of at least so many words for its owner, whose number stands in it; the rest is not set. It stays where it is until
 * the next packed_put. NULL: out of memory. */
uint64_t *packed_get(struct packed_pool *p, uint32_t words, uint32_t owner);

/* Gives back a block got with the same number of words; nothing of it stays. Returns whether another block has moved to
 * this place: then *ret_owner is whose. */
bool packed_put(struct packed_pool *p, uint64_t *block, uint32_t words, uint32_t *ret_owner);

/* Frees all, but not large blocks: those must be given back. */
void packed_pool_close(struct packed_pool *p);

#endif
