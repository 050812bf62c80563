#include "support/unit.h"

#include "support/case_world.h"
#include "support/random.h"

static void send(enum event_kind kind, int64_t ts, const char *who, const char *what, const char *region,
                 bool satisfied)
{
    struct event e = case_event(kind, ts, who, what, region, satisfied);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void straggle(enum event_kind kind, int64_t ts, const char *region)
{
    struct event e = case_event(kind, ts, "c1", "k", region, false);
    assert_int_equal(world_straggle(&w, &e), 0);
}

static void check(const char *key, int64_t t, int64_t n, int64_t hits, int64_t n_final, int64_t hits_final,
                  int64_t waiting)
{
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.n, n);
    assert_int_equal(r.field[RESULT_HITS].i, hits);
    assert_int_equal(r.final.n, n_final);
    assert_int_equal(r.final.hits, hits_final);
    assert_int_equal(r.provisional.n, n - n_final);
    assert_int_equal(r.provisional.hits, hits - hits_final);
    assert_int_equal(r.field[RESULT_WAITING].i, waiting);
}

static void resolved_confirmed_and_left_alone_is_a_hit(void **state)
{
    (void)state;
    open_world(FIRST_TIME_CONFIRMED);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    check("region=north", T0 + 1, 0, 0, 0, 0, 1);
    assert_false(world_result(&w, "region=north", m, T0 + 1).has_value);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "c1", "k", "north", false);
    check("region=north", T0 + DAY, 1, 0, 0, 0, 0);
    send(KIND_CONTACT_CONFIRM, T0 + 2 * HOUR, "c1", "k", "north", true);
    check("region=north", T0 + DAY, 1, 1, 0, 0, 0);
    assert_int_equal(world_run(&w, T0 + HOUR + 7 * DAY - 1), 0);
    check("region=north", T0 + 7 * DAY, 1, 1, 0, 0, 0);
    assert_int_equal(world_run(&w, T0 + HOUR + 7 * DAY), 0);
    check("region=north", T0 + 8 * DAY, 1, 1, 1, 1, 0);
    check("organisation", T0 + 30 * DAY, 1, 1, 1, 1, 0);
    check("organisation", T0 + 30 * DAY + 1, 0, 0, 0, 0, 0); /* exactly empty after its length */
    world_close(&w);
}

static void recontact_takes_the_success_back_for_good(void **state)
{
    (void)state;
    open_world(FIRST_TIME_CONFIRMED);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    send(KIND_CONTACT_RESOLVE, T0 + HOUR, "c1", "k", "north", false);
    send(KIND_CONTACT_CONFIRM, T0 + 2 * HOUR, "c1", "k", "north", true);
    send(KIND_CONTACT_RECONTACT, T0 + 3 * DAY, "c1", "k", "south", false);
    check("region=north", T0 + 4 * DAY, 1, 0, 0, 0, 0);
    check("region=south", T0 + 4 * DAY, 0, 0, 0, 0, 1); /* it waits where it came back */
    send(KIND_CONTACT_RESOLVE, T0 + 4 * DAY, "c1", "k", "south", false);
    send(KIND_CONTACT_CONFIRM, T0 + 4 * DAY + 1, "c1", "k", "south", true);
    check("region=north", T0 + 5 * DAY, 1, 0, 0, 0, 0);
    check("region=south", T0 + 5 * DAY, 0, 0, 0, 0, 0);
    assert_int_equal(world_result(&w, "region=north", m, T0 + 5 * DAY).field[RESULT_CONTACTS].i, 2);
    assert_int_equal(world_run(&w, T0 + 8 * DAY), 0);
    check("organisation", T0 + 9 * DAY, 1, 0, 1, 0, 0);
    world_close(&w);
}

static void recontact_after_the_window_leaves_the_success(void **state)
{
    (void)state;
    open_world(FIRST_TIME_CONFIRMED);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    send(KIND_CONTACT_CONFIRM, T0 + 1, "c1", "k", "north", true); /* remembered */
    send(KIND_CONTACT_RESOLVE, T0 + 2, "c1", "k", "north", false);
    send(KIND_CONTACT_OPEN, T0 + 2 + 7 * DAY, "c1", "k", "north", false);
    check("region=north", T0 + 8 * DAY, 1, 1, 1, 1, 1);
    send(KIND_CONTACT_RESOLVE, T0 + 9 * DAY, "c1", "k", "north", false);
    check("region=north", T0 + 10 * DAY, 1, 1, 1, 1, 0);
    world_close(&w);
}

