/* A value or an axis score that has moved by more than a limit over a period. The value of then
 * is the sample at the last multiple of the step that is at least `over` ago; without one nothing is said. */
#include "alert/cond.h"

static int64_t then_ms(const struct change_condition *c, int64_t t_ms)
{
    return pane_of(t_ms - c->over_ms, c->step_ms) * c->step_ms;
}

static int change_remember(const struct alert_rule *r, const struct condition_view *v,
                           struct alert_memory *m)
{
    const struct change_condition *c = &r->with.change;
    alert_memory_drop(m, then_ms(c, v->t_ms));
    if (v->t_ms % c->step_ms != 0) {
        return 0;
    }
    struct condition_answer now = cond_number(r, v);
    return now.has_value ? alert_memory_add(m, v->t_ms, now.value) : 0;
}

/* The next sample, or the instant at which another one becomes that of `over` ago. */
static int64_t due(const struct change_condition *c, int64_t t_ms)
{
    int64_t sample_ms = cond_next_step(t_ms, c->step_ms);
    int64_t then_moves_ms = then_ms(c, t_ms) + c->step_ms + c->over_ms;
    return sample_ms < then_moves_ms ? sample_ms : then_moves_ms;
}

static void change_judge(const struct alert_rule *r, const struct condition_view *v,
                         struct condition_answer *ret_a)
{
    const struct change_condition *c = &r->with.change;
    struct condition_answer a = cond_number(r, v);
    const struct alert_sample *then = alert_memory_oldest(v->memory, then_ms(c, v->t_ms));
    a.has_interval = false;
    a.due_ms = a.has_value ? due(c, v->t_ms) : INT64_MAX; /* only rows can bring a value back */
    a.has_value = a.has_value && then;
    if (a.has_value) {
        double slack = fmax(cond_slack(r), difference_slack(a.value, then->value));
        a.value -= then->value;
        bool beyond = (c->has_above && a.value > c->above + slack) || (c->has_below && a.value < c->below - slack);
        a.verdict = beyond && a.verdict != VERDICT_FREEZE ? VERDICT_YES : a.verdict;
    }
    *ret_a = a;
}

const struct alert_condition cond_change = {
    .name = "change", .remember = change_remember, .judge = change_judge};
