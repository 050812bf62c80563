/* Churns over the average number of customers, annualised. Churns count where they happened, the customers
 * where they stand. */
#include "measure/agg_churn.h"

#include "measure/agg_person_time.h"

#define YEAR_MS (INT64_C(365) * 86400000)

#define ACTS(symbol, name, topic, acts) | (uint64_t)(acts) << KIND_##symbol

enum { CHURNS = PERSON_SLOTS, SLOTS };

static int churn_apply(const struct measure *m, struct applying *a)
{
    int rc = person_time_apply(m, a);
    if (rc == 0 && a->stayed_until_ms > a->ts_ms) {
        rc = person_time_stayed(m, a);
    }
    return rc || !a->churned ? rc : agg_emit(a, m, (int64_t[SLOTS]){[CHURNS] = 1});
}

void churn_counts(const struct window_view *w, cube_i128 *ret_time, int64_t *ret_churns)
{
    *ret_time = person_time(w);
    *ret_churns = w->pane[CHURNS];
}

static bool churn_creeps(const struct window_view *w)
{
    return person_time_creeps(w, w->pane[CHURNS]);
}

static void churn_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    double average = 0;
    int64_t churns = w->pane[CHURNS];
    *ret_r = (struct result){.n = w->level[0] + churns};
    result_set_int(ret_r, RESULT_HITS, churns);
    if (!person_time_average(w, &average)) {
        return;
    }
    result_set_double(ret_r, RESULT_AVERAGE_CUSTOMERS, average);
    if (average > 0) {
        ret_r->has_value = true;
        ret_r->value = (double)churns / average * ((double)YEAR_MS / (double)horizon_ms(w->horizon));
    }
}

const struct aggregation agg_churn = {
    .name = "churn",
    .pane = {.slots = SLOTS, .wide = 1u << PERSON_M},
    .level = {.slots = 1},
    .follows_time = true,
    .per_entity = true,
    .of_presence = true,
    .kinds = UINT64_C(1) << KIND_CHURN EVENT_KINDS(ACTS),
    .apply = churn_apply,
    .move = person_time_move,
    .creeps = churn_creeps,
    .result = churn_result,
};
