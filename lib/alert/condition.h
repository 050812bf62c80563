/* Conditions of alerts: small closed implementations, one file each (lib/alert/cond_NAME.c), one row each
 * in lib/alert/condition.c. */
#ifndef CUBE_ALERT_CONDITION_H
#define CUBE_ALERT_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/alert_memory.h"
#include "alert/alert_rule.h"
#include "cube/position.h"
#include "measure/result.h"

/* What a condition may look at: one scope at one tick. */
struct condition_view {
    int64_t t_ms;
    const struct measure *measure; /* NULL when the rule names none */
    const struct result *horizons; /* results of all horizons of that measure */
    int64_t measure_fresh_ms;      /* tick of the measure's last row that an event made; INT64_MIN never */
    bool measure_stale;            /* its axis is stale: freeze */
    const struct axis_now *axes;   /* AXIS_COUNT of them */
    const struct axis_state *states;
    uint8_t octant,
        octant_before; /* OCTANT_NONE unknown; before = of the last change, i.e. the one left */
    bool firing;       /* the instance fires already (clear thresholds) */
    bool active;       /* it fires, or is pending */
    const struct alert_memory *memory; /* of the instance */
};

enum verdict { VERDICT_NO, VERDICT_YES, VERDICT_FREEZE };

struct condition_answer {
    enum verdict verdict;
    bool has_value;
    double value;
    int64_t n;
    bool has_interval;
    double low, high;
    int64_t due_ms; /* look again at this instant even without rows; INT64_MAX never */
};

struct alert_condition {
    const char *name; /* configuration key: "threshold" */

    /* Takes down at a tick, before judge, what later ticks need; NULL: nothing is needed. Returns 1 when
     * it shows in the state of the scope, 0, CUBE_ENOMEM. */
    int (*remember)(const struct alert_rule *r, const struct condition_view *v,
                    struct alert_memory *m);

    void (*judge)(const struct alert_rule *r, const struct condition_view *v,
                  struct condition_answer *ret_a);
};

extern const struct alert_condition *const alert_conditions[]; /* NULL-terminated */
const struct alert_condition *alert_condition_find(const char *name);

/* The limits of a drift: mean -/+ limit x sd x sqrt(lambda / (2 - lambda)). */
void drift_limits(const struct drift_condition *c, double *ret_low, double *ret_high);

#endif
