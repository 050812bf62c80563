/* Blocks of memory for what entities own: keys and facts. Sizes come in classes, four per power of two, so
 * that a growing block wastes at most a quarter; a block given back is zeroed, so that nothing of an erased
 * person stays, and is used again for the next of its class. */
#ifndef CUBE_ENGINE_BLOCK_POOL_H
#define CUBE_ENGINE_BLOCK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define BLOCK_CLASSES 48
#define BLOCK_POOLED_MAX 65536u /* larger blocks come from malloc one by one */

struct block_slab;

/* Zeroes are a valid empty pool. */
struct block_pool {
    void *free[BLOCK_CLASSES];
    struct block_slab *slabs;
    uint32_t slab_used;
    uint64_t bytes; /* of all slabs and large blocks */
};

/* The bytes a block of at least n bytes really has. */
size_t block_size(size_t n);

/* A zeroed block of block_size(n) bytes, aligned to 8; NULL: out of memory. */
void *block_get(struct block_pool *p, size_t n);

/* Gives back a block got with the same n; NULL does nothing. */
void block_put(struct block_pool *p, void *block, size_t n);

/* Frees all, blocks that were not given back included (large ones excepted: those must be given back). */
void block_pool_close(struct block_pool *p);

#endif
