/* When a customer is one, and its time as one, whatever order acts and churns come in. */
#include "support/unit.h"

#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *churn;

static void company_open(void)
{
    world_open(&w);
    churn = world_measure(&w, "churn", "churn", 0, 10 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
}

static void act(int64_t hours)
{
    struct event e = world_event(&w, KIND_SELFSERVICE_LOGIN, T0 + hours * HOUR, "c1");
    assert_int_equal(world_apply(&w, &e), 0);
}

static void leave(int64_t hours)
{
    struct event e = world_event(&w, KIND_CHURN, T0 + hours * HOUR, "c1");
    assert_int_equal(world_apply(&w, &e), 0);
}

/* Customers now, churns and hours as a customer, looked at a day later. */
static void assert_told(int64_t now, int64_t churns, int64_t hours)
{
    struct result r = world_result(&w, "organisation", churn, T0 + DAY);
    assert_int_equal(r.n, now + churns);
    assert_int_equal(r.field[RESULT_HITS].i, churns);
    assert_true(r.field[RESULT_AVERAGE_CUSTOMERS].d == (double)hours / 240);
}

static void churn_older_than_first_act_is_of_nobody(void **state)
{
    (void)state;
    company_open();
    act(12);
    leave(6);
    assert_told(1, 0, 12);
    leave(18);
    assert_told(0, 1, 6);
    world_close(&w);
}

static void churn_older_than_latest_act_counts_and_the_customer_is_back(void **state)
{
    (void)state;
    company_open();
    act(6);
    act(18);
    leave(12);
    assert_told(1, 1, 18);
    act(20);
    leave(22);
    assert_told(0, 2, 16);
    world_close(&w);
}

static void act_older_than_first_act_makes_the_stay_longer(void **state)
{
    (void)state;
    company_open();
    act(12);
    act(6);
    assert_told(1, 0, 18);
    leave(20);
    assert_told(0, 1, 14);
    act(2); /* gone since, but there from then on */
    assert_told(0, 1, 18);
    act(22);
    act(4); /* within what is known */
    assert_told(1, 1, 20);
    world_close(&w);
}

static void first_act_that_comes_after_its_churn_tells_of_a_stay_until_then(void **state)
{
    (void)state;
    company_open();
    leave(12);
    leave(10);
    act(6);
    assert_told(0, 0, 6);
    act(3);
    assert_told(0, 0, 9);
    act(12);
    assert_told(1, 0, 21);
    world_close(&w);
}

static void act_older_than_churn_brings_nobody_back(void **state)
{
    (void)state;
    company_open();
    act(6);
    leave(12);
    act(8);
    assert_told(0, 1, 6);
    act(12);
    assert_told(1, 1, 18);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(churn_older_than_first_act_is_of_nobody),
        cmocka_unit_test(churn_older_than_latest_act_counts_and_the_customer_is_back),
        cmocka_unit_test(act_older_than_first_act_makes_the_stay_longer),
        cmocka_unit_test(first_act_that_comes_after_its_churn_tells_of_a_stay_until_then),
        cmocka_unit_test(act_older_than_churn_brings_nobody_back),
    };
    return RUN_TESTS(tests);
}
