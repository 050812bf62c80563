#include "support/unit.h"

#include <math.h>

#include "score/stat.h"
#include "support/aggregating.h"
#include "support/random.h"

static const char *const over_events[] = {"count", "sum", "rate", "mean", "stddev", "ratio", "quotient", "within", "nps", "top_box"};
#define OVER_EVENTS (sizeof over_events / sizeof over_events[0])

static void apply(struct aggregating *g, struct event e)
{
    assert_int_equal(aggregating_apply(g, &e, 1), 0);
}

static void apply_value(struct aggregating *g, double value)
{
    apply(g, event_of(KIND_MEASUREMENT, EVENT_VALUE, llround(value * 1e6)));
}

static bool has(const struct result *r, enum result_field f)
{
    return r->present >> f & 1;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void aggregation_find_knows_the_rows_by_their_names(void **state)
{
    (void)state;
    for (const struct aggregation *const *a = aggregations; *a; a++) {
        assert_ptr_equal(aggregation_find((*a)->name), *a);
    }
    for (size_t i = 0; i < OVER_EVENTS; i++) {
        assert_non_null(aggregation_find(over_events[i]));
    }
    assert_null(aggregation_find("median"));
    assert_null(aggregation_find(""));
}

static void every_row_has_a_sound_layout_and_no_value_when_empty(void **state)
{
    (void)state;
    for (const struct aggregation *const *a = aggregations; *a; a++) {
        const struct layout *layouts[] = {&(*a)->pane, &(*a)->level};
        for (int i = 0; i < 2; i++) {
            assert_true(layouts[i]->slots <= CELL_SLOTS_MAX);
            assert_true((layouts[i]->wide & layouts[i]->wide << 1) == 0);
            assert_true(layouts[i]->wide >> (layouts[i]->slots ? layouts[i]->slots - 1 : 0) == 0);
        }
    }
    for (size_t i = 0; i < OVER_EVENTS; i++) {
        struct aggregating g = aggregating_of(over_events[i]);
        struct result r = aggregating_result(&g);
        assert_true(!r.has_value && !r.has_interval && r.n == 0 && !r.has_parts);
    }
}

static void every_row_over_events_keeps_n_first_and_leaves_the_respondents_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER_EVENTS; i++) {
        struct aggregating g = aggregating_of(over_events[i]);
        const struct aggregation *a = g.measure.aggregation;
        assert_true(a->respondents && !a->per_entity);
        assert_int_equal(aggregation_respondents_slot(a), a->pane.slots - 1);
        apply_value(&g, 9);
        apply_value(&g, 7);
        assert_int_equal(g.pane[0], 2);
        assert_int_equal(g.pane[aggregation_respondents_slot(a)], 0);
        assert_int_equal(aggregating_result(&g).n, 2);
        hist_ring_close(&g.hist);
    }
}

static void absent_is_zero_for_counts_and_sums_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER_EVENTS; i++) {
        assert_int_equal(aggregation_find(over_events[i])->absent_is_zero, i < 2);
    }
}

static void result_field_rows_have_the_names_of_the_contract(void **state)
{
    (void)state;
    assert_string_equal(result_field_rows[RESULT_HITS].name, "hits");
    assert_false(result_field_rows[RESULT_HITS].is_double);
    assert_string_equal(result_field_rows[RESULT_AVERAGE_HEADCOUNT].name, "average_headcount");
    assert_true(result_field_rows[RESULT_P99].is_double);
}

/* ---- one by one ------------------------------------------------------------------------------ */

static void count_and_rate_count_events(void **state)
{
    (void)state;
    struct aggregating count = aggregating_of("count"), rate = aggregating_of("rate");
    rate.horizon = (struct horizon){.window_ms = 36 * 3600000, .pane_ms = 3600000 * 24, .panes = 2, .name = "36h"};
    for (int i = 0; i < 7; i++) {
        apply_value(&count, 5);
        apply_value(&rate, 5);
    }
    struct result r = aggregating_result(&count);
    assert_true(r.has_value && r.value == 7 && r.n == 7 && !r.has_interval && r.present == 0);
    r = aggregating_result(&rate);
    assert_true(r.has_value && r.value == 3.5 && r.n == 7);
}

