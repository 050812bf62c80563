/* Measures: scores, targets, windows. */
#include <inttypes.h>

#include "base/fixed.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/range.h"
#include "config/shape.h"
#include "config/value.h"

#define DEFINITIONS "confirmed|agent|survey|no_recontact|one_touch"
#define WEIGHT_MAX 1e6

static void measure_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note);
static void target_compile(struct whole *w, const struct yaml *map, struct measure *m,
                           struct measure_note *note);
static void first_time_compile(struct whole *w, const struct yaml *map, struct measure *m);
static void calendar_compile(struct whole *w, const struct yaml *node, struct measure *m);
static void score_compile(struct whole *w, const struct yaml *map, struct measure *m,
                          struct measure_note *note);
static void score_check(struct whole *w, const struct yaml *score, const struct measure *m, const struct measure_note *note);
static void windows_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note);
static bool name_is_new(struct whole *w, const struct yaml *node, uint32_t count);

void measures_compile(struct whole *w, const struct yaml *node)
{
    struct model *model = &w->config.model;
    if (!node || node->type == YAML_NULL || !value_is(&w->problems, node, YAML_LIST, "measures")) {
        return;
    }
    w->measures = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->measures)); /* the last: retention_finish */
    w->measure_notes = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->measure_notes));
    model->measures = w->measures;
    YAML_EACH(map, node)
    {
        if (model->measure_count == MEASURES_MAX) {
            problem_error(&w->problems, map, "more than %d measures", MEASURES_MAX);
            return;
        }
        if (!value_is(&w->problems, map, YAML_MAP, "a measure")) {
            continue;
        }
        struct measure *m = &w->measures[model->measure_count];
        *m = (struct measure){.index = (uint16_t)model->measure_count,
                              .axis = AXIS_NONE,
                              .class = CLASS_KPI};
        w->measure_notes[model->measure_count].node = map;
        measure_compile(w, map, m, &w->measure_notes[model->measure_count]);
        model->measure_count += m->name.at != NULL;
    }
}

uint16_t measure_find(struct whole *w, const struct yaml *name)
{
    const struct model *model = &w->config.model;
    const char *text, *near = NULL;
    uint32_t best = UINT32_MAX;
    if (!value_text(&w->problems, name, "measure", &text)) {
        return UINT16_MAX;
    }
    for (uint16_t i = 0; i < model->measure_count; i++) {
        uint32_t distance = edit_distance(text, w->measures[i].name.at);
        if (distance == 0) {
            return i;
        }
        if (distance < best) {
            best = distance;
            near = w->measures[i].name.at;
        }
    }
    bool hint = near && best <= hint_distance(text);
    problem_error(&w->problems, name, "no measure is called \"%s\"%s%s%s", text,
                  hint ? "; did you mean \"" : "", hint ? near : "", hint ? "\"?" : "");
    return UINT16_MAX;
}

static const char *aggregation_at(const void *context, uint32_t i)
{
    (void)context;
    return shape_name_at(i);
}

static const struct aggregation *aggregation_named(const char *name)
{
    return shape_find(name)->inner ? NULL : aggregation_find(name);
}

static const char *measure_at(const void *context, uint32_t i)
{
    const struct whole *w = context;
    return i < w->config.model.measure_count ? w->measures[i].name.at : NULL;
}

static bool aggregation_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    const struct yaml *node = yaml_get(map, "aggregation");
    const char *name;
    if (!node) {
        const char *near = name_nearest(m->name.at, measure_at, w);
        problem_error(&w->problems, map, "measure \"%s\" needs an aggregation%s", m->name.at,
                      near ? memory_format(&w->memory, "; did you mean \"%s\"?", near) : "");
        return false;
    }
    if (!value_text(&w->problems, node, "aggregation", &name)) {
        return false;
    }
    m->aggregation = aggregation_named(name);
    if (m->aggregation) {
        return true;
    }
    problem_error(&w->problems, node, "unknown aggregation \"%s\"%s", name,
                  problem_hint(&w->problems, name, aggregation_at, NULL));
    return false;
}

