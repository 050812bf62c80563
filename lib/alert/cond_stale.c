/* A measure that no event has made fresh for longer than `after`. One that never was is not
 * stale: there is nothing to miss. */
#include "alert/cond.h"

static void stale_judge(const struct alert_rule *r, const struct condition_view *v,
                        struct condition_answer *ret_a)
{
    struct condition_answer a = cond_answer(VERDICT_NO);
    a.n = v->horizons[0].n; /* what the window still holds */
    if (v->measure_fresh_ms != INT64_MIN) {
        int64_t end_ms = v->measure_fresh_ms + r->with.stale.after_ms;
        if (v->t_ms > end_ms) {
            a.verdict = VERDICT_YES;
        } else {
            a.due_ms = end_ms + 1;
        }
    }
    *ret_a = a;
}

const struct alert_condition cond_stale = {.name = "stale", .judge = stale_judge};
