/* The rows of the condition table: one per file lib/alert/cond_NAME.c. Used by condition.c and its tests
 * only; everybody else goes through the table. */
#ifndef CUBE_ALERT_COND_H
#define CUBE_ALERT_COND_H

#include "alert/condition.h"
#include "score/bound.h"

extern const struct alert_condition cond_threshold;
extern const struct alert_condition cond_octant;
extern const struct alert_condition cond_burn_rate;
extern const struct alert_condition cond_stale;
extern const struct alert_condition cond_change;
extern const struct alert_condition cond_drift;
extern const struct alert_condition cond_waiting;
extern const struct alert_condition cond_coverage;

/* An answer without a number and without a timer. */
static inline struct condition_answer cond_answer(enum verdict verdict)
{
    return (struct condition_answer){.verdict = verdict, .due_ms = INT64_MAX};
}

/* The number the rule looks at: the score of its axis or the value of its measure, with interval and n; an
 * absent count, sum, points or active is 0. VERDICT_FREEZE when it is stale, else VERDICT_NO. */
struct condition_answer cond_number(const struct alert_rule *r, const struct condition_view *v);

/* How far beside a limit that number may lie by rounding: values of measures are rounded once, as limits are. */
static inline double cond_slack(const struct alert_rule *r)
{
    return r->axis != AXIS_NONE ? AT_BOUND : 0;
}

/* The first multiple of a step after an instant. */
static inline int64_t cond_next_step(int64_t t_ms, int64_t step_ms)
{
    return tick_after(t_ms, step_ms);
}

#endif
