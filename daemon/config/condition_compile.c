#include "config/condition_parts.h"

#include <math.h>

#include "config/duration.h"
#include "config/keys.h"
#include "config/shape.h"
#include "config/value.h"

#define BURN_SHORT_SHARE 12
#define ROUNDING 1e-9 /* 1 / (1 - 0.8) is a little more than 5 */

static void measure_or_axis(struct whole *w, const struct yaml *map, struct alert_rule *r);
static void threshold_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                              struct alert_rule *r);
static void octant_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                           struct alert_rule *r);
static void burn_rate_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                              struct alert_rule *r);
static void stale_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                          struct alert_rule *r);

static const struct reader {
    const char *name;
    condition_reader *read;
} readers[] = {
    {"threshold", threshold_compile},
    {"octant", octant_compile},
    {"burn_rate", burn_rate_compile},
    {"stale", stale_compile},
    {"change", change_compile},
    {"drift", drift_compile},
    {"waiting", waiting_compile},
    {"coverage", coverage_compile},
};

const char *condition_name_at(uint32_t i)
{
    return i < sizeof(readers) / sizeof(readers[0]) ? readers[i].name : NULL;
}

void condition_of_alert_compile(struct whole *w, const struct yaml *map, struct alert_rule *r)
{
    const struct reader *found = NULL;
    measure_or_axis(w, map, r);
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        const struct yaml *node = yaml_get(map, readers[i].name);
        if (node && found) {
            problem_error(&w->problems, node->key, "alert \"%s\" has two conditions: %s and %s", r->name.at,
                          found->name, readers[i].name);
            return;
        }
        found = node ? &readers[i] : found;
    }
    if (!found) {
        problem_error(&w->problems, map,
                      "alert \"%s\" needs a condition: threshold, octant, burn_rate, stale, change, "
                      "drift, waiting or coverage",
                      r->name.at);
        return;
    }
    const struct yaml *node = yaml_get(map, found->name);
    r->condition = alert_condition_find(found->name);
    if (!r->condition) {
        problem_error(&w->problems, node->key, "condition \"%s\" is not available in this version of cubed",
                      found->name);
    } else if (value_is(&w->problems, node, YAML_MAP, found->name)) {
        keys_read(w, found->name, node);
        found->read(w, map, node, r);
        when_compile(w, yaml_get(map, "when"), r);
    }
}

double burn_factor_default(double objective)
{
    double scaled = 0.8 / (1 - objective);
    return scaled < 14.4 ? scaled : 14.4;
}

static void measure_or_axis(struct whole *w, const struct yaml *map, struct alert_rule *r)
{
    const struct yaml *measure = yaml_get(map, "measure"), *axis = yaml_get(map, "axis");
    int found;
    if (measure) {
        r->measure = measure_find(w, measure);
    }
    if (axis && value_choice(&w->problems, axis, "axis", "E|X|V", &found)) {
        r->axis = (enum axis)found;
    }
    if (measure && axis) {
        problem_error(&w->problems, axis->key, "alert \"%s\" names both a measure and an axis", r->name.at);
    }
    if (axis && !yaml_get(map, "threshold") && !yaml_get(map, "change")) {
        problem_error(&w->problems, axis->key, "axis goes with the conditions threshold and change");
    }
}

struct range range_of_alert(const struct whole *w, const struct alert_rule *r, enum bound bound)
{
    static const struct range anything = {-INFINITY, INFINITY};
    if (r->axis != AXIS_NONE) {
        return range_of_axis(w, r->axis, bound);
    }
    return r->measure != UINT16_MAX ? range_of_measure(&w->measures[r->measure], bound) : anything;
}

bool range_is_empty(struct whole *w, const struct yaml *at, const struct alert_rule *r, struct range range)
{
    if (range.low > range.high) {
        never_tell(w, at, memory_format(&w->memory, "this can never fire: nothing is scored on axis %s", axis_names[r->axis].at));
    }
    return range.low > range.high;
}

static void never_check(struct whole *w, const struct yaml *node, const struct alert_rule *r)
{
    const struct threshold_condition *t = &r->with.threshold;
    struct range range = range_of_alert(w, r, t->bound);
    if (range_is_empty(w, node->key, r, range)) {
        return;
    }
    if (t->has_below && t->below <= range.low) {
        problem_error(&w->problems, yaml_get(node, "below"), "this can never fire: no value lies below %g", range.low);
    }
    if (t->has_above && t->above >= range.high) {
        problem_error(&w->problems, yaml_get(node, "above"), "this can never fire: no value lies above %g", range.high);
    }
    if (t->has_clear && t->has_below && t->clear > range.high) {
        problem_warning(&w->problems, yaml_get(node, "clear"), "this can never resolve: no value reaches it, the largest is %g", range.high);
    }
    if (t->has_clear && t->has_above && t->clear < range.low) {
        problem_warning(&w->problems, yaml_get(node, "clear"), "this can never resolve: no value reaches it, the least is %g", range.low);
    }
    if (t->bound != BOUND_VALUE && r->measure != UINT16_MAX && w->measures[r->measure].aggregation &&
        shape_find(w->measures[r->measure].aggregation->name)->no_interval) {
        problem_error(&w->problems, yaml_get(node, "bound"), "bound asks for an interval, and aggregation \"%s\" has none",
                      w->measures[r->measure].aggregation->name);
    }
}

static void clear_check(struct whole *w, const struct yaml *clear, const struct threshold_condition *t)
{
    if (t->has_below && t->has_above) {
        problem_error(&w->problems, clear->key, "clear goes with one of below and above");
    } else if (t->has_below && t->clear < t->below) {
        problem_error(&w->problems, clear, "clear must not lie below the bound that fires");
    } else if (t->has_above && t->clear > t->above) {
        problem_error(&w->problems, clear, "clear must not lie above the bound that fires");
    }
}

