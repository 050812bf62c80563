/* Employees present now, and on average over the window. */
#include "measure/agg_person_time.h"

static void headcount_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    double average;
    *ret_r = (struct result){.n = w->level[0]};
    if (w->level[0] == 0 && cell_get_wide(w->pane + PERSON_M) == 0) {
        return; /* nobody is here and nobody came or went */
    }
    ret_r->has_value = true;
    ret_r->value = (double)w->level[0];
    if (person_time_average(w, &average)) {
        result_set_double(ret_r, RESULT_AVERAGE, average);
    }
}

const struct aggregation agg_headcount = {
    .name = "headcount",
    .pane = {.slots = PERSON_SLOTS, .wide = 1u << PERSON_M},
    .level = {.slots = 1},
    .follows_time = true,
    .per_entity = true,
    .kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_EXIT,
    .apply = person_time_apply,
    .move = person_time_move,
    .result = headcount_result,
};
