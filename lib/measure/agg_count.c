/* The number of events. */
#include "measure/agg.h"

enum { N, RESPONDENTS, SLOTS };

static int count_apply(const struct measure *m, struct applying *a)
{
    return agg_emit(a, m, (int64_t[SLOTS]){[N] = 1});
}

static void count_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0, .value = n > 0 ? (double)n : 0};
}

const struct aggregation agg_count = {
    .name = "count",
    .pane = {.slots = SLOTS},
    .absent_is_zero = true,
    .respondents = true,
    .apply = count_apply,
    .result = count_result,
};
