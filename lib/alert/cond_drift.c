/* Slow drift: an exponentially weighted moving average outside its control limits (domain 4.6; NIST/SEMATECH
 * handbook 6.3.2.4). It steps at each multiple of the step at which the measure has a value. */
#include "alert/cond.h"

#include <math.h>

void drift_limits(const struct drift_condition *c, double *ret_low, double *ret_high)
{
    double half = c->limit * c->sd * sqrt(c->lambda / (2 - c->lambda));
    *ret_low = c->mean - half;
    *ret_high = c->mean + half;
}

static int drift_remember(const struct alert_rule *r, const struct condition_view *v,
                          struct alert_memory *m)
{
    const struct drift_condition *c = &r->with.drift;
    struct condition_answer now = cond_number(r, v);
    if (v->t_ms % c->step_ms != 0 || !now.has_value) {
        return 0;
    }
    m->z = c->lambda * now.value + (1 - c->lambda) * (m->has_z ? m->z : c->mean);
    m->has_z = true;
    return 1;
}

static void drift_judge(const struct alert_rule *r, const struct condition_view *v,
                        struct condition_answer *ret_a)
{
    const struct drift_condition *c = &r->with.drift;
    struct condition_answer a = cond_number(r, v);
    double low, high;
    drift_limits(c, &low, &high);
    a.due_ms = a.has_value ? cond_next_step(v->t_ms, c->step_ms) : INT64_MAX;
    a.has_interval = false;
    a.has_value = true;
    a.value = v->memory->has_z ? v->memory->z : c->mean;
    if (a.verdict != VERDICT_FREEZE && (a.value < low || a.value > high)) {
        a.verdict = VERDICT_YES;
    }
    *ret_a = a;
}

const struct alert_condition cond_drift = {
    .name = "drift", .remember = drift_remember, .judge = drift_judge};
