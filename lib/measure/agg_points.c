/* Engagement points earned less taken back in the window, and per active customer. The balance of a customer
 * is kept apart, by its entity (engine/points.h). */
#include "measure/agg.h"

/* N: events that moved points. */
enum { N, POINTS, SLOTS };

static int points_apply(const struct measure *m, struct applying *a)
{
    return agg_emit(a, m, (int64_t[SLOTS]){[N] = 1, [POINTS] = a->points});
}

static void points_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){.n = w->pane[N], .has_value = w->pane[N] > 0};
    if (!ret_r->has_value) {
        return;
    }
    ret_r->value = (double)w->pane[POINTS];
    if (w->active > 0) {
        result_set_double(ret_r, RESULT_PER_ACTIVE, stat_quotient(w->pane[POINTS], w->active));
    }
}

const struct aggregation agg_points = {
    .name = "points",
    .pane = {.slots = SLOTS},
    .absent_is_zero = true,
    .by_points = true,
    .apply = points_apply,
    .result = points_result,
};
