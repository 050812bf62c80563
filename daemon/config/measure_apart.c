/* No event may count on two axes: two scored measures of different axes over the same kinds must ask for events
 * that cannot be the same. */
#include "config/shape.h"
#include "config/whole.h"

static bool counts_anything(const struct whole *w, const struct measure *m);
static bool may_share_events(const struct measure *a, const struct measure *b);

void axes_apart_check(struct whole *w, const struct measure *a, const struct measure *b)
{
    if (!a->aggregation || !a->scored || !b->scored || a->axis == b->axis || counts_anything(w, a) ||
        counts_anything(w, b) || !may_share_events(a, b)) {
        return;
    }
    problem_error(&w->problems, yaml_get(w->measure_notes[b->index].node, "axis"),
                  "\"%s\" and \"%s\" may count the same events on axes %s and %s: no event may count on two axes",
                  a->name.at, b->name.at, axis_names[a->axis].at, axis_names[b->axis].at);
}

/* Events that a measure counts. */
struct counted {
    uint64_t kinds;
    const struct predicate *where;
};

static const struct predicate any_event;

bool condition_lists(const struct condition *c, struct text t)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (text_equal(c->texts[i], t)) {
            return true;
        }
    }
    return false;
}

/* b lists one of the texts of a, or rules one of them not out. */
static bool texts_meet(const struct condition *a, const struct condition *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (condition_lists(b, a->texts[i]) != b->is_not) {
            return true;
        }
    }
    return false;
}

static bool number_holds(const struct condition *c, int64_t v)
{
    bool held = c->op == CONDITION_RANGE && v >= c->low && v <= c->high;
    for (uint32_t i = 0; c->op == CONDITION_NUMBER_IN && i < c->count; i++) {
        held |= c->numbers[i] == v;
    }
    return held != c->is_not;
}

static bool numbers_meet(const struct condition *a, const struct condition *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (number_holds(b, a->numbers[i])) {
            return true;
        }
    }
    return false;
}

/* No value can meet both; false also where that is not looked at (two conditions that only rule out, a range without one). */
static bool conditions_apart(const struct condition *a, const struct condition *b)
{
    if (a->on_dimension != b->on_dimension || a->what != b->what || a->is_not) {
        return false;
    }
    if (a->op == CONDITION_TEXT_IN) {
        return b->op == CONDITION_TEXT_IN && !texts_meet(a, b);
    }
    if (a->op == CONDITION_NUMBER_IN) {
        return b->op != CONDITION_TEXT_IN && !numbers_meet(a, b);
    }
    return b->op == CONDITION_RANGE && !b->is_not && (a->high < b->low || b->high < a->low);
}

bool predicates_apart(const struct predicate *a, const struct predicate *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            if (conditions_apart(&a->conditions[i], &b->conditions[j]) || conditions_apart(&b->conditions[j], &a->conditions[i])) {
                return true;
            }
        }
    }
    return false;
}

/* What stands above the line or opens, and what stands below it or closes: a close is asked for nothing of its own. */
static struct counted counted_at(const struct measure *m, int i)
{
    if (i == 0) {
        return (struct counted){m->from.kinds, &m->from.where};
    }
    return (struct counted){m->per.kinds, shape_find(m->aggregation->name)->pairs ? &any_event : &m->per.where};
}

static bool may_share_events(const struct measure *a, const struct measure *b)
{
    for (int i = 0; i < 4; i++) {
        struct counted of_a = counted_at(a, i / 2), of_b = counted_at(b, i % 2);
        if ((of_a.kinds & of_b.kinds) && !predicates_apart(of_a.where, of_b.where)) {
            return true;
        }
    }
    return false;
}

/* Being active is no property of one kind of event, so `active` and `points` may stand beside others. */
static bool counts_anything(const struct whole *w, const struct measure *m)
{
    return w->measure_notes[m->index].from_default &&
           (m->by_points || shape_find(m->aggregation->name)->source == SHAPE_OPTIONAL);
}
