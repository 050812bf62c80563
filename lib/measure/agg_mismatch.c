/* How much of one ledger, the effort, falls on customers outside the top fifth by another, the revenue (domain
 * 4.3). The sketch is by the other ledger; its buckets hold the sums of both. */
#include "measure/agg.h"
#include "measure/agg_sketch.h"

enum { COUNT, FROM, SLOTS = FROM + 2 };

static const struct layout entry = {.slots = SLOTS, .wide = 1u << FROM};

/* One customer as the sketch has it. */
struct member {
    bool held;
    int32_t bucket;
    int64_t from;
};

static struct member member_of(const struct track_now *from, const struct track_now *by)
{
    return (struct member){from->held || by->held, hist_bucket(sketch_total(by)), sketch_total(from)};
}

static int tell(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                int32_t bucket, int64_t count, cube_i128 from)
{
    int64_t cells[SLOTS] = {[COUNT] = count};
    cell_set_wide(cells + FROM, from);
    return emit_sketch(a, m, horizon, set, bucket, cells);
}

static int tell_one(const struct measure *m, struct applying *a, uint32_t horizon, const struct scope_set *set,
                    const struct member *x, int sign)
{
    return x->held && set ? tell(m, a, horizon, set, x->bucket, sign, (cube_i128)sign * x->from) : 0;
}

static int tell_changed(const struct measure *m, struct applying *a, uint32_t horizon, const struct member *was, const struct member *is)
{
    if (was->held && is->held && was->bucket == is->bucket) {
        return tell(m, a, horizon, a->stock, is->bucket, 0, (cube_i128)is->from - was->from);
    }
    int rc = tell_one(m, a, horizon, a->stock, was, -1);
    return rc ? rc : tell_one(m, a, horizon, a->stock, is, 1);
}

static int mismatch_track(const struct measure *m, struct applying *a, uint32_t horizon,
                          const struct track_now *before, const struct track_now *now)
{
    unsigned from = m->tracks[horizon], by = m->by_tracks[horizon];
    if (sketch_adds_same(&before[from], &now[from]) && sketch_adds_same(&before[by], &now[by])) {
        return 0;
    }
    struct member was = member_of(&before[from], &before[by]), is = member_of(&now[from], &now[by]);
    bool timer = a->by_time;
    applying_set_by_time(a, timer || (sketch_only_ran(&before[from], &now[from]) && sketch_only_ran(&before[by], &now[by])));
    int rc = tell_changed(m, a, horizon, &was, &is);
    applying_set_by_time(a, timer);
    return rc;
}

static int mismatch_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                         const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        if (!applying_may_hold(a, m->tracks[h]) && !applying_may_hold(a, m->by_tracks[h])) {
            continue;
        }
        struct track_now total = applying_track(a, m->tracks[h]), by = applying_track(a, m->by_tracks[h]);
        struct member x = member_of(&total, &by);
        rc = tell_one(m, a, h, from, &x, -1);
        rc = rc ? rc : tell_one(m, a, h, to, &x, 1);
    }
    return rc;
}

static void mismatch_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    const int64_t *whole = sketch_whole(w->sketch);
    *ret_r = (struct result){0};
    if (!whole) {
        return;
    }
    cube_i128 sum = cell_get_wide(whole + FROM), top;
    ret_r->n = whole[COUNT];
    ret_r->impossible = !sketch_possible(ret_r->n, sum);
    if (ret_r->n <= 0 || ret_r->impossible) {
        return;
    }
    int64_t k = top_fifth(ret_r->n), edge = sketch_top(w->sketch, &entry, FROM, k, &top);
    ret_r->impossible = edge == 0;
    result_set_int(ret_r, RESULT_K, k);
    if (sum > 0 && edge > 0) {
        ret_r->has_value = true;
        ret_r->value = stat_quotient(sum * edge - top, sum * edge);
    }
}

const struct aggregation agg_mismatch = {
    .name = "mismatch",
    .sketch = {.slots = SLOTS, .wide = 1u << FROM},
    .per_entity = true,
    .members = true,
    .by_ledger = true,
    .move = mismatch_move,
    .track = mismatch_track,
    .turns = sketch_turns,
    .result = mismatch_result,
};
