#include "sim/sim_memory.h"

#include <sys/mman.h>

#define STRETCH_BYTES ((uint64_t)SIM_BLOCK_SIZES << SIM_BLOCK_REGION_LOG2)
#define LARGE 7 /* from this size on blocks are a line further apart, or their beginnings met in one set of the cache */
#define LINE 64

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_BLOCKS false
#else
#define OWN_BLOCKS true
#endif

struct sim_shelf sim_shelves[SIM_BLOCK_SIZES];
char *sim_stretch;

static void *pages(uint64_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

static size_t apart(uint32_t size)
{
    return ((size_t)1 << (size + SIM_BLOCK_SMALLEST_LOG2)) + (size >= LARGE ? LINE : 0);
}

/* A shelf has room for all blocks of its region; what is never used of it costs nothing. */
static bool stretch_open(void)
{
    char *at = pages(STRETCH_BYTES);
    for (uint32_t i = 0; at && i < SIM_BLOCK_SIZES; i++) {
        struct sim_shelf *s = &sim_shelves[i];
        s->unused = at + ((uint64_t)i << SIM_BLOCK_REGION_LOG2);
        s->end = s->unused + (UINT64_C(1) << SIM_BLOCK_REGION_LOG2);
        s->bottom = s->top = pages((UINT64_C(1) << SIM_BLOCK_REGION_LOG2) / apart(i) * sizeof *s->bottom);
        at = s->bottom ? at : NULL;
    }
    sim_stretch = at;
    return at != NULL;
}

void *sim_block_cut(uint32_t size)
{
    struct sim_shelf *s = &sim_shelves[size];
    if (!OWN_BLOCKS || (!sim_stretch && !stretch_open()) || (size_t)(s->end - s->unused) < apart(size)) {
        return NULL;
    }
    char *at = s->unused;
    s->unused += apart(size);
    return at;
}
