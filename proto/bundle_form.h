/* The form of a bundle, for the two files that write and read it. */
#ifndef CUBE_PROTO_BUNDLE_FORM_H
#define CUBE_PROTO_BUNDLE_FORM_H

#include "proto/bundle.h"
#include "window/pane.h"

/* Version 3, which is read too, has no ITEM_AGAIN: a row of the kind, measure and pane of the one before it, in the same tick. */
enum { BUNDLE_VERSION = 4, BUNDLE_VERSION_BEFORE = 3 };
enum item { ITEM_GIVER = 0, ITEM_SCOPE = 1, ITEM_SET = 2, ITEM_TICK = 3, ITEM_ROW = 4 /* + enum row_kind */, ITEM_AGAIN = BUNDLE_AGAIN };
_Static_assert((int)ITEM_ROW + (int)ROW_KIND_COUNT <= (int)ITEM_AGAIN, "kinds of rows stand before it");

static inline const struct layout *row_layout(const struct model *m, uint16_t measure, uint8_t kind)
{
    static const struct layout one_cell = {1, 0}, no_cell = {0, 0};
    switch (row_kind_aloud(kind)) {
    case ROW_PANE: return &m->measures[measure].aggregation->pane;
    case ROW_LEVEL: return &m->measures[measure].aggregation->level;
    case ROW_SKETCH: return &m->measures[measure].aggregation->sketch;
    case ROW_TOUCH: return &no_cell;
    default: return &one_cell;
    }
}

static inline bool has_bucket(uint8_t kind)
{
    kind = row_kind_aloud(kind);
    return kind == ROW_HIST || kind == ROW_SKETCH || kind == ROW_CONTACTS;
}

/* Panes are told as their distance from the newest pane at the tick: mostly 0. */
static inline int64_t pane_base(const struct model *m, uint16_t measure, uint8_t kind, int64_t tick_ms)
{
    kind = row_kind_aloud(kind);
    int64_t pane_ms = kind == ROW_PANE || kind == ROW_HIST ? m->measures[measure].pane_ms
                      : kind == ROW_CONTACTS               ? m->cube.linked.pane_ms
                                                           : 0;
    return pane_ms > 0 && tick_ms > INT64_MIN ? pane_newest(tick_ms, pane_ms) : 0;
}

#endif