static void two_contacts_or_no_answer_are_misses(void **state)
{
    (void)state;
    open_world(FIRST_TIME_CONFIRMED);
    send(KIND_CONTACT_OPEN, T0, "c1", "k1", "north", false);
    send(KIND_CONTACT_OPEN, T0 + 1, "c1", "k1", "north", false);
    send(KIND_CONTACT_RESOLVE, T0 + 2, "c1", "k1", "north", false);
    send(KIND_CONTACT_CONFIRM, T0 + 3, "c1", "k1", "north", true);
    send(KIND_CONTACT_OPEN, T0 + 4, "c1", "k2", "north", false);
    send(KIND_CONTACT_RESOLVE, T0 + 5, "c1", "k2", "north", false);
    send(KIND_CONTACT_OPEN, T0 + 6, "c2", "k1", "north", false);
    send(KIND_CONTACT_RESOLVE, T0 + 7, "c2", "k1", "north", false);
    send(KIND_CONTACT_CONFIRM, T0 + 8, "c2", "k1", "north", true);
    send(KIND_CONTACT_CONFIRM, T0 + 9, "c2", "k1", "north", false); /* the latest answer holds */
    check("region=north", T0 + DAY, 3, 0, 0, 0, 0);
    struct result r = world_result(&w, "region=north", m, T0 + DAY);
    assert_int_equal(r.field[RESULT_CASES].i, 3);
    assert_int_equal(r.field[RESULT_CUSTOMERS].i, 2);
    assert_int_equal(r.field[RESULT_CONTACTS].i, 4);
    world_close(&w);
}

static int64_t hits_by(enum first_time_definition definition, bool two_opens, bool recontact)
{
    open_world(definition);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    if (two_opens) {
        send(KIND_CONTACT_OPEN, T0 + 1, "c1", "k", "north", false);
    }
    send(KIND_CONTACT_RESOLVE, T0 + 2, "c1", "k", "north", false);
    if (recontact) {
        send(KIND_CONTACT_RECONTACT, T0 + 3, "c1", "k", "north", false);
    }
    int64_t hits = world_result(&w, "organisation", m, T0 + DAY).field[RESULT_HITS].i;
    world_close(&w);
    return hits;
}

static void definitions_differ_in_what_a_success_is(void **state)
{
    (void)state;
    assert_int_equal(hits_by(FIRST_TIME_CONFIRMED, false, false), 0);
    assert_int_equal(hits_by(FIRST_TIME_AGENT, false, false), 1);
    assert_int_equal(hits_by(FIRST_TIME_AGENT, true, false), 0);
    assert_int_equal(hits_by(FIRST_TIME_AGENT, false, true), 0);
    assert_int_equal(hits_by(FIRST_TIME_NO_RECONTACT, true, false), 1);
    assert_int_equal(hits_by(FIRST_TIME_NO_RECONTACT, false, true), 0);
    assert_int_equal(hits_by(FIRST_TIME_ONE_TOUCH, false, false), 1);
    assert_int_equal(hits_by(FIRST_TIME_ONE_TOUCH, true, false), 0);
}

