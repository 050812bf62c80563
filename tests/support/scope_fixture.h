/* A small model and short words for rows, for the tests of the scope engine and of its output. */
#ifndef CUBE_TESTS_SCOPE_FIXTURE_H
#define CUBE_TESTS_SCOPE_FIXTURE_H

#include <assert.h>

#include "engine/scope_engine.h"
#include "measure/aggregation.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define TICK (10 * SECOND)

enum { M_CARE, M_SPEED, M_MOOD, M_WORTH, M_ANSWERS, M_STAFF, M_WEALTH, M_COUNT };
enum { A_ENTERED, A_LEFT, A_WORTH_LOW, A_BURN, A_QUIET, A_COUNT };

/* Head count that follows time: value = level, average = value x (t mod an hour). */
static void staff_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){
        .n = w->level[0], .has_value = w->level[0] != 0, .value = (double)w->level[0]};
    result_set_double(ret_r, RESULT_AVERAGE,
                      (double)(w->level[0] * (w->t_ms % HOUR)) + (double)w->pane[0]);
}

static const struct aggregation fixture_staff = {
    .name = "staff", .pane = {.slots = 1}, .level = {.slots = 1}, .follows_time = true,
    .result = staff_result};

struct fixture {
    struct model model;
    struct measure measures[M_COUNT];
    struct alert_rule rules[A_COUNT];
    struct scope_engine *engine;
};

static struct measure fixture_measure(uint16_t index, const char *name, const char *aggregation,
                                      enum axis axis, double at0, double at100, double weight)
{
    struct measure m = {
        .name = text_of(name),
        .index = index,
        .axis = axis,
        .aggregation = aggregation ? aggregation_find(aggregation) : &fixture_staff,
        .horizons = {{HOUR, MINUTE, 60, "1h"}},
        .horizon_count = 1,
        .pane_ms = MINUTE,
        .scored = at0 != at100,
        .at0 = at0,
        .at100 = at100,
        .weight = weight,
    };
    assert(m.aggregation);
    return m;
}

static void fixture_measures(struct fixture *f)
{
    f->measures[M_CARE] = fixture_measure(M_CARE, "care", "ratio", AXIS_X, 0, 1, 2);
    f->measures[M_CARE].horizons[1] = (struct horizon){10 * MINUTE, TICK, 60, "10m"};
    f->measures[M_CARE].horizon_count = 2;
    f->measures[M_CARE].pane_ms = TICK;
    f->measures[M_SPEED] = fixture_measure(M_SPEED, "speed", "ratio", AXIS_X, 0, 1, 1);
    f->measures[M_MOOD] = fixture_measure(M_MOOD, "mood", "ratio", AXIS_E, 0, 1, 1);
    f->measures[M_WORTH] = fixture_measure(M_WORTH, "worth", "ratio", AXIS_V, 0, 1, 1);
    f->measures[M_ANSWERS] = fixture_measure(M_ANSWERS, "answers", "within", AXIS_NONE, 0, 0, 1);
    f->measures[M_STAFF] = fixture_measure(M_STAFF, "staff", NULL, AXIS_NONE, 0, 0, 1);
    f->measures[M_WEALTH] = fixture_measure(M_WEALTH, "wealth", "concentration", AXIS_NONE, 0, 0, 1);
    f->measures[M_WEALTH].horizons[1] = f->measures[M_CARE].horizons[1];
    f->measures[M_WEALTH].horizon_count = 2;
}

