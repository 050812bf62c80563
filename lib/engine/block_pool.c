#include "engine/block_pool.h"

#include <stdlib.h>
#include <string.h>

#define SLAB_BYTES (256u * 1024)
#define SMALL_MAX 128u /* below: one class every 16 bytes, and one of 8 */

struct block_slab {
    struct block_slab *next;
    uint8_t at[SLAB_BYTES];
};

/* Class 0 = 8 bytes, 1..8 = 16..128 bytes, then four per power of two. */
static unsigned class_of(size_t n)
{
    if (n <= 8) {
        return 0;
    }
    if (n <= SMALL_MAX) {
        return (unsigned)((n + 15) / 16);
    }
    unsigned power = 63 - (unsigned)__builtin_clzll((unsigned long long)(n - 1)); /* n - 1 >= 128 */
    unsigned quarter = (unsigned)((n - 1) >> (power - 2)) & 3;
    return 9 + (power - 7) * 4 + quarter;
}

static size_t class_size(unsigned c)
{
    if (c == 0) {
        return 8;
    }
    if (c <= 8) {
        return (size_t)c * 16;
    }
    unsigned power = 7 + (c - 9) / 4, quarter = (c - 9) % 4;
    return ((size_t)1 << power) + ((size_t)(quarter + 1) << (power - 2));
}

size_t block_size(size_t n)
{
    return n > BLOCK_POOLED_MAX ? n : class_size(class_of(n));
}

static void *slab_take(struct block_pool *p, size_t size)
{
    if (!p->slabs || p->slab_used + size > SLAB_BYTES) {
        struct block_slab *s = malloc(sizeof *s);
        if (!s) {
            return NULL;
        }
        s->next = p->slabs;
        p->slabs = s;
        p->slab_used = 0;
        p->bytes += sizeof *s;
    }
    void *block = p->slabs->at + p->slab_used;
    p->slab_used += (uint32_t)size;
    memset(block, 0, size);
    return block;
}

void *block_get(struct block_pool *p, size_t n)
{
    if (n > BLOCK_POOLED_MAX) {
        void *large = calloc(1, n);
        p->bytes += large ? n : 0;
        return large;
    }
    unsigned c = class_of(n);
    void *block = p->free[c];
    if (!block) {
        return slab_take(p, class_size(c));
    }
    memcpy(&p->free[c], block, sizeof(void *));
    memset(block, 0, sizeof(void *));
    return block;
}

void block_put(struct block_pool *p, void *block, size_t n)
{
    if (!block) {
        return;
    }
    if (n > BLOCK_POOLED_MAX) {
        explicit_bzero(block, n);
        free(block);
        p->bytes -= n;
        return;
    }
    unsigned c = class_of(n);
    memset(block, 0, class_size(c));
    memcpy(block, &p->free[c], sizeof(void *));
    p->free[c] = block;
}

void block_pool_close(struct block_pool *p)
{
    while (p->slabs) {
        struct block_slab *next = p->slabs->next;
        free(p->slabs);
        p->slabs = next;
    }
    memset(p, 0, sizeof *p);
}
