/* Aggregations: small closed implementations, one file each (lib/measure/agg_NAME.c), one row each in
 * lib/measure/aggregation.c. An aggregation has two sides: what an event does to the cells (entity task)
 * and what the cells of a window say (scope task). Between the two travel rows of integers only. */
#ifndef CUBE_MEASURE_AGGREGATION_H
#define CUBE_MEASURE_AGGREGATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/measure.h"
#include "measure/result.h"
#include "window/cells.h"
#include "window/hist.h"
#include "window/sketch.h"

struct fact;      /* engine/facts.h: what is kept of one entity */
struct track_now; /* engine/applying.h */
struct applying;  /* engine/applying.h: one event being applied to one entity */
struct model;     /* engine/model.h */
struct scope_set;

/* What the scope side sees of one horizon at instant t_ms. */
struct window_view {
    const struct horizon *horizon;
    const int64_t *pane;   /* window total, layout pane; all zeroes when nothing is there */
    const int64_t *level;  /* unwindowed cells, layout level (by_horizon: of this one); all zeroes likewise */
    const struct hist_ring *hist; /* NULL unless the aggregation has a histogram */
    const struct sketch *sketch;  /* NULL unless it has a sketch */
    int64_t from_ms;       /* start of the oldest pane of the window */
    int64_t t_ms;          /* end of the window: the instant */
    int64_t active;        /* customers active in the scope in this horizon, for per_active; -1 unknown */
    int64_t cost_of_capital; /* of the model, for amounts that run */
};

struct aggregation {
    const char *name;        /* as configured: "first_time" */
    struct layout pane, level;
    bool by_horizon;         /* each horizon has a level of its own: emit_level_of */
    struct layout sketch;    /* of a bucket of each horizon's sketch; no slots: no sketch */
    bool members;            /* over ledgers: the customers with events of the ledger are its members */
    bool by_ledger;          /* over two ledgers: measure.by_tracks, too */
    bool histogram;
    bool per_entity;         /* figures move with the entity (stocks); else they stay (flows) */
    bool follows_time;       /* the result of one window changes with t alone: integrals of a level. With a sketch
                              * only while that holds something */
    bool absent_is_zero;     /* in alert conditions no value counts as 0: count, sum, points, active */
    bool respondents;        /* may be a private cell: pane slot 0 is n, and the last pane slot,
                              * aggregation_respondents_slot, counts distinct respondents. apply leaves that
                              * one 0; the entity engine keeps it for measures that are private. */

    bool by_points;          /* applied to every event that moved points, whatever its kind */
    bool of_presence;        /* apply does nothing unless somebody came or left, or was there before */
    uint64_t kinds;          /* applied to these kinds whatever the source names (its `where` holds); 0 = the source's */

    /* An event whose kind and `where` match the measure's source, `from` or, for quotient, `per`. Where rows are not asked for it
     * may be left out, of an aggregation that keeps no facts. */
    int (*apply)(const struct measure *m, struct applying *a);

    /* Any event of the entity that makes it active, for per-entity aggregations; may be NULL. All that comes of it, and of move and
     * track, are rows: where they are not asked for, none of the three is called. */
    int (*touch)(const struct measure *m, struct applying *a);

    /* The entity's dimensions changed: take its whole totals out of the scopes of `from` and put them
     * into those of `to`; either may be NULL (birth, erasure). NULL for flows. */
    int (*move)(const struct measure *m, struct applying *a, const struct scope_set *from, const struct scope_set *to);

    uint64_t facts;          /* bit 1 << enum fact_type: those it keeps of an entity, with the measure as arg */

    /* A fact that apply kept for this measure is due: the instant of its t has come. Returns enum fact_done
     * or an error. NULL without such facts. */
    int (*due)(const struct measure *m, struct applying *a, struct fact *f);

    /* The entity is about to be erased: end what waits for it. May be NULL. */
    int (*forget)(const struct measure *m, struct applying *a);

    /* What the entity holds on a track of this horizon changed; before and now are by track. NULL unless the
     * measure is over ledgers. */
    int (*track)(const struct measure *m, struct applying *a, uint32_t horizon, const struct track_now *before,
                 const struct track_now *now);

    /* The instant at which what runs on overdue invoices will have changed what this horizon was told of the entity;
     * INT64_MAX: never. now is by track. NULL: what it was told stays as it is. */
    int64_t (*turns)(const struct measure *m, const struct model *model, uint32_t horizon, const struct track_now *now);

    /* Whether the value of the window is another at a later instant, though no row came and no pane left. NULL: it never is. */
    bool (*creeps)(const struct window_view *w);

    /* What the window says. Always fills *ret_r whole. */
    void (*result)(const struct measure *m, const struct window_view *w, struct result *ret_r);
};

/* The pane slot that counts the distinct respondents of private cells. */
static inline unsigned aggregation_respondents_slot(const struct aggregation *a)
{
    return a->pane.slots - 1u;
}

/* How many levels a measure has, and how many slots all of them take. */
static inline uint32_t measure_levels(const struct measure *m)
{
    return m->aggregation->by_horizon ? m->horizon_count : 1;
}

static inline size_t measure_level_slots(const struct measure *m)
{
    return (size_t)measure_levels(m) * m->aggregation->level.slots;
}

/* NULL-terminated table of all. */
extern const struct aggregation *const aggregations[];

/* Returns the aggregation of a configured name or NULL. */
const struct aggregation *aggregation_find(const char *name);

#endif
