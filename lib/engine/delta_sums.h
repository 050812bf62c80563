/* Sums by scope, made as changes come: what many sets of scopes would name in a tick goes at once to the few scopes that they have
 * in common, and no row is made for each set. For applying.c, which adds, and for who seals a tick. */
#ifndef CUBE_ENGINE_DELTA_SUMS_H
#define CUBE_ENGINE_DELTA_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "scope/scope_table.h"
#include "window/cells.h"

/* With more scopes than these what new sets name is told by set. */
#define DELTA_SUMS_SCOPES_MAX 4096u

/* Columns of a measure: of its panes and of its levels four each, so that a few panes or horizons stand beside each other. */
enum { DELTA_PANES = 4, DELTA_COLUMNS = 2 * DELTA_PANES };

/* The pane of a column that takes nothing, and of one that takes any. */
#define DELTA_COLUMN_OFF INT64_MAX
#define DELTA_COLUMN_ANY INT64_MIN

struct delta_column;

/* Adds cells to those of every scope of a set. Always 0: whoever emits ends with it. */
typedef int delta_column_add_fn(const struct delta_column *c, const struct scope_set *set, const int64_t *cells);

/* Sums of one measure, kind and pane in a tick. */
struct delta_column {
    int64_t pane;    /* the next one when it is empty: a later one takes its place */
    int64_t *cells;  /* by scope, slots of each; zero where there was no change */
    uint8_t *has;    /* by scope: 1 = there was one */
    uint32_t scopes; /* room; a multiple of 8 */
    uint32_t adds;   /* changes since the last clear */
    uint32_t excess; /* rows that it made more than there were changes, lately */
    uint16_t measure;
    bool level;
    struct layout layout;
    delta_column_add_fn *add;
};

/* Zeroes are a valid empty one. */
struct delta_sums {
    struct delta_column *columns; /* DELTA_COLUMNS of each measure; a pane stands at its remainder */
    uint32_t count;
    uint32_t scopes; /* room in each column that has been used */
    uint32_t sets;   /* those of lower ids have no scope beyond it */
    bool any;        /* something was added since the last clear */
    uint64_t bytes;
};

/* From now on changes of the panes or levels of a measure are summed by scope, until that makes more rows than there are changes, over
 * several ticks. Without memory for it everything stays as it is. */
void delta_sums_begin(struct delta_sums *s, uint16_t measure, bool level, const struct layout *l);

/* Where a pane of a measure, or its level of a horizon, has its column. */
static inline struct delta_column *delta_sums_at(const struct delta_sums *s, uint16_t measure, bool level, int64_t pane)
{
    uint32_t i = (uint32_t)measure * DELTA_COLUMNS + (level ? DELTA_PANES : 0) + ((uint32_t)pane & (DELTA_PANES - 1));
    return i < s->count ? &s->columns[i] : NULL;
}

/* The column that takes such changes for the scopes of a set; NULL: there is none, or it must be claimed. */
static inline struct delta_column *delta_sums_find(const struct delta_sums *s, const struct scope_set *set, uint16_t measure, bool level,
                                                   int64_t pane)
{
    struct delta_column *c = delta_sums_at(s, measure, level, pane);
    return c && c->pane == pane && set->id < s->sets ? c : NULL;
}

/* Whether it may take them once it is claimed: as long as nothing is in it a later pane takes it over. */
static inline bool delta_column_is_open(const struct delta_column *c, int64_t pane)
{
    return c && c->pane != DELTA_COLUMN_OFF && (c->pane == pane || (c->adds == 0 && c->pane < pane));
}

/* The same, also for another pane, a set that is new to it and a loose one; NULL: the change is to be told by set. */
struct delta_column *delta_sums_claim(struct delta_sums *s, const struct scope_table *table, const struct scope_set *set, uint16_t measure,
                                      bool level, int64_t pane);

/* Adds cells to every scope of the set, for which the column was found. Always 0. */
static inline int delta_column_add(struct delta_sums *s, struct delta_column *c, const struct scope_set *set, const int64_t *cells)
{
    s->any = true;
    c->adds++;
    return c->add(c, set, cells);
}

/* The next scope from this one on that has a sum; at least c->scopes: there is none. */
uint32_t delta_column_next(const struct delta_column *c, uint32_t scope);

/* Forgets all sums and keeps the memory. */
void delta_sums_clear(struct delta_sums *s);
void delta_sums_close(struct delta_sums *s);

#endif
