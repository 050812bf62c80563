/* From hire to productive, and who is still on the way there. Times count where the employee
 * became productive; those on the way move with the employee. */
#include "engine/staff.h"
#include "measure/agg.h"

enum { N, MOMENTS, SLOTS = MOMENTS + MOMENTS_SLOTS };
enum { RAMPING, HIRED, LEVEL_SLOTS = HIRED + 2 };

static bool is_ramping(const struct staff *s)
{
    return s->present && !s->productive;
}

static int emit_ramping(const struct measure *m, struct applying *a, const struct scope_set *set, const struct staff *s, int sign)
{
    int64_t level[LEVEL_SLOTS] = {[RAMPING] = sign};
    cell_set_wide(level + HIRED, (cube_i128)s->hired_ms * sign);
    return emit_level(a, m, set, level);
}

/* Durations are kept in micro ms, as all values are. */
static int emit_time(const struct measure *m, struct applying *a, int64_t ms)
{
    int64_t cells[SLOTS] = {[N] = 1};
    agg_moments_add(cells + MOMENTS, ms * FIXED_ONE);
    int rc = agg_emit(a, m, cells);
    return rc ? rc : emit_hist(a, m, a->flow, applying_pane(m, a->ts_ms), hist_bucket(ms * FIXED_ONE), 1);
}

static int time_apply(const struct measure *m, struct applying *a)
{
    struct staff now = staff_of(a->entity);
    bool was = is_ramping(a->before), is = is_ramping(&now);
    int rc = 0;
    if (was != is) {
        rc = emit_ramping(m, a, a->stock, is ? &now : a->before, is != a->takes_back ? 1 : -1);
    }
    bool arrived = was && now.productive;
    return rc || !arrived ? rc : emit_time(m, a, a->ts_ms - now.hired_ms);
}

static int time_move(const struct measure *m, struct applying *a, const struct scope_set *from, const struct scope_set *to)
{
    struct staff s = staff_of(a->entity);
    if (!is_ramping(&s)) {
        return 0;
    }
    int rc = from ? emit_ramping(m, a, from, &s, -1) : 0;
    return rc || !to ? rc : emit_ramping(m, a, to, &s, 1);
}

static void time_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    struct moments s = moments_of(w->pane[N], w->pane + MOMENTS);
    int64_t ramping = w->level[RAMPING];
    *ret_r = (struct result){0};
    agg_mean_value(ret_r, &s);
    agg_quantile(ret_r, RESULT_P50, w->hist, 0.5);
    agg_quantile(ret_r, RESULT_P90, w->hist, 0.9);
    result_set_int(ret_r, RESULT_RAMPING, ramping);
    if (ramping > 0) {
        cube_i128 sum = (cube_i128)ramping * w->t_ms - cell_get_wide(w->level + HIRED);
        result_set_double(ret_r, RESULT_RAMPING_MEAN, stat_quotient(sum, ramping));
    }
}

const struct aggregation agg_time_to_productivity = {
    .name = "time_to_productivity",
    .pane = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .level = {.slots = LEVEL_SLOTS, .wide = 1u << HIRED},
    .histogram = true,
    .follows_time = true,
    .per_entity = true,
    .kinds = UINT64_C(1) << KIND_HIRE | UINT64_C(1) << KIND_EXIT | UINT64_C(1) << KIND_PRODUCTIVE,
    .apply = time_apply,
    .move = time_move,
    .result = time_result,
};
