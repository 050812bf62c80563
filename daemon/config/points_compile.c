/* The plan of engagement points. */
#include <inttypes.h>

#include "base/fixed.h"
#include "config/duration.h"
#include "config/keys.h"
#include "config/range.h"
#include "config/value.h"
#include "engine/points.h"

#define STAGE_DEFAULT "newsletter"
#define CAP_MAX INT64_C(1000000000)

static bool rule_compile(struct whole *w, const struct yaml *map, struct points_rule *r,
                         struct points_note *note);
static void steps_compile(struct whole *w, const struct yaml *node, struct points_rule *r);
static void cap_compile(struct whole *w, const struct yaml *node, struct points_rule *r);
static void stages_finish(struct whole *w);

int64_t points_window_pane_ms(const struct points_plan *plan)
{
    return plan->window_ms > 0 ? pane_default_ms(plan->window_ms) : DAY_MS;
}

/* Ages are whole panes, so panes are short beside a half-life. */
static int64_t pane_of_plan(const struct points_plan *plan)
{
    int64_t pane = points_window_pane_ms(plan);
    int64_t fine = plan->half_life_ms > 0 ? pane_default_ms(plan->half_life_ms) : pane;
    return fine < pane ? fine : pane;
}

void points_compile(struct whole *w, const struct yaml *node)
{
    struct points_plan *plan = &w->config.model.points;
    plan->pane_ms = pane_of_plan(plan);
    if (!node || node->type == YAML_NULL || !value_is(&w->problems, node, YAML_LIST, "points")) {
        return;
    }
    w->points = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->points));
    w->points_notes = memory_alloc(&w->memory, (node->count + 1) * sizeof(*w->points_notes));
    plan->rules = w->points;
    YAML_EACH(map, node)
    {
        if (plan->count == POINTS_RULES_MAX) {
            problem_error(&w->problems, map, "more than %d rules of points", POINTS_RULES_MAX);
            break;
        }
        if (value_is(&w->problems, map, YAML_MAP, "a rule of points")) {
            plan->count += rule_compile(w, map, &w->points[plan->count], &w->points_notes[plan->count]);
        }
    }
    stages_finish(w);
}

static bool customer_kinds(struct whole *w, const struct yaml *node, uint64_t *ret_kinds)
{
    if (!kinds_compile(w, node, -1, false, ret_kinds)) {
        return false;
    }
    for (int i = 0; i < KIND_COUNT; i++) {
        if ((*ret_kinds >> i & 1) && kind_rows[i].topic == TOPIC_HR) {
            problem_error(&w->problems, node, "points are earned by customers, and \"%s\" is of employees",
                          kind_rows[i].name.at);
            return false;
        }
    }
    return true;
}

static void per_read(struct whole *w, const struct yaml *node, uint64_t kinds, struct points_rule *r)
{
    const char *name;
    r->per = EVENT_FIELD_NONE;
    if (!node || !value_text(&w->problems, node, "per", &name)) {
        return;
    }
    enum event_field field = field_find(text_of(name));
    if (field == EVENT_FIELD_NONE || field_rows[field].type != FIELD_TEXT) {
        problem_error(&w->problems, node,
                      field == EVENT_FIELD_NONE ? "unknown field \"%s\"" : "field \"%s\" is no text", name);
        return;
    }
    if (!kinds_carry(kinds, field, true)) {
        problem_error(&w->problems, node, "no event of this kind has a field \"%s\"", name);
    }
    r->per = (uint8_t)field;
}

static void stage_read(struct whole *w, const struct yaml *node, const struct points_rule *r,
                       struct points_note *note)
{
    bool newsletter = r->kind == KIND_NEWSLETTER_RECEIVED || r->kind == KIND_NEWSLETTER_OPENED ||
                      r->kind == KIND_NEWSLETTER_READ;
    const char *name;
    note->stage = newsletter ? STAGE_DEFAULT : NULL;
    if (node && value_name(&w->problems, node, "stage", "_.-", 64, &name)) {
        note->stage = strcmp(name, "none") == 0 ? NULL : name;
    }
    if (note->stage && r->kind == KIND_PURCHASE) {
        problem_error(&w->problems, node, "a purchase is no stage of anything: it counts by itself, and its cancellation takes back just that");
        note->stage = NULL;
    }
}

