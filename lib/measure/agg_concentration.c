/* How much of a ledger the top fifth of the customers holds. Customers hold their rolling totals
 * themselves; scopes keep them in a sketch, whose members are taken at their bucket's mean. */
#include "measure/agg.h"
#include "measure/agg_sketch.h"

enum { COUNT, SUM, SLOTS = SUM + 2 };
_Static_assert(2 * SKETCH_BUCKET_LIMIT < 1 << 16, "sums of a word each, of all buckets, are below SKETCH_SUM_MAX by far");

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

static int tell_changed(const struct measure *m, struct applying *a, uint32_t horizon, const struct track_now *b, const struct track_now *n)
{
    int64_t from = sketch_total(b), to = sketch_total(n);
    if (b->held && n->held && hist_bucket(from) == hist_bucket(to)) {
        return tell(m, a, horizon, a->stock, hist_bucket(to), 0, (cube_i128)to - from);
    }
    int rc = tell_one(m, a, horizon, a->stock, b, -1);
    return rc ? rc : tell_one(m, a, horizon, a->stock, n, 1);
}

static int concentration_track(const struct measure *m, struct applying *a, uint32_t horizon,
                               const struct track_now *before, const struct track_now *now)
{
    const struct track_now *b = &before[m->tracks[horizon]], *n = &now[m->tracks[horizon]];
    bool timer = a->by_time;
    if (sketch_adds_same(b, n)) {
        return 0;
    }
    applying_set_by_time(a, timer || sketch_only_ran(b, n));
    int rc = tell_changed(m, a, horizon, b, n);
    applying_set_by_time(a, timer);
    return rc;
}

static int concentration_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                              const struct scope_set *to)
{
    int rc = 0;
    for (uint32_t h = 0; rc == 0 && h < m->horizon_count; h++) {
        if (!applying_may_hold(a, m->tracks[h])) {
            continue;
        }
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

/* Sums over buckets so far: below is of x_i (2i - 1), as n is known at the end only. */
struct ranks {
    int64_t n;
    cube_i128 sum, below;
};

static bool bucket_rank(struct ranks *r, const int64_t *cells)
{
    cube_i128 sum = cell_get_wide(cells + SUM);
    if (!sketch_possible(cells[COUNT], sum)) {
        return false;
    }
    r->below += sum * (2 * r->n + cells[COUNT]);
    r->n += cells[COUNT];
    r->sum += sum;
    return sketch_possible(r->n, r->sum);
}

/* The same of a bucket whose sum fits a word, as all do that customers of a real company fall into: of so many buckets such sums are
 * possible together. */
static inline bool bucket_rank_narrow(struct ranks *r, const int64_t *cells)
{
    int64_t n = cells[COUNT], sum = cells[SUM];
    if (n <= -SKETCH_MEMBERS_MAX || n >= SKETCH_MEMBERS_MAX) {
        return false;
    }
    r->below += (cube_i128)sum * (2 * r->n + n);
    r->n += n;
    r->sum += sum;
    return r->n > -SKETCH_MEMBERS_MAX && r->n < SKETCH_MEMBERS_MAX;
}

/* Takes up the buckets from *at on that are not above `last`. False: they are of no customers. */
static inline bool ranks_take(struct ranks *ranks, const int64_t **at, const int64_t *end, int32_t last)
{
    struct ranks r = *ranks;
    const int64_t *e = *at;
    bool possible = true;
    for (; e < end && e[0] <= last && possible; e += 1 + SLOTS) {
        const int64_t *cells = e + 1;
        bool narrow = cells[SUM + 1] == cells[SUM] >> 63;
        possible = narrow ? bucket_rank_narrow(&r, cells) : bucket_rank(&r, cells);
    }
    *at = e;
    *ranks = r;
    return possible;
}

static struct whole whole_of(const struct sketch *s)
{
    struct ranks r = {0};
    const int64_t *first = sketch_entry(s, &entry, 0), *at = first, *end = sketch_entry(s, &entry, s->count);
    bool possible = ranks_take(&r, &at, end, -1);
    struct whole w = {.negative = at > first};
    possible = possible && ranks_take(&r, &at, end, 0);
    int64_t others = r.n;
    cube_i128 of_others = r.sum;
    w.possible = possible && ranks_take(&r, &at, end, INT32_MAX);
    w.n = r.n;
    w.sum = r.sum;
    w.positive = r.n - others;
    w.positive_sum = r.sum - of_others;
    w.ranked = r.below - r.sum * r.n;
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
