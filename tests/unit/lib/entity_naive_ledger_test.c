/* What the entity engine says of ledgers and of churn, against models that keep every event and count anew. */
#include "support/unit.h"

#include <math.h>

#include "support/entity_log.h"

struct holder {
    bool held;
    int64_t total;
};

/* What each customer standing in the region holds of a ledger in the window at t. */
static void naive_holders(const struct measure *m, enum ledger ledger, const char *region, int64_t t, struct holder *all)
{
    int64_t oldest = pane_newest(t, m->pane_ms) - m->horizons[0].panes + 1;
    for (int who = 0; who < PEOPLE; who++) {
        const char *stands = "";
        all[who] = (struct holder){false, 0};
        for (int i = 0; i < log_count; i++) {
            const struct event *e = &log_of[i].e;
            bool buys = e->kind == KIND_PURCHASE && ledger != LEDGER_EFFORT;
            bool costs = e->kind == KIND_COST && (ledger == LEDGER_MARGIN || ledger == LEDGER_EFFORT);
            if (e->entity.at[1] - '1' != who) {
                continue;
            }
            stands = log_of[i].region;
            if (!(buys || costs) || pane_of(e->ts_ms, m->pane_ms) < oldest) {
                continue;
            }
            all[who].held = true;
            int64_t effort = e->slot[EVENT_MINUTES].number * 3 / 4;
            all[who].total += ledger == LEDGER_PURCHASES ? FIXED_ONE
                              : ledger == LEDGER_REVENUE ? e->slot[EVENT_REVENUE].number
                              : ledger == LEDGER_EFFORT  ? effort
                              : buys                     ? e->slot[EVENT_REVENUE].number - e->slot[EVENT_COST].number
                                                         : -effort;
        }
        all[who].held &= !region || strcmp(region, stands) == 0;
    }
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* Few customers in buckets of their own: the sketch says what sorting says. */
static void assert_concentration(const struct result *r, const struct holder *all, bool whale)
{
    int64_t totals[PEOPLE], n = 0, sum = 0, top = 0, peak = 0, rank = 0;
    double ranked = 0;
    for (int who = 0; who < PEOPLE; who++) {
        totals[n] = all[who].total;
        n += all[who].held;
    }
    qsort(totals, (size_t)n, sizeof *totals, descending);
    for (int64_t i = 0; i < n; i++) {
        sum += totals[i];
        top += i < (n + 4) / 5 ? totals[i] : 0;
        ranked += (double)totals[i] * (double)(n + 1 - 2 * (i + 1));
        rank = sum > peak ? i + 1 : rank;
        peak = sum > peak ? sum : peak;
    }
    assert_int_equal(r->n, n);
    assert_int_equal(r->has_value, sum > 0);
    if (sum > 0) {
        assert_true(fabs(r->value - (double)top / (double)sum) < 0.016 * (double)totals[0] / (double)sum + 1e-9);
        assert_int_equal(r->present >> RESULT_GINI & 1, totals[n - 1] >= 0);
        assert_true(totals[n - 1] < 0 || fabs(r->field[RESULT_GINI].d - ranked / (double)(n * sum)) < 0.01);
        assert_int_equal(r->present >> RESULT_WHALE & 1, whale);
        assert_true(!whale || (fabs(r->field[RESULT_WHALE].d - (double)peak / (double)sum) < 1e-12 && r->field[RESULT_WHALE_RANK].i == rank));
    }
}

/* Tests every region every few days until all windows are empty. */
static void each_region(const char *name, void (*check)(const struct measure *m, const char *key, const char *region, int64_t t))
{
    static const char *const regions[] = {NULL, "east", "north", "south"};
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 36; days += 3) {
            assert_int_equal(world_run(&w, t), 0);
            for (int i = 0; i < 4; i++) {
                char key[32];
                snprintf(key, sizeof key, i ? "region=%s" : "organisation", regions[i]);
                check(measure_named(name), key, regions[i], t);
            }
            t += 3 * DAY;
        }
        world_close(&w);
    }
}

static bool naive_is_active(int who, const struct measure *m, int64_t t)
{
    int64_t oldest = pane_newest(t, m->pane_ms) - m->horizons[0].panes + 1;
    for (int i = 0; i < log_count; i++) {
        const struct event *e = &log_of[i].e;
        if (e->entity.at[1] - '1' == who && kind_rows[e->kind].acts && pane_of(e->ts_ms, m->pane_ms) >= oldest) {
            return true;
        }
    }
    return false;
}

static void naive_stands(const char *region, bool *ret_stands)
{
    for (int i = 0; i < log_count; i++) {
        ret_stands[log_of[i].e.entity.at[1] - '1'] = !region || strcmp(region, log_of[i].region) == 0;
    }
}

static void check_ratio(const struct measure *m, const char *key, const char *region, int64_t t)
{
    static const enum ledger ledgers[] = {LEDGER_MARGIN, LEDGER_PURCHASES};
    for (uint32_t h = 0; h < 2; h++) {
        struct holder all[PEOPLE];
        bool stands[PEOPLE] = {false};
        int64_t n = 0, hits = 0;
        naive_holders(m, ledgers[h], NULL, t, all);
        naive_stands(region, stands);
        for (int who = 0; who < PEOPLE; who++) {
            bool counts = stands[who] && naive_is_active(who, m, t);
            n += counts;
            hits += counts && all[who].total >= m->total_low && all[who].total <= m->total_high;
        }
        struct result r = world_result_of(&w, key, m, h, t);
        assert_int_equal(r.n, n);
        assert_int_equal(r.field[RESULT_HITS].i, hits);
        assert_int_equal(r.has_value, n > 0);
    }
}

