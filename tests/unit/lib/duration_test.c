#include "support/promises.h"

static void send_expecting(int64_t ts, const char *what, int64_t expect_ms)
{
    struct event e = request(KIND_REQUEST_OPEN, ts, "c1", what);
    event_put_number(&e, EVENT_EXPECT_MS, expect_ms);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void pair_is_counted_at_its_close_in_the_scopes_of_its_open(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    check("region=north", T0 + 1, 0, 0, 1, 0, 0);
    send(KIND_REQUEST_DONE, T0 + 6 * HOUR, "c1", "r1", "south");
    check("region=north", T0 + DAY, 1, 1, 0, 0, 0);
    check("region=south", T0 + DAY, 0, 0, 0, 0, 0);
    struct result r = at("organisation", T0 + DAY);
    assert_true(r.value == 1 && r.field[RESULT_MEAN].d == 6.0 * HOUR);
    check("organisation", T0 + 30 * DAY, 1, 1, 0, 0, 0);
    check("organisation", T0 + 30 * DAY + 1, 0, 0, 0, 0, 0); /* exactly empty after its length */
    world_close(&w);
}

static void moments_and_quantiles_are_of_the_milliseconds(void **state)
{
    (void)state;
    open_world();
    static const char *const ids[] = {"r1", "r2", "r3"};
    for (int i = 0; i < 3; i++) {
        send(KIND_REQUEST_OPEN, T0, "c1", ids[i], "north");
        send(KIND_REQUEST_DONE, T0 + (i + 1) * HOUR, "c1", ids[i], "north");
    }
    struct hist_ring hist = {0};
    for (uint32_t i = 0; i < w.row_count; i++) {
        const struct world_row *x = &w.rows[i];
        if (x->kind == ROW_HIST && strcmp(x->key, "organisation") == 0) {
            assert_int_equal(hist_ring_add(&hist, x->pane, x->bucket, x->cells[0]), 0);
        }
    }
    int64_t median;
    assert_int_equal(hist_ring_quantile(&hist, 0.5, &median), 0);
    assert_true(llabs(median / FIXED_ONE - 2 * HOUR) < 2 * HOUR / 60);
    hist_ring_close(&hist);
    struct result r = at("organisation", T0 + DAY);
    assert_true(r.field[RESULT_MEAN].d == 2.0 * HOUR && r.field[RESULT_SD].d == 1.0 * HOUR);
    world_close(&w);
}

static void hit_is_a_value_up_to_the_target(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_OPEN, T0, "c1", "r2", "north");
    send(KIND_REQUEST_DONE, T0 + DAY, "c1", "r1", "north");
    send(KIND_REQUEST_DONE, T0 + DAY + 1, "c1", "r2", "north");
    check("organisation", T0 + 2 * DAY, 2, 1, 0, 0, 0);
    world_close(&w);
}

static void expectation_of_the_event_beats_the_target(void **state)
{
    (void)state;
    open_world();
    send_expecting(T0, "short", HOUR);
    send_expecting(T0, "long", 3 * DAY);
    send_expecting(T0, "none", 0);
    send_expecting(T0, "negative", -5);
    send_expecting(T0, "endless", INT64_MAX);
    check("organisation", T0 + HOUR, 0, 0, 5, 2, 0);
    check("organisation", T0 + HOUR + 1, 0, 0, 5, 3, 0);
    check("organisation", T0 + 3 * DAY + 1, 0, 0, 5, 4, 0);
    send(KIND_REQUEST_DONE, T0 + 3 * DAY + 1, "c1", "short", "north");
    send(KIND_REQUEST_DONE, T0 + 3 * DAY + 1, "c1", "endless", "north");
    check("organisation", T0 + 4 * DAY, 2, 1, 3, 3, 0);
    world_close(&w);
}

static void overdue_begins_when_the_expectation_has_passed_and_ends_with_the_pair(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    check("region=north", T0 + DAY, 0, 0, 1, 0, 0);
    check("region=north", T0 + DAY + 1, 0, 0, 1, 1, 0);
    send(KIND_REQUEST_DONE, T0 + 2 * DAY, "c1", "r1", "north");
    check("region=north", T0 + 2 * DAY + 1, 1, 0, 0, 0, 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

static void least_time_is_never_overdue(void **state)
{
    (void)state;
    open_world();
    m->target_is_min = true;
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_OPEN, T0, "c1", "r2", "north");
    send(KIND_REQUEST_DONE, T0 + DAY - 1, "c1", "r1", "north");
    check("organisation", T0 + DAY + HOUR, 1, 0, 1, 0, 0);
    send(KIND_REQUEST_DONE, T0 + DAY + HOUR, "c1", "r2", "north");
    check("organisation", T0 + 2 * DAY, 2, 1, 0, 0, 0);
    world_close(&w);
}

static void lost_pair_is_in_no_share(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_LOST, T0 + 2 * DAY, "c1", "r1", "south");
    check("region=north", T0 + 3 * DAY, 0, 0, 0, 0, 1);
    send(KIND_REQUEST_DONE, T0 + 3 * DAY, "c1", "r1", "north");
    check("region=north", T0 + 4 * DAY, 0, 0, 0, 0, 1);
    check("region=north", T0 + 32 * DAY + 1, 0, 0, 0, 0, 0);
    world_close(&w);
}

