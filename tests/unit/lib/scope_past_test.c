/* Alerts that remember, in the engine: they wake it, they show in the state, `when` holds them back. */
#include "support/unit.h"

#include <math.h>

#include "support/scope_steps.h"

static const struct decision *alert(struct fixture *f, unsigned rule)
{
    uint32_t at = 0;
    for (const struct decision *d; (d = decided(f, DECISION_ALERT, &at)) != NULL;) {
        if (d->rule == &f->rules[rule]) {
            return d;
        }
    }
    return NULL;
}

/* The rule A_ENTERED watches the axis X. */
static struct fixture *start_change(void **state, uint8_t when)
{
    struct fixture *f = *state;
    f->model.alert_count = 1;
    f->rules[0].condition = alert_condition_find("change");
    f->rules[0].axis = AXIS_X;
    f->rules[0].when = when;
    f->rules[0].with.change = (struct change_condition){
        .over_ms = 10 * MINUTE, .step_ms = 5 * MINUTE, .has_below = true, .below = -5};
    return start(state);
}

static void scope_engine_tick_samples_an_axis_though_nothing_comes(void **state)
{
    struct fixture *f = start_change(state, 0);
    uint32_t s = scope(f, NORTH);
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 5 * MINUTE);
    run_to(f, T0 + 12 * MINUTE);
    assert_null(alert(f, 0));
    share(f, s, T0 + 12 * MINUTE + TICK, M_CARE, 10, 6); /* 90 to 75 */
    run_to(f, T0 + 12 * MINUTE + TICK);
    const struct decision *d = alert(f, 0);
    assert_true(d && d->firing && fabs(d->answer.value + 15) < 1e-9);
    scope_engine_decisions_clear(f->engine);
    run_to(f, T0 + 25 * MINUTE - TICK); /* then is 10 minutes ago until a multiple is behind the fall */
    assert_null(alert(f, 0));
    run_to(f, T0 + 25 * MINUTE);
    d = alert(f, 0);
    assert_true(d && !d->firing && d->answer.value == 0);
    assert_int_equal(d->ends_ms, T0 + 25 * MINUTE);
}

static void scope_engine_tick_counts_a_rule_only_while_the_scope_stands_where_it_says(void **state)
{
    struct fixture *f = start_change(state, 1u << 7); /* engagement */
    uint32_t north = scope(f, NORTH), other = scope(f, TEXT_LITERAL("region=south"));
    position(f, north, T0, 9, 9, 9);
    position(f, other, T0, 9, 9, 2);
    tick(f, T0);
    share(f, north, T0 + 10 * MINUTE, M_CARE, 10, 6);
    share(f, other, T0 + 10 * MINUTE, M_CARE, 10, 6);
    run_to(f, T0 + 10 * MINUTE);
    uint32_t at = 0;
    const struct decision *d = decided(f, DECISION_ALERT, &at);
    assert_true(d && d->firing && d->scope == north);
    assert_null(decided(f, DECISION_ALERT, &at));
    scope_engine_decisions_clear(f->engine);
    share(f, north, T0 + 11 * MINUTE, M_WORTH, 100, 0); /* to happy: the rule does not speak of it */
    run_to(f, T0 + 11 * MINUTE);
    assert_true(alert(f, 0) && !alert(f, 0)->firing);
}

static void scope_engine_view_shows_the_drift_of_a_measure(void **state)
{
    struct fixture *f = *state;
    f->model.alert_count = 1;
    f->rules[0].condition = alert_condition_find("drift");
    f->rules[0].measure = M_CARE;
    f->rules[0].with.drift = (struct drift_condition){
        .lambda = 0.5, .limit = 3, .mean = 0.8, .sd = 0.1, .step_ms = MINUTE};
    start(state);
    uint32_t s = scope(f, NORTH), id;
    int64_t t;
    share(f, s, T0 + TICK, M_CARE, 10, 4);
    share(f, s, T0 + TICK, M_SPEED, 10, 4);
    tick(f, T0 + TICK);
    struct scope_view v = view(f, s, T0 + TICK);
    assert_true(measure(&v, "care")->has_drift && measure(&v, "care")->drift_z == 0.8);
    assert_false(measure(&v, "speed")->has_drift);
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0);
    run_to(f, T0 + MINUTE);
    v = view(f, s, T0 + MINUTE);
    assert_true(fabs(measure(&v, "care")->drift_z - 0.6) < 1e-12);
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0); /* it began to fire */
    run_to(f, T0 + 2 * MINUTE);
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0); /* it drifts on */
    assert_int_equal(t, T0 + 2 * MINUTE);
    run_to(f, T0 + 4 * MINUTE); /* 0.5, 0.45, 0.425; the lower limit is 0.6268 */
    assert_true(alert(f, 0) && alert(f, 0)->firing && alert(f, 0)->starts_ms == T0 + MINUTE);
    struct decision now;
    assert_int_equal(scope_engine_alert_now(f->engine, s, 0, &now), 0);
    assert_true(fabs(now.answer.value - 0.425) < 1e-12);
    run_to(f, T0 + 3 * HOUR); /* the window runs empty: nothing is to be done but to turn stale */
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + DAY + 2 * TICK);
}

static void scope_engine_tick_judges_coverage(void **state)
{
    struct fixture *f = *state;
    f->model.alert_count = 1;
    f->rules[0].condition = alert_condition_find("coverage");
    f->rules[0].axis = AXIS_X;
    f->rules[0].with.coverage = (struct coverage_condition){0.9};
    start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 10, 9);
    tick(f, T0);
    assert_true(alert(f, 0)->firing && fabs(alert(f, 0)->answer.value - 2.0 / 3) < 1e-12);
    struct decision now;
    assert_int_equal(scope_engine_alert_now(f->engine, s, 0, &now), 0);
    assert_true(fabs(now.answer.value - 2.0 / 3) < 1e-12);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + TICK, M_SPEED, 10, 9);
    tick(f, T0 + TICK);
    assert_true(!alert(f, 0)->firing && alert(f, 0)->answer.value == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scope_engine_tick_samples_an_axis_though_nothing_comes),
        TEST(scope_engine_tick_counts_a_rule_only_while_the_scope_stands_where_it_says),
        TEST(scope_engine_view_shows_the_drift_of_a_measure),
        TEST(scope_engine_tick_judges_coverage),
    };
    return RUN_TESTS(tests);
}