static void ratio_over_customers_equals_a_look_at_each(void **state)
{
    (void)state;
    each_region("losses", check_ratio);
}

static void check_mismatch(const struct measure *m, const char *key, const char *region, int64_t t)
{
    struct holder effort[PEOPLE], revenue[PEOPLE];
    bool stands[PEOPLE] = {false}, taken[PEOPLE] = {false};
    int64_t n = 0, all = 0, top = 0;
    naive_holders(m, LEDGER_EFFORT, NULL, t, effort);
    naive_holders(m, LEDGER_REVENUE, NULL, t, revenue);
    naive_stands(region, stands);
    for (int who = 0; who < PEOPLE; who++) {
        stands[who] &= effort[who].held || revenue[who].held;
        n += stands[who];
        all += stands[who] ? effort[who].total : 0;
    }
    bool ties = false; /* of two in one bucket the naive way does not know which is above */
    for (int64_t k = 0; k < (n + 4) / 5; k++) {
        int best = -1;
        for (int who = 0; who < PEOPLE; who++) {
            if (stands[who] && !taken[who] && (best < 0 || revenue[who].total > revenue[best].total)) {
                best = who;
            }
        }
        for (int who = 0; who < PEOPLE; who++) {
            ties |= stands[who] && who != best && hist_bucket(revenue[who].total) == hist_bucket(revenue[best].total);
        }
        taken[best] = true;
        top += effort[best].total;
    }
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.n, n);
    assert_int_equal(r.has_value, all > 0);
    if (all > 0 && !ties) {
        assert_true(fabs(r.value - (double)(all - top) / (double)all) < 1e-12);
        assert_int_equal(r.field[RESULT_K].i, (n + 4) / 5);
    }
}

static void mismatch_equals_sorting_by_the_other_ledger(void **state)
{
    (void)state;
    each_region("mismatch", check_mismatch);
}

static void check_churn(const struct measure *m, const char *key, const char *region, int64_t t)
{
    int64_t from = (pane_newest(t, m->pane_ms) - m->horizons[0].panes + 1) * m->pane_ms, here = 0, churns = 0;
    double area = 0;
    for (int who = 0; who < PEOPLE; who++) {
        bool present = false, stands = false;
        int64_t since = 0;
        for (int i = 0; i < log_count; i++) {
            const struct event *e = &log_of[i].e;
            if (e->entity.at[1] - '1' != who) {
                continue;
            }
            bool churn = e->kind == KIND_CHURN && present, in = !region || strcmp(region, log_of[i].region) == 0;
            int64_t begin = since > from ? since : from;
            area += present && stands && e->ts_ms > begin ? (double)(e->ts_ms - begin) : 0;
            since = e->ts_ms;
            stands = in;
            present = kind_rows[e->kind].acts || (present && !churn);
            churns += churn && in && e->ts_ms >= from;
        }
        int64_t begin = since > from ? since : from;
        area += present && stands ? (double)(t - begin) : 0;
        here += present && stands;
    }
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.n, here + churns);
    assert_int_equal(r.field[RESULT_HITS].i, churns);
    assert_true(fabs(r.field[RESULT_AVERAGE_CUSTOMERS].d - area / (double)(t - from)) < 1e-9);
    assert_int_equal(r.has_value, area > 0);
    assert_true(area == 0 || fabs(r.value - (double)churns / (area / (double)(t - from)) * 365 / 30) < 1e-9);
}

static void churn_equals_an_integral_over_all_events(void **state)
{
    (void)state;
    each_region("churn", check_churn);
}

static void concentration_equals_sorting_all_totals(void **state)
{
    (void)state;
    static const char *const regions[] = {NULL, "east", "north", "south"};
    struct holder all[PEOPLE];
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        const struct measure *m = measure_named("concentration");
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 36; days += 3) {
            assert_int_equal(world_run(&w, t), 0);
            for (int i = 0; i < 4; i++) {
                char key[32];
                snprintf(key, sizeof key, i ? "region=%s" : "organisation", regions[i]);
                struct result r = world_result_of(&w, key, m, 0, t);
                naive_holders(m, LEDGER_MARGIN, regions[i], t, all);
                assert_concentration(&r, all, true);
                r = world_result_of(&w, key, m, 1, t);
                naive_holders(m, LEDGER_PURCHASES, regions[i], t, all);
                assert_concentration(&r, all, true);
            }
            t += 3 * DAY;
        }
        assert_int_equal(world_result_of(&w, "organisation", m, 0, t).n, 0);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concentration_equals_sorting_all_totals),
        cmocka_unit_test(ratio_over_customers_equals_a_look_at_each),
        cmocka_unit_test(mismatch_equals_sorting_by_the_other_ledger),
        cmocka_unit_test(churn_equals_an_integral_over_all_events),
    };
    return RUN_TESTS(tests);
}
