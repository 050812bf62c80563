/* What the implementations of aggregations share. Only lib/measure/agg_*.c and aggregation.c include it. */
#ifndef CUBE_MEASURE_AGG_H
#define CUBE_MEASURE_AGG_H

#include "engine/applying.h"
#include "measure/aggregation.h"
#include "score/stat.h"

/* Six slots for power sums: the sum and the two halves of the sum of squares, all wide. */
#define MOMENTS_SLOTS 6
#define MOMENTS_WIDE(slot) (1u << (slot) | 1u << ((slot) + 2) | 1u << ((slot) + 4))

/* The rows, one per agg_NAME.c. */
extern const struct aggregation agg_count, agg_sum, agg_rate, agg_mean, agg_stddev, agg_ratio, agg_quotient,
    agg_within, agg_duration, agg_nps, agg_top_box, agg_points, agg_active, agg_ledger_mean, agg_first_time, agg_headcount,
    agg_turnover, agg_absence, agg_time_to_productivity, agg_cost_per_hire, agg_concentration, agg_gap,
    agg_growth, agg_mismatch, agg_ledger_ratio, agg_churn;

/* Kept within 64 bits. */
static inline int64_t agg_bounded(cube_i128 v)
{
    return (int64_t)v == v ? (int64_t)v : v > 0 ? INT64_MAX : INT64_MIN;
}

/* The value of the measure's source in the event, kept within 64 bits: only terms that are huge
 * themselves can add up beyond. */
int64_t agg_value(const struct measure *m, const struct applying *a);

/* True when the event is of one of the source's kinds and its conditions hold. */
bool agg_matches(const struct source *s, const struct event *e);

/* Adds cells to the pane of the event in the scopes the event counts in. */
int agg_emit(struct applying *a, const struct measure *m, const int64_t *cells) CUBE_MUST_CHECK;

/* Adds one value to power sums. */
void agg_moments_add(int64_t *at, int64_t value);

/* Sets value, n, hits and interval of a share; value and interval only when n > 0. Impossible: hits of a positive n outside 0..n. */
void agg_share(struct result *r, int64_t hits, int64_t n);

/* Sets the fields mean (n > 0) and sd (n > 1). Impossible: sums that no values have. */
void agg_moments(struct result *r, const struct moments *m);

/* The standard deviation of more than one value, else 0. Impossible likewise. */
double agg_sd(struct result *r, const struct moments *m);

/* Sets n, value = mean (n > 0) and its interval mean -/+ z sd / sqrt(n) (n > 1). */
void agg_mean_set(struct result *r, int64_t n, double mean, double sd);

/* Sets n, value = mean and its interval mean -/+ z sd / sqrt(n) (n > 1). */
void agg_mean_value(struct result *r, const struct moments *m);

/* The same and the fields mean and sd. */
void agg_mean_result(struct result *r, const struct moments *m);

/* What values held against a target say: n, hits, value and interval of the share that meets it, and of the values
 * mean, sd, p50, p90, p99. */
void agg_target_result(struct result *r, int64_t hits, const struct moments *m, const struct hist_ring *h);

/* Sets a field to a quantile of values kept in micro units; nothing where there are none. */
void agg_quantile(struct result *r, enum result_field f, const struct hist_ring *h, double q);

#endif
