/* Alert rules as configured. Built by daemon/config, read-only after. */
#ifndef CUBE_ALERT_ALERT_RULE_H
#define CUBE_ALERT_ALERT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "measure/measure.h"
#include "scope/scope_plan.h"

enum bound { BOUND_VALUE, BOUND_LOWER, BOUND_UPPER };

struct threshold_condition {
    bool has_below, has_above;
    double below, above; /* strict */
    enum bound bound;    /* which number is compared */
    bool has_clear;
    double clear; /* once firing, resolves only at or beyond this */
};

struct octant_condition {
    uint8_t octant;
    bool
        left; /* left: fires while the scope is not in it, after it was; entered: while it is in it */
};

struct burn_rate_condition {
    double objective;
    int64_t long_ms,
        short_ms; /* horizons of the measure, added by the configuration if it lacks them */
    uint8_t long_horizon, short_horizon; /* index in measure->horizons */
    double factor;
};

struct stale_condition {
    int64_t after_ms;
};

/* Value now less the value `over` ago, against strict limits. Samples are kept at multiples of the step. */
struct change_condition {
    int64_t over_ms;
    int64_t step_ms; /* a multiple of the tick, at most over_ms */
    bool has_below, has_above;
    double below, above;
};

/* An exponentially weighted mean that starts at `mean` and is outside mean -/+ limit x its standard error. */
struct drift_condition {
    double lambda, limit, mean, sd;
    int64_t step_ms; /* a multiple of the tick */
};

struct waiting_condition {
    bool by_share;
    double share_above; /* overdue / waiting; strict */
    int64_t above;      /* else: how many are overdue; strict */
};

struct coverage_condition {
    double below; /* strict; of the rule's axis, of any axis when it names none */
};

struct alert_condition; /* alert/condition.h: one row per kind of condition */

struct label {
    struct text name, value;
};

/* Which scopes a rule speaks of: all, kinds of scope, or named values of one kind. */
struct alert_scopes {
    bool all;
    uint32_t kinds;          /* bit per index in scope_plan.kinds */
    const struct text *keys; /* or these scope keys only */
    uint32_t key_count;
};

struct alert_rule {
    struct text name;
    struct alert_scopes scopes;
    uint16_t measure; /* index in the model, UINT16_MAX = none */
    enum axis axis;   /* the axis that is looked at instead of a measure; AXIS_NONE = none */
    uint8_t when;     /* bit per octant: the condition counts only while the scope stands in one of them;
                       * 0 = always */
    const struct alert_condition *condition;
    union {
        struct threshold_condition threshold;
        struct octant_condition octant;
        struct burn_rate_condition burn_rate;
        struct stale_condition stale;
        struct change_condition change;
        struct drift_condition drift;
        struct waiting_condition waiting;
        struct coverage_condition coverage;
    } with;
    int64_t for_ms, keep_firing_for_ms;
    struct text severity;       /* default "ticket" */
    const struct label *labels; /* configured ones only */
    uint32_t label_count;
    const struct label *
        annotations; /* templates with {{scope}} {{value}} {{n}} {{measure}} {{octant}} {{from}} {{to}} */
    uint32_t annotation_count;
};

#endif
