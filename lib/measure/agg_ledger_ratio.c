/* The share of the active customers whose total of a ledger lies within bounds: unprofitable ones, those who
 * bought again. */
#include "measure/agg.h"

enum { N, HITS, SLOTS };

/* A half-line of totals: those below `at`, or (closed) not above it. */
struct half_line {
    cube_i128 at;
    bool closed;
};

/* Totals below the first are no hits, totals of the second are, unless they are of the first. */
static struct half_line low_of(const struct measure *m)
{
    return (struct half_line){(cube_i128)m->total_low - m->low_open, m->low_open};
}

static struct half_line high_of(const struct measure *m)
{
    return (struct half_line){(cube_i128)m->total_high + !m->high_closed, m->high_closed};
}

static bool is_below(const struct track_now *t, struct half_line b)
{
    return t->total < b.at || (b.closed && t->total == b.at && !(t->runs && t->fraction));
}

static bool is_hit(const struct measure *m, const struct track_now *t)
{
    return t->active && (m->total_low == INT64_MIN || !is_below(t, low_of(m))) &&
           (m->total_high == INT64_MAX || is_below(t, high_of(m)));
}

static int tell(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set, int64_t n,
                int64_t hits)
{
    int64_t cells[SLOTS] = {n, hits};
    return emit_level_of(a, m, horizon, set, cells);
}

static int ledger_ratio_track(const struct measure *m, struct applying *a, uint32_t horizon,
                              const struct track_now *before, const struct track_now *now)
{
    const struct track_now *b = &before[m->tracks[horizon]], *n = &now[m->tracks[horizon]];
    int hits = is_hit(m, n) - is_hit(m, b);
    if ((!b->active && !n->active) || (hits == 0 && track_only_ran(b, n))) {
        return 0;
    }
    return tell(m, a, horizon, a->stock, n->active - b->active, hits);
}

static int ledger_ratio_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                             const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        if (!applying_is_active(a, m->tracks[h])) {
            continue;
        }
        struct track_now now = applying_track(a, m->tracks[h]);
        int64_t hit = is_hit(m, &now);
        rc = from ? tell(m, a, h, from, -1, -hit) : 0;
        rc = rc || !to ? rc : tell(m, a, h, to, 1, hit);
    }
    return rc;
}

/* When a total that runs passes a bound. */
static int64_t passes_ms(const struct model *model, const struct track_now *t, struct half_line b)
{
    cube_i128 left = t->up ? b.at - t->base : t->base - b.at;
    return running_exhausts(&t->running, model->cost_of_capital, left, t->up != b.closed);
}

static int64_t ledger_ratio_turns(const struct measure *m, const struct model *model, uint32_t horizon,
                                  const struct track_now *now)
{
    const struct track_now *t = &now[m->tracks[horizon]];
    bool runs = t->active && t->runs;
    int64_t low_ms = runs && m->total_low != INT64_MIN ? passes_ms(model, t, low_of(m)) : INT64_MAX;
    int64_t high_ms = runs && m->total_high != INT64_MAX ? passes_ms(model, t, high_of(m)) : INT64_MAX;
    low_ms = low_ms > t->told_ms ? low_ms : INT64_MAX;
    high_ms = high_ms > t->told_ms ? high_ms : INT64_MAX;
    return low_ms < high_ms ? low_ms : high_ms;
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
    .turns = ledger_ratio_turns,
    .result = ledger_ratio_result,
};
