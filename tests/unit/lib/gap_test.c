/* The gap between expectation and fulfilment: figures worked out by hand, and a model that keeps every event. */
#include "support/unit.h"

#include <math.h>

#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 400
#define PEOPLE 4

static struct world w;
static struct measure *m;
static const char *const people[PEOPLE] = {"c1", "c2", "c3", "c4"};

static void open_world(const char *aggregation, uint64_t kinds, int64_t window_ms)
{
    world_open(&w);
    m = world_measure(&w, "m", aggregation, kinds, window_ms, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
}

static struct event answer(int64_t ts, const char *who, const char *instrument, const char *subject, int64_t micro)
{
    struct event e = world_event(&w, KIND_SURVEY, ts, who);
    event_put_text(&e, EVENT_INSTRUMENT, instrument);
    event_put_number(&e, EVENT_VALUE, micro);
    if (subject) {
        event_put_text(&e, EVENT_SUBJECT, subject);
    }
    return e;
}

static void say(int64_t ts, const char *who, const char *instrument, const char *subject, int64_t value, const char *region)
{
    struct event e = answer(ts, who, instrument, subject, value * FIXED_ONE);
    e.dims[DIM_REGION] = region ? text_of(region) : (struct text){0};
    assert_int_equal(world_apply(&w, &e), 0);
}

static void straggle(struct event e, const char *id)
{
    e.id = id ? text_of(id) : e.id;
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    world_drain(&w);
}

static struct result result_at(const char *key, int64_t t)
{
    return world_result(&w, key, m, t);
}

static void gap_is_fulfilment_less_expectation_of_those_who_gave_both(void **state)
{
    (void)state;
    open_world("gap", UINT64_C(1) << KIND_SURVEY, 30 * DAY);
    say(T0, "c1", "expectation", "speed", 8, "north");
    say(T0, "c2", "fulfilment", "speed", 9, "north");
    assert_int_equal(result_at("organisation", T0 + 1).n, 0);
    assert_false(result_at("organisation", T0 + 1).has_value);
    say(T0 + DAY, "c1", "fulfilment", "speed", 7, NULL);
    say(T0 + DAY, "c2", "expectation", "speed", 7, NULL);
    say(T0 + DAY, "c3", "expectation", "speed", 5, "south");
    say(T0 + DAY, "c3", "fulfilment", "price", 5, NULL); /* another subject pairs with nothing */
    say(T0 + DAY, "c3", "fulfilment", "speed", 5, NULL);
    say(T0 + DAY, "c3", "importance", "speed", 9, NULL);
    struct result r = result_at("organisation", T0 + 2 * DAY);
    assert_true(r.has_value && r.n == 3 && fabs(r.value - 1.0 / 3) < 1e-15 && r.has_interval);
    assert_true(fabs(r.field[RESULT_SD].d - sqrt(7.0 / 3)) < 1e-12);
    assert_true(fabs(r.high - r.value - 1.959964 * sqrt(7.0 / 3) / sqrt(3)) < 1e-12);
    assert_true(r.field[RESULT_MET].d == 2.0 / 3 && r.field[RESULT_EXCEEDED].d == 1.0 / 3);
    assert_false(r.present >> RESULT_MEAN & 1);
    assert_int_equal(result_at("region=south", T0 + 2 * DAY).n, 1);
    world_close(&w);
}

static void gap_counts_the_latest_answers_where_the_later_was_said(void **state)
{
    (void)state;
    open_world("gap", UINT64_C(1) << KIND_SURVEY, 30 * DAY);
    say(T0, "c1", "expectation", NULL, 8, "north");
    say(T0 + DAY, "c1", "fulfilment", NULL, 6, "south");
    assert_true(result_at("region=south", T0 + 2 * DAY).value == -2 && result_at("region=north", T0 + 2 * DAY).n == 0);
    say(T0 + 5 * DAY, "c1", "fulfilment", NULL, 9, "north"); /* takes the earlier answer back where it stood */
    assert_true(result_at("region=north", T0 + 6 * DAY).value == 1 && result_at("region=south", T0 + 6 * DAY).n == 0);
    straggle(answer(T0 + 3 * DAY, "c1", "fulfilment", NULL, 0), NULL);
    straggle(answer(T0 + 5 * DAY, "c1", "fulfilment", NULL, 0), "a"); /* same instant, smaller id */
    assert_true(result_at("region=north", T0 + 6 * DAY).value == 1);
    straggle(answer(T0 + 5 * DAY, "c1", "fulfilment", NULL, 10 * FIXED_ONE), "z");
    assert_true(result_at("region=north", T0 + 6 * DAY).value == 2);
    assert_int_equal(result_at("organisation", T0 + 6 * DAY).n, 1);
    world_close(&w);
}

static void gap_pairs_nothing_older_than_the_longest_window(void **state)
{
    (void)state;
    open_world("gap", UINT64_C(1) << KIND_SURVEY, 30 * DAY);
    say(T0, "c1", "expectation", NULL, 8, NULL);
    say(T0, "c2", "expectation", NULL, 8, NULL);
    say(T0 + 30 * DAY, "c1", "fulfilment", NULL, 8, NULL);
    say(T0 + 30 * DAY + 1, "c2", "fulfilment", NULL, 8, NULL);
    assert_int_equal(result_at("organisation", T0 + 31 * DAY).n, 1);
    say(T0 + 35 * DAY, "c2", "expectation", NULL, 9, NULL); /* pairs with the answer of five days ago */
    assert_true(result_at("organisation", T0 + 36 * DAY).n == 2 && result_at("organisation", T0 + 36 * DAY).value == -0.5);
    assert_int_equal(result_at("organisation", T0 + 66 * DAY).n, 0);
    world_close(&w);
}

static void gap_takes_no_pair_back_that_has_left_every_window(void **state)
{
    (void)state;
    open_world("gap", UINT64_C(1) << KIND_SURVEY, 30 * DAY);
    say(T0, "c1", "expectation", NULL, 8, NULL);
    say(T0, "c1", "fulfilment", NULL, 8, NULL);
    say(T0 + 30 * DAY, "c1", "expectation", NULL, 9, NULL); /* its pane is out at this very instant */
    assert_int_equal(result_at("organisation", T0 + 1).n, 1);
    assert_int_equal(result_at("organisation", T0 + 30 * DAY + 1).n, 1);
    world_close(&w);
}

static size_t record_bytes(void)
{
    struct buf record = {0};
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &record), 0);
    size_t len = record.len;
    buf_close(&record);
    return len;
}

