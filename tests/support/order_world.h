/* A company that measures all that can be made of purchases, for tests of purchases that are cancelled. */
#ifndef CUBE_TESTS_ORDER_WORLD_H
#define CUBE_TESTS_ORDER_WORLD_H

#include "support/entity_world.h"
#include "support/unit.h"

#define T0 (INT64_C(20000) * DAY)

#define BUYERS "active" /* that it bought something stays: it acted */

static struct text care = TEXT_LITERAL("care"), web = TEXT_LITERAL("web");
static struct condition of_care = {.what = EVENT_PRODUCT_GROUP, .op = CONDITION_TEXT_IN, .texts = &care, .count = 1},
                        not_care = {.what = EVENT_PRODUCT_GROUP, .op = CONDITION_TEXT_IN, .texts = &care, .count = 1, .is_not = true},
                        on_web = {.on_dimension = true, .what = DIM_CHANNEL, .op = CONDITION_TEXT_IN, .texts = &web, .count = 1},
                        large = {.what = EVENT_REVENUE, .op = CONDITION_RANGE, .low = 500 * FIXED_ONE, .high = INT64_MAX};

static inline struct measure *of_purchases(struct world *w, const char *aggregation, enum event_field value)
{
    struct measure *m = world_measure(w, aggregation, aggregation, UINT64_C(1) << KIND_PURCHASE, 60 * DAY, DAY);
    m->from.terms[0].field = (uint8_t)value;
    return m;
}

/* All that can be made of purchases. Flows are in their windows as long as they can be taken back; points stay, and earn so often a day. */
static inline void open_world_with(struct world *w, int64_t points_ms, int64_t cap)
{
    world_open(w);
    w->model.cancel_within_ms = 20 * DAY;
    w->model.tracks[1] = (struct ledger_track){LEDGER_REVENUE, {5 * DAY, 6 * HOUR, 20, "5d"}};
    w->model.tracks[2] = (struct ledger_track){LEDGER_PURCHASES, {30 * DAY, DAY, 30, "30d"}};
    w->model.track_count = 3;
    of_purchases(w, "count", EVENT_VALUE)->from.where = (struct predicate){&of_care, 1};
    of_purchases(w, "sum", EVENT_REVENUE)->from.where = (struct predicate){&not_care, 1};
    of_purchases(w, "rate", EVENT_VALUE)->from.where = (struct predicate){&on_web, 1};
    of_purchases(w, "mean", EVENT_QUANTITY);
    of_purchases(w, "stddev", EVENT_DISCOUNT);
    of_purchases(w, "ratio", EVENT_VALUE)->hits = (struct predicate){&large, 1};
    of_purchases(w, "within", EVENT_REVENUE)->target = 300 * FIXED_ONE;
    struct measure *share = of_purchases(w, "quotient", EVENT_COST);
    share->per = share->from;
    share->per.terms[0].field = EVENT_REVENUE;
    share->per.where = (struct predicate){&of_care, 1};
    world_measure(w, "points", "points", 0, 60 * DAY, DAY);
    world_measure(w, "margin", "ledger_mean", 0, 365 * DAY, DAY)->tracks[0] = 0;
    world_measure(w, "revenue", "ledger_mean", 0, 5 * DAY, 6 * HOUR)->tracks[0] = 1;
    world_measure(w, "whales", "concentration", 0, 5 * DAY, 6 * HOUR)->tracks[0] = 1;
    world_measure(w, "repeat", "ledger_ratio", 0, 30 * DAY, DAY)->tracks[0] = 2;
    w->measures[w->model.measure_count - 1].total_low = 2 * FIXED_ONE;
    w->measures[w->model.measure_count - 1].total_high = INT64_MAX;
    of_purchases(w, BUYERS, EVENT_VALUE);
    w->model.points.window_ms = points_ms;
    w->model.points.pane_ms = DAY;
    world_rule(w, KIND_PURCHASE, 25, EVENT_PRODUCT_GROUP, true);
    struct points_rule *r = world_rule(w, KIND_PURCHASE, 3, EVENT_FIELD_NONE, false);
    *r = (struct points_rule){.kind = KIND_PURCHASE, .points = 3, .per = EVENT_FIELD_NONE, .has_steps = true, .steps_field = EVENT_REVENUE,
                              .steps_above = 700 * FIXED_ONE, .steps_points = 9, .cap = cap, .cap_period_ms = DAY};
    world_rule(w, KIND_PURCHASE, 4, EVENT_FIELD_NONE, false)->retracted_by = UINT64_C(1) << KIND_COMPLAINT;
    assert_int_equal(world_start(w, ENTITY_CUSTOMER, 3), 0);
}

static inline void open_world(struct world *w)
{
    open_world_with(w, 15 * DAY, 100);
}

static inline struct event purchase(struct world *w, int64_t ts, const char *order, int64_t revenue, const char *group)
{
    struct event e = world_event(w, KIND_PURCHASE, ts, "c1");
    event_put_text(&e, EVENT_ORDER, order);
    event_put_number(&e, EVENT_REVENUE, revenue * FIXED_ONE);
    event_put_number(&e, EVENT_COST, revenue * FIXED_ONE / 2);
    if (group) {
        event_put_text(&e, EVENT_PRODUCT_GROUP, group);
    }
    return e;
}

static inline struct event cancellation(struct world *w, int64_t ts, const char *order)
{
    struct event e = world_event(w, KIND_ORDER_CANCELLED, ts, "c1");
    event_put_text(&e, EVENT_ORDER, order);
    return e;
}

#endif
