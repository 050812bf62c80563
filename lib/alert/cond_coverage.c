/* Too little of an axis has a value: its coverage, or the smallest of all axes. */
#include "alert/cond.h"

static void coverage_judge(const struct alert_rule *r, const struct condition_view *v,
                           struct condition_answer *ret_a)
{
    struct condition_answer a = cond_answer(VERDICT_NO);
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        if (r->axis != AXIS_NONE && r->axis != i) {
            continue;
        }
        if (v->states[i].stale) {
            a.verdict = VERDICT_FREEZE;
        }
        if (!a.has_value || v->axes[i].coverage < a.value) {
            a.value = v->axes[i].coverage;
        }
        a.has_value = true;
    }
    if (a.verdict != VERDICT_FREEZE && !bound_reached(a.value, r->with.coverage.below)) {
        a.verdict = VERDICT_YES;
    }
    *ret_a = a;
}

const struct alert_condition cond_coverage = {.name = "coverage", .judge = coverage_judge};
