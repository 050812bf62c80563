#include "unit/daemon/config_support.h"

#include "alert/condition.h"
#include "base/fixed.h"

#define DAY INT64_C(86400000)
#define ONE_MEASURE \
    "pack: none\nmeasures:\n  - {name: m, aggregation: count, from: {kind: complaint}, window: 1d}\n"

static void config_parse_of_nothing_is_the_whole_customer_cube(void **state)
{
    (void)state;
    struct config *c = config_of("");
    bool scored[AXIS_COUNT] = {false};
    for (uint32_t i = 0; i < c->model.measure_count; i++) {
        const struct measure *m = &c->model.measures[i];
        if (m->scored) {
            scored[m->axis] = true;
        }
    }
    assert_true(scored[AXIS_E] && scored[AXIS_X] && scored[AXIS_V]);
    assert_true(c->model.measure_count > 50);
    assert_true(c->model.alert_count > 8 && c->model.hypothesis_count > 10);
    assert_int_equal(c->model.points.count, 6);
    assert_int_equal(c->model.scopes.count, 6);
    assert_string_equal(c->topics[ROLE_PARTIALS], "cubed-partials");
    assert_string_equal(c->topics[ROLE_CHANGELOG_SCOPES], "cubed-changelog-scopes");
    assert_string_equal(c->kafka[0].name, "bootstrap.servers");
    assert_string_equal(c->model.alerts_url.at, "http://127.0.0.1:8642/#/scope/");
    assert_int_equal(c->model.time.out_of_order_ms, 2000);
    assert_int_equal(c->model.minute_rates[CATEGORY_VISITS], 750000);
    assert_int_equal(c->model.cost_of_capital, 80000);
    assert_int_equal(c->model.cube.axes[AXIS_V].stale_after_ms, 7 * DAY);
    assert_true(c->model.cube.by_interval);
    assert_int_equal(c->model.cube.linked.pane_ms * c->model.cube.linked.panes, 90 * DAY);
    assert_int_equal(c->model.scopes.kinds[c->model.cube.linked_kind].dims[0], DIM_DEPARTMENT);
    config_destroy(c);
    c = config_of("scopes: [region, [region, department]]\n");
    assert_int_equal(c->model.cube.linked.panes, 0); /* no scope is a department: none has an E to give */
    config_destroy(c);
}

static void config_parse_lets_a_file_change_single_keys_of_the_pack(void **state)
{
    (void)state;
    struct config *c = config_of("measures:\n"
                                 "  - {name: nps, weight: 3}\n"
                                 "  - {name: revenue, aggregation: count, from: {kind: purchase}}\n"
                                 "  - {name: first_time_resolution, min_n: null, weight: ~}\n"
                                 "alerts:\n"
                                 "  - {name: NoSurveys, severity: page}\n"
                                 "  - {name: MarginLow, octant: {left: cash}}\n");
    struct config *pack = config_of("");
    assert_int_equal(c->model.measure_count, pack->model.measure_count);
    config_destroy(pack);
    assert_true(measure_of(c, "nps")->weight == 3);
    assert_int_equal(measure_of(c, "nps")->axis, AXIS_X);
    assert_string_equal(measure_of(c, "revenue")->aggregation->name, "count");
    assert_int_equal(measure_of(c, "revenue")->horizons[0].window_ms, 365 * DAY);
    assert_int_equal(measure_of(c, "first_time_resolution")->min_n, 1);
    assert_true(measure_of(c, "first_time_resolution")->weight == 1);
    assert_string_equal(alert_of(c, "MarginLow")->condition->name, "octant");
    assert_int_equal(alert_of(c, "MarginLow")->measure, UINT16_MAX);
    assert_int_equal(alert_of(c, "MarginLow")->for_ms, 3600000);
    assert_string_equal(alert_of(c, "NoSurveys")->severity.at, "page");
    assert_int_equal(alert_of(c, "NoSurveys")->with.stale.after_ms, 2 * DAY);
    config_destroy(c);
}

static void config_parse_adds_a_calendar_to_those_of_the_pack(void **state)
{
    (void)state;
    struct config *c = config_of("calendars: {night: {days: [sat], from: \"22:00\", to: \"24:00\"}}\n"
                                 "measures: [{name: quote_in_time, calendar: night}]\n");
    assert_non_null(measure_of(c, "quote_in_time")->calendar);
    assert_non_null(measure_of(c, "quote_turnaround")->calendar);
    assert_ptr_not_equal(measure_of(c, "quote_in_time")->calendar, measure_of(c, "quote_turnaround")->calendar);
    config_destroy(c);
}

