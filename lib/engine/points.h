/* Engagement points of a customer (domain 4.1). */
#ifndef CUBE_ENGINE_POINTS_H
#define CUBE_ENGINE_POINTS_H

#include "engine/applying.h"
#include "engine/facts.h"
#include "engine/order.h"

/* Points of one rule lie within +-POINTS_MAX; beyond it they count as the bound. */
#define POINTS_MAX 100000000

/* The window that points stay in; no panes: for ever. */
struct horizon points_horizon(const struct points_plan *p);

/* What an event of some kind earns by and takes back of: indices of the model's rules. steps: what it does hangs on what was before it. */
struct points_rules {
    const uint8_t *earn, *retract;
    uint32_t earn_count, retract_count;
    bool steps;
};

/* True of rules whose steps are kept (engine/points_steps.h). */
bool points_has_steps(const struct model *m, unsigned rule);

/* Takes back and earns, in its turn. Leaves the net in a->points. CUBE_ENOMEM. */
int points_apply(struct applying *a, const struct points_rules *rules) CUBE_MUST_CHECK;

/* Takes back what a cancelled purchase earned: a->event at a->ts_ms, undone at a->now_ms. What has left its
 * window, or was taken back already, is gone. CUBE_ENOMEM. */
int points_take_back(struct applying *a, const struct order *o) CUBE_MUST_CHECK;

/* By one of these rules others may earn when a purchase that earned by it is cancelled: it counts once, or so often in a period. */
bool points_passes_on(const struct points_plan *p, uint64_t earned);

/* A purchase, a->event at a->ts_ms, earns what one that is lost kept from it until now, a->now_ms, unless something that counts now keeps it from
 * it, too. Adds to what o has earned, and to the balance. CUBE_ENOMEM. */
int points_inherit(struct applying *a, const struct order *lost, struct order *o) CUBE_MUST_CHECK;

/* Fact i, of type FACT_POINTS, FACT_POINTS_FRESH or FACT_POINTS_SUM, leaves the window. CUBE_ENOMEM. */
int points_leave(struct applying *a, uint32_t i) CUBE_MUST_CHECK;

/* Points of a customer that nothing can come before any more, and that say so where it costs, do no longer. */
void points_settle(const struct model *m, struct entity *x);

/* What counts now, without half-life. */
int64_t points_undecayed(const struct points_plan *plan, const struct entity *x);

/* The customer's balance. With a half-life each fact counts round(points x 2^-(age / half-life)), halves
 * away from zero, its age taken in whole panes of the plan, short beside the half-life. Nothing is swept: sums of panes that have come to 0
 * for good go when the customer earns in a pane that is new. points_decayed: only where there is one. */
int64_t points_decayed(const struct points_plan *plan, const struct entity *x, int64_t as_of_ms);

static inline int64_t points_balance(const struct points_plan *plan, const struct entity *x, int64_t as_of_ms)
{
    return plan->half_life_ms == 0 ? x->customer.points : points_decayed(plan, x, as_of_ms);
}

#endif