static void case_of_a_customer_with_many_becomes_final(void **state)
{
    (void)state;
    open_world(FIRST_TIME_CONFIRMED);
    char what[16];
    for (int i = 0; i < 100; i++) {
        snprintf(what, sizeof what, "k%d", i);
        send(KIND_CONTACT_OPEN, T0 + i, "c1", what, "north", false);
    }
    send(KIND_CONTACT_RESOLVE, T0 + 200, "c1", "k70", "north", false);
    assert_int_equal(world_run(&w, T0 + 200 + 7 * DAY), 0);
    check("region=north", T0 + 8 * DAY, 1, 0, 1, 0, 99);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

/* ---- random sequences against a model that keeps every event --------------------------------------- */

#define EVENTS 600
#define CUSTOMERS 3
#define CASES 60 /* more than a block without an index holds */

static struct {
    enum event_kind kind;
    int64_t ts;
    int customer, what, region;
    bool satisfied;
} log_of[EVENTS];

static const char *const customer_names[CUSTOMERS] = {"c1", "c2", "c3"};
static char case_names[CASES][16];
static const char *const region_names[3] = {"east", "north", "south"};

struct sums {
    int64_t n, hits, n_final, contacts, customers, waiting;
};

/* One case at t, in one region (-1: all). */
static void naive_case(int customer, int what, int region, int64_t t, struct sums *s)
{
    int64_t contacts = 0, first = 0, resolved = -1, ends = 0;
    bool satisfied = false, again = false, waits = false;
    int waits_in = -1, counted_in = -1;
    for (int i = 0; i < EVENTS; i++) {
        if (log_of[i].customer != customer || log_of[i].what != what) {
            continue;
        }
        bool within = resolved < 0 || log_of[i].ts < ends;
        if (log_of[i].kind == KIND_CONTACT_RESOLVE) {
            waits = false;
            if (resolved < 0) {
                resolved = log_of[i].ts;
                ends = resolved + m->recontact_window_ms;
                counted_in = log_of[i].region;
                first = contacts;
            }
        } else if (log_of[i].kind == KIND_CONTACT_CONFIRM) {
            satisfied = within ? log_of[i].satisfied : satisfied;
        } else {
            contacts++;
            again |= resolved >= 0 && within;
            waits_in = waits ? waits_in : log_of[i].region;
            waits = true;
        }
    }
    s->waiting += waits && (region < 0 || waits_in == region);
    if (resolved >= 0 && resolved / DAY > t / DAY - 30 && (region < 0 || counted_in == region)) {
        s->n++;
        s->hits += first == 1 && !again && satisfied;
        s->n_final += ends <= t;
        s->contacts += contacts;
    }
}

static struct sums naive(int region, int64_t t)
{
    struct sums s = {0};
    for (int c = 0; c < CUSTOMERS; c++) {
        int64_t before = s.n;
        for (int k = 0; k < CASES; k++) {
            naive_case(c, k, region, t, &s);
        }
        s.customers += s.n > before;
    }
    return s;
}

static void compare(int region, int64_t t)
{
    char key[32] = "organisation";
    if (region >= 0) {
        snprintf(key, sizeof key, "region=%s", region_names[region]);
    }
    struct result r = world_result(&w, key, m, t);
    struct sums s = naive(region, t);
    assert_int_equal(r.n, s.n);
    assert_int_equal(r.field[RESULT_HITS].i, s.hits);
    assert_int_equal(r.final.n, s.n_final);
    assert_int_equal(r.field[RESULT_CONTACTS].i, s.contacts);
    assert_int_equal(r.field[RESULT_CUSTOMERS].i, s.customers);
    assert_int_equal(r.field[RESULT_WAITING].i, s.waiting);
}

static void random_cases_equal_a_model_that_keeps_every_event(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {KIND_CONTACT_OPEN, KIND_CONTACT_RESOLVE, KIND_CONTACT_CONFIRM,
                                            KIND_CONTACT_RECONTACT};
    for (int k = 0; k < CASES; k++) {
        snprintf(case_names[k], sizeof case_names[k], "k%d", k);
    }
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        open_world(FIRST_TIME_CONFIRMED);
        print_message("seed %d\n", (int)seed);
        int64_t ts = T0;
        for (int i = 0; i < EVENTS; i++) {
            ts += random_between(&r, 0, 6 * HOUR);
            log_of[i].kind = kinds[random_between(&r, 0, 3)];
            log_of[i].ts = ts;
            log_of[i].customer = (int)random_between(&r, 0, CUSTOMERS - 1);
            log_of[i].what = (int)random_between(&r, 0, seed % 2 ? CASES - 1 : 5);
            log_of[i].region = (int)random_between(&r, 0, 2);
            log_of[i].satisfied = random_between(&r, 0, 3) > 0;
            send(log_of[i].kind, ts, customer_names[log_of[i].customer], case_names[log_of[i].what],
                 region_names[log_of[i].region], log_of[i].satisfied);
        }
        assert_int_equal(world_run(&w, ts), 0);
        for (int region = -1; region < 3; region++) {
            compare(region, ts + 1);
        }
        world_close(&w);
    }
}