static void config_parse_derives_panes_and_their_common_divisor(void **state)
{
    (void)state;
    struct config *c = config_of(
        "pack: none\nmeasures:\n"
        "  - {name: a, aggregation: count, from: {kind: complaint}, window: 30d, horizons: [1h, 1d]}\n"
        "  - {name: b, aggregation: count, from: {kind: complaint}, window: 1m}\n"
        "  - {name: c, aggregation: count, from: {kind: complaint}, window: 100m, pane: 40m, horizons: "
        "[2h]}\n");
    const struct measure *a = measure_of(c, "a"), *b = measure_of(c, "b"), *rounded = measure_of(c, "c");
    assert_int_equal(a->horizons[0].pane_ms, 6 * 3600000);
    assert_int_equal(a->horizons[0].panes, 120);
    assert_string_equal(a->horizons[0].name, "30d");
    assert_int_equal(a->horizons[1].pane_ms, 60000);
    assert_int_equal(a->horizons[2].pane_ms, 15 * 60000);
    assert_int_equal(a->pane_ms, 60000);
    assert_int_equal(a->longest_ms, 30 * DAY);
    assert_int_equal(b->pane_ms, 10000);
    assert_int_equal(rounded->horizons[0].panes, 3);
    assert_int_equal(rounded->horizons[1].panes, 3);
    assert_int_equal(rounded->longest_ms, 120 * 60000);
    assert_int_equal(rounded->pane_ms, 40 * 60000);
    config_destroy(c);
}

static void config_parse_shares_ledger_tracks_and_keeps_the_rolling_year_first(void **state)
{
    (void)state;
    struct config *c =
        config_of("pack: none\nmeasures:\n"
                  "  - {name: a, aggregation: mean, from: {ledger: revenue}, window: 30d}\n"
                  "  - {name: b, aggregation: mean, from: {ledger: margin, per: customer}, window: 365d}\n"
                  "  - {name: c, aggregation: mean, from: {ledger: revenue}, window: 30d, min_n: 4}\n"
                  "  - {name: d, aggregation: mean, from: {ledger: cost}, window: 365d}\n");
    assert_int_equal(c->model.track_count, 3);
    assert_int_equal(c->model.tracks[PRESENT_TRACK].ledger, LEDGER_MARGIN);
    assert_int_equal(c->model.tracks[PRESENT_TRACK].horizon.window_ms, 365 * DAY);
    assert_int_equal(c->model.tracks[PRESENT_TRACK].horizon.pane_ms, DAY);
    assert_int_equal(c->model.tracks[1].ledger, LEDGER_REVENUE);
    assert_int_equal(measure_of(c, "a")->tracks[0], 1);
    assert_int_equal(measure_of(c, "b")->tracks[0], PRESENT_TRACK);
    assert_int_equal(measure_of(c, "c")->tracks[0], 1);
    assert_int_equal(measure_of(c, "d")->tracks[0], 2);
    assert_int_equal(c->model.tracks[2].ledger, LEDGER_COST);
    config_destroy(c);
}

static void config_parse_adds_the_windows_of_a_burn_rate(void **state)
{
    (void)state;
    struct config *c = config_of("pack: none\nmeasures:\n"
                                 "  - {name: m, aggregation: ratio, from: {kind: contact.confirm}, hits: "
                                 "{where: {satisfied: true}}, window: 30d}\n"
                                 "alerts:\n"
                                 "  - {name: low, measure: m, burn_rate: {objective: 0.80, long: 6h}}\n"
                                 "  - {name: high, measure: m, burn_rate: {objective: 0.99, long: 30d}}\n");
    const struct measure *m = measure_of(c, "m");
    const struct burn_rate_condition *low = &alert_of(c, "low")->with.burn_rate,
                                     *high = &alert_of(c, "high")->with.burn_rate;
    assert_int_equal(m->horizon_count, 4);
    assert_string_equal(m->horizons[low->long_horizon].name, "6h");
    assert_string_equal(m->horizons[low->short_horizon].name, "30m");
    assert_int_equal(m->horizons[low->short_horizon].pane_ms, 10000);
    assert_float_equal(low->factor, 4.0, 1e-9);
    assert_int_equal(high->long_horizon, 0);
    assert_string_equal(m->horizons[high->short_horizon].name, "60h");
    assert_float_equal(high->factor, 14.4, 0);
    assert_int_equal(m->pane_ms, 10000);
    config_destroy(c);
}

