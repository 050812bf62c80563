/* A purchase that is cancelled leaves nothing but that its customer acted. */
#include "support/unit.h"

#include "engine/facts.h"
#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)

#define BUYERS "active" /* that it bought something stays: it acted */

static struct text care = TEXT_LITERAL("care"), web = TEXT_LITERAL("web");
static struct condition of_care = {.what = EVENT_PRODUCT_GROUP, .op = CONDITION_TEXT_IN, .texts = &care, .count = 1},
                        not_care = {.what = EVENT_PRODUCT_GROUP, .op = CONDITION_TEXT_IN, .texts = &care, .count = 1, .is_not = true},
                        on_web = {.on_dimension = true, .what = DIM_CHANNEL, .op = CONDITION_TEXT_IN, .texts = &web, .count = 1},
                        large = {.what = EVENT_REVENUE, .op = CONDITION_RANGE, .low = 500 * FIXED_ONE, .high = INT64_MAX};

static struct measure *of_purchases(struct world *w, const char *aggregation, enum event_field value)
{
    struct measure *m = world_measure(w, aggregation, aggregation, UINT64_C(1) << KIND_PURCHASE, 60 * DAY, DAY);
    m->from.terms[0].field = (uint8_t)value;
    return m;
}

/* All that can be made of purchases. Flows are in their windows as long as they can be taken back. */
static void open_world(struct world *w)
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
    w->model.points.window_ms = 15 * DAY;
    w->model.points.pane_ms = DAY;
    world_rule(w, KIND_PURCHASE, 25, EVENT_PRODUCT_GROUP, true);
    struct points_rule *r = world_rule(w, KIND_PURCHASE, 3, EVENT_FIELD_NONE, false);
    *r = (struct points_rule){.kind = KIND_PURCHASE, .points = 3, .per = EVENT_FIELD_NONE, .has_steps = true, .steps_field = EVENT_REVENUE,
                              .steps_above = 700 * FIXED_ONE, .steps_points = 9, .cap = 100, .cap_period_ms = DAY};
    world_rule(w, KIND_PURCHASE, 4, EVENT_FIELD_NONE, false)->retracted_by = UINT64_C(1) << KIND_COMPLAINT;
    assert_int_equal(world_start(w, ENTITY_CUSTOMER, 3), 0);
}

static struct event purchase(struct world *w, int64_t ts, const char *order, int64_t revenue, const char *group)
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

static struct event cancellation(struct world *w, int64_t ts, const char *order)
{
    struct event e = world_event(w, KIND_ORDER_CANCELLED, ts, "c1");
    event_put_text(&e, EVENT_ORDER, order);
    return e;
}

static void buy(struct world *w, int64_t ts, const char *order, int64_t revenue)
{
    struct event e = purchase(w, ts, order, revenue, NULL);
    assert_int_equal(world_apply(w, &e), 0);
}

static void cancel(struct world *w, int64_t ts, const char *order)
{
    struct event e = cancellation(w, ts, order);
    assert_int_equal(world_apply(w, &e), 0);
}

static int64_t revenue_of(const struct world *w, int64_t t)
{
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w->engine, TEXT_LITERAL("c1"), t, &v), 0);
    return (int64_t)(v.revenue / FIXED_ONE);
}

static void cancellation_takes_the_latest_purchase_of_its_order_back(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    buy(&w, T0, "o1", 100);
    buy(&w, T0 + HOUR, "o1", 20);
    buy(&w, T0 + HOUR, "o1", 3);
    buy(&w, T0 + HOUR, "o2", 4000);
    cancel(&w, T0 + 2 * HOUR, "o1");
    assert_int_equal(revenue_of(&w, T0 + DAY), 4120);
    cancel(&w, T0 + 2 * HOUR, "o1");
    assert_int_equal(revenue_of(&w, T0 + DAY), 4100);
    cancel(&w, T0 + 2 * HOUR, "o1");
    cancel(&w, T0 + 2 * HOUR, "o1");
    cancel(&w, T0 + 2 * HOUR, "unknown");
    assert_int_equal(revenue_of(&w, T0 + DAY), 4000);
    world_close(&w);
}

static void cancellation_older_than_its_purchase_or_too_late_is_nothing(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    buy(&w, T0, "o1", 100);
    struct event e = cancellation(&w, T0 - 1, "o1");
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    assert_int_equal(revenue_of(&w, T0 + DAY), 100);
    buy(&w, T0 + 1, "o2", 20);
    cancel(&w, T0 + 20 * DAY, "o1");
    assert_int_equal(revenue_of(&w, T0 + 21 * DAY), 20);
    cancel(&w, T0 + 20 * DAY + 2, "o2");
    assert_int_equal(revenue_of(&w, T0 + 21 * DAY), 20);
    world_close(&w);
}

