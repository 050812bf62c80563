#include "support/unit.h"

#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;

static struct measure *active, *mean, *first;

static void customers_open(void)
{
    world_open(&w);
    active = world_measure(&w, "active", "active", 0, 10 * DAY, DAY);
    mean = world_measure(&w, "margin", "ledger_mean", 0, 365 * DAY, DAY);
    mean->tracks[0] = PRESENT_TRACK;
    first = world_measure(&w, "ftr", "first_time", 0, 30 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
}

static void send(enum event_kind kind, int64_t ts, const char *who, const char *region)
{
    struct event e = world_event(&w, kind, ts, who);
    e.dims[DIM_REGION] = text_of(region);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void buy(int64_t ts, const char *who, const char *region, int64_t revenue, int64_t cost)
{
    struct event e = world_event(&w, KIND_PURCHASE, ts, who);
    e.dims[DIM_REGION] = text_of(region);
    event_put_number(&e, EVENT_REVENUE, revenue * FIXED_ONE);
    event_put_number(&e, EVENT_COST, cost * FIXED_ONE);
    assert_int_equal(world_apply(&w, &e), 0);
}

static int64_t n_of(const char *key, const struct measure *m, int64_t t)
{
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.has_value, r.n > 0);
    return r.n;
}

static void active_counts_each_customer_once_per_window_and_moves_it(void **state)
{
    (void)state;
    customers_open();
    send(KIND_SELFSERVICE_LOGIN, T0, "c1", "north");
    send(KIND_SELFSERVICE_LOGIN, T0 + DAY, "c1", "north");
    send(KIND_SELFSERVICE_LOGIN, T0 + DAY, "c2", "south");
    send(KIND_NEWSLETTER_RECEIVED, T0 + DAY, "c3", "south"); /* no act */
    assert_int_equal(n_of("organisation", active, T0 + 2 * DAY), 2);
    assert_int_equal(n_of("region=north", active, T0 + 2 * DAY), 1);
    assert_int_equal(n_of("region=south", active, T0 + 2 * DAY), 1);
    send(KIND_CUSTOMER_UPDATE, T0 + 3 * DAY, "c1", "south");
    assert_int_equal(n_of("region=north", active, T0 + 4 * DAY), 0);
    assert_int_equal(n_of("region=south", active, T0 + 4 * DAY), 2);
    assert_int_equal(n_of("organisation", active, T0 + 11 * DAY), 2);
    assert_int_equal(n_of("organisation", active, T0 + 11 * DAY + 1), 0);
    world_close(&w);
}

static void ledger_mean_says_each_horizon_over_its_own_window(void **state)
{
    (void)state;
    world_open(&w);
    mean = world_measure(&w, "margin", "ledger_mean", 0, 365 * DAY, DAY);
    mean->horizons[1] = (struct horizon){5 * DAY, DAY, 5, "5d"};
    mean->horizon_count = 2;
    mean->tracks[0] = PRESENT_TRACK;
    mean->tracks[1] = 1;
    w.model.tracks[w.model.track_count++] = (struct ledger_track){LEDGER_MARGIN, mean->horizons[1]};
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    buy(T0, "c1", "north", 100, 40);
    buy(T0 + DAY, "c2", "north", 30, 10);
    assert_int_equal(world_run(&w, T0 + 5 * DAY), 0);
    assert_true(world_result_of(&w, "region=north", mean, 0, T0 + 5 * DAY).value == 40);
    struct result days = world_result_of(&w, "region=north", mean, 1, T0 + 5 * DAY + 1);
    assert_true(days.n == 1 && days.value == 20);
    send(KIND_CUSTOMER_UPDATE, T0 + 5 * DAY + 1, "c2", "south");
    assert_int_equal(world_result_of(&w, "region=north", mean, 1, T0 + 6 * DAY).n, 0);
    assert_true(world_result_of(&w, "region=south", mean, 1, T0 + 6 * DAY).value == 20);
    assert_true(world_result_of(&w, "region=south", mean, 0, T0 + 6 * DAY).value == 20);
    assert_int_equal(world_run(&w, T0 + 6 * DAY), 0);
    assert_int_equal(world_result_of(&w, "region=south", mean, 1, T0 + 6 * DAY + 1).n, 0);
    assert_int_equal(world_result_of(&w, "region=south", mean, 0, T0 + 6 * DAY + 1).n, 1);
    world_close(&w);
}

static void churn_ends_what_an_act_begins_and_counts_once(void **state)
{
    (void)state;
    world_open(&w);
    struct measure *churn = world_measure(&w, "churn", "churn", 0, 10 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    send(KIND_CHURN, T0, "c1", "north"); /* never acted */
    send(KIND_SELFSERVICE_LOGIN, T0 + HOUR, "c1", "north");
    send(KIND_SELFSERVICE_LOGIN, T0 + 5 * HOUR, "c1", "north");
    struct result r = world_result(&w, "region=north", churn, T0 + DAY);
    assert_true(r.n == 1 && r.field[RESULT_HITS].i == 0 && r.value == 0 && r.has_value);
    send(KIND_CHURN, T0 + 6 * HOUR, "c1", "north");
    send(KIND_CHURN, T0 + 7 * HOUR, "c1", "north"); /* gone already */
    r = world_result(&w, "region=north", churn, T0 + 6 * HOUR);
    assert_true(r.n == 1 && r.field[RESULT_HITS].i == 1);
    send(KIND_SELFSERVICE_LOGIN, T0 + 8 * HOUR, "c1", "north");
    send(KIND_CHURN, T0 + 2 * HOUR, "c1", "north"); /* late: it came back since */
    r = world_result(&w, "region=north", churn, T0 + DAY);
    assert_true(r.n == 3 && r.field[RESULT_HITS].i == 2);
    send(KIND_CHURN, T0 + 8 * HOUR + 2, "c2", "east"); /* of nobody yet */
    send(KIND_SELFSERVICE_LOGIN, T0 + 8 * HOUR + 1, "c2", "east"); /* late: it has churned since */
    assert_int_equal(world_result(&w, "region=east", churn, T0 + DAY).n, 0);
    send(KIND_CUSTOMER_UPDATE, T0 + 9 * HOUR, "c1", "south");
    assert_int_equal(world_result(&w, "region=north", churn, T0 + DAY).n, 2);
    assert_int_equal(world_result(&w, "region=south", churn, T0 + DAY).n, 1);
    send(KIND_CUSTOMER_ERASE, T0 + 10 * HOUR, "c1", "south");
    assert_int_equal(world_result(&w, "region=south", churn, T0 + DAY).n, 0);
    r = world_result(&w, "region=south", churn, T0 + 30 * DAY);
    assert_true(r.n == 0 && !r.has_value && r.field[RESULT_AVERAGE_CUSTOMERS].d == 0);
    world_close(&w);
}

static void dimensions_of_the_larger_ts_and_id_hold(void **state)
{
    (void)state;
    customers_open();
    struct event late = world_event(&w, KIND_CUSTOMER_UPDATE, T0 - HOUR, "c1");
    late.dims[DIM_REGION] = text_of("west");
    late.dims[DIM_SEGMENT] = text_of("smb");
    send(KIND_SELFSERVICE_LOGIN, T0, "c1", "north");
    assert_int_equal(entity_engine_apply(w.engine, &late, entity_engine_hash(w.engine, late.entity), true), 0);
    world_drain(&w);
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), T0, &v), 0);
    assert_true(text_equal(v.dims[DIM_REGION], TEXT_LITERAL("north")));
    assert_true(text_equal(v.dims[DIM_SEGMENT], TEXT_LITERAL("smb")));
    assert_int_equal(n_of("region=north,segment=smb", active, T0 + 1), 1);
    assert_int_equal(n_of("region=north", active, T0 + 1), 1);
    assert_int_equal(n_of("region=west", active, T0 + 1), 0);
    uint32_t corrections = 0;
    for (uint32_t i = 0; i < w.row_count; i++) {
        corrections += w.rows[i].kind == ROW_CORRECTION && w.rows[i].cells[0] == 1;
    }
    assert_int_equal(corrections, 4); /* organisation, region=west, segment=smb and both */
    world_close(&w);
}

