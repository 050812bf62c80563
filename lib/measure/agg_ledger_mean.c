/* Mean of a ledger per active customer: customers hold their rolling totals themselves and tell the scopes
 * how n, sum and sum of squares change, so that the scope needs no panes. */
#include "measure/agg.h"

enum { N, MOMENTS, SLOTS = MOMENTS + MOMENTS_SLOTS };

static void add(int64_t *cells, struct track_now t, int sign)
{
    int64_t total = t.total > INT64_MAX ? INT64_MAX : t.total < INT64_MIN ? INT64_MIN : (int64_t)t.total;
    if (t.active) {
        cells[N] += sign;
        cell_add_wide(cells + MOMENTS, (cube_i128)sign * total);
        cells_add_square(cells + MOMENTS + 2, total, sign);
    }
}

static int ledger_mean_track(const struct measure *m, struct applying *a, uint32_t horizon,
                             const struct track_now *before, const struct track_now *now)
{
    unsigned t = m->tracks[horizon];
    int64_t cells[SLOTS] = {0};
    if (!before[t].active && !now[t].active) {
        return 0;
    }
    add(cells, before[t], -1);
    add(cells, now[t], 1);
    return emit_level_of(a, m, horizon, a->stock, cells);
}

static int shift(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set, int sign)
{
    struct track_now now = applying_track(a, m->tracks[horizon]);
    int64_t cells[SLOTS] = {0};
    if (!set || !now.active) {
        return 0;
    }
    add(cells, now, sign);
    return emit_level_of(a, m, horizon, set, cells);
}

static int ledger_mean_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                            const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        rc = shift(m, a, h, from, -1);
        rc = rc ? rc : shift(m, a, h, to, 1);
    }
    return rc;
}

static void ledger_mean_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){0};
    struct moments moments = moments_of(w->level[N], w->level + MOMENTS);
    agg_mean_result(ret_r, &moments);
}

const struct aggregation agg_ledger_mean = {
    .name = "ledger_mean",
    .level = {.slots = SLOTS, .wide = MOMENTS_WIDE(MOMENTS)},
    .by_horizon = true,
    .per_entity = true,
    .move = ledger_mean_move,
    .track = ledger_mean_track,
    .result = ledger_mean_result,
};
