/* The share of the source's events that also match `hits`. */
#include "measure/agg.h"

enum { N, HITS, RESPONDENTS, SLOTS };

static bool is_hit(const struct measure *m, const struct event *e)
{
    return (m->hit_kinds == 0 || m->hit_kinds >> e->kind & 1) && predicate_holds(&m->hits, e);
}

static int ratio_apply(const struct measure *m, struct applying *a)
{
    return agg_emit(a, m, (int64_t[SLOTS]){[N] = 1, [HITS] = is_hit(m, a->event)});
}

static void ratio_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){0};
    agg_share(ret_r, w->pane[HITS], w->pane[N]);
}

const struct aggregation agg_ratio = {
    .name = "ratio",
    .pane = {.slots = SLOTS},
    .respondents = true,
    .apply = ratio_apply,
    .result = ratio_result,
};
