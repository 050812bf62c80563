#include "engine/waiting_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* In front of the cells of a row. */
#define HEAD_WORDS 3

static size_t row_words(const struct delta_row *row)
{
    return HEAD_WORDS + (size_t)row->slots;
}

static struct tick_rows *bucket_at(const struct waiting_rows *w, uint32_t i)
{
    return &w->at[w->first + i];
}

static bool bucket_is(const struct waiting_rows *w, uint32_t i, int64_t tick_ms)
{
    return i < w->count && bucket_at(w, i)->tick_ms == tick_ms;
}

/* The first bucket that is not earlier, or count. Rows mostly come for the newest ticks. */
static uint32_t bucket_find(const struct waiting_rows *w, int64_t tick_ms)
{
    uint32_t low = 0, high = w->count;
    if (high > 0 && bucket_at(w, high - 1)->tick_ms <= tick_ms) {
        return bucket_at(w, high - 1)->tick_ms == tick_ms ? high - 1 : high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (bucket_at(w, middle)->tick_ms < tick_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int buckets_reserve(struct waiting_rows *w)
{
    if (w->first + w->count < w->capacity) {
        return 0;
    }
    if (w->first > w->capacity / 2) {
        memmove(w->at, bucket_at(w, 0), w->count * sizeof *w->at);
        w->first = 0;
        return 0;
    }
    uint32_t capacity = w->capacity ? w->capacity * 2 : 16;
    struct tick_rows *at = realloc(w->at, capacity * sizeof *at);
    if (!at) {
        return CUBE_ENOMEM;
    }
    w->at = at;
    w->capacity = capacity;
    return 0;
}

static __attribute__((noinline)) int words_grow(struct tick_rows *b, size_t n)
{
    size_t capacity = b->capacity ? b->capacity * 2 : 64;
    while (capacity < b->count + n) {
        capacity *= 2;
    }
    int64_t *words = realloc(b->words, capacity * sizeof *words);
    if (!words) {
        return CUBE_ENOMEM;
    }
    b->words = words;
    b->capacity = capacity;
    return 0;
}

static inline int words_reserve(struct tick_rows *b, size_t n)
{
    return b->count + n <= b->capacity ? 0 : words_grow(b, n);
}

static inline void row_append(struct tick_rows *b, const struct delta_row *row)
{
    int64_t *at = b->words + b->count;
    uint64_t what = (uint64_t)row->measure << 16 | (uint64_t)row->kind << 8 | row->slots;
    at[0] = (int64_t)((uint64_t)row->set << 32 | what);
    at[1] = row->pane;
    at[2] = row->bucket;
    for (unsigned i = 0; i < row->slots; i++) { /* two at most, mostly */
        at[HEAD_WORDS + i] = row->cells[i];
    }
    b->count += row_words(row);
}

static int bucket_open(struct waiting_rows *w, uint32_t i, int64_t tick_ms,
                       const struct delta_row *row)
{
    struct tick_rows fresh = {.tick_ms = tick_ms};
    int rc = buckets_reserve(w);
    if (rc || (rc = words_reserve(&fresh, row_words(row))) != 0) {
        return rc;
    }
    struct tick_rows *b = bucket_at(w, i);
    memmove(b + 1, b, (w->count - i) * sizeof *b);
    *b = fresh;
    w->count++;
    return 0;
}

int waiting_rows_add(struct waiting_rows *w, int64_t tick_ms, const struct delta_row *row)
{
    uint32_t i = bucket_is(w, w->hint, tick_ms)       ? w->hint
                 : bucket_is(w, w->hint + 1, tick_ms) ? w->hint + 1
                                                      : bucket_find(w, tick_ms);
    bool there = bucket_is(w, i, tick_ms);
    int rc = there ? words_reserve(bucket_at(w, i), row_words(row))
                   : bucket_open(w, i, tick_ms, row);
    if (rc) {
        return rc;
    }
    w->hint = i;
    row_append(bucket_at(w, i), row);
    w->bytes += row_words(row) * sizeof(int64_t);
    return 0;
}

int64_t waiting_rows_first(const struct waiting_rows *w)
{
    return w->count ? bucket_at(w, 0)->tick_ms : INT64_MAX;
}

const struct tick_rows *waiting_rows_peek(const struct waiting_rows *w)
{
    CHECK_PRE(w->count > 0);
    return bucket_at(w, 0);
}

void waiting_rows_drop(struct waiting_rows *w)
{
    CHECK_PRE(w->count > 0);
    struct tick_rows *b = bucket_at(w, 0);
    w->bytes -= b->count * sizeof *b->words;
    free(b->words);
    w->first++;
    w->hint -= w->hint > 0;
    if (--w->count == 0) {
        w->first = 0;
    }
}

bool tick_rows_next(const struct tick_rows *r, size_t *pos, struct delta_row *ret_row)
{
    if (*pos >= r->count) {
        return false;
    }
    int64_t *at = r->words + *pos;
    uint64_t what = (uint64_t)at[0];
    *ret_row = (struct delta_row){
        .set = (uint32_t)(what >> 32),
        .measure = (uint16_t)(what >> 16),
        .kind = (uint8_t)(what >> 8),
        .slots = (uint8_t)what,
        .bucket = (int32_t)at[2],
        .pane = at[1],
        .cells = at + HEAD_WORDS,
    };
    *pos += row_words(ret_row);
    return true;
}

void waiting_rows_close(struct waiting_rows *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        free(bucket_at(w, i)->words);
    }
    free(w->at);
    *w = (struct waiting_rows){0};
}
