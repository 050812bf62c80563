/* Conditions on what is: promises that wait, coverage; and `when`, the octants a rule speaks of. */
#include "config/condition_parts.h"
#include "config/keys.h"
#include "config/value.h"

static const char *octant_at(const void *context, uint32_t i)
{
    (void)context;
    return i < OCTANT_COUNT ? octant_names[i].at : NULL;
}

void never_tell(struct whole *w, const struct yaml *at, const char *text)
{
    if (at->source == w->pack_source) {
        problem_warning(&w->problems, at, "%s", text);
    } else {
        problem_error(&w->problems, at, "%s", text);
    }
}

static uint8_t octant_named(struct whole *w, const struct yaml *node)
{
    const char *name;
    if (!value_text(&w->problems, node, "an octant", &name)) {
        return OCTANT_NONE;
    }
    uint8_t octant = octant_find(text_of(name));
    if (octant == OCTANT_NONE) {
        problem_error(&w->problems, node, "unknown octant \"%s\"%s", name,
                      problem_hint(&w->problems, name, octant_at, NULL));
    }
    return octant;
}

/* alone: beside others of a list one that no scope can stand in does no harm. */
static void octant_check(struct whole *w, const struct yaml *node, uint8_t octant, bool alone)
{
    const char *never = octant == OCTANT_NONE ? NULL : octant_never(w, octant);
    if (never && alone) {
        never_tell(w, node, memory_format(&w->memory, "this can never fire: no scope can stand in %s, as %s", node->text, never));
    } else if (never) {
        problem_warning(&w->problems, node, "no scope can stand in %s, as %s", node->text, never);
    }
}

uint8_t octant_read(struct whole *w, const struct yaml *node)
{
    uint8_t octant = octant_named(w, node);
    octant_check(w, node, octant, true);
    return octant;
}

void inner_measure(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r)
{
    const struct yaml *inner = yaml_get(node, "measure");
    if (inner && yaml_get(map, "measure")) {
        problem_error(&w->problems, inner->key, "the measure stands twice");
    } else if (inner) {
        r->measure = measure_find(w, inner);
    }
}

static bool is_duration(const struct whole *w, uint16_t measure)
{
    const struct aggregation *a = measure == UINT16_MAX ? NULL : w->measures[measure].aggregation;
    return !a || strcmp(a->name, "duration") == 0; /* without one, that has been told */
}

void waiting_compile(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r)
{
    struct problems *p = &w->problems;
    struct waiting_condition *c = &r->with.waiting;
    const struct yaml *share = yaml_get(node, "share_above"), *above = yaml_get(node, "above"),
                      *measure = yaml_get(map, "measure");
    if (!measure) {
        problem_error(p, node->key, "waiting needs a measure");
    } else if (!is_duration(w, r->measure)) {
        problem_error(p, measure,
                      "waiting needs a measure of aggregation duration: nothing waits in \"%s\"",
                      measure->text);
    }
    if (!share == !above) {
        problem_error(p, node, "waiting needs one of share_above and above");
        return;
    }
    c->by_share = share != NULL;
    if (!share) {
        (void)value_int(p, above, "waiting.above", 0, INT64_C(1000000000000), &c->above);
    } else if (value_double(p, share, "waiting.share_above", 0, 1, &c->share_above) && c->share_above >= 1) {
        problem_error(p, share, "this can never fire: no share lies above 1");
    }
}

/* What is scored nowhere covers nothing, at any time. Such an alert works, so it is no error. */
static void coverage_axes(struct whole *w, const struct yaml *at, enum axis axis)
{
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        struct range score = range_of_axis(w, (enum axis)i, BOUND_VALUE);
        if ((axis == AXIS_NONE || axis == i) && score.low > score.high) {
            problem_warning(&w->problems, at, "this always fires: nothing is scored on axis %s", axis_names[i].at);
            return;
        }
    }
}

void coverage_compile(struct whole *w, const struct yaml *map, const struct yaml *node, struct alert_rule *r)
{
    struct problems *p = &w->problems;
    const struct yaml *axis = yaml_get(node, "axis"), *below = yaml_get(node, "below"),
                      *measure = yaml_get(map, "measure");
    int found;
    if (measure) {
        problem_error(p, measure->key, "the condition coverage takes no measure");
    }
    if (axis && value_choice(p, axis, "axis", "E|X|V", &found)) {
        r->axis = (enum axis)found;
    }
    coverage_axes(w, node->key, r->axis);
    if (!below) {
        problem_error(p, node, "coverage needs below, like below: 0.5");
    } else if (value_double(p, below, "coverage.below", 0, 1, &r->with.coverage.below) &&
               r->with.coverage.below <= 0) {
        problem_error(p, below, "this can never fire: no coverage lies below 0");
    }
}

static void when_octant(struct whole *w, const struct yaml *node, bool alone, struct alert_rule *r)
{
    uint8_t octant = octant_named(w, node);
    octant_check(w, node, octant, alone);
    if (octant == OCTANT_NONE) {
        return;
    }
    if (r->when >> octant & 1) {
        problem_warning(&w->problems, node, "\"%s\" stands twice", node->text);
    }
    r->when |= (uint8_t)(1u << octant);
}

/* While the scope stands there the condition octant has one answer. */
static void when_check(struct whole *w, const struct yaml *node, const struct alert_rule *r)
{
    const struct octant_condition *o = &r->with.octant;
    if (r->when == 0 || strcmp(r->condition->name, "octant") != 0 || o->octant == OCTANT_NONE) {
        return;
    }
    bool never = o->left ? r->when == 1u << o->octant : !(r->when >> o->octant & 1);
    if (never) {
        problem_error(&w->problems, node, "this can never fire: %s %s", octant_names[o->octant].at,
                      o->left ? "has not been left while the scope stands in it"
                              : "is not among these octants");
    }
}

void when_compile(struct whole *w, const struct yaml *node, struct alert_rule *r)
{
    if (!node || !value_is(&w->problems, node, YAML_MAP, "when")) {
        return;
    }
    keys_read(w, "when", node);
    const struct yaml *octant = yaml_get(node, "octant");
    if (!octant) {
        problem_error(&w->problems, node, "when needs octant, like {octant: [engagement]}");
    } else if (octant->type != YAML_LIST) {
        when_octant(w, octant, true, r);
    } else if (octant->count == 0) {
        problem_error(&w->problems, octant, "an empty list of octants never fires");
    }
    YAML_EACH(member, octant && octant->type == YAML_LIST ? octant : NULL)
    {
        when_octant(w, member, octant->count == 1, r);
    }
    if (octant) {
        when_check(w, octant, r);
    }
}
