#include "sim/sim_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define STRETCH_BYTES (UINT64_C(8) << 30)
#define SIZES 15          /* 32 bytes to 512 KiB, each twice the one before */
#define SMALLEST_LOG2 5

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_BLOCKS false
#else
#define OWN_BLOCKS true
#endif

/* In front of each block. */
union head {
    union head *next;     /* while nobody has it */
    uint32_t size;        /* index */
    _Alignas(16) char room[16];
};

static char *stretch, *unused;
static union head *given[SIZES];

static bool stretch_open(void)
{
    if (!stretch) {
        void *at = mmap(NULL, STRETCH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        stretch = unused = at == MAP_FAILED ? NULL : at;
    }
    return stretch != NULL;
}

static uint32_t size_of(size_t n)
{
    uint32_t log2 = n <= 1 ? 0 : 64 - (uint32_t)__builtin_clzll(n - 1);
    return log2 <= SMALLEST_LOG2 ? 0 : log2 - SMALLEST_LOG2;
}

void *sim_block_take(size_t n)
{
    uint32_t size = size_of(n);
    if (!OWN_BLOCKS || size >= SIZES || !stretch_open()) {
        return NULL;
    }
    union head *h = given[size];
    if (h) {
        given[size] = h->next;
    } else {
        size_t bytes = sizeof *h + (UINT64_C(1) << (size + SMALLEST_LOG2));
        if ((uint64_t)(unused - stretch) + bytes > STRETCH_BYTES) {
            return NULL;
        }
        h = (union head *)unused;
        unused += bytes;
    }
    h->size = size;
    return h + 1;
}

void sim_block_give(void *at)
{
    union head *h = (union head *)at - 1;
    uint32_t size = h->size;
    h->next = given[size];
    given[size] = h;
}

bool sim_block_is(const void *at)
{
    return stretch && (const char *)at >= stretch && (const char *)at < stretch + STRETCH_BYTES;
}

size_t sim_block_size(const void *at)
{
    return (size_t)1 << (((const union head *)at - 1)->size + SMALLEST_LOG2);
}
