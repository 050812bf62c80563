/* The error budget of an objective burns too fast in a long and in a short window: in both
 * the Wilson lower bound of the error share exceeds factor x (1 - objective). */
#include "alert/cond.h"

#include "score/stat.h"

struct errors {
    int64_t n;
    double share, low, high; /* Wilson 95 % */
};

static bool errors_of(const struct result *w, struct errors *ret_e)
{
    if (w->n <= 0 || !(w->present >> RESULT_HITS & 1)) {
        return false;
    }
    int64_t errors = w->n - w->field[RESULT_HITS].i;
    if (errors < 0 || errors > w->n) {
        return false; /* sums of no events: the tick is refused */
    }
    ret_e->n = w->n;
    ret_e->share = (double)errors / (double)w->n;
    wilson_interval(errors, w->n, &ret_e->low, &ret_e->high);
    return true;
}

static void burn_rate_judge(const struct alert_rule *r, const struct condition_view *v,
                            struct condition_answer *ret_a)
{
    const struct burn_rate_condition *c = &r->with.burn_rate;
    struct condition_answer a = cond_answer(v->measure_stale ? VERDICT_FREEZE : VERDICT_NO);
    double budget = 1 - c->objective;
    struct errors slow, fast;
    if (errors_of(&v->horizons[c->long_horizon], &slow)) {
        a.has_value = a.has_interval = true;
        a.value = slow.share / budget;
        a.low = slow.low / budget;
        a.high = slow.high / budget;
        a.n = slow.n;
        bool burns = slow.n >= v->measure->min_n && slow.low > c->factor * budget &&
                     errors_of(&v->horizons[c->short_horizon], &fast) &&
                     fast.low > c->factor * budget;
        if (burns && a.verdict != VERDICT_FREEZE) {
            a.verdict = VERDICT_YES;
        }
    }
    *ret_a = a;
}

const struct alert_condition cond_burn_rate = {.name = "burn_rate", .judge = burn_rate_judge};
