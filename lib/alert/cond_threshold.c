/* A value, an interval bound or an axis score beyond a limit (domain 4.6). Stale data freeze the instance. */
#include "alert/cond.h"

#include "measure/aggregation.h"

static struct condition_answer axis_number(const struct alert_rule *r,
                                           const struct condition_view *v)
{
    struct condition_answer a = cond_answer(v->states[r->axis].stale ? VERDICT_FREEZE : VERDICT_NO);
    const struct axis_now *axis = &v->axes[r->axis];
    if (axis->known) {
        a.has_value = a.has_interval = true;
        a.value = axis->score;
        a.low = axis->low;
        a.high = axis->high;
    }
    return a;
}

static struct condition_answer measure_number(const struct condition_view *v)
{
    struct condition_answer a = cond_answer(v->measure_stale ? VERDICT_FREEZE : VERDICT_NO);
    const struct result *now = &v->horizons[0];
    /* What privacy withholds is absent for another reason than that nothing happened. */
    a.has_value = now->has_value ||
                  (v->measure->aggregation->absent_is_zero && !v->measure->is_private);
    a.value = now->has_value ? now->value : 0;
    a.n = now->n;
    a.has_interval = now->has_value && now->has_interval;
    a.low = a.has_interval ? now->low : 0;
    a.high = a.has_interval ? now->high : 0;
    return a;
}

/* A number without an interval is its own bound. */
static double compared(enum bound bound, const struct condition_answer *a)
{
    if (!a->has_interval || bound == BOUND_VALUE) {
        return a->value;
    }
    return bound == BOUND_LOWER ? a->low : a->high;
}

/* Strict limits; a firing instance is held until the clear value is reached. */
static bool beyond(const struct threshold_condition *c, double x, bool firing)
{
    bool hold = firing && c->has_clear;
    if (c->has_below && x < (hold && !c->has_above ? c->clear : c->below)) {
        return true;
    }
    return c->has_above && x > (hold && !c->has_below ? c->clear : c->above);
}

static void threshold_judge(const struct alert_rule *r, const struct condition_view *v,
                            struct condition_answer *ret_a)
{
    struct condition_answer a = r->axis != AXIS_NONE ? axis_number(r, v) : measure_number(v);
    if (a.verdict != VERDICT_FREEZE && a.has_value &&
        beyond(&r->with.threshold, compared(r->with.threshold.bound, &a), v->firing)) {
        a.verdict = VERDICT_YES;
    }
    *ret_a = a;
}

const struct alert_condition cond_threshold = {.name = "threshold", .judge = threshold_judge};
