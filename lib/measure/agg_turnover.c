/* Exits over average head count, annualised. Exits count where the exit event happened, the
 * head count where the employee stands. */
#include "measure/agg_person_time.h"

#define YEAR_MS (INT64_C(365) * 86400000)

enum { EXITS = PERSON_SLOTS, VOLUNTARY, REGRETTED, SLOTS };

static int turnover_apply(const struct measure *m, struct applying *a)
{
    int rc = person_time_apply(m, a);
    if (rc != 0 || a->presence >= 0) {
        return rc;
    }
    int64_t cells[SLOTS] = {[EXITS] = 1,
                            [VOLUNTARY] = event_number(a->event, EVENT_VOLUNTARY, 0) != 0,
                            [REGRETTED] = event_number(a->event, EVENT_REGRETTED, 0) != 0};
    return agg_emit(a, m, cells);
}

static bool turnover_creeps(const struct window_view *w)
{
    return person_time_creeps(w, w->pane[EXITS]);
}

static void turnover_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    double average = 0;
    int64_t exits = w->pane[EXITS];
    *ret_r = (struct result){.n = w->level[0] + exits};
    result_set_int(ret_r, RESULT_HITS, exits);
    result_set_int(ret_r, RESULT_VOLUNTARY, w->pane[VOLUNTARY]);
    result_set_int(ret_r, RESULT_REGRETTED, w->pane[REGRETTED]);
    if (!person_time_average(w, &average)) {
        return;
    }
    result_set_double(ret_r, RESULT_AVERAGE_HEADCOUNT, average);
    if (average > 0) {
        ret_r->has_value = true;
        ret_r->value = (double)exits / average * ((double)YEAR_MS / (double)horizon_ms(w->horizon));
    }
}

const struct aggregation agg_turnover = {
    .name = "turnover",
    .pane = {.slots = SLOTS, .wide = 1u << PERSON_M},
    .level = {.slots = 1},
    .follows_time = true,
    .per_entity = true,
    .kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_EXIT,
    .apply = turnover_apply,
    .move = person_time_move,
    .creeps = turnover_creeps,
    .result = turnover_result,
};
