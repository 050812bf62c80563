/* Rows by scope instead of by set of scopes, where that makes fewer of them: with many events in a tick most combinations
 * of dimension values have rows of their own, and all of them name the same few scopes. */
#ifndef CUBE_TASK_ROW_SPREAD_H
#define CUBE_TASK_ROW_SPREAD_H

#include "engine/delta.h"
#include "engine/model.h"
#include "scope/scope_table.h"

/* Zeroes are a valid one. */
struct row_spread {
    struct delta_table *rows; /* by scope; NULL: not tried yet */
    uint32_t from;            /* rows of a tick from which on it is tried; 0: as at the start */
};

/* *ret_rows: the rows of a tick, spread over their scopes if that makes fewer, else `rows` itself; borrowed until the
 * next call. Rows of private and inner measures, which go another way, and rows with buckets stay as they are. CUBE_ENOMEM. */
int row_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, const struct delta_table *rows,
               const struct delta_table **ret_rows) CUBE_MUST_CHECK;

void row_spread_close(struct row_spread *s);

#endif
