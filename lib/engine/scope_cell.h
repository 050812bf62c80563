/* One measure of one scope: its panes, level, histograms and results. For the scope_*.c files of lib/engine only. */
#ifndef CUBE_ENGINE_SCOPE_CELL_H
#define CUBE_ENGINE_SCOPE_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/scope_engine.h"
#include "window/hist.h"
#include "window/pane_ring.h"
#include "window/sketch.h"

#define NEVER_MS INT64_MIN /* an instant that has not been */
#define NO_DUE INT64_MAX   /* an instant that will not come by itself */

struct scope;

_Static_assert(HORIZONS_MAX <= 8, "a bit per horizon");

/* One horizon of one measure of one scope. */
struct cell_horizon {
    struct pane_ring ring; /* a part of another's where `panes_of` says so */
    int64_t edge_ms; /* the oldest pane is out at every later instant; NO_DUE: no panes */
    int64_t result_ms; /* instant of its result */
    bool changed;    /* since then */
    bool unlogged;   /* no changelog is written: dirty stays empty */
    uint8_t panes_of; /* the horizon that has its panes: itself, or a longer one with panes of that length */
    int64_t dirty_one; /* panes to write to the changelog, ascending (dirty_pane, dirty_is_new): one of them needs no memory */
    int64_t *dirty;
    uint32_t dirty_count, dirty_capacity;
};

static inline int64_t dirty_pane(int64_t dirty)
{
    return dirty >> 1;
}

/* True when the pane came since the last flush: if it has left by the next, the changelog need not know that it was there. */
static inline bool dirty_is_new(int64_t dirty)
{
    return dirty & 1;
}

static inline const int64_t *horizon_dirty_list(const struct cell_horizon *h)
{
    return h->dirty ? h->dirty : &h->dirty_one;
}

/* What privacy has let out of one horizon of a private measure (domain 4.4). */
struct cell_release {
    bool ever;     /* let out at least once: published_ms and result are set */
    bool withheld; /* now */
    int64_t published_ms;
    int64_t changed; /* answers that came or left since then */
    struct result result;
};

/* One measure of one scope; made by its first row. The arrays live in the same block. */
struct scope_cell {
    const struct measure *measure;
    int64_t fresh_ms;        /* tick of the last row that an event made */
    bool changed;            /* some horizon or the level, since the results were computed */
    bool dirty;              /* since the last flush; a sketch keeps its own */
    bool since_head;         /* its last row came since the last head of the scope was written */
    bool level_apart;        /* its level was restored from a record of its own, which is to be taken out */
    uint8_t panes_apart;     /* bit per horizon: panes were restored that stood in records of its own and are written in blocks */
    uint8_t creeps;          /* bit per horizon: the value in results follows time (aggregation.creeps) */
    struct scored scored;
    bool shares;                   /* some horizon has its panes in another */
    bool gathers;                  /* sums hold rows of sums_pane that are in no horizon yet */
    int64_t sums_pane;
    int64_t answers;               /* of a private measure: how many they let come or go, each counted */
    int64_t *sums;                 /* layout pane; NULL where rows are not gathered */
    int64_t *level;                /* layout level; NULL without one */
    struct hist_ring *hists;       /* per horizon; NULL without histogram */
    struct sketch *sketches;       /* per horizon; NULL without sketch */
    struct cell_release *releases; /* per horizon; NULL unless private */
    struct result *results;        /* per horizon: what scores and outputs use */
    struct cell_horizon horizons[];
};

/* ---- scope_cell.c ---- */

/* Finds or makes the cell of a measure. CUBE_ENOMEM. */
int scope_cell_get(struct scope_engine *e, struct scope *s, uint16_t measure, struct scope_cell **ret_c) CUBE_MUST_CHECK;
void scope_cell_destroy(struct scope_cell *c);

/* Adds a row of a pane or a histogram to one horizon, unless its pane has left that window already. CUBE_ENOMEM. */
int scope_horizon_add(struct scope_engine *e, struct scope *s, struct scope_cell *c, uint32_t horizon, int64_t t_ms, const struct delta_row *row)
    CUBE_MUST_CHECK;

/* Adds what a cell gathered (its sums) to its horizons likewise. */
int scope_sums_take(struct scope_engine *e, struct scope *s, struct scope_cell *c, int64_t t_ms) CUBE_MUST_CHECK;

/* Takes out the panes that have left at t. Returns 1 when some had, 0, CUBE_ENOMEM. */
int scope_cells_roll(struct scope_engine *e, struct scope *s, int64_t t_ms) CUBE_MUST_CHECK;

void scope_cells_edge(const struct scope_engine *e, struct scope *s); /* recomputes s->edge_ms from its cells */
int64_t scope_edge(const struct scope *s); /* the first pane edge of the scope; NO_DUE */
/* Recomputes the edge of a horizon from its rings. */
void cell_edge(struct scope_cell *c, uint32_t horizon);

/* The horizon whose panes are those of horizon h: the longest with panes of that length. */
uint32_t horizon_panes_of(const struct measure *m, uint32_t h);
/* False where each horizon keeps its own, whatever their length: they have a histogram, or are of private answers or of the guard. */
bool panes_are_shared(const struct measure *m);
/* The ring that has the panes of a horizon. */
static inline struct pane_ring *horizon_panes(struct scope_cell *c, uint32_t h)
{
    return &c->horizons[c->horizons[h].panes_of].ring;
}

/* True for a shorter horizon that has its panes in another. */
static inline bool horizon_is_part(const struct scope_cell *c, uint32_t h, uint32_t of)
{
    return c->horizons[h].panes_of == of && h != of;
}

/* True where shorter horizons have their panes in this one. */
static inline bool horizon_has_parts(const struct scope_cell *c, uint32_t h)
{
    bool has = false;
    for (uint32_t k = 0; c->shares && k < c->measure->horizon_count; k++) {
        has |= horizon_is_part(c, k, h);
    }
    return has;
}

/* After a restore: takes out of a horizon with parts what had left it at t, and fills the parts. */
void horizon_settle(struct scope_engine *e, struct scope_cell *c, uint32_t h, int64_t t_ms);

/* Memory of the panes of a horizon. */
uint64_t cell_bytes(const struct scope_cell *c, uint32_t horizon);

/* Remembers that a pane must be written; is_new: it was not there before. CUBE_ENOMEM. */
int horizon_dirty(struct cell_horizon *h, int64_t pane, bool is_new) CUBE_MUST_CHECK;

#endif
