#include "port/status.h"

const char *const record_outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_APPLIED] = "applied", [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_LATE] = "late",       [OUTCOME_DEAD_LETTER] = "dead_letter",
    [OUTCOME_IGNORED] = "ignored",
};

const double commit_bucket_bounds[COMMIT_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,   0.25,   0.5,   1,    2.5,   5};

const char *const status_bound_names[BOUND_COUNT] = {"held_bytes", "waiting_bytes"};