static void straggle(struct world *w, const struct event *e, int64_t passed_ms)
{
    entity_engine_passed(w->engine, passed_ms);
    assert_int_equal(entity_engine_apply(w->engine, e, entity_engine_hash(w->engine, e->entity), true), 0);
    world_drain(w);
}

/* Word of each purchase comes when its order is cancelled already. */
static void cancellation_waits_for_its_purchase_as_long_as_that_may_come(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    const struct measure *sum = &w.measures[1];
    cancel(&w, T0 + HOUR, "o1");
    cancel(&w, T0 + 2 * HOUR, "o1");
    struct event e = purchase(&w, T0 + HOUR + 1, "o1", 100, NULL);
    straggle(&w, &e, T0 + 3 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 0);
    assert_int_equal(world_result(&w, "organisation", sum, T0 + DAY).n, 0);
    e = purchase(&w, T0 + 30 * 60000, "o1", 20, NULL);
    straggle(&w, &e, T0 + 3 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 0);
    e = purchase(&w, T0 + 40 * 60000, "o1", 3, NULL); /* each takes back one */
    straggle(&w, &e, T0 + 3 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 3);
    assert_int_equal(world_result(&w, "organisation", sum, T0 + DAY).n, 1);
    cancel(&w, T0 + 4 * HOUR, "o2");
    e = purchase(&w, T0 + 4 * HOUR + 1, "o2", 4000, NULL); /* later than the cancellation */
    straggle(&w, &e, T0 + 5 * HOUR);
    e = purchase(&w, T0 + 4 * HOUR - 20 * DAY - 1, "o2", 50000, NULL); /* it is too late for this */
    straggle(&w, &e, T0 + 5 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 54003);
    world_close(&w);
}

static void cancellation_is_forgotten_when_its_purchase_would_be_late(void **state)
{
    (void)state;
    static struct world w;
    struct buf now = {0}, later = {0};
    open_world(&w);
    cancel(&w, T0, "o1");
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &now), 0);
    assert_int_equal(world_run(&w, T0 + w.model.time.lateness_ms), 0);
    assert_int_equal(entity_engine_next_timer(w.engine), T0 + w.model.time.lateness_ms + 1);
    assert_int_equal(world_run(&w, T0 + w.model.time.lateness_ms + 1), 0);
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &later), 0);
    assert_true(later.len < now.len);
    buf_close(&now);
    buf_close(&later);
    world_close(&w);
}

static void nothing_is_kept_when_nothing_can_be_taken_back(void **state)
{
    (void)state;
    static struct world w, v;
    open_world(&w);
    open_world(&v);
    v.model.cancel_within_ms = 0;
    buy(&w, T0, "o1", 100);
    buy(&v, T0, "o1", 100);
    struct buf kept = {0}, none = {0};
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &kept), 0);
    assert_int_equal(entity_engine_dirty_encode(v.engine, 0, &none), 0);
    assert_true(kept.len > none.len + 30);
    buf_close(&kept);
    buf_close(&none);
    cancel(&v, T0 + 1, "o1");
    assert_int_equal(revenue_of(&v, T0 + DAY), 100);
    world_close(&w);
    world_close(&v);
}

static void expired_purchase_leaves_no_fact(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    struct event e = purchase(&w, T0, "o1", 0, NULL);
    event_put_number(&e, EVENT_COST, INT64_MAX); /* does not fit beside the revenue */
    event_put_number(&e, EVENT_QUANTITY, 5);
    e.dims[DIM_CHANNEL] = web;
    assert_int_equal(world_apply(&w, &e), 0);
    assert_int_equal(world_run(&w, T0 + 364 * DAY), 0);
    struct buf now = {0}, later = {0};
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &now), 0);
    cancel(&w, T0 + 364 * DAY, "o1");
    assert_int_equal(world_run(&w, T0 + 364 * DAY + w.model.time.lateness_ms + 1), 0);
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &later), 0);
    assert_true(now.len < 150 && later.len <= now.len + 8); /* the ledger's pane is there; nothing was undone, only seen a year later */
    buf_close(&now);
    buf_close(&later);
    world_close(&w);
}

