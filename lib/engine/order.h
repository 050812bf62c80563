/* Purchases that may still be cancelled: kept with what the configuration asks of them, and found again. */
#ifndef CUBE_ENGINE_ORDER_H
#define CUBE_ENGINE_ORDER_H

#include "engine/applying.h"
#include "engine/facts.h"

/* What measures, points and ledgers ask of a purchase. */
struct order_plan {
    uint64_t fields; /* bit 1 << enum event_field */
    uint32_t dims;   /* bit 1 << enum dimension */
};
void order_plan_fill(const struct model *m, struct order_plan *ret_p);

/* A purchase as it is kept. Of its texts only those are known that some condition asks for; others are one that
 * no condition has. */
struct order {
    struct event event;
    uint32_t set;                               /* the scopes it counted in */
    uint64_t text_hashes[EVENT_FIELD_COUNT];    /* fact_key of its texts */
    uint64_t earned;                            /* rules of points it earned by, as bits */
    int64_t earned_points;
};

/* Keeps the purchase that a has applied for model.cancel_within_ms, and for the lateness allowed to who cancels it; nothing when the
 * first is 0. CUBE_ENOMEM. */
int order_keep(struct applying *a, const struct order_plan *plan) CUBE_MUST_CHECK;

/* Takes the latest purchase kept of this order, at a->ts_ms or at most model.cancel_within_ms before, out of the facts. CUBE_ENOTFOUND. Its texts
 * are borrowed from the model. */
int order_take(struct applying *a, const struct order_plan *plan, struct text order, struct order *ret_o) CUBE_MUST_CHECK;

/* Where a purchase stands among those kept: by its instant, of one instant by where it is kept. */
struct order_place {
    int64_t ts_ms, forgotten_ms;
    uint64_t key;
};

/* The place before all purchases of an instant. */
static inline struct order_place order_place_before(int64_t ts_ms)
{
    return (struct order_place){ts_ms, INT64_MIN, 0};
}

/* The next purchase kept after *place, which becomes its place; it stays kept. CUBE_ENOTFOUND. */
int order_next(const struct applying *a, const struct order_plan *plan, struct order_place *place, struct order *ret_o) CUBE_MUST_CHECK;

/* What a purchase that stays kept has earned, all in all. CUBE_ENOMEM. */
int order_earned_set(struct applying *a, const struct order_place *place, uint64_t earned, int64_t points) CUBE_MUST_CHECK;

/* Remembers the cancellation at hand: purchases of its order may come as stragglers, as long as the lateness allows.
 * Nothing when model.cancel_within_ms is 0. CUBE_ENOMEM. */
int order_cancelled_keep(struct applying *a) CUBE_MUST_CHECK;

/* A cancellation that is remembered comes in time for the purchase at hand: its instant, of several that of any. */
bool order_is_cancelled(const struct applying *a, int64_t *ret_ts_ms);

/* Fact i, of type FACT_ORDER, is due: it can be cancelled no more. */
void order_forget(struct entity *x, uint32_t i);

/* In the value of a FACT_ORDER the scopes take these low bits, and above them stands how long after the purchase its t is. */
#define ORDER_VALUE_SET_BITS 24

/* The key of what else is kept of an order: FACT_ORDER_MORE. t: of its FACT_ORDER. */
uint64_t order_more_key(uint64_t order, int64_t t);

/* Where something stands as t of a FACT_ORDER_MORE it is this much larger; 0: nothing does. */
#define ORDER_BESIDE_ZERO (INT64_C(1) << 47)

/* The args of FACT_ORDER_MORE lie below this. */
#define ORDER_MORE_ARGS 96

#endif
