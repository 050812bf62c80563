#include "support/unit.h"

#include <math.h>

#include "cube/position.h"

static struct cube_plan plan_of(bool by_interval, double hysteresis, int64_t dwell_ms, int64_t stale_after_ms)
{
    struct cube_plan p = {.tick_ms = 10, .by_interval = by_interval};
    for (int i = 0; i < AXIS_COUNT; i++) {
        p.axes[i] = (struct axis_plan){.threshold = 50, .hysteresis = hysteresis, .dwell_ms = dwell_ms,
                                       .min_coverage = 0.5, .stale_after_ms = stale_after_ms};
    }
    return p;
}

static struct axis_now now_of(double score, double half)
{
    return (struct axis_now){.known = true, .score = score, .half = half, .low = fmax(0, score - half),
                             .high = fmin(100, score + half), .coverage = 1};
}

#define FOREVER INT64_C(1000000000)

struct step {
    int64_t t;
    double score, half; /* score < 0: unknown */
    enum side side;
    bool undecided;
    int64_t due;        /* 0: not looked at */
};

static void walk(const struct cube_plan *p, const struct step *steps, size_t count)
{
    struct axis_state s = {.fresh_ms = INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        struct axis_now now = steps[i].score < 0 ? (struct axis_now){0} : now_of(steps[i].score, steps[i].half);
        enum side before = s.side;
        int64_t due;
        int changed = axis_step(p, AXIS_X, &now, steps[i].t, &s, &due);
        if (s.side != steps[i].side || s.undecided != steps[i].undecided || (steps[i].due && due != steps[i].due)) {
            fail_msg("step %zu: side %d, undecided %d, due %lld", i, s.side, s.undecided, (long long)due);
        }
        assert_int_equal(changed, s.side != before);
        assert_int_equal(s.known, steps[i].score >= 0);
    }
}

#define WALK(p, steps) walk(p, steps, sizeof steps / sizeof steps[0])

static void axis_step_enters_high_at_T_plus_h_and_leaves_at_T_minus_h(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 2, 0, FOREVER);
    const struct step steps[] = {
        {10, 49.9, 0, SIDE_LOW, false, INT64_MAX}, {20, 51.9, 0, SIDE_LOW, false, 0}, {30, 52, 0, SIDE_HIGH, false, 0},
        {40, 50, 0, SIDE_HIGH, false, 0},          {50, 48.1, 0, SIDE_HIGH, false, 0}, {60, 48, 0, SIDE_LOW, false, 0},
        {70, 51, 0, SIDE_LOW, false, 0},
    };
    WALK(&p, steps);
}

static void axis_step_judges_first_at_T(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 2, 3600000, FOREVER);
    const struct step high[] = {{10, 50, 0, SIDE_HIGH, false, 0}, {20, 50, 0, SIDE_HIGH, false, 0}};
    const struct step low[] = {{10, 49.999, 0, SIDE_LOW, false, 0}, {20, 50, 0, SIDE_LOW, false, 0}};
    WALK(&p, high);
    WALK(&p, low);
    struct cube_plan sure = plan_of(true, 2, 3600000, FOREVER);
    const struct step unsure[] = {{10, 53, 3, SIDE_HIGH, true, 0}, {20, 53, 2.9, SIDE_HIGH, false, 0}};
    WALK(&sure, unsure);
}

static void axis_step_takes_a_score_at_a_bound_as_at_it_whatever_it_was_rounded_to(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 1, 0, FOREVER);
    double at = 100 * 5.1 / 10; /* 50.99999999999999 */
    const struct step steps[] = {{10, 48, 0, SIDE_LOW, false, 0}, {20, at, 0, SIDE_HIGH, false, 0}, {30, 49.00000000000001, 0, SIDE_LOW, false, 0}};
    assert_true(at < 51);
    WALK(&p, steps);
    struct cube_plan q = plan_of(false, 0, 0, FOREVER);
    q.axes[AXIS_X].threshold = 51;
    const struct step first[] = {{10, at, 0, SIDE_HIGH, false, 0}};
    WALK(&q, first);
}

/* A rounding beside T is at it; two billionths are not. */
#define ROUNDED 1e-13
#define BESIDE 2e-9

static void axis_step_takes_an_interval_whose_bound_is_at_T_but_for_rounding_as_not_clear_of_it(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 0, 0, FOREVER);
    const struct step high[] = {{10, 53, 3 - ROUNDED, SIDE_HIGH, true, 0}, {20, 53, 3, SIDE_HIGH, true, 0}, {30, 53, 3 + ROUNDED, SIDE_HIGH, true, 0},
                                {40, 53, 3 - BESIDE, SIDE_HIGH, false, 0}};
    const struct step low[] = {{10, 47, 3 - ROUNDED, SIDE_LOW, true, 0}, {20, 47, 3, SIDE_LOW, true, 0}, {30, 47, 3 + ROUNDED, SIDE_LOW, true, 0},
                               {40, 47, 3 - BESIDE, SIDE_LOW, false, 0}};
    assert_true(53 - (3 - ROUNDED) > 50 && 47 + (3 - ROUNDED) < 50);
    WALK(&p, high);
    WALK(&p, low);
}

static void axis_know_is_even_at_T_but_for_rounding_and_sure_beside_it(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 0, 0, FOREVER);
    static const struct {
        double score, probability;
    } cases[] = {{50 - BESIDE, 0}, {50 - ROUNDED, 0.5}, {50, 0.5}, {50 + ROUNDED, 0.5}, {50 + BESIDE, 1}};
    assert_true(50 - ROUNDED < 50 && 50 + ROUNDED > 50);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct axis_now now = {0};
        axis_know(&p.axes[AXIS_X], cases[i].score, 0, &now);
        assert_true(now.probability_high == cases[i].probability);
    }
}

