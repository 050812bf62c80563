/* Events per day of the window. */
#include "measure/agg.h"

#define DAY_MS INT64_C(86400000)

enum { N, RESPONDENTS, SLOTS };

static int rate_apply(const struct measure *m, struct applying *a)
{
    return agg_emit(a, m, (int64_t[SLOTS]){[N] = 1});
}

static void rate_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0};
    if (n > 0) {
        ret_r->value = stat_quotient((cube_i128)n * DAY_MS, horizon_ms(w->horizon));
    }
}

const struct aggregation agg_rate = {
    .name = "rate",
    .pane = {.slots = SLOTS},
    .respondents = true,
    .apply = rate_apply,
    .result = rate_result,
};
