/* Mean of a ledger per active customer: customers hold their rolling totals themselves and tell the scopes
 * how n, sum and sum of squares change, so that the scope needs no panes. Those on whose overdue invoices something
 * runs are in the only bucket of a sketch, whose sums say all at any instant. */
#include "measure/agg.h"
#include "score/running_stat.h"

enum { N, MOMENTS, SLOTS = MOMENTS + MOMENTS_SLOTS };

#define RUNNING_BUCKET 0

static const struct layout running_layout = {.slots = RUNNING_SLOTS, .wide = RUNNING_WIDE};

/* What a customer on whose invoices nothing runs adds to the level. */
struct still {
    int64_t n, base;
    int64_t square_low;     /* 62 bits */
    cube_i128 square_high;
};

static inline struct still still_of(const struct track_now *t)
{
    if (!t || !t->active || t->runs) {
        return (struct still){0};
    }
    int64_t base = agg_bounded(t->total);
    cube_i128 square = (cube_i128)base * base;
    return (struct still){1, base, (int64_t)(square & ((INT64_C(1) << 62) - 1)), square >> 62};
}

/* The moments are those of cells_add_square. */
static int tell_still(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                      const struct track_now *from, const struct track_now *to)
{
    struct still was = still_of(from), is = still_of(to);
    int64_t cells[SLOTS] = {[N] = is.n - was.n};
    cell_set_wide(cells + MOMENTS, (cube_i128)is.base - was.base);
    cell_set_wide(cells + MOMENTS + 2, is.square_low - was.square_low);
    cell_set_wide(cells + MOMENTS + 4, is.square_high - was.square_high);
    return emit_level_of(a, m, horizon, set, cells);
}

static int tell_running(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                        const struct track_now *from, const struct track_now *to)
{
    int64_t cells[RUNNING_SLOTS] = {0};
    if (from && from->active && from->runs) {
        running_add(cells, from->base, &from->running, from->up, a->model->cost_of_capital, -1);
    }
    if (to && to->active && to->runs) {
        running_add(cells, to->base, &to->running, to->up, a->model->cost_of_capital, 1);
    }
    return emit_sketch(a, m, horizon, set, RUNNING_BUCKET, cells);
}

static bool is_in(const struct track_now *t, bool running)
{
    return t && t->active && t->runs == running;
}

/* One customer is no more `from` but `to`; either may be NULL. */
static int tell(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                const struct track_now *from, const struct track_now *to)
{
    int rc = is_in(from, false) || is_in(to, false) ? tell_still(m, a, horizon, set, from, to) : 0;
    return rc == 0 && (is_in(from, true) || is_in(to, true)) ? tell_running(m, a, horizon, set, from, to) : rc;
}

static int ledger_mean_track(const struct measure *m, struct applying *a, uint32_t horizon,
                             const struct track_now *before, const struct track_now *now)
{
    const struct track_now *b = &before[m->tracks[horizon]], *n = &now[m->tracks[horizon]];
    if (track_only_ran(b, n)) {
        return 0;
    }
    bool still = b->active && n->active && !b->runs && !n->runs; /* as nearly all customers */
    return still ? tell_still(m, a, horizon, a->stock, b, n) : tell(m, a, horizon, a->stock, b, n);
}

static int ledger_mean_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                            const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        if (!applying_is_active(a, m->tracks[h])) {
            continue;
        }
        struct track_now now = applying_track(a, m->tracks[h]);
        rc = from ? tell(m, a, h, from, &now, NULL) : 0;
        rc = rc || !to ? rc : tell(m, a, h, to, NULL, &now);
    }
    return rc;
}

static bool ledger_mean_creeps(const struct window_view *w)
{
    return w->sketch->count > 0 && w->cost_of_capital != 0;
}

static void ledger_mean_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    struct moments still = moments_of(w->level[N], w->level + MOMENTS);
    const int64_t *cells;
    (void)m;
    *ret_r = (struct result){0};
    if (w->sketch->count == 0) {
        agg_mean_result(ret_r, &still);
        return;
    }
    sketch_at(w->sketch, &running_layout, 0, &cells);
    int64_t n = still.n + cells[RUNNING_COUNT];
    double mean = n > 0 ? running_mean(&still, cells, w->cost_of_capital, w->t_ms) : 0;
    double sd = n > 1 ? running_sd(&still, cells, w->cost_of_capital, w->t_ms) : 0;
    agg_mean_set(ret_r, n, mean, sd);
    if (n > 0) {
        result_set_double(ret_r, RESULT_MEAN, mean);
    }
    if (n > 1) {
        result_set_double(ret_r, RESULT_SD, sd);
    }
}

const struct aggregation agg_ledger_mean = {
    .name = "ledger_mean",
    .level = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .sketch = {.slots = RUNNING_SLOTS, .wide = RUNNING_WIDE},
    .by_horizon = true,
    .per_entity = true,
    .follows_time = true,
    .move = ledger_mean_move,
    .track = ledger_mean_track,
    .creeps = ledger_mean_creeps,
    .result = ledger_mean_result,
};
