/* Conditions that remember: change over a period, slow drift; and those on waiting promises and coverage. */
#include "support/unit.h"

#include <math.h>

#include "alert/alert.h"
#include "alert/cond.h"
#include "measure/aggregation.h"

#define NO VERDICT_NO
#define YES VERDICT_YES
#define FREEZE VERDICT_FREEZE

static bool near(double a, double b, double within)
{
    return fabs(a - b) <= within;
}

static struct result number(double value)
{
    return (struct result){.has_value = true, .value = value, .n = 10};
}

static struct condition_answer ask(const struct alert_rule *r, const struct condition_view *v)
{
    struct condition_answer a;
    r->condition->judge(r, v, &a);
    return a;
}

/* One tick with one value: what the condition remembers, then what it says. */
struct course {
    struct aggregation aggregation;
    struct measure measure;
    struct alert_rule rule;
    struct alert_memory memory;
    bool stale;
};

static struct condition_answer at(struct course *c, int64_t t_ms, struct result now)
{
    c->measure.aggregation = &c->aggregation;
    struct condition_view v = {.t_ms = t_ms,
                               .measure = &c->measure,
                               .horizons = &now,
                               .measure_stale = c->stale,
                               .memory = &c->memory};
    assert_true(c->rule.condition->remember(&c->rule, &v, &c->memory) >= 0);
    return ask(&c->rule, &v);
}

static struct course change_of(int64_t over_ms, int64_t step_ms)
{
    return (struct course){.rule = {.axis = AXIS_NONE,
                                    .condition = &cond_change,
                                    .with.change = {.over_ms = over_ms,
                                                    .step_ms = step_ms,
                                                    .has_below = true,
                                                    .below = -5,
                                                    .has_above = true,
                                                    .above = 8}}};
}

static void change_compares_with_the_sample_of_over_ago(void **state)
{
    (void)state;
    struct course c = change_of(100, 50);
    assert_false(at(&c, 1000, number(50)).has_value); /* nothing is 100 old */
    assert_false(at(&c, 1050, number(48)).has_value);
    struct condition_answer a = at(&c, 1100, number(45));
    assert_true(a.has_value && a.value == -5 && a.n == 10);
    assert_int_equal(a.verdict, NO); /* strict */
    assert_int_equal(a.due_ms, 1150);
    a = at(&c, 1140, number(44)); /* the last multiple that is 100 ago is 1000 still */
    assert_true(a.value == -6);
    assert_int_equal(a.verdict, YES);
    a = at(&c, 1150, number(44));
    assert_true(a.value == -4);
    assert_int_equal(a.verdict, NO);
    a = at(&c, 1200, number(53.5));
    assert_true(a.value == 8.5);
    assert_int_equal(a.verdict, YES);
    alert_memory_close(&c.memory);
}

static void change_of_exactly_the_limit_is_not_beyond_it(void **state)
{
    (void)state;
    struct course c = change_of(100, 50);
    c.rule.with.change.above = 0.05;
    at(&c, 1000, number(0.7));
    struct condition_answer a = at(&c, 1100, number(0.75));
    assert_true(a.value > 0.05); /* by rounding */
    assert_int_equal(a.verdict, NO);
    assert_int_equal(at(&c, 1110, number(0.7500001)).verdict, YES);
    alert_memory_close(&c.memory);
}

static void change_says_nothing_where_a_sample_or_the_value_is_missing(void **state)
{
    (void)state;
    struct course c = change_of(100, 50);
    at(&c, 1000, number(50));
    at(&c, 1050, (struct result){0});
    assert_true(at(&c, 1100, number(40)).has_value);
    assert_false(at(&c, 1150, number(40)).has_value);
    struct condition_answer a = at(&c, 1200, (struct result){0});
    assert_false(a.has_value);
    assert_int_equal(a.due_ms, INT64_MAX);
    alert_memory_close(&c.memory);
}

