#include "support/unit.h"

#include <math.h>

#include "alert/alert.h"
#include "alert/cond.h"
#include "measure/aggregation.h"

/* ---- life cycle ---------------------------------------------------------------------------------- */

struct step {
    int64_t t;
    enum verdict verdict;
    enum alert_event event;
    enum alert_status status;
    int64_t due;
};

static void walk(const struct alert_rule *r, const struct step *steps, size_t count,
                 struct alert_state *s)
{
    for (size_t i = 0; i < count; i++) {
        struct condition_answer a = cond_answer(steps[i].verdict);
        int64_t due;
        enum alert_event event = alert_step(r, &a, steps[i].t, s, &due);
        if (event != steps[i].event || s->status != steps[i].status || due != steps[i].due) {
            fail_msg("step %zu: event %d, status %d, due %lld", i, event, s->status,
                     (long long)due);
        }
    }
}

#define WALK(r, steps, s) walk(r, steps, sizeof steps / sizeof steps[0], s)
#define NO VERDICT_NO
#define YES VERDICT_YES
#define FREEZE VERDICT_FREEZE
#define NEVER INT64_MAX

static void alert_step_without_for_fires_and_resolves_at_once(void **state)
{
    (void)state;
    struct alert_rule r = {0};
    struct alert_state s = {0};
    const struct step steps[] = {
        {10, NO, ALERT_NOTHING, ALERT_INACTIVE, NEVER},
        {20, YES, ALERT_FIRED, ALERT_FIRING, NEVER},
        {30, YES, ALERT_NOTHING, ALERT_FIRING, NEVER},
        {40, NO, ALERT_RESOLVED, ALERT_INACTIVE, NEVER},
        {50, YES, ALERT_FIRED, ALERT_FIRING, NEVER},
    };
    WALK(&r, steps, &s);
    assert_int_equal(s.since_ms, 50);
    assert_int_equal(s.resolved_ms, 40);
}

static void alert_step_waits_for_an_unbroken_for(void **state)
{
    (void)state;
    struct alert_rule r = {.for_ms = 25};
    struct alert_state s = {0};
    const struct step steps[] = {
        {10, YES, ALERT_NOTHING, ALERT_PENDING, 35}, {20, NO, ALERT_NOTHING, ALERT_INACTIVE, NEVER},
        {30, YES, ALERT_NOTHING, ALERT_PENDING, 55}, {50, YES, ALERT_NOTHING, ALERT_PENDING, 55},
        {55, YES, ALERT_FIRED, ALERT_FIRING, NEVER},
    };
    WALK(&r, steps, &s);
    assert_int_equal(s.since_ms, 55); /* startsAt is the tick at which it began to fire */
}

static void alert_step_keeps_firing_for_after_the_last_yes(void **state)
{
    (void)state;
    struct alert_rule r = {.keep_firing_for_ms = 30};
    struct alert_state s = {0};
    const struct step steps[] = {
        {10, YES, ALERT_FIRED, ALERT_FIRING, NEVER},
        {20, NO, ALERT_NOTHING, ALERT_FIRING, 40},
        {30, YES, ALERT_NOTHING, ALERT_FIRING, NEVER},
        {40, NO, ALERT_NOTHING, ALERT_FIRING, 60},
        {59, NO, ALERT_NOTHING, ALERT_FIRING, 60},
        {60, NO, ALERT_RESOLVED, ALERT_INACTIVE, NEVER},
    };
    WALK(&r, steps, &s);
}

static void alert_step_frozen_changes_nothing(void **state)
{
    (void)state;
    struct alert_rule r = {.for_ms = 20};
    struct alert_state s = {0};
    const struct step steps[] = {
        {10, YES, ALERT_NOTHING, ALERT_PENDING, 30},
        {40, FREEZE, ALERT_NOTHING, ALERT_PENDING, NEVER},
        {50, YES, ALERT_FIRED, ALERT_FIRING, NEVER},
        {60, FREEZE, ALERT_NOTHING, ALERT_FIRING, NEVER},
    };
    WALK(&r, steps, &s);
    assert_int_equal(s.last_true_ms, 50);
}

/* ---- labels -------------------------------------------------------------------------------------- */

