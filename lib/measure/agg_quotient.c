/* The sum of `from` divided by the sum of `per`. An event may count in both. */
#include "measure/agg.h"

enum { N, FROM, PER = FROM + 2, RESPONDENTS = PER + 2, SLOTS };

static int quotient_apply(const struct measure *m, struct applying *a)
{
    int64_t cells[SLOTS] = {0};
    if (agg_matches(&m->from, a->event)) {
        cells[N] = 1;
        cell_set_wide(cells + FROM, applying_value(&m->from, a->event));
    }
    if (agg_matches(&m->per, a->event)) {
        cell_set_wide(cells + PER, applying_value(&m->per, a->event));
    }
    return agg_emit(a, m, cells);
}

static void quotient_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    cube_i128 from = cell_get_wide(w->pane + FROM), per = cell_get_wide(w->pane + PER);
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0 && per != 0};
    if (ret_r->has_value) {
        ret_r->value = per > 0 ? stat_quotient(from, per) : stat_quotient(-from, -per);
    }
}

const struct aggregation agg_quotient = {
    .name = "quotient",
    .pane = {.slots = SLOTS, .wide = 1u << FROM | 1u << PER},
    .respondents = true,
    .apply = quotient_apply,
    .result = quotient_result,
};
