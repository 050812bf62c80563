/* Log-linear sketches: cells by bucket of a value (window/hist.h), such as how many customers have a total in
 * the bucket and what their totals add up to. Cells are integers, so that what was added can be taken away,
 * and a bucket whose cells have come back to zero is gone. */
#ifndef CUBE_WINDOW_SKETCH_H
#define CUBE_WINDOW_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/error.h"
#include "window/cells.h"

/* Buckets lie within -/+ this. */
#define SKETCH_BUCKET_LIMIT 2048

/* Buckets are written to the changelog by octaves: so many of a row. */
#define SKETCH_OCTAVE 32
_Static_assert(SKETCH_OCTAVE <= 0x80, "the place of a bucket in its octave is a byte of the changelog");
#define SKETCH_OCTAVES (2 * SKETCH_BUCKET_LIMIT / SKETCH_OCTAVE)

/* With room for so many buckets a sketch has an index, where there is memory for it: it finds a bucket by counting bits instead of halving
 * the list. */
#define SKETCH_INDEXED_FROM 64
#define SKETCH_INDEX_BYTES (4 + 6 * SKETCH_OCTAVES)

/* Zeroes are a valid empty one. */
struct sketch {
    int64_t *at; /* the cells of all buckets together, then (bucket, cells) ascending by bucket; NULL: empty */
    struct sketch_index *index; /* sketch.c; NULL: none */
    uint32_t count, capacity;
    uint64_t dirty[SKETCH_OCTAVES / 64]; /* bit per octave that changed; cleared by the owner */
    uint64_t apart[SKETCH_OCTAVES / 64]; /* bit per octave that has a record of its own in the changelog yet; the owner's alone */
};

/* One number, then a wide one: the layout of most sketches, for which there are shorter ways. */
#define SKETCH_COMMON {.slots = 3, .wide = 1u << 1}

static inline bool sketch_is_common(const struct layout *l)
{
    return l->slots == 3 && l->wide == 1u << 1;
}

static inline unsigned sketch_octave(int32_t bucket)
{
    return (unsigned)(bucket + SKETCH_BUCKET_LIMIT) / SKETCH_OCTAVE;
}

/* The first bucket of an octave. */
static inline int32_t sketch_octave_first(unsigned octave)
{
    return (int32_t)(octave * SKETCH_OCTAVE) - SKETCH_BUCKET_LIMIT;
}

/* Adds cells to a bucket. CUBE_ENOMEM: nothing changed. */
int sketch_add(struct sketch *s, const struct layout *l, int32_t bucket, const int64_t *cells) CUBE_MUST_CHECK;

/* Bucket i below count, ascending. *ret_cells is borrowed until the next change. */
static inline int32_t sketch_at(const struct sketch *s, const struct layout *l, uint32_t i, const int64_t **ret_cells)
{
    CHECK_PRE(i < s->count);
    const int64_t *e = s->at + l->slots + i * (1 + (size_t)l->slots);
    *ret_cells = e + 1;
    return (int32_t)e[0];
}

/* Where bucket i stands, or the end: its number, its cells, then the next one. Borrowed until the next change; NULL: there is none. */
static inline const int64_t *sketch_entry(const struct sketch *s, const struct layout *l, uint32_t i)
{
    return s->at ? s->at + l->slots + i * (1 + (size_t)l->slots) : NULL;
}

/* The cells of all buckets together, borrowed until the next change; NULL when there is none. */
static inline const int64_t *sketch_whole(const struct sketch *s)
{
    return s->at;
}

/* The first bucket that is not smaller, or count; the bucket is within the limit. */
uint32_t sketch_first(const struct sketch *s, const struct layout *l, int32_t bucket);

/* The buckets of an octave: ascending, each its number and its cells; how many they are. Borrowed until the next change. */
const int64_t *sketch_octave_at(const struct sketch *s, const struct layout *l, unsigned octave, uint32_t *ret_count);

/* Empties the buckets of an octave. */
void sketch_octave_clear(struct sketch *s, const struct layout *l, unsigned octave);

/* Memory of one with room for so many buckets, with the index that it would have; 0 for none. */
static inline uint64_t sketch_bytes_of(uint32_t capacity, const struct layout *l)
{
    uint64_t index = capacity >= SKETCH_INDEXED_FROM ? SKETCH_INDEX_BYTES : 0;
    return capacity ? (l->slots + capacity * (1 + (uint64_t)l->slots)) * sizeof(int64_t) + index : 0;
}

static inline uint64_t sketch_bytes(const struct sketch *s, const struct layout *l)
{
    return sketch_bytes_of(s->capacity, l);
}

void sketch_close(struct sketch *s);

#endif
