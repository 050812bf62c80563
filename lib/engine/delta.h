/* Delta rows: what entity tasks tell scope tasks. One row = integers to add to one pane (or to the
 * unwindowed level) of one measure in every scope of a set, seen from one tick on. Rows of one tick are summed
 * here before they are sent, so that their number does not follow the load. */
#ifndef CUBE_ENGINE_DELTA_H
#define CUBE_ENGINE_DELTA_H

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/fixed.h"
#include "engine/delta_sums.h"
#include "window/cells.h"

/* The numbers are on the wire (proto/bundle.c): further kinds stand at the end. */
enum row_kind {
    ROW_PANE,       /* cells of layout pane */
    ROW_LEVEL,      /* cells of layout level; pane: the horizon when levels are by horizon, else 0 */
    ROW_HIST,       /* one cell: n of the bucket */
    ROW_CORRECTION, /* one cell: stragglers taken by the scope; measure 0, pane 0 */
    ROW_SKETCH,     /* cells of layout sketch, of a bucket; pane: the horizon */
    ROW_CONTACTS,   /* one cell: contacts of the scope with a department, in panes of cube.linked; measure 0; bucket: the
                     * department, of the sender's numbering, of the scope engine its giver */
    ROW_TOUCH,      /* no cells: there was a row of the private measure, which went to the guard */
    ROW_QUIET_PANE, /* as ROW_PANE, ROW_LEVEL and ROW_SKETCH, but moved by time alone: it makes nothing fresh (engine/applying.h) */
    ROW_QUIET_LEVEL,
    ROW_QUIET_SKETCH,
    ROW_KIND_COUNT
};

static inline bool row_is_quiet(uint8_t kind)
{
    return kind >= ROW_QUIET_PANE && kind < ROW_KIND_COUNT;
}

/* The kind that a quiet one is of; any other itself. */
static inline uint8_t row_kind_aloud(uint8_t kind)
{
    static const uint8_t aloud[] = {ROW_PANE, ROW_LEVEL, ROW_SKETCH};
    return row_is_quiet(kind) ? aloud[kind - ROW_QUIET_PANE] : kind;
}

/* The quiet kind of rows of a pane, a level or a sketch. */
static inline enum row_kind row_kind_quiet(enum row_kind kind)
{
    return kind == ROW_PANE ? ROW_QUIET_PANE : kind == ROW_LEVEL ? ROW_QUIET_LEVEL : ROW_QUIET_SKETCH;
}

/* A row names its scopes by the id of a set, or one scope alone by this bit and the scope's id. What the ids
 * mean depends on where the row is: in the sender's scope table, in a bundle, in a scope engine. */
#define SET_ALONE (UINT32_C(1) << 31)

static inline uint32_t set_alone(uint32_t scope)
{
    return SET_ALONE | scope;
}

/* A row's name is all but its place and cells; slots follow from measure and kind. */
struct delta_row {
    uint32_t set;
    uint16_t measure;
    uint8_t kind;     /* enum row_kind */
    uint8_t slots;    /* of cells */
    int32_t bucket;   /* ROW_HIST, ROW_SKETCH */
    uint32_t place;   /* of the table's own */
    int64_t pane;     /* in units of the measure's pane_ms */
    int64_t *cells;
};

struct delta_table;

int delta_table_create(struct delta_table **ret_t) CUBE_MUST_CHECK;
void delta_table_destroy(struct delta_table *t);

/* Finds or makes the row and returns its cells, zeroed when new; they stay valid until delta_table_clear.
 * CUBE_ENOMEM. */
int delta_row(struct delta_table *t, uint32_t set, uint16_t measure, enum row_kind kind, int64_t pane, int32_t bucket,
              uint8_t slots, int64_t **ret_cells) CUBE_MUST_CHECK;

/* Set, measure, kind and slots of a row's name as one word: made in registers, as reading a name that was just written
 * piece by piece waits for the writes. */
static inline uint64_t delta_head(uint32_t set, uint16_t measure, uint8_t kind, uint8_t slots)
{
    return set | (uint64_t)measure << 32 | (uint64_t)kind << 48 | (uint64_t)slots << 56;
}

/* Adds cells to the row of this head, pane and bucket, which is made where it is missing. CUBE_ENOMEM: nothing changed. */
int delta_add_headed(struct delta_table *t, uint64_t head, int64_t pane, int32_t bucket, const struct layout *layout,
                     const int64_t *cells) CUBE_MUST_CHECK;

static inline int delta_add(struct delta_table *t, uint32_t set, uint16_t measure, enum row_kind kind, int64_t pane, int32_t bucket,
                            const struct layout *layout, const int64_t *cells)
{
    return delta_add_headed(t, delta_head(set, measure, (uint8_t)kind, layout->slots), pane, bucket, layout, cells);
}

/* Adds d to the cells of a row. Of most layouts no cell is wide. */
static inline void delta_sum(const struct layout *l, int64_t *to, const int64_t *d)
{
    if (l->wide != 0) {
        cells_add(l, to, d);
        return;
    }
    to[0] += d[0];
    for (unsigned i = 1; i < l->slots; i++) {
        to[i] += d[i];
    }
}

/* Two thirds of all rows have one or two cells. */
static inline void delta_copy(int64_t *to, const int64_t *from, unsigned slots)
{
    to[0] = from[0];
    if (slots > 2) {
        memcpy(to + 1, from + 1, (slots - 1) * sizeof *to);
    } else if (slots == 2) {
        to[1] = from[1];
    }
}

/* What is summed by scope, in no row; owned by the table, which begins with it. */
static inline struct delta_sums *delta_table_sums(struct delta_table *t)
{
    return (struct delta_sums *)t;
}

/* There is no row, and nothing was summed by scope. */
bool delta_table_is_empty(const struct delta_table *t);

/* Rows in order of creation; those whose cells are all zero included. */
uint32_t delta_table_count(const struct delta_table *t);
const struct delta_row *delta_table_at(const struct delta_table *t, uint32_t i);

/* Forgets all rows and sums and keeps the memory. */
void delta_table_clear(struct delta_table *t);
uint64_t delta_table_bytes(const struct delta_table *t);

#endif