/* By region: what a region says of it shows where it was counted. */
static void first_resolution_that_straggles_moves_the_case(void **state)
{
    (void)state;
    open_world(FIRST_TIME_NO_RECONTACT);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    send(KIND_CONTACT_RECONTACT, T0 + 2 * HOUR, "c1", "k", "south", false);
    send(KIND_CONTACT_RESOLVE, T0 + 3 * HOUR, "c1", "k", "south", false);
    check("region=south", T0 + DAY, 1, 1, 0, 0, 0);
    straggle(KIND_CONTACT_RESOLVE, T0 + HOUR, "north");
    check("region=south", T0 + DAY, 0, 0, 0, 0, 0);
    check("region=north", T0 + DAY, 1, 0, 0, 0, 0);
    straggle(KIND_CONTACT_OPEN, T0 + 2 * HOUR + 1, "north"); /* resolved since */
    check("organisation", T0 + DAY, 1, 0, 0, 0, 0);
    assert_int_equal(world_result(&w, "organisation", m, T0 + DAY).field[RESULT_CONTACTS].i, 3);
    assert_int_equal(world_run(&w, T0 + HOUR + 7 * DAY), 0);
    check("organisation", T0 + 8 * DAY, 1, 0, 1, 0, 0);
    world_close(&w);
}

static void transfer_that_straggles_takes_the_case_out_of_n(void **state)
{
    (void)state;
    open_world(FIRST_TIME_AGENT);
    send(KIND_CONTACT_OPEN, T0, "c1", "k", "north", false);
    send(KIND_CONTACT_RESOLVE, T0 + 2 * HOUR, "c1", "k", "north", false);
    check("region=north", T0 + DAY, 1, 1, 0, 0, 0);
    straggle(KIND_CONTACT_TRANSFER, T0 + HOUR, "north");
    check("region=north", T0 + DAY, 0, 0, 0, 0, 0);
    struct result r = world_result(&w, "region=north", m, T0 + DAY);
    assert_int_equal(r.field[RESULT_TRANSFERRED].i, 1);
    assert_int_equal(r.field[RESULT_CONTACTS].i, 0);
    straggle(KIND_CONTACT_RESOLVE, T0 + HOUR / 2, "north"); /* before it was passed on */
    check("region=north", T0 + DAY, 1, 1, 0, 0, 0);
    world_close(&w);
}

/* Nobody answers, calls again or is passed on: what a second contact leaves for stragglers goes all the same. */
static void steps_of_cases_that_are_only_resolved_are_kept_no_longer_than_stragglers_come(void **state)
{
    (void)state;
    const int cases = 40 * 24;
    uint32_t steps = 0;
    char what[16];
    open_world(FIRST_TIME_AGENT);
    for (int i = 0; i < cases; i++) {
        int64_t t = T0 + i * HOUR;
        snprintf(what, sizeof what, "k%d", i);
        send(KIND_CONTACT_OPEN, t, "c1", what, "north", false);
        send(KIND_CONTACT_OPEN, t + 1, "c1", what, "north", false);
        send(KIND_CONTACT_RESOLVE, t + 2, "c1", what, "north", false);
    }
    const struct entity *x = entity_table_at(&w.engine->table, 0);
    for (uint32_t i = 0; i < x->fact_count; i++) {
        steps += fact_type(&x->facts[i]) == FACT_CASE_STEP;
    }
    assert_in_range(steps, 3 * 24, 3 * 24 + cases / 4);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolved_confirmed_and_left_alone_is_a_hit),
        cmocka_unit_test(recontact_takes_the_success_back_for_good),
        cmocka_unit_test(recontact_after_the_window_leaves_the_success),
        cmocka_unit_test(two_contacts_or_no_answer_are_misses),
        cmocka_unit_test(case_of_a_customer_with_many_becomes_final),
        cmocka_unit_test(definitions_differ_in_what_a_success_is),
        cmocka_unit_test(first_resolution_that_straggles_moves_the_case),
        cmocka_unit_test(transfer_that_straggles_takes_the_case_out_of_n),
        cmocka_unit_test(steps_of_cases_that_are_only_resolved_are_kept_no_longer_than_stragglers_come),
        cmocka_unit_test(random_cases_equal_a_model_that_keeps_every_event),
    };
    return RUN_TESTS(tests);
}
