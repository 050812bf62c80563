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
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + 2 * TICK, M_WORTH, 90, 0); /* another change resolves it */
    tick(f, T0 + 2 * TICK);
    assert_false(alert(f, A_LEFT)->firing);
}

static void scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_WORTH, 10, 3);
    tick(f, T0);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 5 * MINUTE);
    tick(f, T0 + 5 * MINUTE);
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

static const struct measure_view *mood(struct fixture *f, uint32_t s, int64_t t,
                                       struct scope_view *v)
{
    *v = view(f, s, t);
    return measure(v, "mood");
}

static void scope_engine_tick_lets_private_cells_out_at_releases_by_k_and_change_k(void **state)
{
    struct fixture *f = *state;
    f->measures[M_MOOD].is_private = true;
    f->measures[M_MOOD].horizons[0] = (struct horizon){5 * DAY, HOUR, 120, "5d"};
    f->measures[M_MOOD].pane_ms = HOUR;
    start(state);
    uint32_t s = scope(f, NORTH);
    struct scope_view v;
    share(f, s, T0 + HOUR, M_MOOD, 2, 2);
    tick(f, T0 + HOUR);
    assert_true(mood(f, s, T0 + HOUR, &v)->withheld);
    assert_false(mood(f, s, T0 + HOUR, &v)->scored.counts);
    run_to(f, T0 + DAY); /* two people are too few */
    assert_true(mood(f, s, T0 + DAY, &v)->withheld);
    assert_int_equal(mood(f, s, T0 + DAY, &v)->horizons[0].n, 0);
    share(f, s, T0 + DAY + HOUR, M_MOOD, 1, 0);
    run_to(f, T0 + 2 * DAY);
    const struct measure_view *m = mood(f, s, T0 + 2 * DAY, &v);
    assert_false(m->withheld);
    assert_int_equal(m->horizons[0].n, 3);
    assert_int_equal(m->published_ms, T0 + 2 * DAY);
    assert_true(m->scored.counts);
    share(f, s, T0 + 2 * DAY + HOUR, M_MOOD, 2,
          0); /* two changed answers: what was let out stands */
    run_to(f, T0 + 3 * DAY);
    m = mood(f, s, T0 + 3 * DAY, &v);
    assert_int_equal(m->horizons[0].n, 3);
    assert_int_equal(m->published_ms, T0 + 2 * DAY);
    share(f, s, T0 + 3 * DAY + HOUR, M_MOOD, 1, 0); /* three now */
    run_to(f, T0 + 4 * DAY);
    m = mood(f, s, T0 + 4 * DAY, &v);
    assert_int_equal(m->horizons[0].n, 6);
    assert_int_equal(m->published_ms, T0 + 4 * DAY);
    run_to(
        f,
        T0 +
            9 * DAY); /* the window runs empty: 4 leave by the release of day 8, all by that of day 9 */
    assert_true(mood(f, s, T0 + 9 * DAY, &v)->withheld);
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_engine_tick_releases_on_the_tick_that_is_the_release(void **state)
{
    struct fixture *f = *state;
    f->measures[M_MOOD].is_private = true;
    start(state);
    uint32_t s = scope(f, NORTH);
    struct scope_view v;
    share(f, s, T0 + DAY, M_MOOD, 3, 3); /* its events are before the release */
    tick(f, T0 + DAY);
    assert_int_equal(mood(f, s, T0 + DAY, &v)->horizons[0].n, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(scope_engine_tick_fires_octant_alerts_with_the_drivers_of_the_move),
        TEST(scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing),
        TEST(scope_engine_tick_fires_stale_alerts_by_their_own_clock),
        TEST(scope_engine_tick_burns_by_both_windows),
        TEST(scope_engine_tick_lets_private_cells_out_at_releases_by_k_and_change_k),
        TEST(scope_engine_tick_releases_on_the_tick_that_is_the_release),
    };
    return RUN_TESTS(tests);
}