static void config_parse_finds_the_topic_of_survey_by_the_class(void **state)
{
    (void)state;
    struct config *c = config_of("");
    const struct measure *pride = measure_of(c, "pride"), *nps = measure_of(c, "nps"),
                         *enps = measure_of(c, "enps");
    assert_true(pride->from.kinds == UINT64_C(1) << KIND_HR_SURVEY);
    assert_true(nps->from.kinds == UINT64_C(1) << KIND_SURVEY);
    assert_true(pride->is_private && enps->is_private);
    assert_false(nps->is_private || measure_of(c, "turnover")->is_private);
    assert_int_equal(measure_of(c, "turnover")->class, CLASS_HR);
    assert_int_equal(measure_of(c, "csat")->scale, 5);
    assert_int_equal(pride->scale, 0);
    config_destroy(c);
}

static void config_parse_keeps_numbers_in_the_unit_of_their_field(void **state)
{
    (void)state;
    struct config *c = config_of(
        "pack: none\nmeasures:\n"
        "  - {name: a, aggregation: within, from: {kind: measurement, where: {value: {above: 1, max: 2.5}}}, "
        "target: 5.25, window: 1d}\n"
        "  - {name: b, aggregation: within, from: {kind: campaign.touch, value: attention_ms}, target: {min: "
        "3s}, window: 1d}\n"
        "  - {name: c, aggregation: sum, from: {kind: purchase, value: [revenue, -cost]}, window: 1d}\n");
    const struct measure *a = measure_of(c, "a"), *b = measure_of(c, "b"), *both = measure_of(c, "c");
    assert_int_equal(a->target, 5250000);
    assert_false(a->target_is_min);
    assert_int_equal(a->from.where.conditions[0].low, 1000001);
    assert_int_equal(a->from.where.conditions[0].high, 2500000);
    assert_int_equal(b->target, 3000 * FIXED_ONE);
    assert_true(b->target_is_min);
    assert_int_equal(both->from.term_count, 2);
    assert_int_equal(both->from.terms[1].field, EVENT_COST);
    assert_int_equal(both->from.terms[1].sign, -1);
    config_destroy(c);
}

static bool same_digest(const char *a, const char *b)
{
    struct config *x = config_of(a), *y = config_of(b);
    bool same = text_equal(x->model.digest, y->model.digest);
    assert_int_equal(x->model.digest.len, 8);
    config_destroy(x);
    config_destroy(y);
    return same;
}

#define FEW "pack: none\nmeasures:\n  - {name: active, aggregation: active, window: 30d}\n"
#define DIGEST_90D "71c6cd50" /* of the version before panes were short beside a half-life, which had this very text */

static int64_t points_pane(const char *yaml)
{
    struct config *c = config_of(yaml);
    int64_t pane_ms = c->model.points.pane_ms;
    config_destroy(c);
    return pane_ms;
}

/* Kept records count in panes: who has others may not go on from them, and who has the same must. */
static void config_digest_changes_with_a_half_life_that_changes_the_panes(void **state)
{
    (void)state;
    struct config *c = config_of("version: 1\nname: n\nkafka: {bootstrap.servers: \"h:1\"}\n" FEW "points_options: {half_life: 90d}\n");
    assert_string_equal(c->model.digest.at, DIGEST_90D);
    config_destroy(c);
    assert_int_equal(points_pane("points_options: {half_life: 90d}\n"), points_pane(""));
    assert_int_equal(points_pane("points_options: {half_life: 1h}\n"), 60000);
}

static void config_digest_changes_with_what_decides_a_position_only(void **state)
{
    (void)state;
    assert_true(same_digest("", "http: {listen: 127.0.0.1:9000}\nname: other\nkafka: {client.id: x}\ntopics: "
                                "{state: s}\nformat: msgpack\n"));
    assert_true(same_digest("", "measures:\n  - {name: nps, owner: care}\n"));
    assert_true(same_digest("", "limits: {scopes: 5}\nalerts:\n  - {name: NoSurveys, severity: page}\n"));
    assert_false(same_digest("", "measures:\n  - {name: nps, weight: 2}\n"));
    assert_false(same_digest("", "scopes: [region]\n"));
    assert_false(same_digest("", "cube: {tick: 1s}\n"));
    assert_false(same_digest("", "privacy: {k: 6}\n"));
    assert_false(same_digest("", "time: {lateness: 2d}\n"));
    assert_false(same_digest("", "points_options: {stages: highest}\n"));
    assert_false(same_digest("", "cube: {axes: {V: {threshold: 55}}}\n"));
}

static void config_parse_takes_the_instance_of_the_command_line(void **state)
{
    (void)state;
    struct config *c = NULL;
    const char *yaml = "instance: from_file\n" ONE_MEASURE;
    assert_int_equal(config_parse(yaml, strlen(yaml), "x", "from_command_line", stderr, &c), 0);
    assert_string_equal(c->instance, "from_command_line");
    config_destroy(c);
}

