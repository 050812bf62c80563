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

struct condition_answer cond_number(const struct alert_rule *r, const struct condition_view *v)
{
    return r->axis != AXIS_NONE ? axis_number(r, v) : measure_number(v);
}