static void alert_fingerprint_is_alertmanagers(void **state)
{
    (void)state;
    /* The first is a test vector of prometheus/common; the others were computed by a program of their own. */
    struct label known[] = {{TEXT_LITERAL("name"), TEXT_LITERAL("garland, briggs")},
                            {TEXT_LITERAL("fear"), TEXT_LITERAL("love is not enough")}};
    assert_true(alert_fingerprint(known, 2) == UINT64_C(5799056148416392346));
    assert_true(alert_fingerprint(NULL, 0) == UINT64_C(0xcbf29ce484222325));
    struct label team = {TEXT_LITERAL("team"), TEXT_LITERAL("care")};
    struct alert_rule r = {.name = TEXT_LITERAL("FirstTimeResolutionBurn"),
                           .severity = TEXT_LITERAL("page"),
                           .labels = &team,
                           .label_count = 1};
    struct label all[ALERT_LABELS_BUILTIN + 1];
    uint32_t n = alert_labels(&r, TEXT_LITERAL("region=north"),
                              TEXT_LITERAL("first_time_resolution"), all);
    assert_int_equal(n, 5);
    assert_true(alert_fingerprint(all, n) == UINT64_C(0xe1b55c2d1f09b79b));
}

static void alert_labels_lets_no_configured_label_hide_a_builtin_one(void **state)
{
    (void)state;
    struct label own[] = {{TEXT_LITERAL("scope"), TEXT_LITERAL("x")},
                          {TEXT_LITERAL("measure"), TEXT_LITERAL("y")}};
    struct alert_rule r = {.name = TEXT_LITERAL("A"),
                           .severity = TEXT_LITERAL("page"),
                           .labels = own,
                           .label_count = 2};
    struct label all[ALERT_LABELS_BUILTIN + 2];
    assert_int_equal(alert_labels(&r, TEXT_LITERAL("organisation"), (struct text){0}, all), 4);
    assert_true(text_equal(all[1].value, TEXT_LITERAL("organisation")));
    assert_true(text_equal(all[3].value, TEXT_LITERAL("y"))); /* no measure: the name is free */
}

static void alert_applies_by_all_by_kind_and_by_key(void **state)
{
    (void)state;
    struct text key = TEXT_LITERAL("region=north");
    struct alert_rule all = {.scopes = {.all = true}}, kind = {.scopes = {.kinds = 1u << 2}},
                      keys = {.scopes = {.keys = &key, .key_count = 1}};
    assert_true(alert_applies(&all, 0, TEXT_LITERAL("organisation")));
    assert_true(alert_applies(&kind, 2, key));
    assert_false(alert_applies(&kind, 1, key));
    assert_true(alert_applies(&keys, 1, key));
    assert_false(alert_applies(&keys, 1, TEXT_LITERAL("region=south")));
}

/* ---- conditions ---------------------------------------------------------------------------------- */

static struct condition_answer ask(const struct alert_rule *r, const struct condition_view *v)
{
    struct condition_answer a;
    r->condition->judge(r, v, &a);
    return a;
}

static struct result number(double value, double low, double high)
{
    return (struct result){
        .has_value = true, .value = value, .n = 10, .has_interval = true, .low = low, .high = high};
}

static void threshold_compares_the_number_or_a_bound_strictly(void **state)
{
    (void)state;
    struct aggregation mean = {0};
    struct measure m = {.aggregation = &mean};
    struct result now = number(20, 15, 25);
    struct condition_view v = {.measure = &m, .horizons = &now};
    struct alert_rule r = {.axis = AXIS_NONE,
                           .condition = &cond_threshold,
                           .with.threshold = {.has_below = true, .below = 20}};
    assert_int_equal(ask(&r, &v).verdict, NO);
    now.value = 19.999;
    struct condition_answer a = ask(&r, &v);
    assert_int_equal(a.verdict, YES);
    assert_true(a.value == 19.999 && a.n == 10 && a.low == 15 && a.high == 25);
    r.with.threshold.bound = BOUND_UPPER;
    assert_int_equal(ask(&r, &v).verdict, NO);
    now.high = 19.9995;
    assert_int_equal(ask(&r, &v).verdict, YES);
    r.with.threshold = (struct threshold_condition){
        .has_above = true, .above = 14.5, .bound = BOUND_LOWER};
    assert_int_equal(ask(&r, &v).verdict, YES);
    v.measure_stale = true;
    assert_int_equal(ask(&r, &v).verdict, FREEZE);
}

