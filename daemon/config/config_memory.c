#include "config/config_memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES 65536
#define ALIGNMENT 16

struct memory_block {
    struct memory_block *older;
    size_t used, size;
    _Alignas(ALIGNMENT) uint8_t at[];
};

static struct memory_block *block_add(struct config_memory *m, size_t size);

void *memory_alloc(struct config_memory *m, size_t n)
{
    size_t need = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct memory_block *b = m->newest;
    if (!b || b->size - b->used < need) {
        b = block_add(m, need > BLOCK_BYTES ? need : BLOCK_BYTES);
    }
    void *at = b->at + b->used;
    b->used += need;
    return at;
}

char *memory_copy(struct config_memory *m, const char *at, size_t len)
{
    char *copy = memory_alloc(m, len + 1);
    if (len > 0) {
        memcpy(copy, at, len);
    }
    return copy;
}

char *memory_format(struct config_memory *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_vformat(m, format, args);
    va_end(args);
    return text;
}

char *memory_vformat(struct config_memory *m, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = memory_alloc(m, (size_t)(len < 0 ? 0 : len) + 1);
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, args);
    return text;
}

void memory_close(struct config_memory *m)
{
    while (m->newest) {
        struct memory_block *b = m->newest;
        m->newest = b->older;
        free(b);
    }
}

static struct memory_block *block_add(struct config_memory *m, size_t size)
{
    struct memory_block *b = calloc(1, sizeof(*b) + size);
    if (!b) {
        longjmp(m->out, 1);
    }
    b->older = m->newest;
    b->size = size;
    m->newest = b;
    return b;
}