static bool rule_compile(struct whole *w, const struct yaml *map, struct points_rule *r,
                         struct points_note *note)
{
    struct problems *p = &w->problems;
    const struct yaml *kind = yaml_get(map, "kind"), *points = yaml_get(map, "points");
    const struct yaml *once = yaml_get(map, "once"), *back = yaml_get(map, "retracted_by");
    uint64_t kinds = 0;
    keys_read(w, "points[]", map);
    if (!kind || !points) {
        problem_error(p, map, "a rule of points needs a kind and points");
        return false;
    }
    if (kind->type == YAML_LIST) {
        problem_error(p, kind, "a rule of points has one kind; write a rule for each");
        return false;
    }
    if (!customer_kinds(w, kind, &kinds) ||
        !value_int(p, points, "points", -POINTS_MAX, POINTS_MAX, &r->points)) {
        return false;
    }
    r->kind = (enum event_kind)__builtin_ctzll(kinds);
    per_read(w, yaml_get(map, "per"), kinds, r);
    if (once) {
        (void)value_bool(p, once, "once", &r->once);
    }
    if (back && customer_kinds(w, back, &r->retracted_by) && (r->retracted_by >> r->kind & 1)) {
        problem_error(p, back, "a rule that its own kind takes back earns nothing");
    }
    if (r->kind == KIND_PURCHASE && r->per != EVENT_ORDER) {
        r->retracted_by &= ~(UINT64_C(1) << KIND_ORDER_CANCELLED); /* it takes back what the purchases of its order earned, named or not */
    }
    predicate_compile(w, yaml_get(map, "where"), kinds, &r->where);
    steps_compile(w, yaml_get(map, "steps"), r);
    cap_compile(w, yaml_get(map, "cap"), r);
    if (r->points == 0 && !r->has_steps) {
        problem_warning(p, points, "a rule of 0 points earns nothing");
    }
    stage_read(w, yaml_get(map, "stage"), r, note);
    return true;
}

static void steps_compile(struct whole *w, const struct yaml *node, struct points_rule *r)
{
    const char *name;
    if (!node || !value_is(&w->problems, node, YAML_MAP, "steps")) {
        return;
    }
    keys_read(w, "steps", node);
    const struct yaml *field = yaml_get(node, "field"), *above = yaml_get(node, "above"),
                      *points = yaml_get(node, "points");
    if (!field || !above || !points) {
        problem_error(&w->problems, node, "steps needs field, above and points");
        return;
    }
    if (!value_text(&w->problems, field, "steps.field", &name)) {
        return;
    }
    enum event_field found = field_find(text_of(name));
    if (found == EVENT_FIELD_NONE ||
        (field_rows[found].type != FIELD_DECIMAL && field_rows[found].type != FIELD_INTEGER)) {
        problem_error(&w->problems, field,
                      found == EVENT_FIELD_NONE ? "unknown field \"%s\"" : "field \"%s\" is no number", name);
        return;
    }
    if (!kinds_carry(UINT64_C(1) << r->kind, found, true)) {
        problem_error(&w->problems, field, "no event of this kind has a field \"%s\"", name);
        return;
    }
    bool good = field_rows[found].type == FIELD_DECIMAL
                    ? value_micro_exact(&w->problems, above, "steps.above", &r->steps_above)
                    : value_int(&w->problems, above, "steps.above", INT64_MIN, INT64_MAX, &r->steps_above);
    struct range range = range_of_field(UINT64_C(1) << r->kind, &r->where, found);
    if (good && (double)r->steps_above >= range.high * FIXED_ONE) {
        problem_error(&w->problems, above, "nothing lies above this: \"%s\" is %s", name, range_text(w, range));
    }
    r->steps_field = (uint8_t)found;
    r->has_steps =
        value_int(&w->problems, points, "steps.points", -POINTS_MAX, POINTS_MAX, &r->steps_points) && good;
}

static void cap_compile(struct whole *w, const struct yaml *node, struct points_rule *r)
{
    if (!node || !value_is(&w->problems, node, YAML_MAP, "cap")) {
        return;
    }
    keys_read(w, "cap", node);
    const struct yaml *times = yaml_get(node, "times"), *period = yaml_get(node, "period");
    if (!times || !period) {
        problem_error(&w->problems, node, "cap needs times and period");
        return;
    }
    (void)value_int(&w->problems, times, "cap.times", 1, CAP_MAX, &r->cap);
    (void)value_duration(&w->problems, period, "cap.period", 1000, 3660 * DAY_MS, &r->cap_period_ms);
}

/* Numbers the stage groups from 1 in the order they appear. */
static void stages_finish(struct whole *w)
{
    uint8_t groups = 0;
    for (uint32_t i = 0; i < w->config.model.points.count; i++) {
        for (uint32_t j = 0; j < i && w->points_notes[i].stage && w->points[i].stage_group == 0; j++) {
            if (w->points_notes[j].stage && strcmp(w->points_notes[i].stage, w->points_notes[j].stage) == 0) {
                w->points[i].stage_group = w->points[j].stage_group;
            }
        }
        if (w->points_notes[i].stage && w->points[i].stage_group == 0) {
            w->points[i].stage_group = ++groups;
        }
    }
}
