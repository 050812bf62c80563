#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_MIN 64

static size_t grown(size_t capacity, size_t needed)
{
    size_t to = capacity < BUF_MIN ? BUF_MIN : capacity;
    while (to < needed) {
        if (to > SIZE_MAX / 2) {
            return needed;
        }
        to *= 2;
    }
    return to;
}

int buf_reserve(struct buf *b, size_t n)
{
    if (n <= b->capacity - b->len) {
        return 0;
    }
    if (n > SIZE_MAX - b->len) {
        return CUBE_ENOMEM;
    }
    size_t capacity = grown(b->capacity, b->len + n);
    uint8_t *at = realloc(b->at, capacity);
    if (!at) {
        return CUBE_ENOMEM;
    }
    b->at = at;
    b->capacity = capacity;
    return 0;
}

int buf_append(struct buf *b, const void *at, size_t n)
{
    if (n > b->capacity - b->len && buf_reserve(b, n) != 0) {
        return CUBE_ENOMEM;
    }
    if (n) {
        memcpy(b->at + b->len, at, n);
        b->len += n;
    }
    return 0;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

void buf_close(struct buf *b)
{
    free(b->at);
    *b = (struct buf){0};
}