static void flows_are_undone_where_they_were_and_stocks_where_the_customer_is(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    const struct measure *count = &w.measures[0], *margin = &w.measures[9];
    struct event e = purchase(&w, T0, "o1", 100, "care");
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    assert_int_equal(world_apply(&w, &e), 0);
    e = cancellation(&w, T0 + DAY, "o1");
    e.dims[DIM_REGION] = TEXT_LITERAL("south");
    assert_true(world_result(&w, "region=north", count, T0 + 1).value == 1);
    assert_true(world_result(&w, "region=north", margin, T0 + 1).value == 50);
    assert_int_equal(world_apply(&w, &e), 0);
    assert_int_equal(world_result(&w, "region=north", count, T0 + 2 * DAY).n, 0);
    assert_int_equal(world_result(&w, "region=south", count, T0 + 2 * DAY).n, 0);
    assert_int_equal(world_result(&w, "region=north", margin, T0 + 2 * DAY).n, 0);
    assert_true(world_result(&w, "region=south", margin, T0 + 2 * DAY).value == 0); /* active, with nothing */
    assert_int_equal(world_result(&w, "region=south", &w.measures[w.model.measure_count - 1], T0 + 2 * DAY).n, 1);
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, TEXT_LITERAL("c1"), T0 + 2 * DAY, &v), 0);
    assert_true(v.purchases == 0 && v.points == 0 && v.products == 0 && v.margin_total == 0 && v.last_seen_ms == T0 + DAY);
    world_close(&w);
}

static int64_t points_at(const struct world *w, int64_t t)
{
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w->engine, TEXT_LITERAL("c1"), t, &v), 0);
    return v.points;
}

static void points_go_with_the_purchase_that_earned_them(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    w.rules[1].cap = 1;
    w.rules[2].retracted_by = UINT64_C(1) << KIND_ORDER_CANCELLED; /* takes its points back by itself */
    entity_engine_destroy(w.engine);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
    struct event first = purchase(&w, T0, "o1", 100, "care"), second = purchase(&w, T0 + 1, "o2", 800, "care");
    assert_int_equal(world_apply(&w, &first), 0);
    assert_int_equal(points_at(&w, T0 + 1), 25 + 3 + 4);
    assert_int_equal(world_apply(&w, &second), 0);
    assert_int_equal(points_at(&w, T0 + 2), 25 + 3 + 4 + 4); /* once, and the cap is reached */
    cancel(&w, T0 + 2, "o2");
    assert_int_equal(points_at(&w, T0 + 3), 25 + 3 + 4);
    cancel(&w, T0 + 3, "o1");
    assert_int_equal(points_at(&w, T0 + 4), 0);
    assert_true(world_result(&w, "organisation", &w.measures[8], T0 + 4).value == 0);
    assert_int_equal(world_apply(&w, &second), 0);
    assert_int_equal(points_at(&w, T0 + 4), 25 + 9 + 4); /* the cap has room again */
    world_close(&w);
}

/* ---- as if neither had been ------------------------------------------------------------------------- */

static void fill(struct random *r, struct event *e, unsigned number)
{
    static const char *const groups[] = {"care", "lease", "x", "y"}, *const regions[] = {"east", "north"}, *const channels[] = {"web", "shop"};
    static char own[512][16];
    event_put_number(e, EVENT_REVENUE, random_between(r, -100, 1000) * FIXED_ONE);
    if (random_between(r, 0, 2)) {
        event_put_number(e, EVENT_COST, random_between(r, 0, 900) * FIXED_ONE + (random_between(r, 0, 5) ? 0 : INT64_C(1) << 50));
    }
    if (random_between(r, 0, 1)) {
        event_put_number(e, EVENT_QUANTITY, random_between(r, 1, 5) * FIXED_ONE);
        event_put_number(e, EVENT_DISCOUNT, random_between(r, 0, 5) * FIXED_ONE);
    }
    snprintf(own[number % 512], sizeof own[0], "g%u", number);
    event_put_text(e, EVENT_PRODUCT_GROUP, number ? own[number % 512] : groups[random_between(r, 0, 3)]);
    e->dims[DIM_REGION] = random_between(r, 0, 2) ? (struct text){0} : text_of(regions[random_between(r, 0, 1)]);
    e->dims[DIM_CHANNEL] = text_of(channels[random_between(r, 0, 1)]);
}

/* An act that nothing counts, in the place of another event. */
static void apply_act(struct world *w, struct event e)
{
    e.kind = KIND_SELFSERVICE_LOGIN;
    e.present = 0;
    assert_int_equal(world_apply(w, &e), 0);
}