static void ledger_mean_is_over_active_customers_and_rolls(void **state)
{
    (void)state;
    customers_open();
    buy(T0, "c1", "north", 100, 60);
    buy(T0 + DAY, "c1", "north", 50, 20);
    send(KIND_SELFSERVICE_LOGIN, T0 + DAY, "c2", "north");
    struct result r = world_result(&w, "region=north", mean, T0 + 2 * DAY);
    assert_int_equal(r.n, 2);
    assert_true(r.value == 35.0); /* (70 + 0) / 2 */
    struct event cost = world_event(&w, KIND_COST, T0 + 2 * DAY, "c2");
    event_put_number(&cost, EVENT_MINUTES, 40 * FIXED_ONE);
    assert_int_equal(world_apply(&w, &cost), 0);
    r = world_result(&w, "organisation", mean, T0 + 3 * DAY);
    assert_true(r.value == 20.0); /* 40 minutes at 0.75 */
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of("c2"), T0 + 3 * DAY, &v), 0);
    assert_true(v.unprofitable && v.effort == 30 * FIXED_ONE && v.margin_present == -30 * FIXED_ONE);
    assert_int_equal(v.unprofitable_since_ms, T0 + 2 * DAY);
    send(KIND_CUSTOMER_UPDATE, T0 + 3 * DAY, "c1", "south");
    r = world_result(&w, "region=south", mean, T0 + 4 * DAY);
    assert_true(r.n == 1 && r.value == 70.0);
    assert_int_equal(world_run(&w, T0 + 365 * DAY), 0); /* the first purchase leaves, activity stays */
    r = world_result(&w, "region=south", mean, T0 + 365 * DAY + 1);
    assert_true(r.n == 1 && r.value == 30.0);
    assert_int_equal(world_run(&w, T0 + 366 * DAY), 0);
    assert_int_equal(n_of("organisation", mean, T0 + 367 * DAY), 0);
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), T0 + 368 * DAY, &v), 0);
    assert_true(v.margin_present == 0 && v.margin_total == 70 * FIXED_ONE && v.purchases == 2 && v.revenue == 150 * FIXED_ONE);
    world_close(&w);
}

