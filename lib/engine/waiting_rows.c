#include "engine/waiting_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { WORDS_FIRST = 64 };

/* Rows come for a day of ticks at once where a backlog is sparse, and are done as fast: what they stood in is kept for the next. */
enum { SPARE_WORDS_MAX = 128 * 1024 };

/* Stands in words that are kept. */
struct spare_words {
    struct spare_words *next;
    size_t capacity;
};

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

static int words_grow(struct tick_rows *b, size_t n)
{
    size_t capacity = b->capacity ? b->capacity * 2 : WORDS_FIRST;
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

static int words_reserve(struct tick_rows *b, size_t n)
{
    return b->count + n <= b->capacity ? 0 : words_grow(b, n);
}

/* The words of a bucket that is gone. */
static void words_keep(struct waiting_rows *w, const struct tick_rows *b)
{
    struct spare_words *kept = (struct spare_words *)(void *)b->words;
    if (w->spare_words + b->capacity > SPARE_WORDS_MAX) {
        free(b->words);
        return;
    }
    *kept = (struct spare_words){w->spare, b->capacity};
    w->spare = kept;
    w->spare_words += b->capacity;
}

/* Words for a new bucket, where some are kept. */
static void words_take(struct waiting_rows *w, struct tick_rows *b)
{
    struct spare_words *kept = w->spare;
    if (kept) {
        b->words = (int64_t *)(void *)kept;
        b->capacity = kept->capacity;
        w->spare = kept->next;
        w->spare_words -= b->capacity;
    }
}

/* A head and a row behind it. */
static size_t run_words(const struct delta_row *row)
{
    return ROW_RUN_HEAD + 1 + (size_t)row->slots;
}

static int bucket_open(struct waiting_rows *w, uint32_t i, int64_t tick_ms, const struct delta_row *row)
{
    struct tick_rows fresh = {.tick_ms = tick_ms};
    if (buckets_reserve(w)) {
        return CUBE_ENOMEM;
    }
    words_take(w, &fresh);
    if (words_reserve(&fresh, run_words(row))) {
        if (fresh.words) {
            words_keep(w, &fresh);
        }
        return CUBE_ENOMEM;
    }
    struct tick_rows *b = bucket_at(w, i);
    memmove(b + 1, b, (w->count - i) * sizeof *b);
    *b = fresh;
    w->count++;
    return 0;
}

static int64_t run_what(const struct delta_row *row)
{
    return (int64_t)((uint64_t)row->measure << 16 | (uint64_t)row->kind << 8 | row->slots);
}

/* True when the row goes on with the last run. */
static bool run_goes_on(const struct tick_rows *b, const struct delta_row *row)
{
    const int64_t *head = b->words + b->last;
    return b->count && head[0] == run_what(row) && head[1] == row->pane && head[2] < UINT32_MAX / 2;
}

/* Begins a run without rows; there is room for it. */
static void run_open(struct waiting_rows *w, struct tick_rows *b, const struct delta_row *row)
{
    int64_t *head = b->words + b->count;
    head[0] = run_what(row);
    head[1] = row->pane;
    head[2] = 0;
    b->last = b->count;
    b->count += ROW_RUN_HEAD;
    w->bytes += ROW_RUN_HEAD * sizeof *head;
}

int waiting_rows_add(struct waiting_rows *w, int64_t tick_ms, const struct delta_row *row)
{
    uint32_t i = bucket_is(w, w->hint, tick_ms)       ? w->hint
                 : bucket_is(w, w->hint + 1, tick_ms) ? w->hint + 1
                                                      : bucket_find(w, tick_ms);
    bool there = bucket_is(w, i, tick_ms);
    int rc = there ? words_reserve(bucket_at(w, i), run_words(row)) : bucket_open(w, i, tick_ms, row);
    if (rc) {
        return rc;
    }
    w->hint = i;
    if (!run_goes_on(bucket_at(w, i), row)) {
        run_open(w, bucket_at(w, i), row);
    }
    struct tick_rows *b = bucket_at(w, i);
    b->words[b->count] = row_run_word(row->set, row->bucket);
    for (unsigned k = 0; k < row->slots; k++) {
        b->words[b->count + 1 + k] = row->cells[k];
    }
    waiting_rows_taken(w, 1);
    return 0;
}

/* Words of a row of the run that was added to last. */
static size_t row_words(const struct tick_rows *b)
{
    return 1 + (size_t)(uint8_t)b->words[b->last];
}

int waiting_rows_room(struct waiting_rows *w, int64_t **ret_at, uint32_t *ret_rows)
{
    struct tick_rows *b = bucket_at(w, w->hint);
    size_t words = row_words(b);
    int rc = words_reserve(b, words);
    if (rc) {
        return rc;
    }
    *ret_at = b->words + b->count;
    *ret_rows = (uint32_t)((b->capacity - b->count) / words);
    return 0;
}

void waiting_rows_taken(struct waiting_rows *w, uint32_t count)
{
    struct tick_rows *b = bucket_at(w, w->hint);
    size_t words = count * row_words(b);
    b->words[b->last + ROW_RUN_HEAD - 1] += count;
    b->count += words;
    w->bytes += words * sizeof *b->words;
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
    words_keep(w, b);
    w->first++;
    w->hint -= w->hint > 0;
    if (--w->count == 0) {
        w->first = 0;
    }
}

bool tick_rows_run(const struct tick_rows *r, size_t *pos, struct row_run *ret_run)
{
    if (*pos >= r->count) {
        return false;
    }
    int64_t *head = r->words + *pos;
    uint64_t what = (uint64_t)head[0];
    *ret_run = (struct row_run){
        .name = {.measure = (uint16_t)(what >> 16), .kind = (uint8_t)(what >> 8), .slots = (uint8_t)what, .pane = head[1]},
        .count = (uint32_t)head[2],
        .at = head + ROW_RUN_HEAD,
    };
    *pos += ROW_RUN_HEAD + ret_run->count * (1 + (size_t)ret_run->name.slots);
    return true;
}

void waiting_rows_close(struct waiting_rows *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        free(bucket_at(w, i)->words);
    }
    while (w->spare) {
        struct tick_rows kept = {0};
        words_take(w, &kept);
        free(kept.words);
    }
    free(w->at);
    *w = (struct waiting_rows){0};
}
