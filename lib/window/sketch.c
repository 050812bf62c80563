#include "window/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define CAPACITY_MIN 4

static size_t entry_words(const struct layout *l)
{
    return 1 + (size_t)l->slots;
}

static int64_t *entry_at(const struct sketch *s, const struct layout *l, uint32_t i)
{
    return s->at ? s->at + l->slots + i * entry_words(l) : NULL;
}

uint32_t sketch_first(const struct sketch *s, const struct layout *l, int32_t bucket)
{
    size_t words = entry_words(l);
    const int64_t *at = entry_at(s, l, 0);
    uint32_t first = 0, left = s->count;
    if (left == 0) {
        return 0;
    }
    while (left > 1) { /* the one looked for is among so many from the first, or right behind them */
        uint32_t half = left / 2;
        first += at[(first + half - 1) * words] < bucket ? half : 0;
        left -= half;
    }
    return first + (at[first * words] < bucket);
}

static int capacity_set(struct sketch *s, const struct layout *l, uint32_t capacity)
{
    int64_t *at = realloc(s->at, (l->slots + capacity * entry_words(l)) * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    if (!s->at) {
        memset(at, 0, l->slots * sizeof *at);
    }
    s->at = at;
    s->capacity = capacity;
    return 0;
}

static int entry_insert(struct sketch *s, const struct layout *l, uint32_t i, int32_t bucket, const int64_t *cells)
{
    if (s->count == s->capacity && capacity_set(s, l, s->capacity ? 2 * s->capacity : CAPACITY_MIN) != 0) {
        return CUBE_ENOMEM;
    }
    int64_t *e = entry_at(s, l, i);
    memmove(e + entry_words(l), e, (s->count - i) * entry_words(l) * sizeof *e);
    e[0] = bucket;
    memcpy(e + 1, cells, l->slots * sizeof *e);
    s->count++;
    return 0;
}

/* Takes entries out. Memory is given back once three quarters are empty; lack of it only puts that off. */
static void entries_remove(struct sketch *s, const struct layout *l, uint32_t i, uint32_t n)
{
    int64_t *e = entry_at(s, l, i);
    memmove(e, e + n * entry_words(l), (s->count - i - n) * entry_words(l) * sizeof *e);
    s->count -= n;
    if (s->count == 0) {
        free(s->at);
        s->at = NULL;
        s->capacity = 0;
    } else if (s->capacity > CAPACITY_MIN && s->count <= s->capacity / 4) {
        int rc = capacity_set(s, l, s->capacity / 2);
        (void)rc;
    }
}

static void dirty_set(struct sketch *s, unsigned octave)
{
    s->dirty[octave / 64] |= UINT64_C(1) << octave % 64;
}

/* Adds to three cells of the common layout. True: all are zero then. */
static inline bool common_add(int64_t *to, const int64_t *d)
{
    uint64_t low = (uint64_t)to[1] + (uint64_t)d[1];
    to[0] = (int64_t)((uint64_t)to[0] + (uint64_t)d[0]);
    to[2] = (int64_t)((uint64_t)to[2] + (uint64_t)d[2] + (low < (uint64_t)d[1]));
    to[1] = (int64_t)low;
    return (to[0] | to[1] | to[2]) == 0;
}

/* Adds to cells. True: all are zero then. */
static inline bool add_to(const struct layout *l, int64_t *to, const int64_t *d)
{
    if (sketch_is_common(l)) {
        return common_add(to, d);
    }
    cells_add(l, to, d);
    return cells_are_zero(l, to);
}

int sketch_add(struct sketch *s, const struct layout *l, int32_t bucket, const int64_t *cells)
{
    CHECK_PRE(bucket > -SKETCH_BUCKET_LIMIT && bucket < SKETCH_BUCKET_LIMIT);
    if (cells_are_zero(l, cells)) {
        return 0;
    }
    uint32_t i = sketch_first(s, l, bucket);
    int64_t *e = entry_at(s, l, i);
    if (i == s->count || e[0] != bucket) {
        int rc = entry_insert(s, l, i, bucket, cells);
        if (rc != 0) {
            return rc;
        }
    } else if (add_to(l, e + 1, cells)) {
        entries_remove(s, l, i, 1);
    }
    if (s->at) {
        add_to(l, s->at, cells);
    }
    dirty_set(s, sketch_octave(bucket));
    return 0;
}

const int64_t *sketch_octave_at(const struct sketch *s, const struct layout *l, unsigned octave, uint32_t *ret_count)
{
    int32_t first = sketch_octave_first(octave);
    uint32_t i = sketch_first(s, l, first), n = 0;
    const int64_t *at = entry_at(s, l, i), *end = entry_at(s, l, s->count);
    for (const int64_t *e = at; e < end && e[0] < first + SKETCH_OCTAVE; e += entry_words(l)) {
        n++;
    }
    *ret_count = n;
    return at;
}

void sketch_octave_clear(struct sketch *s, const struct layout *l, unsigned octave)
{
    int32_t first = sketch_octave_first(octave);
    uint32_t i = sketch_first(s, l, first), n = sketch_first(s, l, first + SKETCH_OCTAVE) - i;
    for (uint32_t k = i; k < i + n; k++) {
        cells_subtract(l, s->at, entry_at(s, l, k) + 1);
    }
    if (n > 0) {
        entries_remove(s, l, i, n);
        dirty_set(s, octave);
    }
}

void sketch_close(struct sketch *s)
{
    free(s->at);
    *s = (struct sketch){0};
}