static void view_tells_class_and_lifetime_value(void **state)
{
    (void)state;
    customers_open();
    buy(T0, "c1", "north", 100, 60);
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), T0 + 1, &v), 0);
    assert_true(v.present_high && v.future_high && v.seen && !v.engaged);
    assert_true(v.margin_future > 106.66 && v.margin_future < 106.67); /* 40 x 0.8 / (1 + 0.1 - 0.8) */
    assert_int_equal(v.first_seen_ms, T0);
    assert_int_equal(entity_engine_customer(w.engine, text_of("nobody"), T0, &v), CUBE_ENOTFOUND);
    world_close(&w);
}

static void dirty_tells_what_on_change_lets_out(void **state)
{
    (void)state;
    customers_open();
    bool erased, publish;
    send(KIND_SELFSERVICE_LOGIN, T0, "c1", "north");
    assert_int_equal(entity_engine_dirty_count(w.engine), 1);
    assert_true(text_equal(entity_engine_dirty_at(w.engine, 0, &erased, &publish), TEXT_LITERAL("c1")));
    assert_true(!erased && !publish);
    buy(T0 + 1, "c1", "north", 100, 60);
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(!erased && publish);
    entity_engine_clean(w.engine);
    assert_int_equal(entity_engine_dirty_count(w.engine), 0);
    buy(T0 + 2, "c1", "north", 100, 60);
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(!publish);
    world_close(&w);
}

