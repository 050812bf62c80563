#include "support/unit.h"

#include <math.h>
#include <string.h>

#include "cube/position.h"
#include "score/stat.h"
#include "support/random.h"

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

static struct scored scored_of(uint16_t measure, enum axis axis, double weight, double score, double half)
{
    return (struct scored){.measure = measure, .axis = axis, .weight = weight, .counts = true, .value = score,
                           .score = score, .half = half};
}

/* ---- names ----------------------------------------------------------------------------------- */

static void octant_names_follow_the_code_4E_2X_V(void **state)
{
    (void)state;
    const char *names[] = {"urgency", "cash", "burnout", "stress", "incrowd", "target", "happy", "engagement"};
    for (uint8_t i = 0; i < OCTANT_COUNT; i++) {
        assert_true(text_equal(octant_names[i], text_of(names[i])));
        assert_int_equal(octant_find(text_of(names[i])), i);
    }
    assert_int_equal(octant_find(text_of("engaged")), OCTANT_NONE);
    assert_int_equal(octant_find((struct text){0}), OCTANT_NONE);
    assert_true(text_equal(axis_names[AXIS_V], text_of("V")));
}

/* ---- scores ---------------------------------------------------------------------------------- */

static void score_of_is_linear_clipped_and_has_either_direction(void **state)
{
    (void)state;
    assert_true(score_of(6, 3, 9) == 50);
    assert_true(fabs(score_of(0.6, 0.3, 0.9) - 50) < 1e-12);
    assert_true(score_of(31, -50, 50) == 81);
    assert_true(score_of(0.30, 0.30, 0.02) == 0);
    assert_true(score_of(0.02, 0.30, 0.02) == 100);
    assert_true(fabs(score_of(0.16, 0.30, 0.02) - 50) < 1e-12);
    assert_true(score_of(0.4, 0.30, 0.02) == 0);
    assert_true(score_of(0, 0.30, 0.02) == 100);
    assert_true(score_of(-51, -50, 50) == 0);
}

static void scored_fill_takes_half_the_distance_of_the_scored_bounds(void **state)
{
    (void)state;
    struct measure m = {.index = 3, .axis = AXIS_X, .weight = 2, .scored = true, .at0 = 1, .at100 = 0, .min_n = 30};
    struct result r = {.has_value = true, .value = 0.25, .n = 30, .has_interval = true, .low = 0.1, .high = 0.35};
    struct scored s;
    scored_fill(&m, &r, &s);
    assert_true(s.counts && s.measure == 3 && s.axis == AXIS_X && s.weight == 2);
    assert_true(s.value == 0.25 && s.score == 75 && fabs(s.half - 12.5) < 1e-12);
    r.n = 29;
    scored_fill(&m, &r, &s);
    assert_false(s.counts);
    r = (struct result){.n = 100};
    scored_fill(&m, &r, &s);
    assert_false(s.counts);
    r = (struct result){.has_value = true, .value = 2, .n = 100};
    scored_fill(&m, &r, &s);
    assert_true(s.counts && s.score == 0 && s.half == 0);
}

static void axis_judge_weighs_what_is_there(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, 0);
    struct scored all[] = {scored_of(0, AXIS_X, 2, 80, 3), scored_of(1, AXIS_V, 1, 10, 1), scored_of(2, AXIS_X, 1, 50, 4),
                           scored_of(3, AXIS_X, 1, 0, 0)};
    all[3].counts = false;
    struct axis_now a;
    axis_judge(&p.axes[AXIS_X], AXIS_X, all, 4, &a);
    assert_true(a.known && a.score == 70 && a.coverage == 0.75);
    assert_true(fabs(a.half - sqrt(36 + 16) / 3) < 1e-12);
    assert_true(a.low == a.score - a.half && a.high == a.score + a.half);
    assert_true(fabs(a.probability_high - phi(20 * STAT_Z / a.half)) < 1e-15);
    axis_judge(&p.axes[AXIS_E], AXIS_E, all, 4, &a);
    assert_true(!a.known && a.coverage == 0);
}

