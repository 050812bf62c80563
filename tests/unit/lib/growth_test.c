/* Growth of a gauge: figures worked out by hand, and a model that keeps every reading, told in any order. */
#include "support/unit.h"

#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 400
#define PEOPLE 4
#define STEPS_MAX 64 /* gauge_steps.h */

static struct world w;
static struct measure *m;
static const char *const people[PEOPLE] = {"c1", "c2", "c3", "c4"};

static void open_world(int64_t window_ms)
{
    world_open(&w);
    m = world_measure(&w, "m", "growth", UINT64_C(1) << KIND_MEASUREMENT, window_ms, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
}

static struct event reading(int64_t ts, const char *who, int64_t value, const char *region)
{
    struct event e = world_event(&w, KIND_MEASUREMENT, ts, who);
    event_put_number(&e, EVENT_VALUE, value * FIXED_ONE);
    e.dims[DIM_REGION] = region ? text_of(region) : (struct text){0};
    return e;
}

static void read_gauge(int64_t ts, const char *who, int64_t value, const char *region)
{
    struct event e = reading(ts, who, value, region);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void straggle(struct event e)
{
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true), 0);
    world_drain(&w);
}

static struct result result_at(const char *key, int64_t t)
{
    return world_result(&w, key, m, t);
}

static void growth_adds_each_reading_less_the_one_before(void **state)
{
    (void)state;
    open_world(10 * DAY);
    read_gauge(T0, "c1", 100, "north");
    struct result r = result_at("region=north", T0 + DAY);
    assert_true(r.has_value && r.value == 0 && r.n == 1 && r.field[RESULT_GAUGE].d == 100 && !r.has_interval);
    read_gauge(T0 + 2 * DAY, "c1", 130, NULL);
    read_gauge(T0 + 3 * DAY, "c1", 120, "south");
    read_gauge(T0 + 3 * DAY, "c2", 7, "south");
    r = result_at("organisation", T0 + 4 * DAY);
    assert_true(r.value == 20 && r.n == 4 && r.field[RESULT_GAUGE].d == 127);
    r = result_at("region=north", T0 + 4 * DAY);
    assert_true(r.value == 30 && r.n == 2 && !(r.present >> RESULT_GAUGE & 1)); /* what grew stays, what stands has moved */
    r = result_at("region=south", T0 + 4 * DAY);
    assert_true(r.value == -10 && r.n == 2 && r.field[RESULT_GAUGE].d == 127);
    r = result_at("region=south", T0 + 30 * DAY);
    assert_true(!r.has_value && r.n == 0 && r.field[RESULT_GAUGE].d == 127);
    world_close(&w);
}

static void growth_forgets_the_erased(void **state)
{
    (void)state;
    open_world(10 * DAY);
    read_gauge(T0, "c1", 100, NULL);
    read_gauge(T0 + DAY, "c1", 103, NULL);
    struct event gone = world_event(&w, KIND_CUSTOMER_ERASE, T0 + 2 * DAY, "c1");
    assert_int_equal(world_apply(&w, &gone), 0);
    struct result r = result_at("organisation", T0 + 3 * DAY);
    assert_true(r.value == 3 && r.n == 2 && !(r.present >> RESULT_GAUGE & 1)); /* flows stay, stocks go */
    world_close(&w);
}

static void a_reading_told_late_has_its_turn(void **state)
{
    (void)state;
    open_world(2 * DAY);
    read_gauge(T0, "c1", 100, "north");
    read_gauge(T0 + DAY, "c1", 160, "south");
    straggle(reading(T0 + HOUR, "c1", 110, NULL)); /* where it stands now */
    struct result r = result_at("organisation", T0 + DAY + HOUR);
    assert_true(r.value == 60 && r.n == 3 && r.field[RESULT_GAUGE].d == 160);
    assert_true(result_at("region=south", T0 + DAY + HOUR).value == 60); /* 10 of the one told late, 50 of the one behind it */
    r = result_at("organisation", T0 + 2 * DAY + HOUR); /* the first two have left */
    assert_true(r.value == 50 && r.n == 1);
    straggle(reading(T0 + HOUR, "c1", 90, NULL)); /* no id tells them apart: behind the other one */
    assert_true(result_at("organisation", T0 + 2 * DAY + HOUR).value == 70);
    world_close(&w);
}

static void a_reading_told_late_may_be_the_first(void **state)
{
    (void)state;
    open_world(10 * DAY);
    read_gauge(T0 + HOUR, "c1", 100, NULL);
    straggle(reading(T0, "c1", 30, NULL));
    struct result r = result_at("organisation", T0 + 2 * HOUR);
    assert_true(r.value == 70 && r.n == 2 && r.field[RESULT_GAUGE].d == 100);
    world_close(&w);
}