static void change_takes_an_absent_count_as_zero(void **state)
{
    (void)state;
    struct course c = change_of(100, 50);
    c.aggregation.absent_is_zero = true;
    at(&c, 1000, number(20));
    struct condition_answer a = at(&c, 1100, (struct result){0});
    assert_true(a.has_value && a.value == -20);
    alert_memory_close(&c.memory);
}

static void change_wakes_when_another_sample_becomes_the_one_of_then(void **state)
{
    (void)state;
    struct course c = change_of(130, 50);
    at(&c, 1000, number(50));
    assert_int_equal(at(&c, 1100, number(50)).due_ms, 1130);
    assert_true(at(&c, 1130, number(60)).value == 10);
    assert_int_equal(at(&c, 1131, number(60)).due_ms, 1150);
    alert_memory_close(&c.memory);
}

static void change_frozen_says_its_value_and_decides_nothing(void **state)
{
    (void)state;
    struct course c = change_of(100, 50);
    at(&c, 1000, number(50));
    c.stale = true;
    struct condition_answer a = at(&c, 1100, number(10));
    assert_int_equal(a.verdict, FREEZE);
    assert_true(a.value == -40);
    alert_memory_close(&c.memory);
}

static void change_keeps_no_more_samples_than_it_needs(void **state)
{
    (void)state;
    struct course c = change_of(240, 10);
    for (int64_t t = 0; t < 100000; t += 10) {
        at(&c, t, number((double)t));
        assert_true(c.memory.count <= 25);
    }
    assert_true(c.memory.capacity <= 32);
    assert_true(at(&c, 100000, number(100000)).value == 240);
    alert_memory_close(&c.memory);
}

static void alert_memory_forgets_the_oldest_of_too_many(void **state)
{
    (void)state;
    struct alert_memory m = {0};
    for (int64_t t = 0; t < ALERT_SAMPLES_MAX + 5; t++) {
        assert_int_equal(alert_memory_add(&m, t, 1), 0);
    }
    assert_int_equal(m.count, ALERT_SAMPLES_MAX);
    assert_non_null(alert_memory_oldest(&m, 5));
    assert_null(alert_memory_oldest(&m, 6));
    alert_memory_close(&m);
    assert_null(m.at);
}

static const struct drift_condition nist = {
    .lambda = 0.3, .limit = 3, .mean = 50, .sd = 2.0539, .step_ms = 10};

static void drift_limits_are_those_of_the_handbook(void **state)
{
    (void)state;
    double low, high;
    drift_limits(&nist, &low, &high);
    assert_true(near(high, 52.588432, 5e-7));
    assert_true(near(low, 47.411568, 5e-7));
}