static void threshold_once_firing_holds_until_the_clear_value(void **state)
{
    (void)state;
    struct aggregation mean = {0};
    struct measure m = {.aggregation = &mean};
    struct result now = number(22, 22, 22);
    struct condition_view v = {.measure = &m, .horizons = &now};
    struct alert_rule r = {
        .axis = AXIS_NONE,
        .condition = &cond_threshold,
        .with.threshold = {.has_below = true, .below = 20, .has_clear = true, .clear = 25}};
    assert_int_equal(ask(&r, &v).verdict, NO);
    v.firing = true;
    assert_int_equal(ask(&r, &v).verdict, YES);
    now.value = 25;
    assert_int_equal(ask(&r, &v).verdict, NO);
}

static void threshold_takes_an_absent_count_as_zero_and_nothing_else(void **state)
{
    (void)state;
    struct aggregation count = {.absent_is_zero = true}, mean = {0};
    struct measure m = {.aggregation = &count};
    struct result now = {0};
    struct condition_view v = {.measure = &m, .horizons = &now};
    struct alert_rule r = {.axis = AXIS_NONE,
                           .condition = &cond_threshold,
                           .with.threshold = {.has_below = true, .below = 1}};
    struct condition_answer a = ask(&r, &v);
    assert_int_equal(a.verdict, YES);
    assert_true(a.has_value && a.value == 0);
    m.aggregation = &mean;
    a = ask(&r, &v);
    assert_int_equal(a.verdict, NO);
    assert_false(a.has_value);
}

static void threshold_on_an_axis_uses_its_score(void **state)
{
    (void)state;
    struct axis_now axes[AXIS_COUNT] = {
        [AXIS_E] = {.known = true, .score = 40, .low = 38, .high = 42}};
    struct axis_state states[AXIS_COUNT] = {0};
    struct condition_view v = {.axes = axes, .states = states};
    struct alert_rule r = {.axis = AXIS_E,
                           .measure = UINT16_MAX,
                           .condition = &cond_threshold,
                           .with.threshold = {.has_below = true, .below = 41}};
    assert_int_equal(ask(&r, &v).verdict, YES);
    axes[AXIS_E].score = 100 * (0.6 - 0.3) / (0.9 - 0.3); /* 50, a rounding below it */
    r.with.threshold.below = 50;
    assert_true(axes[AXIS_E].score < 50);
    assert_int_equal(ask(&r, &v).verdict, NO);
    axes[AXIS_E].known = false;
    assert_int_equal(ask(&r, &v).verdict, NO);
    states[AXIS_E].stale = true;
    assert_int_equal(ask(&r, &v).verdict, FREEZE);
}

