/* Totals of customers as shops have them, and the concentration of them by sorting, which the sketch must come
 * close to. For the test of its error and the bench that prints it. */
#ifndef CUBE_TESTS_TOTALS_H
#define CUBE_TESTS_TOTALS_H

#include <math.h>
#include <stdlib.h>

#include "base/fixed.h"
#include "measure/aggregation.h"
#include "support/random.h"

static inline double totals_uniform(struct random *r)
{
    return ((double)(random_next(r) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double totals_normal(struct random *r)
{
    return sqrt(-2 * log(totals_uniform(r))) * cos(6.283185307179586 * totals_uniform(r));
}

/* Money of customer i of n; each is one shape of shop. */
static inline double totals_lognormal(struct random *r, int64_t i, int64_t n)
{
    (void)i, (void)n;
    return 50 * exp(1.5 * totals_normal(r));
}

static inline double totals_pareto(struct random *r, int64_t i, int64_t n)
{
    (void)i, (void)n;
    return 10 * pow(totals_uniform(r), -1 / 1.16); /* the 80/20 law */
}

static inline double totals_zipf(struct random *r, int64_t i, int64_t n)
{
    (void)r;
    return 1e7 / (double)(i + 1) * (n > 0);
}

/* Cheap things of a few prices, most customers buy once: totals are few different numbers. */
static inline double totals_discs(struct random *r, int64_t i, int64_t n)
{
    static const double prices[] = {11.77, 12.00, 14.37, 14.96, 15.36};
    (void)i, (void)n;
    double sum = 0;
    do {
        sum += prices[random_between(r, 0, 4)];
    } while (totals_uniform(r) < 0.6);
    return sum;
}

/* Profit: many cost more than they bring in. */
static inline double totals_profit(struct random *r, int64_t i, int64_t n)
{
    return totals_lognormal(r, i, n) - 120;
}

struct totals_shape {
    const char *name;
    double (*draw)(struct random *r, int64_t i, int64_t n);
};

static const struct totals_shape totals_shapes[] = {
    {"lognormal", totals_lognormal}, {"Pareto", totals_pareto}, {"Zipf", totals_zipf}, {"discs", totals_discs}, {"profit", totals_profit},
};

static inline int totals_descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Draws n totals in micro, sorted descending. NULL: no memory. */
static inline int64_t *totals_draw(const struct totals_shape *shape, int64_t n, uint64_t seed)
{
    struct random r = {seed};
    int64_t *all = malloc((size_t)n * sizeof *all);
    for (int64_t i = 0; all && i < n; i++) {
        all[i] = (int64_t)llround(shape->draw(&r, i, n) * 100) * (FIXED_ONE / 100);
    }
    if (all) {
        qsort(all, (size_t)n, sizeof *all, totals_descending);
    }
    return all;
}

struct concentration {
    double share, gini, whale;
    int64_t rank;
};

/* By definition, over all totals. */
static inline struct concentration totals_exact(const int64_t *all, int64_t n)
{
    cube_i128 sum = 0, top = 0, ranked = 0, peak = 0;
    struct concentration c = {0};
    for (int64_t i = 0; i < n; i++) {
        sum += all[i];
        top += i < (n + 4) / 5 ? all[i] : 0;
        ranked += (cube_i128)all[i] * (n + 1 - 2 * (i + 1));
        c.rank = sum > peak ? i + 1 : c.rank;
        peak = sum > peak ? sum : peak;
    }
    c.share = (double)top / (double)sum;
    c.gini = (double)ranked / ((double)n * (double)sum);
    c.whale = (double)peak / (double)sum;
    return c;
}

/* By the aggregation and its sketch. 0 or CUBE_ENOMEM. */
static inline int totals_sketched(const int64_t *all, int64_t n, struct result *ret_r, uint32_t *ret_buckets)
{
    const struct measure m = {.aggregation = aggregation_find("concentration"), .horizon_count = 1, .whale = true};
    struct sketch s = {0};
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < n; i++) {
        int64_t cells[3] = {1};
        cell_set_wide(cells + 1, all[i]);
        rc = sketch_add(&s, &m.aggregation->sketch, hist_bucket(all[i]), cells);
    }
    struct window_view w = {.sketch = &s};
    m.aggregation->result(&m, &w, ret_r);
    *ret_buckets = s.count;
    sketch_close(&s);
    return rc;
}

#endif
