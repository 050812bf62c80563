/* Writes the pieces of the scope engine's changelog records. For those files of this folder only that write them.
 * The writers share one sticky result: a record is good or it is not. */
#ifndef CUBE_ENGINE_SCOPE_WRITER_H
#define CUBE_ENGINE_SCOPE_WRITER_H

#include <string.h>

#include "engine/scope_record.h"

struct writer {
    struct buf *out;
    int rc;
};

/* Room for n bytes at the end, not taken yet: records are many small pieces, so the way through when there is room
 * must be short. NULL after an error. */
static inline uint8_t *w_room(struct writer *w, size_t n)
{
    struct buf *b = w->out;
    if (w->rc || (b->capacity - b->len < n && (w->rc = buf_reserve(b, n)) != 0)) {
        return NULL;
    }
    return b->at + b->len;
}

/* Takes what was written into the room up to `end`. */
static inline void w_taken(struct writer *w, const uint8_t *end)
{
    w->out->len = (size_t)(end - w->out->at);
}

static inline void w_uint(struct writer *w, uint64_t v)
{
    uint8_t *at = w_room(w, VARINT_BYTES_MAX);
    if (at) {
        w_taken(w, varint_write(at, v));
    }
}

static inline void w_int(struct writer *w, int64_t v)
{
    uint8_t *at = w_room(w, VARINT_BYTES_MAX);
    if (at) {
        w_taken(w, varint_write_int(at, v));
    }
}

/* An instant that may be unset. */
static inline void w_instant(struct writer *w, int64_t v, int64_t unset)
{
    w_int(w, v == unset ? -1 : v);
}

/* As put_text. */
static inline void w_text(struct writer *w, struct text t)
{
    uint8_t *at = w_room(w, VARINT_BYTES_MAX + (size_t)t.len);
    if (!at) {
        return;
    }
    at = varint_write(at, t.at ? (uint64_t)t.len + 1 : 0);
    if (t.at) {
        memcpy(at, t.at, t.len);
        at += t.len;
    }
    w_taken(w, at);
}

void w_double(struct writer *w, double v);
/* Most bytes that the cells of a layout take; a wide one has two slots. */
static inline size_t slots_bytes_max(const struct layout *l)
{
    return (size_t)l->slots * VARINT_BYTES_MAX;
}
/* Writes the cells of a layout, wide ones as one number, to that many bytes; returns where they end. */
uint8_t *slots_write(uint8_t *at, const struct layout *l, const int64_t *cells);
/* The same into the record. */
void w_slots(struct writer *w, const struct layout *l, const int64_t *cells);
/* How many slots, then the cells; 0 slots when cells is NULL. */
void w_cells(struct writer *w, const struct layout *l, const int64_t *cells);

/* Contributions of the engine's scored measures that are not 0; NULL: none. */
void w_contributions(struct writer *w, const struct scope_engine *e, const int64_t *at);

/* What its alerts remember. */
void scope_memory_write(struct writer *w, const struct scope_engine *e, const struct scope *s);

/* How many cells the next head of a scope has, and whether it is to be a whole one. */
uint32_t scope_head_cells(const struct scope_engine *e, const struct scope *s, bool *ret_whole);
/* That head, of so many cells: the whole, or what may differ from the last whole one. */
void scope_head_write(struct writer *w, const struct scope_engine *e, const struct scope *s, bool whole, uint32_t cells);

#endif
