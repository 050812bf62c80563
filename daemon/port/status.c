#include "port/status.h"

#include <string.h>

const char *const record_outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_APPLIED] = "applied", [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_LATE] = "late",       [OUTCOME_DEAD_LETTER] = "dead_letter",
    [OUTCOME_IGNORED] = "ignored",
};

const double commit_bucket_bounds[COMMIT_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,   0.25,   0.5,   1,    2.5,   5};

const char *const status_bound_names[BOUND_COUNT] = {"held_bytes", "waiting_bytes"};

static struct alert_count alert_at(const struct status *s, uint32_t i)
{
    return i < s->alert_count ? s->alerts[i] : (struct alert_count){CHECKPOINT_ALERT, 0, s->checkpoint.ill};
}

bool status_alert(const struct status *s, uint32_t i, struct alert_count *ret_a)
{
    struct alert_count sum = alert_at(s, i);
    for (uint32_t k = 0; k <= s->alert_count; k++) {
        struct alert_count other = alert_at(s, k);
        if (k == i || strcmp(other.alertname, sum.alertname) != 0) {
            continue;
        }
        if (k < i) {
            return false;
        }
        sum.pending += other.pending;
        sum.firing += other.firing;
    }
    *ret_a = sum;
    return true;
}
