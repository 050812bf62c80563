/* What scopes say of customers on whose invoices something runs, against a look at each customer. */
#include "support/unit.h"

#include <math.h>

#include "score/stat.h"
#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 400
#define PEOPLE 6

static struct world w;
static struct measure *margin, *effort, *losers, *dear, *gainers, *cheap, *sketch;

static struct {
    struct text id;
    int64_t amount, paid, due;
    int who;
} invoices[PEOPLE * 8];
static int invoice_count;

/* Money of customers, by event. */
static struct {
    int who;
    int64_t ts, margin, effort;
} entries[EVENTS];
static int entry_count;
static int64_t last_act[PEOPLE];
static char region[PEOPLE][8];
static bool known[PEOPLE];

static struct measure *ratio_open(const char *name, unsigned track, int64_t low, int64_t high, bool low_open, bool high_closed)
{
    struct measure *m = world_measure(&w, name, "ledger_ratio", 0, 30 * DAY, DAY);
    m->tracks[0] = (uint8_t)track;
    m->total_low = low;
    m->total_high = high;
    m->low_open = low_open;
    m->high_closed = high_closed;
    return m;
}

static void open_world(uint64_t seed)
{
    world_open(&w);
    w.owing = true;
    w.model.tracks[0].horizon = (struct horizon){30 * DAY, DAY, 30, "30d"};
    w.model.tracks[1] = (struct ledger_track){LEDGER_EFFORT, {30 * DAY, DAY, 30, "30d"}};
    w.model.track_count = 2;
    w.model.cost_of_capital = 9000000; /* 900 %: enough to cross bounds within days */
    margin = world_measure(&w, "margin", "ledger_mean", 0, 30 * DAY, DAY);
    effort = world_measure(&w, "effort", "ledger_mean", 0, 30 * DAY, DAY);
    effort->tracks[0] = 1;
    losers = ratio_open("losers", 0, INT64_MIN, -1, false, false);
    gainers = ratio_open("gainers", 0, 100 * FIXED_ONE + 1, INT64_MAX, true, false);
    cheap = ratio_open("cheap", 1, 20 * FIXED_ONE, 60 * FIXED_ONE, false, true);
    dear = ratio_open("dear", 1, 60 * FIXED_ONE + 1, 80 * FIXED_ONE - 1, true, false);
    sketch = world_measure(&w, "sketch", "concentration", 0, 30 * DAY, DAY);
    sketch->tracks[0] = 1;
    invoice_count = entry_count = 0;
    memset(region, 0, sizeof region);
    memset(known, 0, sizeof known);
    for (int i = 0; i < PEOPLE; i++) {
        last_act[i] = INT64_MIN;
    }
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, seed), 0);
}

static int naive_find(int who, struct text id)
{
    for (int i = 0; i < invoice_count; i++) {
        if (invoices[i].who == who && text_equal(invoices[i].id, id)) {
            return i;
        }
    }
    return -1;
}

static int64_t naive_pay(int who, const struct event *e)
{
    int i = naive_find(who, e->slot[EVENT_INVOICE].text);
    int64_t amount = e->slot[EVENT_AMOUNT].number, left = i < 0 ? 0 : invoices[i].amount - invoices[i].paid;
    if (left <= 0 || amount <= 0) {
        return 0;
    }
    int64_t part = amount < left ? amount : left, late = e->ts_ms - invoices[i].due;
    invoices[i].paid += part;
    return late > 0 ? (int64_t)roundl((long double)part * late * 9 / (365.0L * DAY)) : 0;
}

static void naive_erase(int who)
{
    for (int i = 0; i < invoice_count; i++) {
        invoices[i].who = invoices[i].who == who ? -1 : invoices[i].who;
    }
    for (int i = 0; i < entry_count; i++) {
        entries[i].who = entries[i].who == who ? -1 : entries[i].who;
    }
    last_act[who] = INT64_MIN;
    region[who][0] = 0;
    known[who] = false;
}