static void sum_adds_signed_terms_beyond_64_bits(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("sum");
    g.measure.from.terms[0] = (struct value_term){EVENT_REVENUE, 1};
    g.measure.from.terms[1] = (struct value_term){EVENT_COST, -1};
    g.measure.from.term_count = 2;
    struct event e = event_of(KIND_PURCHASE, EVENT_REVENUE, 129900000);
    apply(&g, e);
    event_put_number(&e, EVENT_COST, 80000000);
    apply(&g, e);
    struct result r = aggregating_result(&g);
    assert_true(r.has_value && r.value == 179.8 && r.n == 2);
    event_put_number(&e, EVENT_REVENUE, INT64_MAX);
    event_put_number(&e, EVENT_COST, INT64_MIN);
    for (int i = 0; i < 4; i++) {
        apply(&g, e);
    }
    assert_true(aggregating_result(&g).value == stat_quotient((cube_i128)8 * INT64_MAX + 4 + 179800000, 1000000));
}

static void mean_and_stddev_are_over_events(void **state)
{
    (void)state;
    struct aggregating mean = aggregating_of("mean"), sd = aggregating_of("stddev");
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    apply_value(&mean, 5.25);
    apply_value(&sd, 5.25);
    struct result r = aggregating_result(&mean);
    assert_true(r.has_value && r.value == 5.25 && !r.has_interval && has(&r, RESULT_MEAN) && !has(&r, RESULT_SD));
    r = aggregating_result(&sd);
    assert_true(!r.has_value && r.n == 1);
    mean = aggregating_of("mean");
    sd = aggregating_of("stddev");
    for (int i = 0; i < 8; i++) {
        apply_value(&mean, values[i]);
        apply_value(&sd, values[i]);
    }
    double expected = sqrt(32.0 / 7), half = STAT_Z * expected / sqrt(8);
    r = aggregating_result(&mean);
    assert_true(r.value == 5 && r.n == 8 && r.field[RESULT_MEAN].d == 5 && r.field[RESULT_SD].d == expected);
    assert_true(r.has_interval && r.low == 5 - half && r.high == 5 + half);
    r = aggregating_result(&sd);
    assert_true(r.has_value && r.value == expected && r.n == 8 && !r.has_interval);
}

static void ratio_is_the_share_of_events_that_also_match_hits(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("ratio");
    const struct condition converted = {.what = EVENT_VALUE, .op = CONDITION_RANGE, .low = 1, .high = INT64_MAX};
    g.measure.hits = (struct predicate){&converted, 1};
    for (int i = 0; i < 263; i++) {
        apply_value(&g, i < 81 ? 1 : 0);
    }
    struct result r = aggregating_result(&g);
    assert_true(r.has_value && r.value == 81.0 / 263 && r.n == 263 && r.field[RESULT_HITS].i == 81);
    assert_true(r.has_interval && fabs(r.low - .2553) < 5e-5 && fabs(r.high - .3662) < 5e-5);
}

static void ratio_counts_hits_of_the_kinds_of_hits_only(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("ratio");
    g.measure.from.kinds = UINT64_C(1) << KIND_LEAD_WON | UINT64_C(1) << KIND_LEAD_LOST;
    g.measure.hit_kinds = UINT64_C(1) << KIND_LEAD_WON;
    for (int i = 0; i < 4; i++) {
        apply(&g, event_of(i == 0 ? KIND_LEAD_WON : KIND_LEAD_LOST, EVENT_AMOUNT, 5));
    }
    struct result r = aggregating_result(&g);
    assert_true(r.value == 0.25 && r.n == 4 && r.field[RESULT_HITS].i == 1);
}

static void quotient_divides_two_sums(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("quotient");
    g.measure.from = (struct source){.kinds = UINT64_C(1) << KIND_PURCHASE, .term_count = 2,
                                     .terms = {{EVENT_REVENUE, 1}, {EVENT_COST, -1}}};
    g.measure.per = (struct source){.kinds = UINT64_C(1) << KIND_PURCHASE | UINT64_C(1) << KIND_INVOICE, .term_count = 2,
                                    .terms = {{EVENT_REVENUE, 1}, {EVENT_AMOUNT, 1}}};
    apply(&g, event_of(KIND_INVOICE, EVENT_AMOUNT, 50000000));
    struct result r = aggregating_result(&g);
    assert_true(!r.has_value && r.n == 0);
    struct event e = event_of(KIND_PURCHASE, EVENT_REVENUE, 100000000);
    event_put_number(&e, EVENT_COST, 70000000);
    apply(&g, e);
    r = aggregating_result(&g);
    assert_true(r.has_value && r.value == 0.2 && r.n == 1);
    apply(&g, event_of(KIND_INVOICE, EVENT_AMOUNT, -150000000));
    assert_false(aggregating_result(&g).has_value);
    apply(&g, event_of(KIND_INVOICE, EVENT_AMOUNT, -60000000));
    assert_true(aggregating_result(&g).value == -0.5);
}

