/* What is counted of churns, for those who want the integers. */
#ifndef CUBE_MEASURE_AGG_CHURN_H
#define CUBE_MEASURE_AGG_CHURN_H

#include "base/fixed.h"
#include "measure/aggregation.h"

extern const struct aggregation agg_churn;

/* Customers times milliseconds in the window, and the churns in it. */
void churn_counts(const struct window_view *w, cube_i128 *ret_time, int64_t *ret_churns);

#endif