static void measure_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note)
{
    const struct yaml *name = yaml_get(map, "name");
    const char *text;
    int axis = AXIS_NONE;
    keys_read(w, "measures[]", map);
    if (!name) {
        problem_error(&w->problems, map, "a measure needs a name");
        return;
    }
    if (!value_name(&w->problems, name, "the name of a measure", "_.-", 64, &text) ||
        !name_is_new(w, name, m->index)) {
        return;
    }
    m->name = text_of(text);
    if (yaml_get(map, "axis")) {
        (void)value_choice(&w->problems, yaml_get(map, "axis"), "axis", "E|X|V|none", &axis);
    }
    m->axis = (enum axis)axis;
    windows_compile(w, map, m, note);
    score_compile(w, map, m, note);
    if (!aggregation_compile(w, map, m)) {
        return;
    }
    measure_source_compile(w, map, m, note);
    measure_registry_compile(w, map, m);
    answers_compile(w, map, m);
    target_compile(w, map, m, note);
    first_time_compile(w, map, m);
    calendar_compile(w, yaml_get(map, "calendar"), m);
    score_check(w, yaml_get(map, "score"), m, note);
}

static bool name_is_new(struct whole *w, const struct yaml *node, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(w->measures[i].name.at, node->text) == 0) {
            problem_error(&w->problems, node, "a second measure \"%s\" (first in line %u)", node->text,
                          w->measure_notes[i].node->line);
            return false;
        }
    }
    return true;
}

static void target_value(struct whole *w, const struct yaml *node, struct measure *m,
                         const struct measure_note *note)
{
    int64_t ms;
    if (shape_find(m->aggregation->name)->pairs) {
        pairs_target_compile(w, node, m);
    } else if (!note->integer_value) {
        (void)value_micro_exact(&w->problems, node, "target", &m->target);
    } else if (node->type == YAML_SCALAR && duration_parse(node->text, &ms) == 0) {
        m->target = ms > INT64_MAX / FIXED_ONE ? INT64_MAX : ms * FIXED_ONE;
    } else {
        (void)value_micro(&w->problems, node, "target", &m->target);
    }
}

/* A target for answers must lie on their scale. */
static void target_check(struct whole *w, const struct yaml *node, const struct measure *m)
{
    struct range r = range_of_events(&m->from);
    double target = (double)m->target / FIXED_ONE;
    if (!shape_find(m->aggregation->name)->pairs && (target < r.low || target > r.high)) {
        problem_error(&w->problems, node, "no value is near this target: they are %s", range_text(w, r));
    }
}

static void target_compile(struct whole *w, const struct yaml *map, struct measure *m,
                           struct measure_note *note)
{
    const struct yaml *node = yaml_get(map, "target");
    bool wanted = shape_find(m->aggregation->name)->target;
    if (!wanted || !node) {
        if (wanted || node) {
            problem_error(&w->problems, wanted ? yaml_get(map, "aggregation") : node->key,
                          wanted ? "aggregation \"%s\" needs a target"
                                 : "target goes with aggregations within and duration, not with \"%s\"",
                          m->aggregation->name);
        }
        return;
    }
    note->has_target = true;
    if (node->type != YAML_MAP) {
        target_value(w, node, m, note);
        target_check(w, node, m);
        return;
    }
    const struct yaml *min = yaml_get(node, "min");
    if (!min || node->count != 1) {
        problem_error(&w->problems, node, "target is a number or {min: NUMBER}");
        return;
    }
    m->target_is_min = true;
    target_value(w, min, m, note);
    target_check(w, min, m);
}

static void calendar_compile(struct whole *w, const struct yaml *node, struct measure *m)
{
    if (node && shape_find(m->aggregation->name)->pairs) {
        m->calendar = calendar_find(w, node);
    } else if (node) {
        problem_error(&w->problems, node->key, "calendar goes with aggregation duration, not with \"%s\"",
                      m->aggregation->name);
    }
}

static void first_time_compile(struct whole *w, const struct yaml *map, struct measure *m)
{
    static const char *const keys[] = {"definition", "recontact_window"};
    bool first_time = shape_find(m->aggregation->name)->first_time;
    for (int i = 0; i < 2 && !first_time; i++) {
        if (yaml_get(map, keys[i])) {
            problem_error(&w->problems, yaml_get(map, keys[i])->key,
                          "%s goes with aggregation first_time, not with \"%s\"", keys[i],
                          m->aggregation->name);
        }
    }
    if (!first_time) {
        return;
    }
    int definition = FIRST_TIME_CONFIRMED;
    const struct yaml *node = yaml_get(map, keys[0]), *window = yaml_get(map, keys[1]);
    m->recontact_window_ms = 7 * DAY_MS;
    if (window) {
        (void)value_duration(&w->problems, window, keys[1], 1000, 366 * DAY_MS, &m->recontact_window_ms);
    }
    if (node) {
        (void)value_choice(&w->problems, node, keys[0], DEFINITIONS, &definition);
    }
    m->definition = (enum first_time_definition)definition;
}