static void erase_takes_stocks_back_and_leaves_flows(void **state)
{
    (void)state;
    customers_open();
    buy(T0, "c1", "north", 100, 60);
    struct event open = world_event(&w, KIND_CONTACT_OPEN, T0 + 1, "c1");
    event_put_text(&open, EVENT_CASE, "k1");
    assert_int_equal(world_apply(&w, &open), 0);
    assert_int_equal(world_result(&w, "region=north", first, T0 + 2).field[RESULT_WAITING].i, 1);
    entity_engine_clean(w.engine);
    struct event erase = world_event(&w, KIND_CUSTOMER_ERASE, T0 + 2, "c1");
    assert_int_equal(world_apply(&w, &erase), 0);
    assert_int_equal(n_of("organisation", active, T0 + 3), 0);
    assert_int_equal(n_of("region=north", mean, T0 + 3), 0);
    assert_int_equal(world_result(&w, "region=north", first, T0 + 3).field[RESULT_WAITING].i, 0);
    assert_int_equal(entity_engine_count(w.engine), 0);
    bool erased, publish;
    assert_true(text_equal(entity_engine_dirty_at(w.engine, 0, &erased, &publish), TEXT_LITERAL("c1")));
    assert_true(!erased && publish); /* its record says so until no event from before can come */
    assert_int_equal(world_run(&w, T0 + 2 + DAY + 1), 0);
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(erased && entity_engine_next_timer(w.engine) == INT64_MAX);
    entity_engine_clean(w.engine);
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), T0, &v), CUBE_ENOTFOUND);
    send(KIND_SELFSERVICE_LOGIN, T0 + 3, "c1", "north"); /* a new customer of the same name */
    assert_int_equal(entity_engine_count(w.engine), 1);
    assert_int_equal(n_of("organisation", active, T0 + 4), 1);
    assert_int_equal(entity_engine_customer(w.engine, text_of("c1"), T0 + 4, &v), 0);
    assert_true(v.purchases == 0 && v.first_seen_ms == T0 + 3);
    world_close(&w);
}

static void erase_before_clean_revives_under_the_same_key(void **state)
{
    (void)state;
    customers_open();
    send(KIND_SELFSERVICE_LOGIN, T0, "c1", "north");
    struct event erase = world_event(&w, KIND_CUSTOMER_ERASE, T0 + 1, "c1");
    assert_int_equal(world_apply(&w, &erase), 0);
    assert_int_equal(world_apply(&w, &erase), 0);
    assert_int_equal(entity_engine_count(w.engine), 0);
    send(KIND_SELFSERVICE_LOGIN, T0 + 2, "c1", "south");
    assert_int_equal(entity_engine_count(w.engine), 1);
    assert_int_equal(entity_engine_dirty_count(w.engine), 1);
    bool erased, publish;
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(!erased && publish);
    assert_int_equal(n_of("region=north", active, T0 + 3), 0);
    assert_int_equal(n_of("region=south", active, T0 + 3), 1);
    world_close(&w);
}

