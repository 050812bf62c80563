/* What aggregations over sketches share. Only lib/measure/agg_*.c include it. */
#ifndef CUBE_MEASURE_AGG_SKETCH_H
#define CUBE_MEASURE_AGG_SKETCH_H

#include "measure/agg.h"
#include "window/hist.h"
#include "window/sketch.h"

#define SKETCH_MEMBERS_MAX (INT64_C(1) << 32)
#define SKETCH_SUM_MAX ((cube_i128)1 << 92)

/* A customer's total as scopes take it: within 64 bits, so that sums over all customers stay exact. */
static inline int64_t sketch_total(const struct track_now *t)
{
    return agg_bounded(t->total);
}

/* False: so many members with such a sum are more than customers there can be, and products of the two need not fit. */
static inline bool sketch_possible(int64_t n, cube_i128 sum)
{
    return n > -SKETCH_MEMBERS_MAX && n < SKETCH_MEMBERS_MAX && sum > -SKETCH_SUM_MAX && sum < SKETCH_SUM_MAX;
}

/* How many customers the top fifth is: ceil(0.2 n). */
static inline int64_t top_fifth(int64_t n)
{
    return (n + 4) / 5;
}

/* Totals that run are told anew with every event and timer of the customer, and as each day of the zone begins (aggregation.turns). */
int64_t sketch_turns(const struct measure *m, const struct model *model, uint32_t horizon, const struct track_now *now);

/* Adds up a wide slot over the k members of the highest buckets, those of the bucket at the edge at its mean.
 * Slot 0 of a bucket counts its members. The sum is given times the members at the edge, which are returned; 0: what it
 * met is of no customers. */
int64_t sketch_top(const struct sketch *s, const struct layout *l, unsigned slot, int64_t k, cube_i128 *ret_sum);

/* What a customer adds to a sketch: whether it is active does not show there. */
static inline bool sketch_adds_same(const struct track_now *a, const struct track_now *b)
{
    return a->held == b->held && a->total == b->total;
}

/* The same, or what runs has run on since it was told: an event that finds that has not made it. */
static inline bool sketch_only_ran(const struct track_now *a, const struct track_now *b)
{
    bool runs = a->runs && b->runs && a->base == b->base && a->running.amount == b->running.amount && a->running.amount_due == b->running.amount_due;
    return runs || sketch_adds_same(a, b);
}

#endif