static void naive_apply(const struct event *e)
{
    int who = e->entity.at[1] - '1';
    int64_t up = 0, down = 0;
    if (e->kind == KIND_CUSTOMER_ERASE) {
        naive_erase(who);
        return;
    }
    known[who] = true;
    if (e->dims[DIM_REGION].at) {
        snprintf(region[who], sizeof region[who], "%s", e->dims[DIM_REGION].at);
    }
    last_act[who] = kind_rows[e->kind].acts ? e->ts_ms : last_act[who];
    if (e->kind == KIND_INVOICE) {
        int i = naive_find(who, e->slot[EVENT_INVOICE].text);
        if (i < 0) {
            i = invoice_count++;
            invoices[i].paid = 0;
        }
        invoices[i].who = who;
        invoices[i].id = e->slot[EVENT_INVOICE].text;
        invoices[i].amount = e->slot[EVENT_AMOUNT].number;
        invoices[i].due = e->slot[EVENT_DUE].number;
    } else if (e->kind == KIND_PAYMENT) {
        down = naive_pay(who, e);
    } else if (e->kind == KIND_COST) {
        down = event_has(e, EVENT_AMOUNT) ? e->slot[EVENT_AMOUNT].number : e->slot[EVENT_MINUTES].number * 3 / 4;
    } else if (e->kind == KIND_PURCHASE) {
        up = e->slot[EVENT_REVENUE].number - e->slot[EVENT_COST].number;
    }
    entries[entry_count].who = who;
    entries[entry_count].ts = e->ts_ms;
    entries[entry_count].margin = up - down;
    entries[entry_count++].effort = down;
}

/* The customer's total in units at t; NAN while it is not active. */
static long double naive_total(int who, bool of_effort, int64_t t)
{
    int64_t oldest = pane_newest(t, DAY) - 29;
    long double total = 0, runs = 0;
    if (last_act[who] == INT64_MIN || pane_of(last_act[who], DAY) < oldest) {
        return NAN;
    }
    for (int i = 0; i < entry_count; i++) {
        bool in = entries[i].who == who && pane_of(entries[i].ts, DAY) >= oldest;
        total += in ? (of_effort ? entries[i].effort : entries[i].margin) : 0;
    }
    for (int i = 0; i < invoice_count; i++) {
        int64_t left = invoices[i].amount - invoices[i].paid;
        if (invoices[i].who == who && left > 0 && invoices[i].due < t) {
            runs += (long double)left * (t - invoices[i].due) * 9 / (365.0L * DAY);
        }
    }
    return (total + (of_effort ? runs : -runs)) / 1e6L;
}

static void check_mean(const struct measure *m, bool of_effort, const char *key, const char *of_region, int64_t t)
{
    long double sum = 0, squares = 0;
    int64_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int who = 0; who < PEOPLE; who++) {
            long double x = naive_total(who, of_effort, t);
            if (!isnan(x) && (!of_region || strcmp(of_region, region[who]) == 0)) {
                n += pass == 0;
                sum += pass == 0 ? x : 0;
                squares += pass == 1 ? (x - sum / n) * (x - sum / n) : 0;
            }
        }
    }
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.n, n);
    assert_int_equal(r.has_value, n > 0);
    if (n > 1) {
        double mean = (double)(sum / n), sd = (double)sqrtl(squares / (n - 1)), half = STAT_Z * sd / sqrt((double)n);
        assert_true(fabs(r.value - mean) < 1e-10 * (1 + fabs(mean)));
        assert_true(fabs(r.field[RESULT_SD].d - sd) < 1e-9 * (1 + sd));
        assert_true(fabs(r.low - (mean - half)) < 1e-9 * (1 + sd) && fabs(r.high - (mean + half)) < 1e-9 * (1 + sd));
    }
}

static void check_ratio(const struct measure *m, bool of_effort, long double low, long double high, bool inclusive, const char *key,
                        const char *of_region, int64_t t)
{
    int64_t n = 0, hits = 0;
    for (int who = 0; who < PEOPLE; who++) {
        long double x = naive_total(who, of_effort, t);
        if (!isnan(x) && (!of_region || strcmp(of_region, region[who]) == 0)) {
            n++;
            hits += inclusive ? x >= low && x <= high : x > low && x < high;
        }
    }
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.n, n);
    assert_int_equal(r.field[RESULT_HITS].i, hits);
}

static void check(int64_t t)
{
    static const char *const regions[] = {NULL, "east", "north", "south"};
    assert_int_equal(world_run(&w, t - 1), 0);
    for (int i = 0; i < 4; i++) {
        char key[32];
        snprintf(key, sizeof key, i ? "region=%s" : "organisation", regions[i]);
        check_mean(margin, false, key, regions[i], t);
        check_mean(effort, true, key, regions[i], t);
        check_ratio(losers, false, -INFINITY, 0, false, key, regions[i], t);
        check_ratio(gainers, false, 100, INFINITY, false, key, regions[i], t);
        check_ratio(cheap, true, 20, 60, true, key, regions[i], t);
        check_ratio(dear, true, 60, 80, false, key, regions[i], t);
    }
}

