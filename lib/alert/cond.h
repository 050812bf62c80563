/* The rows of the condition table: one per file lib/alert/cond_NAME.c. Used by condition.c and its tests
 * only; everybody else goes through the table. */
#ifndef CUBE_ALERT_COND_H
#define CUBE_ALERT_COND_H

#include "alert/condition.h"

extern const struct alert_condition cond_threshold;
extern const struct alert_condition cond_octant;
extern const struct alert_condition cond_burn_rate;
extern const struct alert_condition cond_stale;

/* An answer without a number and without a timer. */
static inline struct condition_answer cond_answer(enum verdict verdict)
{
    return (struct condition_answer){.verdict = verdict, .due_ms = INT64_MAX};
}

#endif
