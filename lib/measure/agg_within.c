/* The share of values that meet the target, with their distribution. */
#include "measure/agg.h"

enum { N, HITS, MOMENTS, RESPONDENTS = MOMENTS + MOMENTS_SLOTS, SLOTS };

static int within_apply(const struct measure *m, struct applying *a)
{
    int64_t value = agg_value(m, a);
    bool hit = m->target_is_min ? value >= m->target : value <= m->target;
    int64_t cells[SLOTS] = {[N] = 1, [HITS] = hit};
    agg_moments_add(cells + MOMENTS, value);
    int rc = agg_emit(a, m, cells);
    if (rc) {
        return rc;
    }
    return emit_hist(a, m, a->flow, applying_pane(m, a->ts_ms), hist_bucket(value), 1);
}

static void within_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    *ret_r = (struct result){0};
    agg_target_result(ret_r, w->pane[HITS], &s, w->hist);
}

const struct aggregation agg_within = {
    .name = "within",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .histogram = true,
    .respondents = true,
    .apply = within_apply,
    .result = within_result,
};
