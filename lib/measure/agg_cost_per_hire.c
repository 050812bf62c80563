/* What recruiting cost in the window over those hired in it. */
#include "measure/agg.h"

enum { HIRES, INTERNAL, EXTERNAL = INTERNAL + 2, SLOTS = EXTERNAL + 2 };

/* Hiring somebody who is here already is no hire. */
static int cost_per_hire_apply(const struct measure *m, struct applying *a)
{
    int64_t cells[SLOTS] = {[HIRES] = a->presence > 0};
    if (a->event->kind == KIND_RECRUIT_COST) {
        cell_set_wide(cells + INTERNAL, event_number(a->event, EVENT_INTERNAL, 0));
        cell_set_wide(cells + EXTERNAL, event_number(a->event, EVENT_EXTERNAL, 0));
    } else if (a->presence <= 0) {
        return 0;
    }
    return agg_emit(a, m, cells);
}

static void cost_per_hire_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t hires = w->pane[HIRES];
    cube_i128 internal = cell_get_wide(w->pane + INTERNAL), external = cell_get_wide(w->pane + EXTERNAL);
    *ret_r = (struct result){.n = hires, .has_value = hires > 0};
    result_set_int(ret_r, RESULT_HIRES, hires);
    result_set_double(ret_r, RESULT_INTERNAL, stat_quotient(internal, FIXED_ONE));
    result_set_double(ret_r, RESULT_EXTERNAL, stat_quotient(external, FIXED_ONE));
    if (hires > 0) {
        ret_r->value = stat_quotient((cube_i128)((cube_u128)internal + (cube_u128)external), (cube_i128)hires * FIXED_ONE);
    }
}

const struct aggregation agg_cost_per_hire = {
    .name = "cost_per_hire",
    .pane = {.slots = SLOTS, .wide = 1u << INTERNAL | 1u << EXTERNAL},
    .kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_RECRUIT_COST,
    .apply = cost_per_hire_apply,
    .result = cost_per_hire_result,
};
