#include "measure/aggregation.h"

#include <string.h>

#include "measure/agg.h"

const struct aggregation *const aggregations[] = {
    &agg_count,
    &agg_sum,
    &agg_rate,
    &agg_mean,
    &agg_stddev,
    &agg_ratio,
    &agg_quotient,
    &agg_within,
    &agg_duration,
    &agg_nps,
    &agg_top_box,
    &agg_points,
    &agg_active,
    &agg_ledger_mean,
    &agg_first_time,
    &agg_headcount,
    &agg_turnover,
    &agg_absence,
    &agg_time_to_productivity,
    &agg_cost_per_hire,
    &agg_concentration,
    &agg_gap,
    &agg_growth,
    &agg_mismatch,
    &agg_ledger_ratio,
    &agg_churn,
    NULL,
};

const struct aggregation *aggregation_find(const char *name)
{
    for (const struct aggregation *const *a = aggregations; *a; a++) {
        if (strcmp((*a)->name, name) == 0) {
            return *a;
        }
    }
    return NULL;
}