static void fixture_rules(struct fixture *f)
{
    static const struct label team = {{"team", 4}, {"care", 4}};
    static const struct label summary = {
        {"summary", 7},
        {"{{scope}} went from {{from}} to {{ to }}: {{value}} of {{n}} {{measure}} {{x}}", 78}};
    for (unsigned i = 0; i < A_COUNT; i++) {
        f->rules[i] = (struct alert_rule){.measure = UINT16_MAX,
                                          .axis = AXIS_NONE,
                                          .scopes = {.all = true},
                                          .severity = TEXT_LITERAL("ticket")};
    }
    struct alert_rule *r = f->rules;
    r[A_ENTERED].name = TEXT_LITERAL("Entered");
    r[A_ENTERED].condition = alert_condition_find("octant");
    r[A_ENTERED].with.octant = (struct octant_condition){7, false};
    r[A_LEFT].name = TEXT_LITERAL("Left");
    r[A_LEFT].condition = alert_condition_find("octant");
    r[A_LEFT].with.octant = (struct octant_condition){7, true};
    r[A_LEFT].labels = &team;
    r[A_LEFT].label_count = 1;
    r[A_LEFT].annotations = &summary;
    r[A_LEFT].annotation_count = 1;
    r[A_WORTH_LOW].name = TEXT_LITERAL("WorthLow");
    r[A_WORTH_LOW].condition = alert_condition_find("threshold");
    r[A_WORTH_LOW].measure = M_WORTH;
    r[A_WORTH_LOW].with.threshold = (struct threshold_condition){
        .has_below = true, .below = 0.4, .has_clear = true, .clear = 0.6};
    r[A_WORTH_LOW].for_ms = 5 * MINUTE;
    r[A_WORTH_LOW].keep_firing_for_ms = 3 * MINUTE;
    r[A_BURN].name = TEXT_LITERAL("Burn");
    r[A_BURN].condition = alert_condition_find("burn_rate");
    r[A_BURN].measure = M_CARE;
    r[A_BURN].with.burn_rate = (struct burn_rate_condition){
        .objective = 0.5, .factor = 1.2, .long_horizon = 0, .short_horizon = 1};
    r[A_QUIET].name = TEXT_LITERAL("Quiet");
    r[A_QUIET].condition = alert_condition_find("stale");
    r[A_QUIET].measure = M_MOOD;
    r[A_QUIET].with.stale = (struct stale_condition){2 * HOUR};
}

/* Rules that compare with the past, in place of two that do not. */
static inline void fixture_remembers(struct fixture *f)
{
    f->rules[A_ENTERED].condition = alert_condition_find("change");
    f->rules[A_ENTERED].axis = AXIS_X;
    f->rules[A_ENTERED].with.change = (struct change_condition){
        .over_ms = 5 * MINUTE, .step_ms = MINUTE, .has_below = true, .below = -1};
    f->rules[A_QUIET].condition = alert_condition_find("drift");
    f->rules[A_QUIET].measure = M_CARE;
    f->rules[A_QUIET].with.drift = (struct drift_condition){
        .lambda = 0.3, .limit = 3, .mean = 0.5, .sd = 0.05, .step_ms = 2 * MINUTE};
}

/* Sides by score alone, no hysteresis, no dwell, stale after a day; tests change what they need. */
static void fixture_init(struct fixture *f)
{
    static const struct axis_plan axis = {
        .threshold = 50, .min_coverage = 0.5, .stale_after_ms = DAY};
    *f = (struct fixture){0};
    fixture_measures(f);
    fixture_rules(f);
    f->model = (struct model){
        .digest = TEXT_LITERAL("4f1c9ad2"),
        .scopes = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}},
        .measures = f->measures,
        .measure_count = M_COUNT,
        .cube = {.tick_ms = TICK, .axes = {axis, axis, axis}},
        .alerts = f->rules,
        .alert_count = A_COUNT,
        .privacy = {.k = 3, .release_ms = DAY},
        .limits = {.scopes = 100},
        .alerts_url = TEXT_LITERAL("http://127.0.0.1:8642/#/scope/"),
    };
}

static inline int fixture_scope(struct fixture *f, struct text key, uint32_t *ret_id)
{
    return scope_engine_scope(f->engine, key, key.at[0] == 'o' ? 0 : 1, ret_id);
}

/* n answers, hits of them good, by as many people, in the pane of ts; seen from tick on. */
static inline int fixture_share(struct fixture *f, uint32_t scope, int64_t tick_ms,
                                uint16_t measure, int64_t ts_ms, int64_t n, int64_t hits)
{
    const struct measure *m = &f->measures[measure];
    int64_t cells[CELL_SLOTS_MAX] = {n, hits};
    unsigned slots = m->aggregation->pane.slots;
    if (m->aggregation->respondents) {
        cells[slots - 1] = n;
    }
    struct delta_row row = {.set = set_alone(scope),
                            .measure = measure,
                            .kind = ROW_PANE,
                            .slots = (uint8_t)slots,
                            .pane = pane_of(ts_ms, m->pane_ms),
                            .cells = cells};
    return scope_engine_add(f->engine, tick_ms, &row);
}

static inline int fixture_one(struct fixture *f, uint32_t scope, int64_t tick_ms, uint16_t measure,
                              enum row_kind kind, int64_t ts_ms, int32_t bucket, int64_t cell)
{
    struct delta_row row = {.set = set_alone(scope),
                            .measure = measure,
                            .kind = kind,
                            .slots = 1,
                            .bucket = bucket,
                            .pane = pane_of(ts_ms, f->measures[measure].pane_ms),
                            .cells = &cell};
    return scope_engine_add(f->engine, tick_ms, &row);
}

#endif
