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

static void assert_tally(const struct fixture *f, unsigned rule, uint32_t pending, uint32_t firing)
{
    struct alert_tally now = scope_engine_alerts(f->engine, rule);
    assert_int_equal(now.pending, pending);
    assert_int_equal(now.firing, firing);
}

static void scope_engine_tick_fires_octant_alerts_with_the_drivers_of_the_move(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    assert_true(alert(f, A_ENTERED)->firing);
    assert_int_equal(alert(f, A_ENTERED)->move_count, 0);
    assert_int_equal(alert(f, A_ENTERED)->from, OCTANT_NONE);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + TICK, M_CARE, 90, 0);
    tick(f, T0 + TICK);
    const struct decision *left = alert(f, A_LEFT), *entered = alert(f, A_ENTERED);
    assert_true(left->firing);
    assert_int_equal(left->starts_ms, T0 + TICK);
    assert_int_equal(left->from, 7);
    assert_int_equal(left->to, 5);
    assert_int_equal(left->move_count, 1);
    assert_int_equal(left->moves[0].drivers[0].measure, M_CARE);
    assert_false(entered->firing);
    assert_int_equal(entered->starts_ms, T0);
    assert_int_equal(entered->ends_ms, T0 + TICK);
    assert_int_equal(scope_engine_alert(f->engine, s, A_LEFT)->status, ALERT_FIRING);
    uint32_t rule, count = 0;
    for (const struct alert_state *a; (a = scope_engine_alert_at(f->engine, s, count, &rule)) != NULL; count++) {
        assert_ptr_equal(a, scope_engine_alert(f->engine, s, rule));
    }
    assert_true(count >= 2);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + 2 * TICK, M_WORTH, 90, 0); /* it has not come back, wherever else it is */
    tick(f, T0 + 2 * TICK);
    assert_null(alert(f, A_LEFT));
    share(f, s, T0 + 3 * TICK, M_CARE, 900, 900);
    share(f, s, T0 + 3 * TICK, M_WORTH, 900, 900);
    tick(f, T0 + 3 * TICK);
    assert_false(alert(f, A_LEFT)->firing);
}

static void scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_WORTH, 10, 3);
    tick(f, T0);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 5 * MINUTE);
    assert_tally(f, A_WORTH_LOW, 1, 0);
    tick(f, T0 + 5 * MINUTE);
    assert_tally(f, A_WORTH_LOW, 0, 1);
    const struct decision *d = alert(f, A_WORTH_LOW);
    assert_true(d->firing && d->answer.value == 0.3 && d->answer.n == 10);
    assert_int_equal(d->starts_ms, T0 + 5 * MINUTE);
    scope_engine_decisions_clear(f->engine);
    int64_t good = T0 + 20 * MINUTE; /* the condition held until the tick before this one */
    share(f, s, good, M_WORTH, 10, 10);
    run_to(f, good + 3 * MINUTE - 2 * TICK);
    assert_null(alert(f, A_WORTH_LOW));
    assert_int_equal(scope_engine_next_tick(f->engine), good + 3 * MINUTE - TICK);
    tick(f, good + 3 * MINUTE - TICK);
    assert_false(alert(f, A_WORTH_LOW)->firing);
    assert_tally(f, A_WORTH_LOW, 0, 0);
}

static void scope_engine_tick_fires_stale_alerts_by_their_own_clock(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_MOOD, 1, 1);
    run_to(f, T0 + 2 * HOUR);
    assert_null(alert(f, A_QUIET));
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 2 * HOUR + TICK);
    tick(f, T0 + 2 * HOUR + TICK);
    assert_true(alert(f, A_QUIET)->firing);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + 3 * HOUR, M_MOOD, 1, 1);
    run_to(f, T0 + 3 * HOUR);
    assert_false(alert(f, A_QUIET)->firing);
}

static void scope_engine_tick_burns_by_both_windows(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 100, 10); /* error share 0.9, lower bound 0.826 > 1.2 x 0.5 */
    tick(f, T0);
    const struct decision *d = alert(f, A_BURN);
    assert_true(d->firing && fabs(d->answer.value - 1.8) < 1e-12 && d->answer.n == 100);
    scope_engine_decisions_clear(f->engine);
    run_to(f, T0 + 15 * MINUTE); /* the short window is empty */
    assert_false(alert(f, A_BURN)->firing);
}

/* ---- privacy ------------------------------------------------------------------------------------- */

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(scope_engine_tick_fires_octant_alerts_with_the_drivers_of_the_move),
        TEST(scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing),
        TEST(scope_engine_tick_fires_stale_alerts_by_their_own_clock),
        TEST(scope_engine_tick_burns_by_both_windows),
    };
    return RUN_TESTS(tests);
}
