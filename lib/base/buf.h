/* A growable byte buffer. Zeroes are a valid empty buffer. */
#ifndef CUBE_BASE_BUF_H
#define CUBE_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buf {
    uint8_t *at;
    size_t len, capacity;
};

/* Makes room for n more bytes. CUBE_ENOMEM: nothing changed. */
int buf_reserve(struct buf *b, size_t n) CUBE_MUST_CHECK;

/* Room for n bytes at the end, not taken yet: who writes many small pieces makes it once for several. NULL: there is no
 * memory, nothing changed. */
static inline uint8_t *buf_room(struct buf *b, size_t n)
{
    return n <= b->capacity - b->len || buf_reserve(b, n) == 0 ? b->at + b->len : NULL;
}

/* Takes what was written into the room up to `end`. */
static inline void buf_taken(struct buf *b, const uint8_t *end)
{
    b->len = (size_t)(end - b->at);
}

/* Appends n bytes. CUBE_ENOMEM: nothing changed. */
int buf_append(struct buf *b, const void *at, size_t n) CUBE_MUST_CHECK;

/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *b);

/* Frees the memory; the buffer is empty and usable again. */
void buf_close(struct buf *b);

#endif
