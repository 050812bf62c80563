/* Comparing computed numbers with bounds that somebody wrote down. Scores and coverage are quotients of decimals, and a change is a difference
 * of two: one that is exactly at a bound may lie a rounding beside it, and counts as at it. */
#ifndef CUBE_SCORE_BOUND_H
#define CUBE_SCORE_BOUND_H

#include <float.h>
#include <math.h>
#include <stdbool.h>

/* Of scores (0 to 100) and of coverage. */
#define AT_BOUND 1e-9

static inline bool bound_reached(double x, double bound)
{
    return x >= bound - AT_BOUND;
}

static inline bool bound_exceeded(double x, double bound)
{
    return x > bound + AT_BOUND;
}

/* The rounding of a - b. */
static inline double difference_slack(double a, double b)
{
    return 4 * DBL_EPSILON * fmax(fabs(a), fabs(b));
}

#endif
