/* The entity engine against models that keep every event and count anew. */
#include "support/unit.h"

#include "engine/facts.h"
#include <math.h>

#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 500
#define PEOPLE 6

static struct world w;

static struct {
    struct event e;
    char region[8]; /* of the customer's record after the event */
} log_of[EVENTS];
static int log_count;

static void open_customers(uint64_t seed)
{
    struct random r = {seed};
    char region[PEOPLE][8] = {{0}};
    int64_t ts = T0;
    random_world(&w);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
    log_count = 0;
    while (log_count < EVENTS) {
        ts += random_between(&r, 0, 5 * HOUR);
        struct event e = random_event(&w, &r, ENTITY_CUSTOMER, ts);
        if (e.kind == KIND_CUSTOMER_ERASE) {
            continue;
        }
        assert_int_equal(world_apply(&w, &e), 0);
        char *of = region[e.entity.at[1] - '1'];
        if (e.dims[DIM_REGION].at) {
            snprintf(of, 8, "%s", e.dims[DIM_REGION].at);
        }
        log_of[log_count].e = e;
        memcpy(log_of[log_count++].region, of, 8);
    }
    print_message("seed %d\n", (int)seed);
}

static const struct measure *measure_named(const char *name)
{
    for (uint32_t i = 0; i < w.model.measure_count; i++) {
        if (text_equal(w.measures[i].name, text_of(name))) {
            return &w.measures[i];
        }
    }
    fail_msg("no measure %s", name);
    return NULL;
}

/* Customers whose record stands in the region (NULL: all) with an act in the window; only of one kind unless
 * it is KIND_NONE. */
static int64_t naive_active(const struct measure *m, const char *region, enum event_kind kind, int64_t t)
{
    int64_t n = 0, oldest = pane_newest(t, m->pane_ms) - m->horizons[0].panes + 1;
    for (int who = 0; who < PEOPLE; who++) {
        const char *stands = "";
        bool active = false;
        for (int i = 0; i < log_count; i++) {
            const struct event *e = &log_of[i].e;
            if (e->entity.at[1] - '1' != who) {
                continue;
            }
            stands = log_of[i].region;
            bool acts = kind == KIND_NONE ? kind_rows[e->kind].acts : e->kind == kind;
            active |= acts && pane_of(e->ts_ms, m->pane_ms) >= oldest;
        }
        n += active && (!region || strcmp(region, stands) == 0);
    }
    return n;
}

static void active_equals_a_count_over_all_events(void **state)
{
    (void)state;
    static const char *const regions[] = {"east", "north", "south"};
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 12; days += 2) {
            const struct measure *active = measure_named("active"), *buyers = measure_named("buyers");
            assert_int_equal(world_run(&w, t), 0);
            assert_int_equal(world_result(&w, "organisation", active, t).n, naive_active(active, NULL, KIND_NONE, t));
            assert_int_equal(world_result(&w, "organisation", buyers, t).n, naive_active(buyers, NULL,
                                                                                         KIND_PURCHASE, t));
            for (int i = 0; i < 3; i++) {
                char key[32];
                snprintf(key, sizeof key, "region=%s", regions[i]);
                assert_int_equal(world_result(&w, key, active, t).n, naive_active(active, regions[i], KIND_NONE, t));
                assert_int_equal(world_result(&w, key, buyers, t).n, naive_active(buyers, regions[i],
                                                                                  KIND_PURCHASE, t));
            }
            t += 2 * DAY;
        }
        world_close(&w);
    }
}

/* ---- ledgers ---------------------------------------------------------------------------------------- */

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

/* ---- points ---------------------------------------------------------------------------------------- */

struct earned {
    unsigned rule;
    struct text thing;
    int64_t ts, points;
    bool gone;
};

static bool same_thing(const struct earned *x, struct text thing)
{
    return text_equal(x->thing, thing);
}

static int64_t naive_balance(int who, int64_t t)
{
    static struct earned all[EVENTS * 4];
    const struct points_plan *p = &w.model.points;
    int count = 0;
    for (int i = 0; i < log_count; i++) {
        const struct event *e = &log_of[i].e;
        if (e->entity.at[1] - '1' != who) {
            continue;
        }
        for (int k = 0; k < count; k++) { /* what has left the window by now counts no more */
            all[k].gone |= pane_of(all[k].ts, p->pane_ms) + p->window_ms / p->pane_ms <= pane_of(e->ts_ms, p->pane_ms);
        }
        for (unsigned r = 0; r < p->count; r++) {
            const struct points_rule *rule = &p->rules[r];
            struct text thing = rule->per == EVENT_FIELD_NONE ? TEXT_LITERAL("") : event_text(e, rule->per);
            int64_t today = 0;
            bool counts = false;
            for (int k = 0; k < count; k++) {
                bool mine = !all[k].gone && all[k].rule == r && same_thing(&all[k], thing);
                counts |= mine;
                all[k].gone |= mine && (rule->retracted_by >> e->kind & 1);
                today += all[k].rule == r && pane_of(all[k].ts, DAY) == pane_of(e->ts_ms, DAY);
            }
            if (rule->kind != e->kind || (rule->once && counts) || (rule->cap && today >= rule->cap)) {
                continue;
            }
            int64_t points = rule->has_steps && e->slot[rule->steps_field].number > rule->steps_above ? rule->steps_points : rule->points;
            all[count++] = (struct earned){r, thing, e->ts_ms, points, false};
        }
    }
    int64_t sum = 0;
    for (int k = 0; k < count; k++) {
        const struct earned *x = &all[k];
        int64_t leaves = (pane_of(x->ts, p->pane_ms) + p->window_ms / p->pane_ms) * p->pane_ms;
        bool counts = !x->gone && leaves > t;
        for (int o = 0; o < count && counts && p->rules[x->rule].stage_group; o++) { /* a higher stage of the same thing */
            const struct earned *y = &all[o];
            int64_t y_leaves = (pane_of(y->ts, p->pane_ms) + p->window_ms / p->pane_ms) * p->pane_ms;
            counts = !(!y->gone && y_leaves > t && p->rules[y->rule].stage_group == p->rules[x->rule].stage_group &&
                       same_thing(y, x->thing) && y->points > x->points);
        }
        sum += counts ? x->points : 0;
    }
    return sum;
}