static void compare(const struct world *a, struct world *b, int64_t t)
{
    for (uint32_t i = 0; i < a->row_count; i++) {
        const struct world_row *x = &a->rows[i];
        if (text_equal(a->measures[x->measure].name, text_of(BUYERS))) {
            continue;
        }
        struct delta_row key = {.measure = x->measure, .kind = x->kind, .slots = x->slots, .pane = x->pane, .bucket = x->bucket};
        assert_memory_equal(x->cells, world_row_get(b, text_of(x->key), &key)->cells, sizeof x->cells);
    }
    struct customer_view v, u;
    int rc = entity_engine_customer(a->engine, TEXT_LITERAL("c1"), t, &v);
    assert_int_equal(rc, entity_engine_customer(b->engine, TEXT_LITERAL("c1"), t, &u));
    assert_true(v.points == u.points && v.purchases == u.purchases && v.revenue == u.revenue && v.margin_total == u.margin_total);
    assert_true(v.margin_present == u.margin_present && v.products == u.products && v.engaged == u.engaged);
}

#define PAIRS 40
#define STEPS 300

struct pair {
    char order[16];
    int64_t due_ms; /* of its cancellation; 0 = not bought */
};

/* Cancels what is due at ts. */
static void cancel_due(struct world *with, struct world *without, struct pair *pairs, int64_t ts)
{
    for (int k = 0; k < PAIRS; k++) {
        if (pairs[k].due_ms != 0 && pairs[k].due_ms <= ts) {
            struct event e = cancellation(with, ts, pairs[k].order);
            assert_int_equal(world_apply(with, &e), 0);
            apply_act(without, e);
            pairs[k].due_ms = 0;
        }
    }
}

static void buy_pair(struct world *with, struct world *without, struct random *r, struct pair *p, int k, int64_t ts)
{
    snprintf(p->order, sizeof p->order, "o%d", k);
    struct event e = purchase(with, ts, p->order, 1, NULL);
    fill(r, &e, (unsigned)k + 1);
    p->due_ms = ts + random_between(r, 0, 18 * 24) * HOUR;
    assert_int_equal(world_apply(with, &e), 0);
    apply_act(without, e);
}

static void purchase_and_its_cancellation_are_as_if_neither_had_been(void **state)
{
    (void)state;
    static struct world with, without;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct random r = {seed};
        struct pair pairs[PAIRS] = {0};
        int64_t ts = T0;
        print_message("seed %d\n", (int)seed);
        open_world(&with);
        open_world(&without);
        for (int i = 0; i < STEPS; i++) {
            ts += random_between(&r, 0, 5 * HOUR);
            struct event e = purchase(&with, ts, "real", 1, NULL);
            fill(&r, &e, 0);
            assert_int_equal(world_apply(&with, &e), 0);
            assert_int_equal(world_apply(&without, &e), 0);
            int k = (int)random_between(&r, 0, PAIRS - 1);
            if (pairs[k].due_ms == 0) {
                buy_pair(&with, &without, &r, &pairs[k], k, ts);
            }
            cancel_due(&with, &without, pairs, ts);
        }
        for (int d = 1; d < 20; d++) {
            cancel_due(&with, &without, pairs, ts + d * DAY);
        }
        compare(&with, &without, ts + 19 * DAY + 1);
        compare(&without, &with, ts + 19 * DAY + 1);
        assert_int_equal(world_run(&with, ts + 400 * DAY), 0);
        assert_int_equal(world_run(&without, ts + 400 * DAY), 0);
        compare(&with, &without, ts + 400 * DAY);
        assert_int_equal(entity_engine_next_timer(with.engine), INT64_MAX);
        world_close(&with);
        world_close(&without);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancellation_takes_the_latest_purchase_of_its_order_back),
        cmocka_unit_test(cancellation_older_than_its_purchase_or_too_late_is_nothing),
        cmocka_unit_test(cancellation_waits_for_its_purchase_as_long_as_that_may_come),
        cmocka_unit_test(cancellation_is_forgotten_when_its_purchase_would_be_late),
        cmocka_unit_test(nothing_is_kept_when_nothing_can_be_taken_back),
        cmocka_unit_test(expired_purchase_leaves_no_fact),
        cmocka_unit_test(flows_are_undone_where_they_were_and_stocks_where_the_customer_is),
        cmocka_unit_test(points_go_with_the_purchase_that_earned_them),
        cmocka_unit_test(purchase_and_its_cancellation_are_as_if_neither_had_been),
    };
    return RUN_TESTS(tests);
}
