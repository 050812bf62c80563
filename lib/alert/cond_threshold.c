/* A value, an interval bound or an axis score beyond a limit. Stale data freeze the instance. */
#include "alert/cond.h"

/* A number without an interval is its own bound. */
static double compared(enum bound bound, const struct condition_answer *a)
{
    if (!a->has_interval || bound == BOUND_VALUE) {
        return a->value;
    }
    return bound == BOUND_LOWER ? a->low : a->high;
}

/* Strict limits; a firing instance is held until the clear value is reached. slack: how far beside it x may lie by rounding. */
static bool beyond(const struct threshold_condition *c, double x, double slack, bool firing)
{
    bool hold = firing && c->has_clear;
    if (c->has_below && x < (hold && !c->has_above ? c->clear : c->below) - slack) {
        return true;
    }
    return c->has_above && x > (hold && !c->has_below ? c->clear : c->above) + slack;
}

static void threshold_judge(const struct alert_rule *r, const struct condition_view *v,
                            struct condition_answer *ret_a)
{
    struct condition_answer a = cond_number(r, v);
    if (a.verdict != VERDICT_FREEZE && a.has_value &&
        beyond(&r->with.threshold, compared(r->with.threshold.bound, &a), cond_slack(r), v->firing)) {
        a.verdict = VERDICT_YES;
    }
    *ret_a = a;
}

const struct alert_condition cond_threshold = {.name = "threshold", .judge = threshold_judge};