static void balance_equals_a_count_over_all_events(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        open_customers(seed);
        int64_t t = log_of[log_count - 1].e.ts_ms + 1;
        for (int days = 0; days < 25; days += 4) {
            assert_int_equal(world_run(&w, t), 0);
            for (int who = 0; who < PEOPLE; who++) {
                char key[16];
                struct customer_view v;
                snprintf(key, sizeof key, "x%d", who + 1);
                assert_int_equal(entity_engine_customer(w.engine, text_of(key), t, &v), 0);
                assert_int_equal(v.points, naive_balance(who, t));
            }
            t += 4 * DAY;
        }
        world_close(&w);
    }
}

/* ---- all measures ----------------------------------------------------------------------------------- */

/* When every event names its region, what the regions say adds up to what the organisation says, row by
 * row. Distinct counts of private cells and of the customers of cases are per scope and do not. */
static void children_add_up_to_the_parent(void **state)
{
    (void)state;
    static const char *const regions[] = {"region=east", "region=north", "region=south"},
        *const names[] = {"east", "north", "south"};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random r = {seed};
        random_world(&w);
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
        for (int i = 0; i < EVENTS; i++) {
            struct event e = random_event(&w, &r, ENTITY_CUSTOMER, T0 + i * 2 * HOUR);
            e.dims[DIM_REGION] = text_of(names[random_between(&r, 0, 2)]);
            assert_int_equal(world_apply(&w, &e), 0);
        }
        uint32_t rows = w.row_count;
        for (uint32_t i = 0; i < rows; i++) {
            struct world_row x = w.rows[i];
            struct delta_row key = {.measure = x.measure, .kind = x.kind, .slots = x.slots, .pane = x.pane, .bucket = x.bucket};
            const struct aggregation *g = w.measures[x.measure].aggregation;
            if (strcmp(x.key, "organisation") != 0) {
                continue;
            }
            int64_t sum[CELL_SLOTS_MAX] = {0};
            for (int k = 0; k < 3; k++) {
                cells_add(world_layout(g, x.kind), sum, world_row_get(&w, text_of(regions[k]), &key)->cells);
            }
            unsigned slots = g->facts >> FACT_CASE & 1 && x.kind == ROW_PANE ? x.slots - 1u : x.slots; /* the last one of first_time is distinct */
            assert_memory_equal(sum, x.cells, slots * sizeof *sum);
        }
        world_close(&w);
    }
}

static void stragglers_break_nothing_and_leave_no_negative_counts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random r = {seed};
        random_world(&w);
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
        for (int i = 0; i < EVENTS; i++) {
            int64_t now = T0 + i * 2 * HOUR;
            struct event e = random_event(&w, &r, ENTITY_CUSTOMER, now - random_between(&r, 0, 3) * 20 * HOUR);
            assert_int_equal(world_run(&w, now), 0);
            assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity),
                                                 e.ts_ms < now), 0);
            world_drain(&w);
        }
        int64_t t = T0 + EVENTS * 2 * HOUR;
        for (int days = 0; days < 40; days += 3) {
            assert_int_equal(world_run(&w, t), 0);
            for (uint32_t m = 0; m < w.model.measure_count; m++) {
                struct result x = world_result(&w, "organisation", &w.measures[m], t);
                assert_true(x.n >= 0 && (!(x.present >> RESULT_HITS & 1) || x.field[RESULT_HITS].i >= 0));
                assert_true(!x.has_parts || (x.final.n >= 0 && x.provisional.n >= 0 && x.final.hits >= 0 && x.provisional.hits >= 0));
            }
            t += 3 * DAY;
        }
        assert_int_equal(world_result(&w, "organisation", measure_named("margin"), t).n, 0);
        assert_int_equal(world_result(&w, "organisation", measure_named("active"), t).n, 0);
        assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_equals_a_count_over_all_events),
        cmocka_unit_test(concentration_equals_sorting_all_totals),
        cmocka_unit_test(ratio_over_customers_equals_a_look_at_each),
        cmocka_unit_test(mismatch_equals_sorting_by_the_other_ledger),
        cmocka_unit_test(churn_equals_an_integral_over_all_events),
        cmocka_unit_test(balance_equals_a_count_over_all_events),
        cmocka_unit_test(children_add_up_to_the_parent),
        cmocka_unit_test(stragglers_break_nothing_and_leave_no_negative_counts),
    };
    return RUN_TESTS(tests);
}
