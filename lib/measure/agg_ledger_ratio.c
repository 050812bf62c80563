/* The share of the active customers whose total of a ledger lies within bounds: unprofitable ones, those who
 * bought again. */
#include "measure/agg.h"

enum { N, HITS, SLOTS };

static void add(const struct measure *m, int64_t *cells, const struct track_now *t, int sign)
{
    if (t->active) {
        cells[N] += sign;
        cells[HITS] += t->total >= m->total_low && t->total <= m->total_high ? sign : 0;
    }
}

static int ledger_ratio_track(const struct measure *m, struct applying *a, uint32_t horizon,
                              const struct track_now *before, const struct track_now *now)
{
    unsigned t = m->tracks[horizon];
    int64_t cells[SLOTS] = {0};
    add(m, cells, &before[t], -1);
    add(m, cells, &now[t], 1);
    return before[t].active || now[t].active ? emit_level_of(a, m, horizon, a->stock, cells) : 0;
}

static int shift(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set, int sign)
{
    struct track_now now = applying_track(a, m->tracks[horizon]);
    int64_t cells[SLOTS] = {0};
    add(m, cells, &now, sign);
    return set && now.active ? emit_level_of(a, m, horizon, set, cells) : 0;
}

static int ledger_ratio_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                             const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        rc = shift(m, a, h, from, -1);
        rc = rc ? rc : shift(m, a, h, to, 1);
    }
    return rc;
}

static void ledger_ratio_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){0};
    agg_share(ret_r, w->level[HITS], w->level[N]);
}

const struct aggregation agg_ledger_ratio = {
    .name = "ledger_ratio",
    .level = {.slots = SLOTS},
    .by_horizon = true,
    .per_entity = true,
    .move = ledger_ratio_move,
    .track = ledger_ratio_track,
    .result = ledger_ratio_result,
};
