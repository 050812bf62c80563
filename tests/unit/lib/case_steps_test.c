/* What is told of a case late, between steps that are undone and applied again. */
#include "support/unit.h"

#include "measure/case_steps.h"
#include "support/case_world.h"

static struct event of_case(enum event_kind kind, int64_t ts)
{
    return case_event(kind, ts, "c1", "k", "north", false);
}

static void send(enum event_kind kind, int64_t ts)
{
    struct event e = of_case(kind, ts);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void straggle(enum event_kind kind, int64_t ts)
{
    struct event e = of_case(kind, ts);
    assert_int_equal(world_straggle(&w, &e), 0);
}

static void check(int64_t n, int64_t hits, int64_t contacts, int64_t waiting)
{
    struct result r = world_result(&w, "region=north", m, T0 + 2 * DAY);
    assert_int_equal(r.n, n);
    assert_int_equal(r.field[RESULT_HITS].i, hits);
    assert_int_equal(r.field[RESULT_CONTACTS].i, contacts);
    assert_int_equal(r.field[RESULT_CUSTOMERS].i, n > 0);
    assert_int_equal(r.field[RESULT_WAITING].i, waiting);
}

static uint32_t steps_kept(void)
{
    const struct entity *x = entity_table_at(&w.engine->table, 0);
    uint32_t steps = 0;
    assert_true(x->awake);
    for (uint32_t i = 0; i < x->fact_count; i++) {
        steps += fact_type(&x->facts[i]) == FACT_CASE_STEP;
    }
    return steps;
}

static void resolution_leaves_a_step_only_if_the_case_does_not_say_it_all(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    send(KIND_CONTACT_OPEN, T0);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR);
    assert_int_equal(steps_kept(), 1);
    straggle(KIND_CONTACT_RESOLVE, T0 + HOUR / 2); /* what was the first has one now */
    assert_int_equal(steps_kept(), 2);
    check(1, 1, 1, 0);
    straggle(KIND_CONTACT_RECONTACT, T0 + HOUR / 2 + 1);
    check(1, 0, 2, 0);
    straggle(KIND_CONTACT_RESOLVE, T0 - 1); /* before it was opened */
    check(1, 0, 2, 0);
    world_close(&w);
}

static void steps_of_one_instant_are_undone_in_the_order_they_came(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    send(KIND_CONTACT_OPEN, T0);
    send(KIND_CONTACT_RESOLVE, T0);
    send(KIND_CONTACT_RECONTACT, T0);
    send(KIND_CONTACT_RESOLVE, T0);
    check(1, 0, 2, 0);
    straggle(KIND_CONTACT_OPEN, T0 - 1);
    check(1, 0, 3, 0);
    straggle(KIND_CONTACT_RECONTACT, T0); /* the last of them */
    check(1, 0, 4, 1);
    straggle(KIND_CONTACT_OPEN, T0 - 2);
    check(1, 0, 5, 1);
    world_close(&w);
}

static void of_too_many_steps_the_latest_are_undone(void **state)
{
    (void)state;
    const int more = CASE_STEPS_MAX + 10;
    open_world(FIRST_TIME_NO_RECONTACT);
    send(KIND_CONTACT_OPEN, T0);
    for (int i = 0; i < more; i++) {
        send(KIND_CONTACT_RECONTACT, T0 + 1000 + i);
    }
    send(KIND_CONTACT_TRANSFER, T0 + HOUR);
    straggle(KIND_CONTACT_RESOLVE, T0 + 10); /* of the contacts after it eleven are taken for earlier ones */
    check(1, 0, CASE_CONTACTS_MAX + 11, 1);
    straggle(KIND_CONTACT_RESOLVE, T0 + 2 * HOUR);
    check(1, 0, CASE_CONTACTS_MAX + 11, 0);
    world_close(&w);
}

static void customer_is_counted_where_its_latest_case_is(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    for (int i = 0; i < 2; i++) {
        struct event open = case_event(KIND_CONTACT_OPEN, T0 + i * DAY, "c1", i ? "k" : "other", "north", false);
        struct event resolve = case_event(KIND_CONTACT_RESOLVE, T0 + i * DAY + HOUR, "c1", i ? "k" : "other", "north", false);
        assert_int_equal(world_apply(&w, &open), 0);
        assert_int_equal(world_apply(&w, &resolve), 0);
    }
    check(2, 2, 2, 0);
    straggle(KIND_CONTACT_TRANSFER, T0 + DAY + 1);
    check(1, 1, 1, 0); /* the other one is still there, and alone leaves the window first */
    assert_int_equal(world_result(&w, "region=north", m, T0 + 30 * DAY).field[RESULT_CUSTOMERS].i, 1);
    assert_int_equal(world_result(&w, "region=north", m, T0 + 30 * DAY + 1).field[RESULT_CUSTOMERS].i, 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolution_leaves_a_step_only_if_the_case_does_not_say_it_all),
        cmocka_unit_test(steps_of_one_instant_are_undone_in_the_order_they_came),
        cmocka_unit_test(of_too_many_steps_the_latest_are_undone),
        cmocka_unit_test(customer_is_counted_where_its_latest_case_is),
    };
    return RUN_TESTS(tests);
}