static void first_promise_stands_and_a_closed_id_may_open_again(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_OPEN, T0 + HOUR, "c1", "r1", "south");
    check("organisation", T0 + 2 * HOUR, 0, 0, 1, 0, 0);
    send(KIND_REQUEST_DONE, T0 + DAY, "c1", "r1", "north");
    check("region=north", T0 + DAY + 1, 1, 1, 0, 0, 0);
    send(KIND_REQUEST_OPEN, T0 + 2 * DAY, "c1", "r1", "south");
    send(KIND_REQUEST_DONE, T0 + 2 * DAY + 1, "c1", "r1", "south");
    check("region=south", T0 + 3 * DAY, 1, 1, 0, 0, 0);
    world_close(&w);
}

static void other_customers_other_ids_and_other_types_pair_with_nothing(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_DONE, T0 + 1, "c2", "r1", "north");
    send(KIND_REQUEST_DONE, T0 + 1, "c1", "r2", "north");
    struct event e = request(KIND_REQUEST_OPEN, T0 + 2, "c1", "r3");
    event_put_text(&e, EVENT_REQUEST_TYPE, "delivery");
    assert_int_equal(world_apply(&w, &e), 0);
    e = world_event(&w, KIND_REQUEST_DONE, T0 + 3, "c1");
    assert_int_equal(world_apply(&w, &e), 0); /* without the field */
    check("organisation", T0 + HOUR, 0, 0, 1, 0, 0);
    world_close(&w);
}

static void end_is_remembered_for_an_open_that_comes_late(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_DONE, T0 + 5 * HOUR, "c1", "r1", "south");
    send(KIND_REQUEST_LOST, T0 + 6 * HOUR, "c1", "r1", "south");
    send(KIND_REQUEST_DONE, T0 + 7 * HOUR, "c1", "r2", "south");
    send(KIND_REQUEST_OPEN, T0 + 7 * HOUR + 1, "c1", "r2", "north"); /* later than its end: a new promise */
    check("organisation", T0 + 8 * HOUR, 0, 0, 1, 0, 0);
    struct event e = request(KIND_REQUEST_OPEN, T0, "c1", "r1");
    e.dims[DIM_REGION] = text_of("north");
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    world_drain(&w);
    check("region=north", T0 + 8 * HOUR, 1, 1, 1, 0, 0); /* with the earliest end after it */
    assert_true(at("region=north", T0 + 8 * HOUR).field[RESULT_MEAN].d == 5.0 * HOUR);
    e = request(KIND_REQUEST_OPEN, T0 + 5 * HOUR + 1, "c1", "r1");
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    world_drain(&w);
    check("organisation", T0 + 9 * HOUR, 1, 1, 1, 0, 1);
    check("organisation", T0 + 7 * HOUR + 2 * DAY, 1, 1, 1, 1, 1);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX); /* all that was remembered is forgotten */
    world_close(&w);
}

static void end_is_forgotten_after_the_lateness_and_nobody_is_told(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_DONE, T0, "c1", "r1", "north");
    entity_engine_clean(w.engine);
    assert_int_equal(entity_engine_next_timer(w.engine), T0 + DAY + 1);
    assert_int_equal(world_run(&w, T0 + DAY + 1), 0);
    assert_int_equal(entity_engine_dirty_count(w.engine), 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

static void erased_customer_waits_for_nothing_and_what_was_counted_stays(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, "c1", "r1", "north");
    send(KIND_REQUEST_DONE, T0 + HOUR, "c1", "r1", "north");
    send(KIND_REQUEST_OPEN, T0 + 2 * HOUR, "c1", "r2", "north");
    send(KIND_REQUEST_OPEN, T0 + DAY, "c1", "r3", "south");
    check("organisation", T0 + DAY + 3 * HOUR, 1, 1, 2, 1, 0);
    send(KIND_CUSTOMER_ERASE, T0 + DAY + 4 * HOUR, "c1", "", "north");
    check("region=north", T0 + 2 * DAY, 1, 1, 0, 0, 0);
    check("region=south", T0 + 2 * DAY, 0, 0, 0, 0, 0);
    check("organisation", T0 + 9 * DAY, 1, 1, 0, 0, 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_is_counted_at_its_close_in_the_scopes_of_its_open),
        cmocka_unit_test(moments_and_quantiles_are_of_the_milliseconds),
        cmocka_unit_test(hit_is_a_value_up_to_the_target),
        cmocka_unit_test(expectation_of_the_event_beats_the_target),
        cmocka_unit_test(overdue_begins_when_the_expectation_has_passed_and_ends_with_the_pair),
        cmocka_unit_test(least_time_is_never_overdue),
        cmocka_unit_test(lost_pair_is_in_no_share),
        cmocka_unit_test(first_promise_stands_and_a_closed_id_may_open_again),
        cmocka_unit_test(other_customers_other_ids_and_other_types_pair_with_nothing),
        cmocka_unit_test(end_is_remembered_for_an_open_that_comes_late),
        cmocka_unit_test(end_is_forgotten_after_the_lateness_and_nobody_is_told),
        cmocka_unit_test(erased_customer_waits_for_nothing_and_what_was_counted_stays),
    };
    return RUN_TESTS(tests);
}
