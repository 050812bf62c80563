/* Open promises past their expectation: how many, or which share of those that wait. */
#include "alert/cond.h"

static int64_t field(const struct result *r, enum result_field f)
{
    return r->present >> f & 1 ? r->field[f].i : 0;
}

static void waiting_judge(const struct alert_rule *r, const struct condition_view *v,
                          struct condition_answer *ret_a)
{
    const struct waiting_condition *c = &r->with.waiting;
    struct condition_answer a = cond_answer(v->measure_stale ? VERDICT_FREEZE : VERDICT_NO);
    int64_t overdue = field(&v->horizons[0], RESULT_OVERDUE);
    a.n = field(&v->horizons[0], RESULT_WAITING);
    a.has_value = !c->by_share || a.n > 0;
    if (c->by_share) {
        a.value = a.has_value ? (double)overdue / (double)a.n : 0;
    } else {
        a.value = (double)overdue;
    }
    bool yes = c->by_share ? a.has_value && a.value > c->share_above : overdue > c->above;
    if (yes && a.verdict != VERDICT_FREEZE) {
        a.verdict = VERDICT_YES;
    }
    *ret_a = a;
}

const struct alert_condition cond_waiting = {.name = "waiting", .judge = waiting_judge};
