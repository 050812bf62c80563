#include "sim/sim_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define SIZES 15          /* 32 bytes to 512 KiB, each twice the one before */
#define SMALLEST_LOG2 5
#define REGION_LOG2 30    /* blocks of one size lie in one region of the stretch: so a block says its size by where it is */
#define STRETCH_BYTES ((uint64_t)SIZES << REGION_LOG2)
#define LARGE 7           /* from this size on blocks are a line further apart, or their beginnings met in one set of the cache */
#define LINE 64

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_BLOCKS false
#else
#define OWN_BLOCKS true
#endif

/* Blocks that were given back, in memory of their own: who takes or gives one does not touch it, it may be cold. */
struct shelf {
    char **bottom, **top;
    char *unused, *end;
};

static char *stretch;
static struct shelf shelves[SIZES];

static void *pages(uint64_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static size_t apart(uint32_t size)
{
    return ((size_t)1 << (size + SMALLEST_LOG2)) + (size >= LARGE ? LINE : 0);
}

/* A shelf has room for all blocks of its region; what is never used of it costs nothing. */
static bool stretch_open(void)
{
    char *at = pages(STRETCH_BYTES);
    for (uint32_t i = 0; at && i < SIZES; i++) {
        struct shelf *s = &shelves[i];
        s->unused = at + ((uint64_t)i << REGION_LOG2);
        s->end = s->unused + (UINT64_C(1) << REGION_LOG2);
        s->bottom = s->top = pages((UINT64_C(1) << REGION_LOG2) / apart(i) * sizeof *s->bottom);
        at = s->bottom ? at : NULL;
    }
    stretch = at;
    return at != NULL;
}

/* From SIZES on there is none, as of no bytes. */
static uint32_t size_of(size_t n)
{
    return 64 - SMALLEST_LOG2 - (uint32_t)__builtin_clzll((n - 1) | ((1 << SMALLEST_LOG2) - 1));
}

/* From SIZES on it is none of ours. */
static uint64_t region_of(const void *at)
{
    return (uint64_t)((uintptr_t)at - (uintptr_t)stretch) >> REGION_LOG2;
}

/* A block that nobody has had. */
static __attribute__((noinline)) void *block_cut(uint32_t size)
{
    struct shelf *s = &shelves[size];
    if (!OWN_BLOCKS || (!stretch && !stretch_open()) || (size_t)(s->end - s->unused) < apart(size)) {
        return NULL;
    }
    char *at = s->unused;
    s->unused += apart(size);
    return at;
}

void *sim_block_take(size_t n)
{
    uint32_t size = size_of(n);
    if (size >= SIZES) {
        return NULL;
    }
    struct shelf *s = &shelves[size];
    return s->top > s->bottom ? *--s->top : block_cut(size);
}

bool sim_block_give(void *at)
{
    uint64_t region = region_of(at);
    if (region >= SIZES) {
        return false;
    }
    *shelves[region].top++ = at;
    return true;
}

size_t sim_block_size(const void *at)
{
    uint64_t region = region_of(at);
    return region < SIZES ? (size_t)1 << (region + SMALLEST_LOG2) : 0;
}
