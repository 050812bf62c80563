/* Memory for schedules: blocks of few sizes that are given out again at once, from one stretch of addresses. Thousands of processes
 * that begin and die ask for the same ones over and over. Of one thread. */
#ifndef CUBE_TESTS_SIM_MEMORY_H
#define CUBE_TESTS_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_BLOCK_SIZES 15        /* 32 bytes to 512 KiB, each twice the one before */
#define SIM_BLOCK_SMALLEST_LOG2 5
#define SIM_BLOCK_REGION_LOG2 30  /* blocks of one size lie in one region of the stretch: so a block says its size by where it is */

#define SIM_BLOCK_MAX ((size_t)1 << (SIM_BLOCK_SIZES - 1 + SIM_BLOCK_SMALLEST_LOG2))

/* Blocks that were given back, in memory of their own: who takes or gives one does not touch it, it may be cold. */
struct sim_shelf {
    char **bottom, **top;
    char *unused, *end;
};

extern struct sim_shelf sim_shelves[SIM_BLOCK_SIZES];
extern char *sim_stretch; /* NULL: no block was asked for yet */

/* A block that nobody has had. */
void *sim_block_cut(uint32_t size);

/* NULL: this build has none of its own (sanitizers want to see every block), or the stretch is used up, or it is more than a block holds. */
static inline void *sim_block_take(size_t n)
{
    uint64_t most = (n - 1) | ((1 << SIM_BLOCK_SMALLEST_LOG2) - 1); /* of no bytes: more than any holds */
    uint32_t size = ((uint32_t)__builtin_clzll(most) ^ 63) - (SIM_BLOCK_SMALLEST_LOG2 - 1);
    if (size >= SIM_BLOCK_SIZES) {
        return NULL;
    }
    struct sim_shelf *s = &sim_shelves[size];
    return s->top > s->bottom ? *--s->top : sim_block_cut(size);
}

/* From SIM_BLOCK_SIZES on it is none of ours. */
static inline uint64_t sim_block_region(const void *at)
{
    return (uint64_t)((uintptr_t)at - (uintptr_t)sim_stretch) >> SIM_BLOCK_REGION_LOG2;
}

/* False: it is not one of these. */
static inline bool sim_block_give(void *at)
{
    uint64_t region = sim_block_region(at);
    if (region >= SIM_BLOCK_SIZES) {
        return false;
    }
    *sim_shelves[region].top++ = at;
    return true;
}

/* How much it holds; 0: it is not one of these. */
static inline size_t sim_block_size(const void *at)
{
    uint64_t region = sim_block_region(at);
    return region < SIM_BLOCK_SIZES ? (size_t)1 << (region + SIM_BLOCK_SMALLEST_LOG2) : 0;
}

#endif