static void a_reading_from_before_what_is_kept_counts_nothing(void **state)
{
    (void)state;
    open_world(10 * DAY);
    read_gauge(T0, "c1", 100, NULL);
    read_gauge(T0 + HOUR, "c1", 110, NULL);
    read_gauge(T0 + 3 * DAY, "c1", 160, NULL); /* lateness is a day: both are steps no more */
    straggle(reading(T0 + 1, "c1", 5, NULL));
    struct result r = result_at("organisation", T0 + 4 * DAY);
    assert_true(r.value == 60 && r.n == 3 && r.field[RESULT_GAUGE].d == 160);
    straggle(reading(T0 + 3 * DAY - HOUR, "c1", 120, NULL));
    r = result_at("organisation", T0 + 3 * DAY - 1);
    assert_true(r.value == 20 && r.n == 3); /* it is told against the last that was forgotten */
    r = result_at("organisation", T0 + 4 * DAY);
    assert_true(r.value == 60 && r.n == 4 && r.field[RESULT_GAUGE].d == 160);
    world_close(&w);
}

static void of_very_many_readings_the_first_are_told_anew_no_more(void **state)
{
    (void)state;
    open_world(10 * DAY);
    for (int i = 0; i <= STEPS_MAX; i++) {
        read_gauge(T0 + 2 * i, "c1", i, NULL);
    }
    straggle(reading(T0 - 1, "c1", 1000, NULL));
    assert_int_equal(result_at("organisation", T0 + HOUR).n, STEPS_MAX + 1);
    straggle(reading(T0 + 2 * STEPS_MAX - 1, "c1", 1000, NULL));
    struct result r = result_at("organisation", T0 + HOUR);
    assert_true(r.value == STEPS_MAX && r.n == STEPS_MAX + 2 && r.field[RESULT_GAUGE].d == STEPS_MAX);
    world_close(&w);
}

/* ---- against all readings --------------------------------------------------------------------------- */

static struct event all[EVENTS];

/* The reading of the same customer before one of the first `count`; of one instant they follow their ids. */
static const struct event *before(int count, int i)
{
    const struct event *best = NULL;
    for (int k = 0; k < count; k++) {
        if (k != i && text_equal(all[k].entity, all[i].entity) && all[k].ts_ms < all[i].ts_ms && (!best || all[k].ts_ms > best->ts_ms)) {
            best = &all[k];
        }
    }
    return best;
}

static int64_t number(const struct event *e)
{
    return e->slot[EVENT_VALUE].number;
}

static void compare(int count, int64_t now_ms)
{
    int64_t grown = 0, gauge = 0, n = 0, oldest = pane_newest(now_ms + 1, DAY) - 4;
    for (int i = 0; i < count; i++) {
        const struct event *b = before(count, i);
        bool counts = pane_of(all[i].ts_ms, DAY) >= oldest;
        n += counts;
        grown += counts && b ? number(&all[i]) - number(b) : 0;
        gauge += number(&all[i]) - (b ? number(b) : 0);
    }
    struct result got = result_at("organisation", now_ms + 1);
    assert_int_equal(got.n, n);
    assert_true(got.value == (double)grown / 1e6 && got.field[RESULT_GAUGE].d == (double)gauge / 1e6);
}

static void growth_equals_a_count_over_all_readings(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        int64_t ts = T0;
        open_world(5 * DAY);
        for (int i = 0; i < EVENTS; i++) {
            bool late = random_between(&r, 0, 3) == 0;
            ts += random_between(&r, 1, 12 * HOUR);
            all[i] = world_event(&w, KIND_MEASUREMENT, late ? ts - random_between(&r, 1, DAY) : ts, people[random_between(&r, 0, PEOPLE - 1)]);
            event_put_number(&all[i], EVENT_VALUE, random_between(&r, -1000, 1000) * FIXED_ONE / 8);
            if (late) {
                straggle(all[i]);
            } else {
                assert_int_equal(world_apply(&w, &all[i]), 0);
            }
            compare(i + 1, ts);
        }
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_adds_each_reading_less_the_one_before),
        cmocka_unit_test(growth_forgets_the_erased),
        cmocka_unit_test(a_reading_told_late_has_its_turn),
        cmocka_unit_test(a_reading_told_late_may_be_the_first),
        cmocka_unit_test(a_reading_from_before_what_is_kept_counts_nothing),
        cmocka_unit_test(of_very_many_readings_the_first_are_told_anew_no_more),
        cmocka_unit_test(growth_equals_a_count_over_all_readings),
    };
    return RUN_TESTS(tests);
}
