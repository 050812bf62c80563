/* The latest steps of a case that stragglers are compared with (domain 4.2: what a late contact, resolution, answer or transfer
 * changes is what it would have changed in its turn). Each is a FACT_STEP, kept at least while one from before it may still come. */
#ifndef CUBE_MEASURE_CASE_STEPS_H
#define CUBE_MEASURE_CASE_STEPS_H

#include "measure/agg.h"

enum case_step {
    STEP_ANSWER,   /* the latest */
    STEP_CONTACT,  /* the latest, unless it opens the case */
    STEP_RESOLVED, /* the latest, unless it is the first */
    STEP_TRANSFER, /* the first */
    STEP_HUMAN     /* the first that was not of a bot, unless it opens the case */
};

/* Keeps the event as the step of the case if none is kept that is later, of those of which the first counts if none is earlier. key: of the case.
 * Returns 1 if it is kept now, 0 if another holds. CUBE_ENOMEM. */
int case_step_keep(const struct measure *m, struct applying *a, uint64_t key, enum case_step step) CUBE_MUST_CHECK;

/* The same of a resolution at ts_ms, which was the first one until the event came. */
int case_step_keep_resolved(const struct measure *m, struct applying *a, uint64_t key, int64_t ts_ms) CUBE_MUST_CHECK;

/* A step was applied before the event and is later than it: the event straggles. */
bool case_step_follows(const struct measure *m, const struct applying *a, uint64_t key, enum case_step step);

/* When the step was; it must follow. */
int64_t case_step_ms(const struct measure *m, const struct applying *a, uint64_t key, enum case_step step);

/* Forgets what no straggler can be compared with any more, if the event is one that does so. Moves facts. */
void case_steps_sweep(const struct measure *m, struct applying *a, uint64_t key);

#endif