static void axis_step_does_not_flap_at_T_without_hysteresis(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 0, 0, FOREVER);
    const struct step steps[] = {{10, 50, 0, SIDE_HIGH, false, 0}, {20, 50, 0, SIDE_HIGH, false, 0},
                                 {30, 49.9, 0, SIDE_LOW, false, 0}, {40, 50, 0, SIDE_HIGH, false, 0}};
    WALK(&p, steps);
}

static void axis_step_moves_only_when_the_interval_clears_T(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, FOREVER);
    const struct step steps[] = {
        {10, 60, 5, SIDE_HIGH, false, 0},
        {20, 51, 2, SIDE_HIGH, true, 0},   /* held side, but T lies inside */
        {30, 47, 3, SIDE_HIGH, true, 0},   /* high bound 50 does not clear 50 */
        {40, 47, 2.9, SIDE_LOW, false, 0},
        {50, 52, 2, SIDE_LOW, true, 0},
        {60, 52, 1.9, SIDE_HIGH, false, 0},
    };
    WALK(&p, steps);
}

static void axis_step_waits_for_the_dwell_without_a_break(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 100, FOREVER);
    const struct step steps[] = {
        {10, 60, 1, SIDE_HIGH, false, INT64_MAX},
        {20, 40, 1, SIDE_HIGH, true, 120},
        {110, 40, 1, SIDE_HIGH, true, 120},
        {115, 49, 5, SIDE_HIGH, true, INT64_MAX}, /* back inside: broken */
        {120, 40, 1, SIDE_HIGH, true, 220},
        {150, 40, 20, SIDE_HIGH, true, INT64_MAX}, /* the interval no longer clears: broken */
        {160, 40, 1, SIDE_HIGH, true, 260},
        {200, -1, 0, SIDE_HIGH, false, INT64_MAX}, /* unknown: broken, the side is remembered */
        {210, 40, 1, SIDE_HIGH, true, 310},
        {309, 40, 1, SIDE_HIGH, true, 310},
        {310, 40, 1, SIDE_LOW, false, INT64_MAX},
    };
    WALK(&p, steps);
}

static void axis_step_freezes_when_stale(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, 100);
    struct axis_state s = {.fresh_ms = 1000};
    struct axis_now high = now_of(60, 1), low = now_of(40, 1);
    int64_t due;
    assert_int_equal(axis_step(&p, AXIS_E, &high, 1000, &s, &due), 1);
    assert_int_equal(due, 1101);
    assert_int_equal(axis_step(&p, AXIS_E, &high, 1100, &s, &due), 0);
    assert_false(s.stale);
    assert_int_equal(due, 1101);
    assert_int_equal(axis_step(&p, AXIS_E, &low, 1101, &s, &due), 0);
    assert_true(s.stale && s.side == SIDE_HIGH && !s.undecided && s.known);
    assert_int_equal(due, INT64_MAX);
    s.fresh_ms = 1200;
    assert_int_equal(axis_step(&p, AXIS_E, &low, 1200, &s, &due), 1);
    assert_true(!s.stale && s.side == SIDE_LOW);
    assert_int_equal(due, 1301);
}

static void axis_step_of_an_axis_never_known_is_never_stale(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, 100);
    struct axis_state s = {.fresh_ms = 1000};
    struct axis_now unknown = {0};
    int64_t due;
    assert_int_equal(axis_step(&p, AXIS_E, &unknown, 5000, &s, &due), 0);
    assert_true(!s.stale && !s.known && !s.undecided && s.side == SIDE_UNKNOWN);
    assert_int_equal(due, INT64_MAX);
}

static void axis_step_waits_less_for_staleness_than_for_the_dwell(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 500, 100);
    struct axis_state s = {.fresh_ms = 1000};
    struct axis_now high = now_of(60, 1), low = now_of(40, 1);
    int64_t due;
    assert_int_equal(axis_step(&p, AXIS_V, &high, 1000, &s, &due), 1);
    assert_int_equal(axis_step(&p, AXIS_V, &low, 1050, &s, &due), 0);
    assert_int_equal(due, 1101);
    assert_int_equal(axis_step(&p, AXIS_V, &low, 1101, &s, &due), 0);
    assert_true(s.stale && s.undecided && !s.candidate);
    assert_int_equal(due, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axis_step_enters_high_at_T_plus_h_and_leaves_at_T_minus_h),
        cmocka_unit_test(axis_step_judges_first_at_T),
        cmocka_unit_test(axis_step_takes_an_interval_whose_bound_is_at_T_but_for_rounding_as_not_clear_of_it),
        cmocka_unit_test(axis_know_is_even_at_T_but_for_rounding_and_sure_beside_it),
        cmocka_unit_test(axis_step_takes_a_score_at_a_bound_as_at_it_whatever_it_was_rounded_to),
        cmocka_unit_test(axis_step_does_not_flap_at_T_without_hysteresis),
        cmocka_unit_test(axis_step_moves_only_when_the_interval_clears_T),
        cmocka_unit_test(axis_step_waits_for_the_dwell_without_a_break),
        cmocka_unit_test(axis_step_freezes_when_stale),
        cmocka_unit_test(axis_step_of_an_axis_never_known_is_never_stale),
        cmocka_unit_test(axis_step_waits_less_for_staleness_than_for_the_dwell),
    };
    return RUN_TESTS(tests);
}
