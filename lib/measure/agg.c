#include "measure/agg.h"

#include <math.h>

int64_t agg_value(const struct measure *m, const struct applying *a)
{
    return agg_bounded(applying_value(&m->from, a->event));
}

bool agg_matches(const struct source *s, const struct event *e)
{
    return (s->kinds >> e->kind & 1) && predicate_holds(&s->where, e);
}

int agg_emit(struct applying *a, const struct measure *m, const int64_t *cells)
{
    return emit_pane(a, m, a->flow, applying_pane(m, a->ts_ms), cells);
}

void agg_moments_add(int64_t *at, int64_t value)
{
    cell_add_wide(at, value);
    cells_add_square(at + 2, value, 1);
}

void agg_share(struct result *r, int64_t hits, int64_t n)
{
    r->n = n;
    result_set_int(r, RESULT_HITS, hits);
    r->impossible |= n > 0 && (hits < 0 || hits > n);
    if (n > 0 && !r->impossible) {
        r->has_value = r->has_interval = true;
        r->value = stat_quotient(hits, n);
        wilson_interval(hits, n, &r->low, &r->high);
    }
}

double agg_sd(struct result *r, const struct moments *m)
{
    double sd = 0;
    r->impossible |= m->n > 1 && moments_sd(m, &sd) != 0;
    return sd;
}

static void moments_set(struct result *r, int64_t n, double mean, double sd)
{
    if (n > 0) {
        result_set_double(r, RESULT_MEAN, mean);
    }
    if (n > 1) {
        result_set_double(r, RESULT_SD, sd);
    }
}

void agg_moments(struct result *r, const struct moments *m)
{
    moments_set(r, m->n, m->n > 0 ? moments_mean(m) : 0, agg_sd(r, m));
}

void agg_mean_set(struct result *r, int64_t n, double mean, double sd)
{
    r->n = n;
    if (n > 0) {
        r->has_value = true;
        r->value = mean;
    }
    if (n > 1) {
        double half = STAT_Z * sd / sqrt((double)n);
        r->has_interval = true;
        r->low = r->value - half;
        r->high = r->value + half;
    }
}

void agg_mean_value(struct result *r, const struct moments *m)
{
    agg_mean_set(r, m->n, m->n > 0 ? moments_mean(m) : 0, agg_sd(r, m));
}

void agg_mean_result(struct result *r, const struct moments *m)
{
    double mean = m->n > 0 ? moments_mean(m) : 0, sd = agg_sd(r, m);
    agg_mean_set(r, m->n, mean, sd);
    moments_set(r, m->n, mean, sd);
}

void agg_quantile(struct result *r, enum result_field f, const struct hist_ring *h, double q)
{
    int64_t value;
    if (h && hist_ring_quantile(h, q, &value) == 0) {
        result_set_double(r, f, stat_quotient(value, FIXED_ONE));
    }
}

void agg_target_result(struct result *r, int64_t hits, const struct moments *m, const struct hist_ring *h)
{
    agg_share(r, hits, m->n);
    agg_moments(r, m);
    agg_quantile(r, RESULT_P50, h, 0.5);
    agg_quantile(r, RESULT_P90, h, 0.9);
    agg_quantile(r, RESULT_P99, h, 0.99);
}
