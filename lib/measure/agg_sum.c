/* The sum of the source's value. */
#include "measure/agg.h"

enum { N, SUM, RESPONDENTS = SUM + 2, SLOTS };

static int sum_apply(const struct measure *m, struct applying *a)
{
    int64_t cells[SLOTS] = {[N] = 1};
    cell_set_wide(cells + SUM, applying_value(&m->from, a->event));
    return agg_emit(a, m, cells);
}

static void sum_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0};
    if (n > 0) {
        ret_r->value = stat_quotient(cell_get_wide(w->pane + SUM), FIXED_ONE);
    }
}

const struct aggregation agg_sum = {
    .name = "sum",
    .pane = {.slots = SLOTS, .wide = 1u << SUM},
    .absent_is_zero = true,
    .respondents = true,
    .apply = sum_apply,
    .result = sum_result,
};