static void within_counts_what_meets_the_target_and_shows_the_spread(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("within"), at_least = aggregating_of("within");
    g.measure.target = at_least.measure.target = 5 * FIXED_ONE;
    at_least.measure.target_is_min = true;
    for (int i = 1; i <= 10; i++) {
        apply_value(&g, i);
        apply_value(&at_least, i);
    }
    struct result r = aggregating_result(&g);
    double low, high;
    wilson_interval(5, 10, &low, &high);
    assert_true(r.has_value && r.value == 0.5 && r.n == 10 && r.field[RESULT_HITS].i == 5 && r.low == low && r.high == high);
    assert_true(r.field[RESULT_MEAN].d == 5.5 && r.field[RESULT_SD].d == sqrt(82.5 / 9));
    assert_true(fabs(r.field[RESULT_P50].d / 5 - 1) <= 0.016);
    assert_true(fabs(r.field[RESULT_P90].d / 9 - 1) <= 0.016);
    assert_true(fabs(r.field[RESULT_P99].d / 10 - 1) <= 0.016);
    assert_true(aggregating_result(&at_least).value == 0.6);
    hist_ring_close(&g.hist);
    hist_ring_close(&at_least.hist);
}

static void nps_takes_answers_from_0_to_10(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("nps");
    for (int i = 0; i < 400; i++) {
        struct event e = event_of(KIND_SURVEY, EVENT_VALUE, FIXED_ONE * (i < 200 ? 9 + i % 2 : i < 280 ? i % 7 : 7 + i % 2));
        event_put_text(&e, EVENT_INSTRUMENT, "nps");
        apply(&g, e);
    }
    apply(&g, event_of(KIND_ENPS, EVENT_VALUE, 11 * FIXED_ONE));
    apply(&g, event_of(KIND_ENPS, EVENT_VALUE, -FIXED_ONE));
    struct result r = aggregating_result(&g);
    assert_true(r.has_value && r.value == 30 && r.n == 400 && r.present == 0);
    assert_true(r.has_interval && fabs((r.high - r.low) / 2 - STAT_Z * 3.905) < 0.001);
}

static bool is_favourable(const char *instrument, double value)
{
    struct aggregating g = aggregating_of("top_box");
    struct event e = event_of(KIND_SURVEY, EVENT_VALUE, llround(value * 1e6));
    event_put_text(&e, EVENT_INSTRUMENT, instrument);
    apply(&g, e);
    return aggregating_result(&g).value == 1;
}

static void top_box_of_customers_follows_the_instrument(void **state)
{
    (void)state;
    assert_true(!is_favourable("csat", 3) && is_favourable("csat", 4) && is_favourable("csat", 5));
    assert_true(!is_favourable("ces", 4) && is_favourable("ces", 5));
    assert_true(!is_favourable("grade10", 7.999999) && is_favourable("grade10", 8));
}

static void top_box_of_a_scale_that_is_said_of_all_follows_that(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("top_box");
    g.measure.scale = 5;
    g.measure.scale_of_all = true;
    struct event e = event_of(KIND_SURVEY, EVENT_VALUE, 4 * FIXED_ONE);
    event_put_text(&e, EVENT_INSTRUMENT, "mood");
    apply(&g, e);
    assert_true(aggregating_result(&g).value == 1);
}

static bool is_favourable_of(double value, int64_t scale)
{
    struct aggregating g = aggregating_of("top_box");
    struct event e = event_of(KIND_HR_SURVEY, EVENT_VALUE, llround(value * 1e6));
    event_put_number(&e, EVENT_SCALE, scale * FIXED_ONE);
    apply(&g, e);
    return aggregating_result(&g).value == 1;
}