/* Beside axis: none they wait for the day it is one again; without any word of an axis it was forgotten. */
static void axis_needed(struct whole *w, const struct yaml *map, const struct yaml *node)
{
    if (node && node->source != w->pack_source && !yaml_get(map, "axis")) {
        problem_warning(&w->problems, node->key, "%s does nothing without an axis: E, X or V", node->key->text);
    }
}

static void score_compile(struct whole *w, const struct yaml *map, struct measure *m,
                          struct measure_note *note)
{
    struct problems *p = &w->problems;
    const struct yaml *score = yaml_get(map, "score"), *weight = yaml_get(map, "weight"),
                      *min_n = yaml_get(map, "min_n");
    m->weight = 1;
    m->min_n = 1;
    m->scored = m->axis != AXIS_NONE;
    axis_needed(w, map, score);
    axis_needed(w, map, weight);
    if (weight && value_double(p, weight, "weight", 0, WEIGHT_MAX, &m->weight) && m->weight == 0) {
        problem_error(p, weight, "weight must be above 0; axis: none takes a measure out of the score");
    }
    if (min_n) {
        (void)value_int(p, min_n, "min_n", 1, INT64_C(1000000000000), &m->min_n);
    }
    if (!score) {
        if (m->scored) {
            problem_error(p, yaml_get(map, "axis"),
                          "measure \"%s\" on axis %s needs score: {at0: ..., at100: ...}", m->name.at,
                          axis_names[m->axis].at);
        }
        return;
    }
    if (!value_is(p, score, YAML_MAP, "score")) {
        return;
    }
    keys_read(w, "score", score);
    const struct yaml *at0 = yaml_get(score, "at0"), *at100 = yaml_get(score, "at100");
    if (!at0 || !at100) {
        problem_error(p, score, "score needs both at0 and at100");
    } else if (value_double(p, at0, "at0", -1e300, 1e300, &m->at0) &&
               value_double(p, at100, "at100", -1e300, 1e300, &m->at100)) {
        note->has_score = true;
        if (m->at0 == m->at100) {
            problem_error(p, score, "at0 and at100 are the same value: every score would be both");
        }
    }
}

/* A share that is scored in percent, say, scores the same whatever it is. */
static void score_check(struct whole *w, const struct yaml *score, const struct measure *m, const struct measure_note *note)
{
    if (!note->has_score || m->at0 == m->at100) {
        return;
    }
    struct range value = range_of_measure(m, BOUND_VALUE), scores = range_of_score(m);
    if (scores.low == scores.high && !m->scored) {
        problem_warning(&w->problems, score, "measure \"%s\" would always score %g: its value is %s", m->name.at, scores.low, range_text(w, value));
    } else if (scores.low == scores.high) {
        problem_error(&w->problems, score, "measure \"%s\" would always score %g: its value is %s", m->name.at, scores.low, range_text(w, value));
    } else if (m->scored && scores.high < w->config.model.cube.axes[m->axis].threshold) {
        problem_warning(&w->problems, score, "measure \"%s\" never scores more than %g: its value is %s", m->name.at, scores.high,
                        range_text(w, value));
    }
}

static void windows_compile(struct whole *w, const struct yaml *map, struct measure *m,
                            struct measure_note *note)
{
    struct problems *p = &w->problems;
    const struct yaml *window = yaml_get(map, "window"), *horizons = yaml_get(map, "horizons"),
                      *pane = yaml_get(map, "pane");
    int64_t ms;
    if (pane) {
        (void)value_duration(p, pane, "pane", 1000, DAY_MS * 366, &note->pane_ms);
    }
    if (!window) {
        problem_error(p, map, "measure \"%s\" needs a window", m->name.at);
        m->horizons[m->horizon_count++] = (struct horizon){.window_ms = 30 * DAY_MS, .name = "30d"};
    } else if (value_duration(p, window, "window", WINDOW_MIN_MS, WINDOW_MAX_MS, &ms)) {
        (void)horizon_need(w, m, note, ms, window->text, window);
    }
    if (!horizons || !value_is(p, horizons, YAML_LIST, "horizons")) {
        return;
    }
    YAML_EACH(node, horizons)
    {
        uint32_t before = m->horizon_count;
        if (value_duration(p, node, "a horizon", WINDOW_MIN_MS, WINDOW_MAX_MS, &ms) &&
            horizon_need(w, m, note, ms, node->text, node) >= 0 && m->horizon_count == before) {
            problem_error(p, node, "the horizon %s stands twice", node->text);
        }
    }
}