static void octant_left_lasts_until_the_scope_is_back(void **state)
{
    (void)state;
    struct axis_state states[AXIS_COUNT] = {0};
    struct alert_rule entered = {.condition = &cond_octant, .with.octant = {.octant = 7}},
                      left = {.condition = &cond_octant,
                              .with.octant = {.octant = 7, .left = true}};
    const struct {
        uint8_t now, before;
        enum verdict entered, left;
    } rows[] = {
        {7, OCTANT_NONE, YES, NO},        {3, 7, NO, YES}, {2, 3, NO, NO}, {7, 2, YES, NO},
        {OCTANT_NONE, 2, FREEZE, FREEZE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct condition_view v = {
            .states = states, .octant = rows[i].now, .octant_before = rows[i].before};
        assert_int_equal(ask(&entered, &v).verdict, rows[i].entered);
        assert_int_equal(ask(&left, &v).verdict, rows[i].left);
        v.active = true; /* as it was left before */
        bool freezes = rows[i].now == OCTANT_NONE;
        assert_int_equal(ask(&left, &v).verdict, freezes ? FREEZE : rows[i].now == 7 ? NO : YES);
    }
    states[AXIS_V].stale = true;
    struct condition_view v = {.states = states, .octant = 7, .octant_before = OCTANT_NONE};
    assert_int_equal(ask(&entered, &v).verdict, FREEZE);
}

static struct result hits(int64_t n, int64_t h)
{
    struct result r = {.has_value = n > 0, .n = n};
    result_set_int(&r, RESULT_HITS, h);
    return r;
}

static void burn_rate_needs_both_windows_beyond_the_factor_and_min_n(void **state)
{
    (void)state;
    struct measure m = {.min_n = 100};
    /* 72 errors of 120: burn 3.0, Wilson 2.5528 .. 3.4162; 18 of 20: lower bound 3.4948 */
    struct result w[] = {{0}, hits(120, 48), hits(20, 2)};
    struct condition_view v = {.measure = &m, .horizons = w};
    struct alert_rule r = {
        .condition = &cond_burn_rate,
        .with.burn_rate = {.objective = 0.8, .factor = 2.5, .long_horizon = 1, .short_horizon = 2}};
    struct condition_answer a = ask(&r, &v);
    assert_int_equal(a.verdict, YES);
    assert_int_equal(a.n, 120);
    assert_true(fabs(a.value - 3.0) < 1e-12);
    assert_true(fabs(a.low - 2.552801236082323) < 1e-12);
    assert_true(fabs(a.high - 3.4161795970248012) < 1e-12);
    r.with.burn_rate.factor = 2.6; /* the long window's bound does not reach it */
    assert_int_equal(ask(&r, &v).verdict, NO);
    r.with.burn_rate.factor = 2.5;
    w[2] = hits(20, 11); /* 9 errors of 20: 1.2910 */
    assert_int_equal(ask(&r, &v).verdict, NO);
    w[2] = hits(0, 0);
    assert_int_equal(ask(&r, &v).verdict, NO);
    w[2] = hits(20, 2);
    m.min_n = 121;
    assert_int_equal(ask(&r, &v).verdict, NO);
    w[1] = hits(0, 0);
    assert_false(ask(&r, &v).has_value);
}

static void stale_fires_after_the_last_row_and_never_without_one(void **state)
{
    (void)state;
    struct alert_rule r = {.condition = &cond_stale, .with.stale = {.after_ms = 100}};
    struct result now = number(1, 1, 1);
    struct condition_view v = {.t_ms = 150, .measure_fresh_ms = 50, .horizons = &now};
    struct condition_answer a = ask(&r, &v);
    assert_int_equal(a.verdict, NO);
    assert_int_equal(a.due_ms, 151);
    assert_int_equal(a.n, 10);
    v.t_ms = 151;
    a = ask(&r, &v);
    assert_int_equal(a.verdict, YES);
    assert_int_equal(a.due_ms, NEVER);
    v.measure_fresh_ms = INT64_MIN;
    assert_int_equal(ask(&r, &v).verdict, NO);
}

static void alert_condition_find_knows_the_table(void **state)
{
    (void)state;
    assert_ptr_equal(alert_condition_find("threshold"), &cond_threshold);
    assert_ptr_equal(alert_condition_find("octant"), &cond_octant);
    assert_ptr_equal(alert_condition_find("burn_rate"), &cond_burn_rate);
    assert_ptr_equal(alert_condition_find("stale"), &cond_stale);
    assert_ptr_equal(alert_condition_find("change"), &cond_change);
    assert_ptr_equal(alert_condition_find("drift"), &cond_drift);
    assert_ptr_equal(alert_condition_find("waiting"), &cond_waiting);
    assert_ptr_equal(alert_condition_find("coverage"), &cond_coverage);
    assert_null(alert_condition_find("weather"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alert_step_without_for_fires_and_resolves_at_once),
        cmocka_unit_test(alert_step_waits_for_an_unbroken_for),
        cmocka_unit_test(alert_step_keeps_firing_for_after_the_last_yes),
        cmocka_unit_test(alert_step_frozen_changes_nothing),
        cmocka_unit_test(alert_fingerprint_is_alertmanagers),
        cmocka_unit_test(alert_labels_lets_no_configured_label_hide_a_builtin_one),
        cmocka_unit_test(alert_applies_by_all_by_kind_and_by_key),
        cmocka_unit_test(threshold_compares_the_number_or_a_bound_strictly),
        cmocka_unit_test(threshold_once_firing_holds_until_the_clear_value),
        cmocka_unit_test(threshold_takes_an_absent_count_as_zero_and_nothing_else),
        cmocka_unit_test(threshold_on_an_axis_uses_its_score),
        cmocka_unit_test(octant_left_lasts_until_the_scope_is_back),
        cmocka_unit_test(burn_rate_needs_both_windows_beyond_the_factor_and_min_n),
        cmocka_unit_test(stale_fires_after_the_last_row_and_never_without_one),
        cmocka_unit_test(alert_condition_find_knows_the_table),
    };
    return RUN_TESTS(tests);
}