static void axis_judge_knows_nothing_below_its_coverage(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, 0);
    struct scored all[] = {scored_of(0, AXIS_E, 1, 80, 0), scored_of(1, AXIS_E, 1, 80, 0)};
    struct axis_now a;
    all[1].counts = false;
    axis_judge(&p.axes[AXIS_E], AXIS_E, all, 2, &a);
    assert_true(a.known && a.coverage == 0.5 && a.score == 80);
    all[1].weight = 1.01;
    axis_judge(&p.axes[AXIS_E], AXIS_E, all, 2, &a);
    assert_true(!a.known && a.coverage < 0.5);
    struct scored three[] = {scored_of(0, AXIS_E, 0.1, 80, 0), scored_of(1, AXIS_E, 0.2, 80, 0), scored_of(2, AXIS_E, 0.3, 80, 0)};
    three[0].counts = three[1].counts = false;
    axis_judge(&p.axes[AXIS_E], AXIS_E, three, 3, &a);
    assert_true(a.known && a.coverage < 0.5); /* by rounding: 0.3 of 0.6 are there */
}

static void axis_judge_without_interval_is_sure_or_even(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(false, 2, 0, 0);
    const double scores[] = {49.9, 50, 50.1}, expected[] = {0, 0.5, 1};
    for (int i = 0; i < 3; i++) {
        struct scored s = scored_of(0, AXIS_V, 1, scores[i], 0);
        struct axis_now a;
        axis_judge(&p.axes[AXIS_V], AXIS_V, &s, 1, &a);
        assert_true(a.probability_high == expected[i]);
    }
}

static void octant_probabilities_are_products_and_add_up(void **state)
{
    (void)state;
    struct axis_now axes[AXIS_COUNT] = {{.probability_high = 0.25}, {.probability_high = 1}, {.probability_high = 0.5}};
    double p[OCTANT_COUNT];
    octant_probabilities(axes, p);
    const double expected[] = {0, 0, 0.375, 0.375, 0, 0, 0.125, 0.125};
    for (int i = 0; i < OCTANT_COUNT; i++) {
        assert_true(p[i] == expected[i]);
    }
}

#define FOREVER INT64_C(1000000000)

/* ---- contributions and levers ---------------------------------------------------------------- */

static void contributions_add_up_with_the_rest_on_the_first_largest(void **state)
{
    (void)state;
    struct scored all[] = {scored_of(0, AXIS_X, 1, 100, 0), scored_of(1, AXIS_E, 1, 5, 0), scored_of(2, AXIS_X, 1, 100, 0),
                           scored_of(3, AXIS_X, 1, 0, 0), scored_of(4, AXIS_X, 9, 90, 0)};
    all[4].counts = false;
    int64_t out[5];
    assert_int_equal(contributions(AXIS_X, all, 5, out), 66666667);
    const int64_t expected[] = {33333334, 0, 33333333, 0, 0};
    assert_memory_equal(out, expected, sizeof expected);
    assert_int_equal(contributions(AXIS_V, all, 5, out), 0);
    assert_int_equal(out[0], 0);
}

static void contributions_always_add_up(void **state)
{
    (void)state;
    enum { N = 40 };
    struct random rnd = {5};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    struct cube_plan p = plan_of(true, 2, 0, 0);
    for (int round = 0; round < 5000; round++) {
        struct scored all[N];
        int64_t out[N], sum = 0;
        for (uint16_t i = 0; i < N; i++) {
            double score = (double)random_between(&rnd, 0, 1000000007) / 1e7;
            all[i] = scored_of(i, (enum axis)random_between(&rnd, 0, 2), (double)random_between(&rnd, 1, 97) / 13, score, 1);
            all[i].score = fmin(100, score);
            all[i].counts = random_between(&rnd, 0, 3) > 0;
        }
        int64_t score = contributions(AXIS_V, all, N, out);
        struct axis_now a;
        axis_judge(&p.axes[AXIS_V], AXIS_V, all, N, &a);
        for (int i = 0; i < N; i++) {
            sum += out[i];
            double exact = all[i].weight * all[i].score;
            assert_true(all[i].axis == AXIS_V && all[i].counts ? exact >= 0 : out[i] == 0);
        }
        assert_int_equal(sum, score);
        assert_true(!a.known || score == llround(a.score * 1e6));
    }
}