static void limit_keeps_flows_of_refused_customers(void **state)
{
    (void)state;
    world_open(&w);
    w.model.limits.customers = 1;
    active = world_measure(&w, "active", "active", 0, 10 * DAY, DAY);
    struct measure *logins = world_measure(&w, "logins", "count", UINT64_C(1) << KIND_SELFSERVICE_LOGIN, 10 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    send(KIND_SELFSERVICE_LOGIN, T0, "c1", "north");
    struct event e = world_event(&w, KIND_SELFSERVICE_LOGIN, T0 + 1, "c2");
    e.dims[DIM_REGION] = text_of("north");
    assert_int_equal(world_apply(&w, &e), CUBE_ELIMIT);
    assert_int_equal(entity_engine_refused(w.engine), 1);
    assert_int_equal(n_of("region=north", active, T0 + 2), 1);
    assert_int_equal(n_of("region=north", logins, T0 + 2), 2);
    struct event mark = world_event(&w, KIND_BENCHMARK, T0 + 2, "rival");
    assert_int_equal(world_apply(&w, &mark), 0);
    assert_int_equal(entity_engine_refused(w.engine), 1);
    world_close(&w);
}

static int acts_at(int64_t ts_ms, const char *key)
{
    struct event e = world_event(&w, KIND_SELFSERVICE_LOGIN, ts_ms, key);
    return world_apply(&w, &e);
}

static void one_customer_may_be_kept(void)
{
    world_open(&w);
    w.model.limits.customers = 1;
    active = world_measure(&w, "active", "active", 0, 10 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
}

static void who_comes_again_after_an_erasure_needs_room(void **state)
{
    (void)state;
    one_customer_may_be_kept();
    assert_int_equal(acts_at(T0, "c1"), 0);
    struct event erase = world_event(&w, KIND_CUSTOMER_ERASE, T0 + 1, "c1");
    assert_int_equal(world_apply(&w, &erase), 0);
    assert_int_equal(acts_at(T0 + 2, "c2"), 0); /* the erasure made room */
    assert_int_equal(acts_at(T0 + 3, "c1"), CUBE_ELIMIT);
    assert_int_equal(world_run(&w, T0 + 2 + DAY + 1), 0);
    assert_int_equal(acts_at(T0 + 2 * DAY, "c1"), CUBE_ELIMIT); /* its tombstone waits */
    entity_engine_clean(w.engine);
    assert_int_equal(acts_at(T0 + 2 * DAY, "c1"), CUBE_ELIMIT);
    assert_int_equal(entity_engine_count(w.engine), 1);
    assert_int_equal(entity_engine_refused(w.engine), 3);
    world_close(&w);
}

static void what_was_admitted_once_is_admitted_when_it_is_done_again(void **state)
{
    (void)state;
    one_customer_may_be_kept();
    entity_engine_redoes(w.engine, true);
    assert_int_equal(acts_at(T0, "c1"), 0);
    assert_int_equal(acts_at(T0, "c2"), 0);
    assert_int_equal(entity_engine_restored(w.engine), 0);
    assert_int_equal(acts_at(T0 + 1, "c3"), CUBE_ELIMIT);
    assert_int_equal(acts_at(T0 + 1, "c2"), 0);
    world_close(&w);
}

static int count_key(void *arg, struct text key)
{
    char *seen = arg;
    strncat(seen, key.at, key.len);
    return 0;
}

static void each_visits_in_the_order_of_keys(void **state)
{
    (void)state;
    customers_open();
    send(KIND_SELFSERVICE_LOGIN, T0, "b", "north");
    send(KIND_SELFSERVICE_LOGIN, T0, "ab", "north");
    send(KIND_SELFSERVICE_LOGIN, T0, "a", "north");
    char seen[16] = "";
    assert_int_equal(entity_engine_each(w.engine, count_key, seen), 0);
    assert_string_equal(seen, "aabb");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_counts_each_customer_once_per_window_and_moves_it),
        cmocka_unit_test(ledger_mean_says_each_horizon_over_its_own_window),
        cmocka_unit_test(churn_ends_what_an_act_begins_and_counts_once),
        cmocka_unit_test(dimensions_of_the_larger_ts_and_id_hold),
        cmocka_unit_test(ledger_mean_is_over_active_customers_and_rolls),
        cmocka_unit_test(view_tells_class_and_lifetime_value),
        cmocka_unit_test(dirty_tells_what_on_change_lets_out),
        cmocka_unit_test(erase_takes_stocks_back_and_leaves_flows),
        cmocka_unit_test(erase_before_clean_revives_under_the_same_key),
        cmocka_unit_test(limit_keeps_flows_of_refused_customers),
        cmocka_unit_test(who_comes_again_after_an_erasure_needs_room),
        cmocka_unit_test(what_was_admitted_once_is_admitted_when_it_is_done_again),
        cmocka_unit_test(each_visits_in_the_order_of_keys),
    };
    return RUN_TESTS(tests);
}
