/* Delta rows that wait for their tick, in one buffer per tick, ascending. */
#ifndef CUBE_ENGINE_WAITING_ROWS_H
#define CUBE_ENGINE_WAITING_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/delta.h"

/* The rows of one tick in runs, one behind the other. A run is rows that came one after the other and differ in their scopes, buckets and
 * cells only: a head (what they are, their pane, how many they are), then for each its set and bucket in one word, and its cells. */
struct tick_rows {
    int64_t tick_ms;
    int64_t *words;
    size_t count, capacity; /* words */
    size_t last;            /* where the head of the last run stands */
};

#define ROW_RUN_HEAD 3 /* words */

/* Rows of one run. */
struct row_run {
    struct delta_row name; /* kind, measure, slots and pane of each */
    uint32_t count;
    int64_t *at;           /* borrowed until waiting_rows_drop */
};

/* Zeroes are a valid empty one. */
struct waiting_rows {
    struct tick_rows *at;
    uint32_t first, count, capacity;
    uint32_t hint;  /* the bucket of the last row: the next row is mostly of it or of the one after */
    uint64_t bytes; /* of the rows that wait */
    struct spare_words *spare; /* what rows stood in that are gone, up to a bound */
    size_t spare_words;        /* how many words that is */
};

/* Copies a row. CUBE_ENOMEM: nothing changed. */
int waiting_rows_add(struct waiting_rows *w, int64_t tick_ms,
                     const struct delta_row *row) CUBE_MUST_CHECK;

/* Room for at least one more row behind the one added last, named as it and waiting for the same tick: *ret_at, for so many, until the next
 * call. CUBE_ENOMEM: nothing changed. */
int waiting_rows_room(struct waiting_rows *w, int64_t **ret_at, uint32_t *ret_rows) CUBE_MUST_CHECK;

/* Takes so many rows that were written there. */
void waiting_rows_taken(struct waiting_rows *w, uint32_t count);

/* The earliest tick with rows; INT64_MAX when nothing waits. */
int64_t waiting_rows_first(const struct waiting_rows *w);

/* The rows of the earliest tick, borrowed until waiting_rows_drop. Only when something waits. */
const struct tick_rows *waiting_rows_peek(const struct waiting_rows *w);
void waiting_rows_drop(struct waiting_rows *w);

/* Reads the run at *pos (0 at first) and moves on; false at the end. */
bool tick_rows_run(const struct tick_rows *r, size_t *pos, struct row_run *ret_run);

/* The set and the bucket of a row, and those of the row at a place of the run. */
static inline int64_t row_run_word(uint32_t set, int32_t bucket)
{
    return (int64_t)((uint64_t)set << 32 | (uint32_t)bucket);
}

static inline uint32_t row_run_set(const int64_t *at)
{
    return (uint32_t)((uint64_t)at[0] >> 32);
}

static inline int32_t row_run_bucket(const int64_t *at)
{
    return (int32_t)(uint32_t)(uint64_t)at[0];
}

/* Row i of a run, below its count: what is its own goes into *row, a copy of the run's name. The cells are borrowed. */
static inline void row_run_at(const struct row_run *r, uint32_t i, struct delta_row *row)
{
    int64_t *at = r->at + (size_t)i * (1 + (size_t)r->name.slots);
    row->set = row_run_set(at);
    row->bucket = row_run_bucket(at);
    row->cells = at + 1;
}

void waiting_rows_close(struct waiting_rows *w);

#endif