static void levers_rank_names_what_brings_the_axis_to_its_boundary(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 2, 0, FOREVER);
    const struct measure measures[] = {{.index = 0, .axis = AXIS_X, .at0 = -50, .at100 = 50},
                                       {.index = 1, .axis = AXIS_X, .at0 = 1, .at100 = 0},
                                       {.index = 2, .axis = AXIS_V, .at0 = 0, .at100 = 500},
                                       {.index = 3, .axis = AXIS_E, .at0 = 0, .at100 = 1}};
    struct scored all[] = {scored_of(0, AXIS_X, 1, 80, 0), scored_of(1, AXIS_X, 3, 60, 0), scored_of(2, AXIS_V, 1, 30, 0),
                           scored_of(3, AXIS_E, 1, 90, 0)};
    all[0].value = 30;
    all[1].value = 0.4;
    all[2].value = 150;
    struct axis_now axes[AXIS_COUNT] = {[AXIS_X] = now_of(65, 1), [AXIS_V] = now_of(30, 1)};
    struct axis_state states[AXIS_COUNT] = {[AXIS_X] = {.side = SIDE_HIGH}, [AXIS_V] = {.side = SIDE_LOW}, [AXIS_E] = {.side = SIDE_HIGH}};
    struct lever out[4];
    /* X: 65 -> 48. Measure 0 would have to fall by 68 points (80 -> 12), measure 1 by 17 x 4 / 3 (60 -> 37.33). */
    assert_int_equal(levers_rank(&p, measures, axes, states, all, 4, out), 3);
    assert_true(out[0].measure == 2 && out[0].to == SIDE_HIGH && out[0].now == 150);
    assert_true(fabs(out[0].needs - 260) < 1e-9 && fabs(out[0].effort - 0.22) < 1e-12);
    assert_true(out[1].measure == 1 && out[1].axis == AXIS_X && out[1].to == SIDE_LOW);
    assert_true(fabs(out[1].needs - (1 - (60 - 17 * 4 / 3.0) / 100)) < 1e-12);
    assert_true(fabs(out[1].effort - 17 * 4 / 300.0) < 1e-12);
    assert_true(out[2].measure == 0 && fabs(out[2].needs + 38) < 1e-9 && fabs(out[2].effort - 0.68) < 1e-12);
}

static void levers_rank_leaves_out_what_cannot_do_it_alone(void **state)
{
    (void)state;
    struct cube_plan p = plan_of(true, 12.5, 0, FOREVER);
    const struct measure measures[] = {{.index = 0, .axis = AXIS_X, .at0 = 0, .at100 = 100},
                                       {.index = 1, .axis = AXIS_X, .at0 = 0, .at100 = 100}};
    struct scored all[] = {scored_of(0, AXIS_X, 1, 75, 0), scored_of(1, AXIS_X, 1, 25, 0)};
    struct axis_now axes[AXIS_COUNT] = {[AXIS_X] = now_of(50, 1)};
    struct axis_state states[AXIS_COUNT] = {[AXIS_X] = {.side = SIDE_LOW}};
    struct lever out[2];
    assert_int_equal(levers_rank(&p, measures, axes, states, all, 2, out), 2);
    assert_int_equal(out[0].measure, 0); /* both by 25 points: ties by measure */
    assert_true(out[0].effort == 0.25 && out[1].effort == 0.25 && out[0].needs == 100);
    all[0].score = all[0].value = 97;
    all[1].score = all[1].value = 1; /* 49: 27 points more in either; 124 does not exist */
    assert_int_equal(levers_rank(&p, measures, axes, states, all, 2, out), 1);
    assert_int_equal(out[0].measure, 1);
    assert_true(fabs(out[0].needs - 28) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octant_names_follow_the_code_4E_2X_V),
        cmocka_unit_test(score_of_is_linear_clipped_and_has_either_direction),
        cmocka_unit_test(scored_fill_takes_half_the_distance_of_the_scored_bounds),
        cmocka_unit_test(axis_judge_weighs_what_is_there),
        cmocka_unit_test(axis_judge_knows_nothing_below_its_coverage),
        cmocka_unit_test(axis_judge_without_interval_is_sure_or_even),
        cmocka_unit_test(octant_probabilities_are_products_and_add_up),
        cmocka_unit_test(contributions_add_up_with_the_rest_on_the_first_largest),
        cmocka_unit_test(contributions_always_add_up),
        cmocka_unit_test(levers_rank_names_what_brings_the_axis_to_its_boundary),
        cmocka_unit_test(levers_rank_leaves_out_what_cannot_do_it_alone),
    };
    return RUN_TESTS(tests);
}
