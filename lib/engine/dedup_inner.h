/* The inside of dedup, shared by dedup*.c only. */
#ifndef CUBE_ENGINE_DEDUP_INNER_H
#define CUBE_ENGINE_DEDUP_INNER_H

#include "engine/dedup.h"

struct remembered {
    struct hash128 name;
    int64_t ts_ms, offset;
};

struct line;

/* A circle of entries in offset order: entry n stands at n % capacity. Numbers count up; when there are no further ones the
 * entries are numbered anew. */
struct dedup {
    int64_t horizon_ms, ids_max;
    uint64_t lost;
    uint32_t unexpired; /* taken since names were forgotten */
    struct remembered *entries;
    uint32_t capacity;       /* a power of two */
    int32_t first, next;     /* from 1 on */
    int64_t first_max_ts_ms; /* the max ts before the first entry; those of the next ones follow from it */
    struct line *index;      /* capacity / LINE_SHARE lines, in that room */
    void *room;
};

static inline struct remembered *entry_at(const struct dedup *d, int32_t number)
{
    return &d->entries[(uint32_t)number & (d->capacity - 1)];
}

#endif