static void threshold_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                              struct alert_rule *r)
{
    struct problems *p = &w->problems;
    struct threshold_condition *t = &r->with.threshold;
    const struct yaml *below = yaml_get(node, "below"), *above = yaml_get(node, "above");
    const struct yaml *bound = yaml_get(node, "bound"), *clear = yaml_get(node, "clear");
    int word = BOUND_VALUE;
    if (!yaml_get(map, "measure") && !yaml_get(map, "axis")) {
        problem_error(p, node->key, "threshold needs a measure or an axis");
    }
    if (!below && !above) {
        problem_error(p, node, "threshold needs below or above");
    }
    t->has_below = below && value_double(p, below, "below", -1e300, 1e300, &t->below);
    t->has_above = above && value_double(p, above, "above", -1e300, 1e300, &t->above);
    if (bound) {
        (void)value_choice(p, bound, "bound", "value|lower|upper", &word);
    }
    t->bound = (enum bound)word;
    t->has_clear = clear && value_double(p, clear, "clear", -1e300, 1e300, &t->clear);
    if (t->has_clear) {
        clear_check(w, clear, t);
    }
    if (t->has_below && t->has_above && t->below > t->above) {
        problem_error(p, node, "below %g or above %g is every value: this always fires", t->below, t->above);
    }
    never_check(w, node, r);
}

static void octant_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                           struct alert_rule *r)
{
    const struct yaml *left = yaml_get(node, "left"), *entered = yaml_get(node, "entered");
    const struct yaml *octant = left ? left : entered, *measure = yaml_get(map, "measure");
    if (measure) {
        problem_error(&w->problems, measure->key, "the condition octant takes no measure");
    }
    if (!octant || (left && entered)) {
        problem_error(&w->problems, node, "octant needs one of left and entered");
        return;
    }
    r->with.octant.left = left != NULL;
    r->with.octant.octant = octant_read(w, octant);
}

static int burn_horizon(struct whole *w, const struct yaml *at, struct alert_rule *r, int64_t ms,
                        const char *configured)
{
    char text[DURATION_TEXT_MAX];
    duration_text(ms, text);
    const char *name = configured ? configured : memory_copy(&w->memory, text, strlen(text));
    int index = horizon_need(w, &w->measures[r->measure], &w->measure_notes[r->measure], ms, name, at);
    return index < 0 ? 0 : index;
}

static void burn_windows(struct whole *w, const struct yaml *node, struct alert_rule *r)
{
    struct burn_rate_condition *b = &r->with.burn_rate;
    const struct yaml *window = yaml_get(node, "long");
    if (!window) {
        problem_error(&w->problems, node, "burn_rate needs its long window, like long: 6h");
        return;
    }
    if (!value_duration(&w->problems, window, "burn_rate.long", BURN_SHORT_SHARE * WINDOW_MIN_MS,
                        WINDOW_MAX_MS, &b->long_ms)) {
        return;
    }
    b->short_ms = b->long_ms / BURN_SHORT_SHARE;
    if (r->measure != UINT16_MAX) {
        b->long_horizon = (uint8_t)burn_horizon(w, window, r, b->long_ms, window->text);
        b->short_horizon = (uint8_t)burn_horizon(w, window, r, b->short_ms, NULL);
    }
}

static void burn_rate_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                              struct alert_rule *r)
{
    struct problems *p = &w->problems;
    struct burn_rate_condition *b = &r->with.burn_rate;
    const struct yaml *objective = yaml_get(node, "objective"), *factor = yaml_get(node, "factor"),
                      *measure = yaml_get(map, "measure");
    if (!measure) {
        problem_error(p, node->key, "burn_rate needs a measure");
    } else if (r->measure != UINT16_MAX && w->measures[r->measure].aggregation &&
               !shape_find(w->measures[r->measure].aggregation->name)->has_hits) {
        problem_error(p, measure,
                      "burn_rate needs a measure with a share of hits (ratio, within, first_time, top_box), "
                      "and \"%s\" is a %s",
                      measure->text, w->measures[r->measure].aggregation->name);
        return;
    }
    burn_windows(w, node, r);
    if (!objective) {
        problem_error(p, node, "burn_rate needs an objective, like objective: 0.8");
        return;
    }
    if (!value_double(p, objective, "burn_rate.objective", 0, 1, &b->objective)) {
        return;
    }
    if (b->objective <= 0 || b->objective >= 1) {
        problem_error(p, objective, "burn_rate.objective must lie between 0 and 1, both excluded");
        return;
    }
    b->factor = burn_factor_default(b->objective);
    double highest = 1 / (1 - b->objective);
    if (factor && value_double(p, factor, "burn_rate.factor", 1e-6, 1e6, &b->factor) &&
        b->factor >= highest * (1 - ROUNDING)) {
        problem_error(p, factor, "this can never fire: with objective %g a burn rate never exceeds %g",
                      b->objective, highest);
    }
}

static void stale_compile(struct whole *w, const struct yaml *map, const struct yaml *node,
                          struct alert_rule *r)
{
    const struct yaml *after = yaml_get(node, "after");
    inner_measure(w, map, node, r);
    if (!yaml_get(node, "measure") && !yaml_get(map, "measure")) {
        problem_error(&w->problems, node, "stale needs a measure");
    }
    if (!after) {
        problem_error(&w->problems, node, "stale needs after, like after: 2d");
        return;
    }
    (void)value_duration(&w->problems, after, "stale.after", 1000, WINDOW_MAX_MS, &r->with.stale.after_ms);
}
