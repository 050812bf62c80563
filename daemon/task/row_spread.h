/* Rows by scope instead of by set of scopes, where that makes fewer of them: with many events in a tick most combinations
 * of dimension values have rows of their own, and all of them name the same few scopes. */
#ifndef CUBE_TASK_ROW_SPREAD_H
#define CUBE_TASK_ROW_SPREAD_H

#include "engine/delta.h"
#include "engine/model.h"
#include "scope/scope_table.h"

struct row_list {
    const struct delta_row *at;
    uint32_t count;
};

/* Zeroes are a valid one. */
struct row_spread {
    struct delta_table *names; /* rows of no set and bucket: the rows of the tick that are named so but for those; NULL: not
                                * tried yet */
    struct row_name {
        int64_t pane;
        int64_t *last;         /* cells of the name that was met last; NULL: none was */
        uint32_t from;         /* rows of a name from which on it is tried */
        bool listed;           /* in the list of those met */
    } *recent;                 /* by measure and kind */
    uint32_t *met;             /* the places of those that any tick has met */
    uint32_t recent_capacity, met_count, met_capacity;
    uint32_t *before;          /* by row of the tick: the one before it that is named so, + 1; 0 = it is the first */
    uint32_t before_capacity;
    struct delta_row *rows;    /* name by name; the place of one by scope is that of its cells */
    uint32_t count, capacity;
    int64_t *cells;
    uint32_t used, cells_capacity;
    uint32_t *places;          /* by scope: place of the cells of its row of the name at hand, + 1; 0 = it has none */
    uint32_t places_capacity;
    uint32_t from;             /* rows of a tick from which on it is tried; 0: as at the start */
};

/* *ret_list: the rows of a tick, those of one kind, measure and pane one behind the other where there are several of most, and
 * spread over their scopes if that makes fewer of them; few ones as they are in `rows`; borrowed until the next call or the next
 * change of `rows`. Rows of private and inner measures, which go another way, and rows with buckets are not spread. What makes
 * clearly fewer rows so is summed by scope as it comes from the next tick on (engine/delta_sums.h). CUBE_ENOMEM. */
int row_spread(struct row_spread *s, const struct model *m, const struct scope_table *table, struct delta_table *rows,
               struct row_list *ret_list) CUBE_MUST_CHECK;

void row_spread_close(struct row_spread *s);

#endif
