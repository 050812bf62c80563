#include "window/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define CAPACITY_MIN 4

/* Which buckets of each octave there are, and how many in the octaves before it. */
struct sketch_index {
    unsigned last; /* beyond this octave there is none, and `before` is not kept */
    uint32_t there[SKETCH_OCTAVES];
    uint16_t before[SKETCH_OCTAVES];
};
_Static_assert(sizeof(struct sketch_index) == SKETCH_INDEX_BYTES && SKETCH_OCTAVE == 32 && 2 * SKETCH_BUCKET_LIMIT <= UINT16_MAX, "a word an octave");

static inline size_t entry_words(const struct layout *l)
{
    return 1 + (size_t)l->slots;
}

static inline int64_t *entry_at(const struct sketch *s, const struct layout *l, uint32_t i)
{
    return s->at ? s->at + l->slots + i * entry_words(l) : NULL;
}

/* ---- the index --------------------------------------------------------------------------------------- */

static inline unsigned bits_count(uint32_t v)
{
    v -= v >> 1 & 0x55555555u;
    v = (v & 0x33333333u) + (v >> 2 & 0x33333333u);
    return ((v + (v >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
}

/* The bit of a bucket in the word of its octave. */
static inline uint32_t bucket_bit(int32_t bucket)
{
    return UINT32_C(1) << ((uint32_t)(bucket + SKETCH_BUCKET_LIMIT) % SKETCH_OCTAVE);
}

static inline uint32_t index_first(const struct sketch *s, int32_t bucket)
{
    const struct sketch_index *x = s->index;
    unsigned octave = sketch_octave(bucket);
    return octave > x->last ? s->count : x->before[octave] + bits_count(x->there[octave] & (bucket_bit(bucket) - 1));
}

/* A bucket comes; `count` are there so far. */
static void index_insert(struct sketch_index *x, int32_t bucket, uint32_t count)
{
    unsigned octave = sketch_octave(bucket);
    for (; x->last < octave; x->last++) {
        x->before[x->last + 1] = (uint16_t)count;
    }
    x->there[octave] |= bucket_bit(bucket);
    for (unsigned k = octave + 1; k <= x->last; k++) {
        x->before[k]++;
    }
}

static void index_remove(struct sketch_index *x, int32_t bucket)
{
    unsigned octave = sketch_octave(bucket);
    x->there[octave] &= ~bucket_bit(bucket);
    for (unsigned k = octave + 1; k <= x->last; k++) {
        x->before[k]--;
    }
}

/* Makes or drops the index of a sketch whose room has become another. Without memory for one buckets are found by halving, until the room
 * changes again. */
static void index_settle(struct sketch *s, const struct layout *l)
{
    bool wanted = s->capacity >= SKETCH_INDEXED_FROM;
    if (wanted == (s->index != NULL)) {
        return;
    }
    free(s->index);
    s->index = wanted ? calloc(1, sizeof *s->index) : NULL;
    for (uint32_t i = 0; s->index && i < s->count; i++) {
        index_insert(s->index, (int32_t)entry_at(s, l, i)[0], i);
    }
}

/* ---- buckets ----------------------------------------------------------------------------------------- */

/* The first bucket that is not smaller, of those without an index. */
static inline uint32_t search_first(const struct sketch *s, const struct layout *l, int32_t bucket)
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

uint32_t sketch_first(const struct sketch *s, const struct layout *l, int32_t bucket)
{
    return s->index ? index_first(s, bucket) : search_first(s, l, bucket);
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
    index_settle(s, l);
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
    if (s->index) {
        index_insert(s->index, bucket, s->count);
    }
    s->count++;
    return 0;
}

/* Takes entries out. Memory is given back once three quarters are empty; lack of it only puts that off. */
static void entries_remove(struct sketch *s, const struct layout *l, uint32_t i, uint32_t n)
{
    int64_t *e = entry_at(s, l, i);
    for (uint32_t k = 0; s->index && k < n; k++) {
        index_remove(s->index, (int32_t)e[k * entry_words(l)]);
    }
    memmove(e, e + n * entry_words(l), (s->count - i - n) * entry_words(l) * sizeof *e);
    s->count -= n;
    if (s->count == 0) {
        free(s->at);
        free(s->index);
        s->at = NULL;
        s->index = NULL;
        s->capacity = 0;
    } else if (s->capacity > CAPACITY_MIN && s->count <= s->capacity / 4) {
        int rc = capacity_set(s, l, s->capacity / 2);
        (void)rc;
    }
}

static inline void dirty_set(struct sketch *s, unsigned octave)
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

/* Where the layout is known, its sizes are constants. */
static inline __attribute__((always_inline)) int add_in(struct sketch *s, const struct layout *l, int32_t bucket, const int64_t *cells)
{
    if (cells_are_zero(l, cells)) {
        return 0;
    }
    uint32_t i = s->index ? index_first(s, bucket) : search_first(s, l, bucket);
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

int sketch_add(struct sketch *s, const struct layout *l, int32_t bucket, const int64_t *cells)
{
    static const struct layout common = SKETCH_COMMON;
    CHECK_PRE(bucket > -SKETCH_BUCKET_LIMIT && bucket < SKETCH_BUCKET_LIMIT);
    return sketch_is_common(l) ? add_in(s, &common, bucket, cells) : add_in(s, l, bucket, cells);
}

/* How many buckets of an octave there are, from entry i on. */
static uint32_t octave_count(const struct sketch *s, const struct layout *l, unsigned octave, uint32_t i)
{
    if (s->index) {
        return bits_count(s->index->there[octave]);
    }
    uint32_t n = 0;
    while (i + n < s->count && entry_at(s, l, i + n)[0] < sketch_octave_first(octave) + SKETCH_OCTAVE) {
        n++;
    }
    return n;
}

const int64_t *sketch_octave_at(const struct sketch *s, const struct layout *l, unsigned octave, uint32_t *ret_count)
{
    uint32_t i = sketch_first(s, l, sketch_octave_first(octave));
    *ret_count = octave_count(s, l, octave, i);
    return entry_at(s, l, i);
}

void sketch_octave_clear(struct sketch *s, const struct layout *l, unsigned octave)
{
    uint32_t i = sketch_first(s, l, sketch_octave_first(octave)), n = octave_count(s, l, octave, i);
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
    free(s->index);
    *s = (struct sketch){0};
}
