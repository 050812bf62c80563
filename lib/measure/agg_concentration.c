/* How much of a ledger the top fifth of the customers holds. Customers hold their rolling totals
 * themselves; scopes keep them in a sketch, whose members are taken at their bucket's mean. */
#include "measure/agg.h"
#include "measure/agg_sketch.h"

enum { COUNT, SUM, SLOTS = SUM + 2 };

static const struct layout entry = {.slots = SLOTS, .wide = 1u << SUM};

static int tell(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                int32_t bucket, int64_t count, cube_i128 sum)
{
    int64_t cells[SLOTS] = {[COUNT] = count};
    cell_set_wide(cells + SUM, sum);
    return emit_sketch(a, m, horizon, set, bucket, cells);
}

static int tell_one(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                    const struct track_now *t, int sign)
{
    int64_t total = sketch_total(t);
    return t->held && set ? tell(m, a, horizon, set, hist_bucket(total), sign, (cube_i128)sign * total) : 0;
}

static int concentration_track(const struct measure *m, struct applying *a, uint32_t horizon,
                               const struct track_now *before, const struct track_now *now)
{
    const struct track_now *b = &before[m->tracks[horizon]], *n = &now[m->tracks[horizon]];
    int64_t from = sketch_total(b), to = sketch_total(n);
    if (track_same(b, n)) {
        return 0;
    }
    if (b->held && n->held && hist_bucket(from) == hist_bucket(to)) {
        return tell(m, a, horizon, a->stock, hist_bucket(to), 0, (cube_i128)to - from);
    }
    int rc = tell_one(m, a, horizon, a->stock, b, -1);
    return rc ? rc : tell_one(m, a, horizon, a->stock, n, 1);
}

static int concentration_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                              const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        struct track_now now = applying_track(a, m->tracks[h]);
        rc = tell_one(m, a, h, from, &now, -1);
        rc = rc ? rc : tell_one(m, a, h, to, &now, 1);
    }
    return rc;
}

struct whole {
    int64_t n, positive; /* customers; those with a total above 0 */
    cube_i128 sum, positive_sum;
    cube_i128 ranked;    /* of x_i (2i - n - 1), i ascending from 1 */
    bool negative;       /* some total is */
    bool possible;       /* else the sums are of no customers, and these are not all */
};

static struct whole whole_of(const struct sketch *s)
{
    struct whole w = {.possible = true};
    cube_i128 below = 0; /* of x_i (2i - 1): n is known at the end only */
    for (uint32_t i = 0; i < s->count && w.possible; i++) {
        const int64_t *cells;
        int32_t bucket = sketch_at(s, &entry, i, &cells);
        cube_i128 sum = cell_get_wide(cells + SUM);
        if (!sketch_possible(cells[COUNT], sum)) {
            w.possible = false;
            break;
        }
        below += sum * (2 * w.n + cells[COUNT]);
        w.n += cells[COUNT];
        w.sum += sum;
        w.positive += bucket > 0 ? cells[COUNT] : 0;
        w.positive_sum += bucket > 0 ? sum : 0;
        w.negative |= bucket < 0;
        w.possible = sketch_possible(w.n, w.sum);
    }
    w.ranked = below - w.sum * w.n;
    return w;
}

static void concentration_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    struct whole all = whole_of(w->sketch);
    int64_t k = top_fifth(all.n);
    *ret_r = (struct result){.n = all.n, .impossible = !all.possible};
    if (all.n <= 0 || !all.possible) {
        return;
    }
    result_set_int(ret_r, RESULT_K, k);
    if (all.sum <= 0) {
        return;
    }
    cube_i128 top;
    int64_t edge = sketch_top(w->sketch, &entry, SUM, k, &top);
    if (edge == 0) {
        ret_r->impossible = true;
        return;
    }
    ret_r->has_value = true;
    ret_r->value = stat_quotient(top, all.sum * edge);
    if (!all.negative) {
        result_set_double(ret_r, RESULT_GINI, stat_quotient(all.ranked, all.sum * all.n));
    }
    if (m->whale) {
        result_set_double(ret_r, RESULT_WHALE, stat_quotient(all.positive_sum, all.sum));
        result_set_int(ret_r, RESULT_WHALE_RANK, all.positive);
    }
}

const struct aggregation agg_concentration = {
    .name = "concentration",
    .sketch = {.slots = SLOTS, .wide = 1u << SUM},
    .per_entity = true,
    .members = true,
    .move = concentration_move,
    .track = concentration_track,
    .turns = sketch_turns,
    .result = concentration_result,
};
