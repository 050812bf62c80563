/* Mean over events, and their standard deviation as a measure of its own. */
#include "measure/agg.h"

enum { N, MOMENTS, RESPONDENTS = MOMENTS + MOMENTS_SLOTS, SLOTS };

static int mean_apply(const struct measure *m, struct applying *a)
{
    int64_t cells[SLOTS] = {[N] = 1};
    agg_moments_add(cells + MOMENTS, agg_value(m, a));
    return agg_emit(a, m, cells);
}

static void mean_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){0};
    agg_mean_result(ret_r, &s);
}

static void stddev_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){.n = s.n, .has_value = s.n > 1};
    ret_r->value = agg_sd(ret_r, &s);
}

const struct aggregation agg_mean = {
    .name = "mean",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .respondents = true,
    .apply = mean_apply,
    .result = mean_result,
};

const struct aggregation agg_stddev = {
    .name = "stddev",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .respondents = true,
    .apply = mean_apply,
    .result = stddev_result,
};
