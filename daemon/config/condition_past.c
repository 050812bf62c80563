/* Conditions that compare with the past: change over a period, slow drift. */
#include "config/condition_parts.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/value.h"

#define STEPS_DEFAULT 24
#define STEPS_MAX (ALERT_SAMPLES_MAX - 24) /* some room beside what a rule asks for */

static bool step_read(struct whole *w, const struct yaml *node, int64_t max_ms, int64_t *ret_ms);
static void subject_read(struct whole *w, const struct yaml *map, const struct yaml *node,
                         struct alert_rule *r);
static void change_bounds(struct whole *w, const struct yaml *node, struct alert_rule *r);

/* over / 24, in whole ticks. */
static int64_t step_default(int64_t over_ms, int64_t tick_ms)
{
    return (over_ms / STEPS_DEFAULT + tick_ms - 1) / tick_ms * tick_ms;
}

void change_compile(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r)
{
    struct problems *p = &w->problems;
    struct change_condition *c = &r->with.change;
    const struct yaml *over = yaml_get(node, "over"), *step = yaml_get(node, "step");
    subject_read(w, map, node, r);
    change_bounds(w, node, r);
    if (!over) {
        problem_error(p, node, "change needs its period, like over: 7d");
        return;
    }
    if (!value_duration(p, over, "change.over", WINDOW_MIN_MS, WINDOW_MAX_MS, &c->over_ms)) {
        return;
    }
    c->step_ms = step_default(c->over_ms, w->config.model.cube.tick_ms);
    if (step && !step_read(w, step, c->over_ms, &c->step_ms)) {
        return;
    }
    if (c->step_ms > c->over_ms) {
        problem_error(p, over, "change.over must not be shorter than cube.tick");
    } else if (c->over_ms / c->step_ms > STEPS_MAX) {
        problem_error(p, step, "more than %d steps in %s: a longer step is needed", STEPS_MAX, over->text);
    }
}

static bool step_read(struct whole *w, const struct yaml *node, int64_t max_ms, int64_t *ret_ms)
{
    int64_t tick_ms = w->config.model.cube.tick_ms, ms;
    if (!value_duration(&w->problems, node, "step", 1, WINDOW_MAX_MS, &ms)) {
        return false;
    }
    if (ms % tick_ms != 0) {
        char tick[DURATION_TEXT_MAX];
        duration_text(tick_ms, tick);
        problem_error(&w->problems, node, "step must be a multiple of cube.tick (%s)", tick);
        return false;
    }
    if (ms > max_ms) {
        problem_error(&w->problems, node, "this can never fire: step is longer than over");
        return false;
    }
    *ret_ms = ms;
    return true;
}

static void subject_read(struct whole *w, const struct yaml *map, const struct yaml *node,
                         struct alert_rule *r)
{
    const struct yaml *axis = yaml_get(node, "axis");
    int found;
    inner_measure(w, map, node, r);
    if (axis && yaml_get(map, "axis")) {
        problem_error(&w->problems, axis->key, "the axis stands twice");
    } else if (axis && value_choice(&w->problems, axis, "axis", "E|X|V", &found)) {
        r->axis = (enum axis)found;
    }
    bool has_axis = axis || yaml_get(map, "axis");
    bool has_measure = yaml_get(node, "measure") || yaml_get(map, "measure");
    if (!has_axis && !has_measure) {
        problem_error(&w->problems, node->key, "change needs a measure or an axis");
    } else if (has_axis && has_measure && !(yaml_get(map, "axis") && yaml_get(map, "measure"))) {
        problem_error(&w->problems, node->key, "alert \"%s\" names both a measure and an axis", r->name.at);
    }
}

static void change_bounds(struct whole *w, const struct yaml *node, struct alert_rule *r)
{
    struct problems *p = &w->problems;
    struct change_condition *c = &r->with.change;
    const struct yaml *below = yaml_get(node, "below"), *above = yaml_get(node, "above");
    if (!below && !above) {
        problem_error(p, node, "change needs below or above");
    }
    c->has_below = below && value_double(p, below, "below", -1e300, 1e300, &c->below);
    c->has_above = above && value_double(p, above, "above", -1e300, 1e300, &c->above);
    if (c->has_below && c->has_above && c->below > c->above) {
        problem_error(p, node, "below %g or above %g is every change: this always fires", c->below, c->above);
    }
    struct range range = range_of_alert(w, r, BOUND_VALUE);
    if (range_is_empty(w, node->key, r, range)) {
        return;
    }
    if (c->has_below && c->below <= range.low - range.high) {
        problem_error(p, below, "this can never fire: no change lies below %g", range.low - range.high);
    }
    if (c->has_above && c->above >= range.high - range.low) {
        problem_error(p, above, "this can never fire: no change lies above %g", range.high - range.low);
    }
}

/* True when mean and sd are there. */
static bool drift_numbers(struct whole *w, const struct yaml *node, struct drift_condition *c)
{
    struct problems *p = &w->problems;
    const struct yaml *lambda = yaml_get(node, "lambda"), *limit = yaml_get(node, "limit"),
                      *mean = yaml_get(node, "mean"), *sd = yaml_get(node, "sd");
    c->lambda = 0.3;
    c->limit = 3;
    c->sd = 1;
    if (lambda && value_double(p, lambda, "drift.lambda", 0, 1, &c->lambda) && c->lambda <= 0) {
        problem_error(p, lambda, "this can never fire: with lambda 0 no value counts");
        c->lambda = 1;
    }
    if (limit && value_double(p, limit, "drift.limit", 0, 1e6, &c->limit) && c->limit <= 0) {
        problem_error(p, limit, "drift.limit must be above 0");
    }
    if (!mean || !sd) {
        problem_error(p, node, "drift needs mean and sd: what the value is like when all is well");
        return false;
    }
    (void)value_double(p, mean, "drift.mean", -1e300, 1e300, &c->mean);
    if (value_double(p, sd, "drift.sd", 0, 1e300, &c->sd) && c->sd <= 0) {
        problem_error(p, sd, "drift.sd must be above 0");
    }
    return true;
}

void drift_compile(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r)
{
    struct drift_condition *c = &r->with.drift;
    const struct yaml *step = yaml_get(node, "step");
    double low, high;
    if (!yaml_get(map, "measure")) {
        problem_error(&w->problems, node->key, "drift needs a measure");
    }
    bool whole = drift_numbers(w, node, c);
    c->step_ms = w->config.model.cube.tick_ms;
    if (!step) {
        problem_error(&w->problems, node, "drift needs its step, like step: 1h");
    } else {
        (void)step_read(w, step, WINDOW_MAX_MS, &c->step_ms);
    }
    drift_limits(c, &low, &high);
    struct range range = range_of_alert(w, r, BOUND_VALUE);
    if (whole && low <= range.low && high >= range.high) {
        problem_error(&w->problems, node, "this can never fire: no value lies outside %g to %g", low, high);
    }
}