/* A customer asked about a new subject every day keeps the answers of two windows and of the lateness. */
static void gap_forgets_answers_that_nothing_can_pair_with(void **state)
{
    (void)state;
    open_world("gap", UINT64_C(1) << KIND_SURVEY, 30 * DAY);
    size_t bytes = 0;
    for (int i = 0; i < 600; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "s%d", i);
        say(T0 + i * DAY, "c1", "expectation", subject, 8, NULL);
        bytes = i == 94 ? record_bytes() : bytes;
    }
    assert_in_range(record_bytes(), bytes - 64, bytes + 64);
    say(T0 + 599 * DAY, "c1", "fulfilment", "s570", 8, NULL);
    assert_int_equal(result_at("organisation", T0 + 600 * DAY).n, 1);
    world_close(&w);
}

struct said {
    struct event e;
    char region[8];
};

/* The latest answer of one instrument; NULL without one. */
static const struct said *latest(const struct said *all, int count, const char *who, const char *subject, const char *instrument)
{
    const struct said *found = NULL;
    for (int i = 0; i < count; i++) {
        const struct event *e = &all[i].e;
        if (text_equal(e->entity, text_of(who)) && text_equal(event_text(e, EVENT_SUBJECT), text_of(subject)) &&
            text_equal(event_text(e, EVENT_INSTRUMENT), text_of(instrument))) {
            found = &all[i];
        }
    }
    return found;
}

static void naive_gap(const struct said *all, int count, const char *region, int64_t t, int64_t *ret_n, int64_t *ret_sum)
{
    static const char *const subjects[] = {"speed", "price"};
    int64_t oldest = pane_newest(t, DAY) - m->horizons[0].panes + 1;
    *ret_n = *ret_sum = 0;
    for (int i = 0; i < 2 * PEOPLE; i++) {
        const struct said *x = latest(all, count, people[i / 2], subjects[i % 2], "expectation");
        const struct said *y = latest(all, count, people[i / 2], subjects[i % 2], "fulfilment");
        if (!x || !y || llabs(x->e.ts_ms - y->e.ts_ms) > m->longest_ms) {
            continue;
        }
        const struct said *later = x > y ? x : y;
        if (pane_of(later->e.ts_ms, DAY) >= oldest && (!region || strcmp(later->region, region) == 0)) {
            *ret_n += 1;
            *ret_sum += y->e.slot[EVENT_VALUE].number - x->e.slot[EVENT_VALUE].number;
        }
    }
}

static void gap_equals_a_count_over_all_answers(void **state)
{
    (void)state;
    static struct said all[EVENTS];
    static const char *const regions[] = {"north", "south"};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        char stands[PEOPLE][8] = {{0}};
        int64_t ts = T0;
        open_world("gap", UINT64_C(1) << KIND_SURVEY, 5 * DAY);
        for (int i = 0; i < EVENTS; i++) {
            int who = (int)random_between(&r, 0, PEOPLE - 1);
            ts += 1 + random_between(&r, 0, 12 * HOUR);
            all[i].e = answer(ts, people[who], random_between(&r, 0, 1) ? "expectation" : "fulfilment",
                              random_between(&r, 0, 1) ? "speed" : "price", random_between(&r, 0, 10) * FIXED_ONE);
            if (random_between(&r, 0, 2) == 0) {
                snprintf(stands[who], 8, "%s", regions[random_between(&r, 0, 1)]);
                all[i].e.dims[DIM_REGION] = text_of(strcmp(stands[who], "north") == 0 ? "north" : "south");
            }
            memcpy(all[i].region, stands[who], 8);
            assert_int_equal(world_apply(&w, &all[i].e), 0);
            for (int k = 0; k < 3; k++) {
                char key[32];
                int64_t n, sum;
                snprintf(key, sizeof key, "region=%s", k < 2 ? regions[k] : "");
                naive_gap(all, i + 1, k < 2 ? regions[k] : NULL, ts + 1, &n, &sum);
                struct result got = result_at(k < 2 ? key : "organisation", ts + 1);
                assert_int_equal(got.n, n);
                assert_true(n == 0 || fabs(got.value * (double)n * 1e6 - (double)sum) < 0.5);
            }
        }
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gap_is_fulfilment_less_expectation_of_those_who_gave_both),
        cmocka_unit_test(gap_counts_the_latest_answers_where_the_later_was_said),
        cmocka_unit_test(gap_pairs_nothing_older_than_the_longest_window),
        cmocka_unit_test(gap_takes_no_pair_back_that_has_left_every_window),
        cmocka_unit_test(gap_forgets_answers_that_nothing_can_pair_with),
        cmocka_unit_test(gap_equals_a_count_over_all_answers),
    };
    return RUN_TESTS(tests);
}
