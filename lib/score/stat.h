/* Statistics over exact integers: doubles appear only in the last step, so that no result depends on
 * the order in which things were added. */
#ifndef CUBE_SCORE_STAT_H
#define CUBE_SCORE_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fixed.h"

/* The normal quantile of all our 95 % intervals. */
#define STAT_Z 1.959964

/* a / b rounded once, to the nearest double. b > 0. */
double stat_quotient(cube_i128 a, cube_i128 b);

/* The 95 % interval of a share of hits in n > 0 cases (Wilson 1927). 0 <= hits <= n. */
void wilson_interval(int64_t hits, int64_t n, double *ret_low, double *ret_high);

/* Net promoter score of n > 0 answers, -100..100, with the interval value -/+ z SE clipped to that
 * range; SE^2 = 100^2 [p + d - (p - d)^2] / n. */
struct nps {
    double value, se, low, high;
};
struct nps nps_of(int64_t promoters, int64_t detractors, int64_t n);

/* Power sums of n values in micro units. The sum of squares is square_low + 2^62 square_high, as
 * cells_add_square keeps it. */
struct moments {
    int64_t n;
    cube_i128 sum, square_low, square_high;
};

/* Reads the sums from six slots: sum (wide), squares (two wide ones). */
struct moments moments_of(int64_t n, const int64_t *sum_and_squares);

/* Mean in units (not micro). n > 0. */
double moments_mean(const struct moments *m);

/* Sample standard deviation (n - 1) in units. n > 1. CUBE_ERANGE: no n values have these sums. */
int moments_sd(const struct moments *m, double *ret_sd) CUBE_MUST_CHECK;

/* The standard normal distribution function. */
double phi(double x);

#endif