static void means_and_shares_follow_what_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random r = {seed};
        int64_t ts = T0;
        open_world(seed);
        print_message("seed %d\n", (int)seed);
        for (int i = 0; i < EVENTS; i++) {
            ts += random_between(&r, 0, 9 * HOUR);
            struct event e = random_event(&w, &r, ENTITY_CUSTOMER, ts);
            assert_int_equal(world_apply(&w, &e), 0);
            naive_apply(&e);
            if (i % 7 == 0) {
                int64_t t = ts + random_between(&r, 1, HOUR);
                check(t);
                ts = t;
            }
        }
        for (int i = 0; i < 30; i++) { /* time alone */
            ts += random_between(&r, 1, 3 * DAY);
            check(ts);
        }
        world_close(&w);
    }
}

static int64_t sketch_sum(const char *key, int64_t *ret_n)
{
    cube_i128 sum = 0;
    *ret_n = 0;
    for (uint32_t i = 0; i < w.row_count; i++) {
        if (w.rows[i].measure == sketch->index && strcmp(w.rows[i].key, key) == 0) {
            *ret_n += w.rows[i].cells[0];
            sum += cell_get_wide(w.rows[i].cells + 1);
        }
    }
    return (int64_t)sum;
}

/* After a release a sketch holds each customer as it was at that instant. */
static void sketches_are_told_anew_at_each_release(void **state)
{
    (void)state;
    open_world(1);
    struct event e = world_event(&w, KIND_INVOICE, T0 + HOUR, "x1");
    event_put_text(&e, EVENT_INVOICE, "i");
    event_put_number(&e, EVENT_AMOUNT, 365 * FIXED_ONE);
    event_put_number(&e, EVENT_DUE, T0 + 2 * HOUR);
    e.dims[DIM_REGION] = text_of("north");
    assert_int_equal(world_apply(&w, &e), 0);
    int64_t n;
    assert_int_equal(sketch_sum("organisation", &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(world_run(&w, T0 + DAY - 1), 0);
    assert_int_equal(sketch_sum("region=north", &n), 0); /* it runs since an instant ago */
    assert_int_equal(n, 1);
    assert_int_equal(world_run(&w, T0 + DAY), 0);
    assert_int_equal(sketch_sum("region=north", &n), 9 * FIXED_ONE * 22 / 24); /* 9 a day */
    assert_int_equal(world_run(&w, T0 + 2 * DAY - 1), 0);
    assert_int_equal(sketch_sum("region=north", &n), 9 * FIXED_ONE * 22 / 24);
    e = world_event(&w, KIND_SELFSERVICE_LOGIN, T0 + 2 * DAY + HOUR, "x1"); /* an event of any kind */
    e.dims[DIM_REGION] = text_of("south");
    assert_int_equal(world_apply(&w, &e), 0);
    assert_int_equal(sketch_sum("region=north", &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(sketch_sum("region=south", &n), 9 * FIXED_ONE * 47 / 24);
    e = world_event(&w, KIND_SELFSERVICE_LOGIN, T0 + 2 * DAY - HOUR, "x1"); /* one that comes late takes nothing back */
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    world_drain(&w);
    assert_int_equal(sketch_sum("region=south", &n), 9 * FIXED_ONE * 47 / 24);
    e = world_event(&w, KIND_CUSTOMER_ERASE, T0 + 3 * DAY + HOUR, "x1");
    assert_int_equal(world_apply(&w, &e), 0);
    assert_int_equal(sketch_sum("organisation", &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(world_run(&w, T0 + 30 * DAY), 0); /* the erasure is remembered for the lateness */
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

/* What runs is nothing that happens to the customer: no record is due for a release or a bound of some measure. */
static void turns_of_measures_do_not_show_in_the_record(void **state)
{
    (void)state;
    open_world(1);
    entity_engine_list_published(w.engine, true);
    struct event e = world_event(&w, KIND_INVOICE, T0, "x1");
    event_put_text(&e, EVENT_INVOICE, "i");
    event_put_number(&e, EVENT_AMOUNT, 365 * FIXED_ONE);
    event_put_number(&e, EVENT_DUE, T0 + DAY);
    assert_int_equal(world_apply(&w, &e), 0);
    assert_int_equal(world_run(&w, T0 + DAY + 1), 0); /* overdue, and unprofitable */
    entity_engine_clean(w.engine);
    assert_int_equal(entity_engine_published_count(w.engine), 1);
    entity_engine_published_clear(w.engine, false);
    entity_engine_clean(w.engine);
    assert_int_equal(world_run(&w, T0 + 20 * DAY), 0);
    assert_int_equal(entity_engine_published_count(w.engine), 0);
    assert_int_equal(entity_engine_dirty_count(w.engine), 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_shares_follow_what_runs),
        cmocka_unit_test(sketches_are_told_anew_at_each_release),
        cmocka_unit_test(turns_of_measures_do_not_show_in_the_record),
    };
    return RUN_TESTS(tests);
}
