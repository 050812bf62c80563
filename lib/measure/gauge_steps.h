/* The readings of a gauge of one customer, as facts: each is kept at least while one from before it may come. Readings follow their
 * instants, and in one instant the start of their ids. */
#ifndef CUBE_MEASURE_GAUGE_STEPS_H
#define CUBE_MEASURE_GAUGE_STEPS_H

#include "measure/agg.h"

/* Of so many readings the earliest is told anew no more: what comes before it yet counts nothing. */
#define GAUGE_STEPS_MAX 64

struct gauge_reading {
    bool given;
    int64_t ts_ms, value; /* in micro units, like all values */
    uint64_t id_prefix;
    uint32_t set; /* scopes its difference counts in; not of floor and latest */
};

struct gauge_steps {
    struct gauge_reading floor; /* the last one before them; not given: they begin with the first there was */
    struct gauge_reading latest;
    unsigned count;
    struct gauge_reading at[GAUGE_STEPS_MAX]; /* the earliest first */
};

/* Of two that cannot be told apart the second is the later one. */
bool gauge_is_before(const struct gauge_reading *a, const struct gauge_reading *b);

struct gauge_reading gauge_latest(const struct measure *m, const struct entity *x);
void gauge_steps_read(const struct measure *m, const struct entity *x, struct gauge_steps *ret_steps);

/* Forgets as steps those before an instant, and makes room for one: the last that goes is the floor. CUBE_ENOMEM. */
int gauge_steps_trim(const struct measure *m, struct applying *a, struct gauge_steps *steps, int64_t before_ms) CUBE_MUST_CHECK;

/* Keeps the reading at hand as a step or, where none may come before it, instead of the latest only. CUBE_ENOMEM. */
int gauge_step_keep(const struct measure *m, struct applying *a, const struct gauge_reading *r, bool is_latest) CUBE_MUST_CHECK;

#endif