static void config_load_tells_a_file_that_is_not_there(void **state)
{
    (void)state;
    char *told;
    size_t len;
    struct config *c = NULL;
    FILE *errors = open_memstream(&told, &len);
    assert_non_null(errors);
    assert_int_equal(config_load("/nowhere/cubed.yaml", NULL, errors, &c), CUBE_ENOTFOUND);
    assert_int_equal(fclose(errors), 0);
    assert_string_equal(told, "/nowhere/cubed.yaml: error: cannot be opened: No such file or directory\n");
    assert_null(c);
    free(told);
}

static void config_parse_survives_a_file_cut_at_any_byte(void **state)
{
    (void)state;
    const char *yaml = "# comment\nmeasures:\n  - {name: \"nps\", weight: 3, horizons: [1h, &a 2h]}\nalerts: "
                       "[{name: 'x', octant: {left: cash}, labels: {a: |\n  b\n }}]\n";
    FILE *nothing = fopen("/dev/null", "w");
    assert_non_null(nothing);
    for (size_t len = 0; len <= strlen(yaml); len++) {
        struct config *c = NULL;
        int rc = config_parse(yaml, len, "cut", NULL, nothing, &c);
        assert_true(rc == 0 || rc == CUBE_ECONFIG);
        config_destroy(c);
    }
    fclose(nothing);
}

#define BURN \
    "pack: none\nmeasures:\n  - {name: m, aggregation: ratio, from: {kind: contact.confirm}, hits: {where: {satisfied: true}}, window: 30d}\n" \
    "alerts: [{name: A, measure: m, burn_rate: {objective: %s, long: 6h%s}}]\n"

/* All that was promised is missed: 1 / (1 - objective). So 14.4 needs an objective of 93.06 %, 6 one of 83.33 %. */
static void burn_rate_factor_never_exceeds_what_the_objective_allows(void **state)
{
    (void)state;
    static const struct {
        const char *objective, *factor;
        bool refused;
    } rows[] = {{"0.9305", "14.4", true}, {"0.9306", "14.4", false}, {"0.8333", "6", true}, {"0.8334", "6", false},
                {"0.8", "5", true}, {"0.8", "4.99", false}, {"0.9", "10", true}, {"0.9", "9.99", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char factor[32], yaml[512];
        snprintf(factor, sizeof factor, ", factor: %s", rows[i].factor);
        snprintf(yaml, sizeof yaml, BURN, rows[i].objective, factor);
        char *told = told_of(yaml, rows[i].refused ? CUBE_ECONFIG : 0);
        assert_true((strstr(told, "can never fire") != NULL) == rows[i].refused);
        free(told);
    }
}

static void burn_rate_factor_is_scaled_for_low_objectives(void **state)
{
    (void)state;
    static const struct {
        const char *objective;
        double factor;
    } rows[] = {{"0.7", 0.8 / 0.3}, {"0.8", 4}, {"0.9", 8}, {"0.95", 14.4}, {"0.99", 14.4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, BURN, rows[i].objective, "");
        struct config *c = config_of(yaml);
        const struct burn_rate_condition *b = &c->model.alerts[0].with.burn_rate;
        assert_true(b->factor > rows[i].factor - 1e-9 && b->factor < rows[i].factor + 1e-9);
        assert_int_equal(b->short_ms, b->long_ms / 12);
        config_destroy(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_parse_of_nothing_is_the_whole_customer_cube),
        cmocka_unit_test(config_parse_lets_a_file_change_single_keys_of_the_pack),
        cmocka_unit_test(config_parse_adds_a_calendar_to_those_of_the_pack),
        cmocka_unit_test(config_parse_derives_panes_and_their_common_divisor),
        cmocka_unit_test(config_parse_shares_ledger_tracks_and_keeps_the_rolling_year_first),
        cmocka_unit_test(config_parse_adds_the_windows_of_a_burn_rate),
        cmocka_unit_test(config_parse_finds_the_topic_of_survey_by_the_class),
        cmocka_unit_test(config_parse_keeps_numbers_in_the_unit_of_their_field),
        cmocka_unit_test(config_digest_changes_with_a_half_life_that_changes_the_panes),
        cmocka_unit_test(config_digest_changes_with_what_decides_a_position_only),
        cmocka_unit_test(config_parse_takes_the_instance_of_the_command_line),
        cmocka_unit_test(config_load_tells_a_file_that_is_not_there),
        cmocka_unit_test(config_parse_survives_a_file_cut_at_any_byte),
        cmocka_unit_test(burn_rate_factor_never_exceeds_what_the_objective_allows),
        cmocka_unit_test(burn_rate_factor_is_scaled_for_low_objectives),
    };
    return RUN_TESTS(tests);
}
