/* What a cancelled purchase takes with it, case by case. */
#include "support/order_world.h"

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

static void cancellation_takes_every_purchase_of_its_order_back(void **state)
{
    (void)state;
    static struct world w;
    open_world(&w);
    buy(&w, T0, "o1", 100);
    buy(&w, T0 + HOUR, "o1", 20);
    buy(&w, T0 + HOUR, "o1", 3); /* lines of one order */
    buy(&w, T0 + HOUR, "o2", 4000);
    cancel(&w, T0 + 2 * HOUR, "o1");
    assert_int_equal(revenue_of(&w, T0 + DAY), 4000);
    cancel(&w, T0 + 2 * HOUR, "o1");
    cancel(&w, T0 + 2 * HOUR, "unknown");
    assert_int_equal(revenue_of(&w, T0 + DAY), 4000);
    buy(&w, T0 + 2 * HOUR + 1, "o1", 7); /* ordered again */
    assert_int_equal(revenue_of(&w, T0 + DAY), 4007);
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
    cancel(&w, T0 + 2 * HOUR, "o1");
    struct event e = purchase(&w, T0 + HOUR + 1, "o1", 100, NULL);
    straggle(&w, &e, T0 + 3 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 0);
    assert_int_equal(world_result(&w, "organisation", sum, T0 + DAY).n, 0);
    e = purchase(&w, T0 + 30 * 60000, "o1", 20, NULL); /* another line */
    straggle(&w, &e, T0 + 3 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 0);
    cancel(&w, T0 + 4 * HOUR, "o2");
    e = purchase(&w, T0 + 4 * HOUR + 1, "o2", 4000, NULL); /* later than the cancellation */
    straggle(&w, &e, T0 + 5 * HOUR);
    e = purchase(&w, T0 + 4 * HOUR - 20 * DAY - 1, "o2", 50000, NULL); /* it is too late for this */
    straggle(&w, &e, T0 + 5 * HOUR);
    assert_int_equal(revenue_of(&w, T0 + DAY), 54000);
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
    struct event third = purchase(&w, T0 + 4, "o3", 800, "care");
    assert_int_equal(world_apply(&w, &third), 0);
    assert_int_equal(points_at(&w, T0 + 5), 25 + 9 + 4); /* the cap has room again */
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancellation_takes_every_purchase_of_its_order_back),
        cmocka_unit_test(cancellation_older_than_its_purchase_or_too_late_is_nothing),
        cmocka_unit_test(cancellation_waits_for_its_purchase_as_long_as_that_may_come),
        cmocka_unit_test(cancellation_is_forgotten_when_its_purchase_would_be_late),
        cmocka_unit_test(nothing_is_kept_when_nothing_can_be_taken_back),
        cmocka_unit_test(expired_purchase_leaves_no_fact),
        cmocka_unit_test(flows_are_undone_where_they_were_and_stocks_where_the_customer_is),
        cmocka_unit_test(points_go_with_the_purchase_that_earned_them),
    };
    return RUN_TESTS(tests);
}