static void top_box_of_employees_is_above_six_tenths_of_the_scale(void **state)
{
    (void)state;
    assert_true(!is_favourable_of(3, 5) && is_favourable_of(4, 5) && is_favourable_of(3.000001, 5));
    assert_true(!is_favourable_of(2, 4) && is_favourable_of(3, 4));
    assert_true(!is_favourable_of(4, 7) && is_favourable_of(5, 7));
    assert_true(!is_favourable_of(6, 10) && is_favourable_of(7, 10));
    assert_true(!is_favourable_of(1, 2) && is_favourable_of(2, 2));
}

static void top_box_shows_mean_and_spread_of_the_answers(void **state)
{
    (void)state;
    struct aggregating g = aggregating_of("top_box");
    for (int i = 1; i <= 5; i++) {
        struct event e = event_of(KIND_SURVEY, EVENT_VALUE, i * FIXED_ONE);
        event_put_text(&e, EVENT_INSTRUMENT, "csat");
        apply(&g, e);
    }
    struct result r = aggregating_result(&g);
    assert_true(r.value == 0.4 && r.n == 5 && r.field[RESULT_HITS].i == 2);
    assert_true(r.field[RESULT_MEAN].d == 3 && r.field[RESULT_SD].d == sqrt(2.5));
    assert_true(r.has_interval && r.low < 0.4 && r.high > 0.4);
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Random events, forwards and backwards: the same cells; taken away again: nothing is left. */
static void no_row_depends_on_order_and_all_can_be_taken_back(void **state)
{
    (void)state;
    enum { N = 300 };
    struct random rnd = {17};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    static struct event events[N];
    for (int i = 0; i < N; i++) {
        int64_t v = i % 3 ? random_between(&rnd, 0, 10) * FIXED_ONE : (int64_t)random_next(&rnd) >> random_between(&rnd, 0, 60);
        events[i] = event_of(KIND_MEASUREMENT, EVENT_VALUE, v);
    }
    for (size_t k = 0; k < OVER_EVENTS; k++) {
        struct aggregating forwards = aggregating_of(over_events[k]), backwards = aggregating_of(over_events[k]);
        for (int i = 0; i < N; i++) {
            assert_int_equal(aggregating_apply(&forwards, &events[i], 1), 0);
            assert_int_equal(aggregating_apply(&backwards, &events[N - 1 - i], 1), 0);
        }
        assert_memory_equal(forwards.pane, backwards.pane, sizeof forwards.pane);
        struct result a = aggregating_result(&forwards), b = aggregating_result(&backwards);
        assert_true(a.value == b.value && a.low == b.low && a.high == b.high && a.present == b.present);
        for (int i = 0; i < N; i++) {
            assert_int_equal(aggregating_apply(&forwards, &events[(i * 7) % N], -1), 0);
        }
        assert_true(cells_are_zero(&forwards.measure.aggregation->pane, forwards.pane));
        assert_int_equal(forwards.hist.n, 0);
        hist_ring_close(&forwards.hist);
        hist_ring_close(&backwards.hist);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregation_find_knows_the_rows_by_their_names),
        cmocka_unit_test(every_row_has_a_sound_layout_and_no_value_when_empty),
        cmocka_unit_test(every_row_over_events_keeps_n_first_and_leaves_the_respondents_alone),
        cmocka_unit_test(absent_is_zero_for_counts_and_sums_only),
        cmocka_unit_test(result_field_rows_have_the_names_of_the_contract),
        cmocka_unit_test(count_and_rate_count_events),
        cmocka_unit_test(sum_adds_signed_terms_beyond_64_bits),
        cmocka_unit_test(mean_and_stddev_are_over_events),
        cmocka_unit_test(ratio_is_the_share_of_events_that_also_match_hits),
        cmocka_unit_test(ratio_counts_hits_of_the_kinds_of_hits_only),
        cmocka_unit_test(quotient_divides_two_sums),
        cmocka_unit_test(within_counts_what_meets_the_target_and_shows_the_spread),
        cmocka_unit_test(nps_takes_answers_from_0_to_10),
        cmocka_unit_test(top_box_of_customers_follows_the_instrument),
        cmocka_unit_test(top_box_of_a_scale_that_is_said_of_all_follows_that),
        cmocka_unit_test(top_box_of_employees_is_above_six_tenths_of_the_scale),
        cmocka_unit_test(top_box_shows_mean_and_spread_of_the_answers),
        cmocka_unit_test(no_row_depends_on_order_and_all_can_be_taken_back),
    };
    return RUN_TESTS(tests);
}
