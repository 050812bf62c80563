/* Delta rows that wait for their tick, in one buffer per tick, ascending. */
#ifndef CUBE_ENGINE_WAITING_ROWS_H
#define CUBE_ENGINE_WAITING_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/delta.h"

/* The rows of one tick, packed one behind the other. */
struct tick_rows {
    int64_t tick_ms;
    int64_t *words;
    size_t count, capacity; /* words */
};

/* Zeroes are a valid empty one. */
struct waiting_rows {
    struct tick_rows *at;
    uint32_t first, count, capacity;
    uint32_t hint;  /* the bucket of the last row: the next row is mostly of it or of the one after */
    uint64_t bytes; /* of the rows that wait */
};

/* Copies a row. CUBE_ENOMEM: nothing changed. */
int waiting_rows_add(struct waiting_rows *w, int64_t tick_ms,
                     const struct delta_row *row) CUBE_MUST_CHECK;

/* The earliest tick with rows; INT64_MAX when nothing waits. */
int64_t waiting_rows_first(const struct waiting_rows *w);

/* The rows of the earliest tick, borrowed until waiting_rows_drop. Only when something waits. */
const struct tick_rows *waiting_rows_peek(const struct waiting_rows *w);
void waiting_rows_drop(struct waiting_rows *w);

/* Reads the row at *pos (0 at first) and moves on; false at the end. The cells are borrowed. */
bool tick_rows_next(const struct tick_rows *r, size_t *pos, struct delta_row *ret_row);

void waiting_rows_close(struct waiting_rows *w);

#endif
