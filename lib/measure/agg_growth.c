/* How much a figure that is read again and again (followers, seats, devices) has grown: each reading less the
 * one before it of the same customer, in whatever order they are told. The sum of the latest readings moves with the customer. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "measure/agg.h"
#include "measure/gauge_steps.h"

enum { N, GROWTH, SLOTS = GROWTH + 2 };
enum { CUSTOMERS, GAUGE, LEVEL_SLOTS = GAUGE + 2 };

static int emit_gauge(const struct measure *m, struct applying *a, const struct scope_set *set, int64_t customers, cube_i128 gauge)
{
    int64_t level[LEVEL_SLOTS] = {[CUSTOMERS] = customers};
    cell_set_wide(level + GAUGE, gauge);
    return emit_level(a, m, set, level);
}

static int emit_growth(const struct measure *m, struct applying *a, const struct scope_set *set, const struct gauge_reading *before,
                       const struct gauge_reading *r)
{
    int64_t cells[SLOTS] = {[N] = 1};
    cell_set_wide(cells + GROWTH, before->given ? (cube_i128)r->value - before->value : 0);
    return emit_pane(a, m, set, applying_pane(m, r->ts_ms), cells);
}

/* The reading behind the one at hand is as far from that as it was from the one before. */
static int tell_again(const struct measure *m, struct applying *a, const struct gauge_reading *later, const struct gauge_reading *before,
                      const struct gauge_reading *now)
{
    const struct scope_set *set = scope_table_set_at(a->scopes, later->set);
    if (applying_has_left(a, m, applying_pane(m, later->ts_ms))) {
        return 0;
    }
    a->takes_back = true;
    int rc = emit_growth(m, a, set, before, later);
    a->takes_back = false;
    return rc ? rc : emit_growth(m, a, set, now, later);
}

static int growth_put(const struct measure *m, struct applying *a, const struct gauge_steps *steps, const struct gauge_reading *now)
{
    unsigned place = steps->count;
    while (place > 0 && gauge_is_before(now, &steps->at[place - 1])) {
        place--;
    }
    const struct gauge_reading *before = place > 0 ? &steps->at[place - 1] : &steps->floor;
    int rc = emit_growth(m, a, a->flow, before, now);
    if (rc == 0 && place < steps->count) {
        rc = tell_again(m, a, &steps->at[place], before, now);
    } else if (rc == 0) {
        rc = emit_gauge(m, a, a->stock, !before->given, (cube_i128)now->value - before->value);
    }
    return rc ? rc : gauge_step_keep(m, a, now, place == steps->count);
}

/* A reading before all of which something is known says nothing of now, and its difference is in the later ones already. */
static int growth_apply(const struct measure *m, struct applying *a)
{
    const struct time_plan *time = &a->model->time;
    struct gauge_reading now = {true, a->ts_ms, agg_value(m, a), event_id_prefix(a->event), a->flow->id};
    struct gauge_steps steps;
    gauge_steps_read(m, a->entity, &steps);
    if (steps.floor.given && gauge_is_before(&now, &steps.floor)) {
        return 0;
    }
    int64_t before_ms = a->straggles ? INT64_MIN : a->ts_ms - time->lateness_ms - time->out_of_order_ms;
    int rc = gauge_steps_trim(m, a, &steps, before_ms);
    return rc ? rc : growth_put(m, a, &steps, &now);
}

static int growth_move(const struct measure *m, struct applying *a, const struct scope_set *from, const struct scope_set *to)
{
    struct gauge_reading r = gauge_latest(m, a->entity);
    if (!r.given) {
        return 0;
    }
    int rc = from ? emit_gauge(m, a, from, -1, -(cube_i128)r.value) : 0;
    return rc || !to ? rc : emit_gauge(m, a, to, 1, r.value);
}

static void growth_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    int64_t n = w->pane[N];
    *ret_r = (struct result){.n = n, .has_value = n > 0};
    if (n > 0) {
        ret_r->value = stat_quotient(cell_get_wide(w->pane + GROWTH), FIXED_ONE);
    }
    if (w->level[CUSTOMERS] > 0) {
        result_set_double(ret_r, RESULT_GAUGE, stat_quotient(cell_get_wide(w->level + GAUGE), FIXED_ONE));
    }
}

const struct aggregation agg_growth = {
    .name = "growth",
    .pane = {.slots = SLOTS, .wide = 1u << GROWTH},
    .level = {.slots = LEVEL_SLOTS, .wide = 1u << GAUGE},
    .per_entity = true,
    .facts = UINT64_C(1) << FACT_GAUGE | UINT64_C(1) << FACT_GAUGE_STEP,
    .apply = growth_apply,
    .move = growth_move,
    .result = growth_result,
};