/* NIST/SEMATECH e-Handbook 6.3.2.4: twenty points and the EWMA after each. */
static void drift_follows_the_series_of_the_handbook(void **state)
{
    (void)state;
    static const double x[] = {52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
                               49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
    static const double z[] = {50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75,
                               49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05,
                               49.38, 49.92, 50.73, 51.23, 51.94, 51.99};
    struct course c = {.rule = {.axis = AXIS_NONE, .condition = &cond_drift, .with.drift = nist}};
    for (int i = 0; i < 20; i++) {
        struct condition_answer a = at(&c, 10 * (i + 1), number(x[i]));
        assert_int_equal(a.verdict, NO);
        if (!near(a.value, z[i], 0.005 + 1e-9)) {
            fail_msg("point %d: %g and not %g", i + 1, a.value, z[i]);
        }
        assert_int_equal(a.due_ms, 10 * (i + 2));
    }
    struct condition_answer a = at(&c, 210, number(55)); /* 0.3 x 55 + 0.7 x 51.99 = 52.89 */
    assert_int_equal(a.verdict, YES);
    assert_true(a.value > 52.8 && a.value < 53);
}

static void drift_steps_at_multiples_with_a_value_only(void **state)
{
    (void)state;
    struct course c = {.rule = {.axis = AXIS_NONE, .condition = &cond_drift, .with.drift = nist}};
    assert_true(at(&c, 5, number(90)).value == 50);
    struct condition_answer a = at(&c, 10, (struct result){0});
    assert_true(a.has_value && a.value == 50);
    assert_int_equal(a.due_ms, INT64_MAX);
    assert_true(near(at(&c, 20, number(60)).value, 53, 1e-12));
    assert_int_equal(at(&c, 25, number(60)).verdict, YES); /* 53 is above 52.588 */
    c.stale = true;
    assert_int_equal(at(&c, 26, number(60)).verdict, FREEZE);
}

static void waiting_asks_for_the_share_or_the_number_overdue(void **state)
{
    (void)state;
    struct measure m = {0};
    struct result now = {0};
    struct condition_view v = {.measure = &m, .horizons = &now};
    struct alert_rule share = {.condition = &cond_waiting,
                               .with.waiting = {.by_share = true, .share_above = 0.1}},
                      many = {.condition = &cond_waiting, .with.waiting = {.above = 2}};
    assert_false(ask(&share, &v).has_value); /* nothing waits */
    assert_int_equal(ask(&share, &v).verdict, NO);
    result_set_int(&now, RESULT_WAITING, 20);
    result_set_int(&now, RESULT_OVERDUE, 2);
    struct condition_answer a = ask(&share, &v);
    assert_true(a.has_value && a.value == 0.1 && a.n == 20);
    assert_int_equal(a.verdict, NO);
    assert_int_equal(ask(&many, &v).verdict, NO);
    result_set_int(&now, RESULT_OVERDUE, 3);
    assert_int_equal(ask(&share, &v).verdict, YES);
    a = ask(&many, &v);
    assert_true(a.value == 3 && a.n == 20);
    assert_int_equal(a.verdict, YES);
    v.measure_stale = true;
    assert_int_equal(ask(&many, &v).verdict, FREEZE);
}

static void coverage_looks_at_one_axis_or_at_the_least(void **state)
{
    (void)state;
    struct axis_now axes[AXIS_COUNT] = {{.coverage = 0.4}, {.coverage = 1}, {.coverage = 0.6}};
    struct axis_state states[AXIS_COUNT] = {0};
    struct condition_view v = {.axes = axes, .states = states};
    struct alert_rule one = {.axis = AXIS_V,
                             .condition = &cond_coverage,
                             .with.coverage = {.below = 0.6}},
                      any = {.axis = AXIS_NONE,
                             .condition = &cond_coverage,
                             .with.coverage = {.below = 0.6}};
    struct condition_answer a = ask(&one, &v);
    assert_true(a.value == 0.6);
    assert_int_equal(a.verdict, NO);
    axes[AXIS_V].coverage = 1 - 0.4 - 1.2e-16; /* a rounding below */
    assert_true(axes[AXIS_V].coverage < 0.6);
    assert_int_equal(ask(&one, &v).verdict, NO);
    a = ask(&any, &v);
    assert_true(a.value == 0.4);
    assert_int_equal(a.verdict, YES);
    states[AXIS_X].stale = true;
    assert_int_equal(ask(&any, &v).verdict, FREEZE);
    assert_int_equal(ask(&one, &v).verdict, NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_compares_with_the_sample_of_over_ago),
        cmocka_unit_test(change_of_exactly_the_limit_is_not_beyond_it),
        cmocka_unit_test(change_says_nothing_where_a_sample_or_the_value_is_missing),
        cmocka_unit_test(change_takes_an_absent_count_as_zero),
        cmocka_unit_test(change_wakes_when_another_sample_becomes_the_one_of_then),
        cmocka_unit_test(change_frozen_says_its_value_and_decides_nothing),
        cmocka_unit_test(change_keeps_no_more_samples_than_it_needs),
        cmocka_unit_test(alert_memory_forgets_the_oldest_of_too_many),
        cmocka_unit_test(drift_limits_are_those_of_the_handbook),
        cmocka_unit_test(drift_follows_the_series_of_the_handbook),
        cmocka_unit_test(drift_steps_at_multiples_with_a_value_only),
        cmocka_unit_test(waiting_asks_for_the_share_or_the_number_overdue),
        cmocka_unit_test(coverage_looks_at_one_axis_or_at_the_least),
    };
    return RUN_TESTS(tests);
}
