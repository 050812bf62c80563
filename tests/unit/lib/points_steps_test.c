/* Points of events that are told late: the same as if each had come in its turn. */
#include "support/unit.h"

#include "engine/facts.h"
#include "engine/points.h"
#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 160
#define PEOPLE 2

static struct world w;
static const struct measure *points;

static void open_default(bool highest)
{
    world_open(&w);
    world_default_points(&w, highest);
    points = world_measure(&w, "engagement_points", "points", 0, 10 * DAY, HOUR);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
}

static void send(enum event_kind kind, int64_t ts, const char *ref, const char *region, bool late)
{
    struct event e = world_event(&w, kind, ts, "c1");
    event_put_text(&e, EVENT_REF, ref);
    event_put_text(&e, EVENT_ISSUE, ref);
    e.dims[DIM_REGION] = text_of(region);
    assert_int_equal(late ? world_straggle(&w, &e) : world_apply(&w, &e), 0);
}

static int64_t balance(const char *who, int64_t at)
{
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of(who), at, &v), 0);
    assert_int_equal(v.engaged, v.points > 0);
    return v.points;
}

static void check(const char *key, int64_t n, double value)
{
    struct result r = world_result(&w, key, points, T0 + DAY);
    assert_int_equal(r.n, n);
    assert_true(!r.has_value || r.value == value);
}

static void points_of_a_like_before_an_unlike_are_taken_back_by_it(void **state)
{
    (void)state;
    open_default(false);
    send(KIND_SOCIAL_UNLIKE, T0 + 2 * HOUR, "a", "north", false);
    send(KIND_SOCIAL_LIKE, T0 + HOUR, "a", "south", true);
    assert_int_equal(balance("c1", T0 + 3 * HOUR), 0);
    check("region=south", 1, 10);
    check("region=north", 1, -10);
    world_close(&w);
}

static void points_of_a_like_after_an_unlike_that_comes_late_stay(void **state)
{
    (void)state;
    open_default(false);
    send(KIND_SOCIAL_LIKE, T0 + HOUR + 2, "a", "north", false);
    send(KIND_SOCIAL_UNLIKE, T0 + HOUR + 1, "a", "south", true);
    assert_int_equal(balance("c1", T0 + 3 * HOUR), 10);
    check("region=north", 1, 10);
    check("region=south", 0, 0);
    world_close(&w);
}

static void points_move_to_the_event_that_turns_out_to_have_earned_them(void **state)
{
    (void)state;
    open_default(false);
    send(KIND_SOCIAL_FOLLOW, T0 + 2 * HOUR, "-", "north", false);
    send(KIND_SOCIAL_FOLLOW, T0 + 3 * HOUR, "-", "east", false);
    send(KIND_SOCIAL_FOLLOW, T0 + HOUR, "-", "south", true);
    assert_int_equal(balance("c1", T0 + 4 * HOUR), 15);
    check("region=south", 1, 15);
    check("region=north", 0, 0);
    send(KIND_SOCIAL_UNFOLLOW, T0 + 2 * HOUR + 1, "-", "south", true); /* the third one earns after all */
    assert_int_equal(balance("c1", T0 + 4 * HOUR), 15);
    check("region=south", 2, 0);
    check("region=east", 1, 15);
    check("organisation", 3, 15);
    world_close(&w);
}

static void open_windowed(int64_t window_ms)
{
    world_open(&w);
    world_default_points(&w, false);
    w.model.points.window_ms = window_ms;
    w.model.points.pane_ms = HOUR;
    points = world_measure(&w, "engagement_points", "points", 0, 10 * DAY, HOUR);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
}

static void what_was_taken_back_twice_at_one_instant_is_undone_last_first(void **state)
{
    (void)state;
    open_windowed(2 * DAY);
    send(KIND_SOCIAL_FOLLOW, T0, "-", "north", false);
    send(KIND_SOCIAL_UNFOLLOW, T0 + 2 * HOUR, "-", "north", false);
    send(KIND_SOCIAL_FOLLOW, T0 + 2 * HOUR, "-", "south", false);
    send(KIND_SOCIAL_UNFOLLOW, T0 + 2 * HOUR, "-", "east", true);
    check("organisation", 4, 0);
    send(KIND_SOCIAL_LIKE, T0 + HOUR, "a", "west", true);
    assert_int_equal(balance("c1", T0 + 3 * HOUR), 10);
    check("organisation", 5, 10);
    check("region=south", 1, 15);
    check("region=east", 1, -15);
    world_close(&w);
}

static void what_counted_once_and_has_left_keeps_a_straggler_of_its_time_from_counting(void **state)
{
    (void)state;
    open_windowed(6 * HOUR);
    send(KIND_NEWSLETTER_RECEIVED, T0, "a", "north", false);
    assert_int_equal(world_run(&w, T0 + 8 * HOUR), 0);
    entity_engine_passed(w.engine, T0 + 8 * HOUR);
    send(KIND_NEWSLETTER_RECEIVED, T0 + HOUR, "a", "south", true);
    check("organisation", 1, 10);
    send(KIND_NEWSLETTER_RECEIVED, T0 + 7 * HOUR, "a", "south", true);
    check("organisation", 2, 20);
    world_close(&w);
}

static uint32_t facts_of(enum fact_type type)
{
    const struct entity *x = entity_table_at(&w.engine->table, 0);
    uint32_t count = 0;
    assert_true(x->awake);
    for (uint32_t i = 0; i < x->fact_count; i++) {
        count += fact_type(&x->facts[i]) == type;
    }
    return count;
}

static void steps_are_forgotten_when_none_can_come_before_them(void **state)
{
    (void)state;
    open_default(false);
    send(KIND_SOCIAL_LIKE, T0, "a", "north", false);
    send(KIND_SOCIAL_UNLIKE, T0 + HOUR, "a", "north", false);
    assert_int_equal(facts_of(FACT_POINTS_STEP), 2);
    assert_int_equal(facts_of(FACT_POINTS_GONE), 1);
    send(KIND_SOCIAL_LIKE, T0 + DAY + HOUR, "b", "north", false);
    assert_int_equal(facts_of(FACT_POINTS_GONE), 1);
    assert_int_equal(facts_of(FACT_POINTS_FRESH), 1);
    for (int i = 0; i < 40; i++) { /* now and then one sweeps */
        send(KIND_SOCIAL_UNLIKE, T0 + 2 * DAY + HOUR + i, "c", "north", false);
    }
    assert_int_equal(facts_of(FACT_POINTS_STEP), 40);
    assert_int_equal(facts_of(FACT_POINTS_GONE), 0);
    assert_int_equal(facts_of(FACT_POINTS), 0);
    points_settle(&w.model, entity_table_at(&w.engine->table, 0));
    assert_int_equal(facts_of(FACT_POINTS_FRESH), 0);
    assert_int_equal(facts_of(FACT_POINTS), 1);
    world_close(&w);
}

static void more_than_so_many_later_steps_are_survived(void **state)
{
    (void)state;
    open_default(false);
    for (int i = 0; i < 600; i++) {
        send(i % 2 ? KIND_SOCIAL_UNLIKE : KIND_SOCIAL_LIKE, T0 + i / 3, "a", "north", false);
    }
    send(KIND_SOCIAL_LIKE, T0 + 100, "a", "south", true);
    send(KIND_SOCIAL_LIKE, T0 - 1, "b", "south", true);
    assert_int_equal(balance("c1", T0 + HOUR), 10);
    world_close(&w);
}

/* ---- any order ---------------------------------------------------------------------------------------- */

static struct told {
    enum event_kind kind;
    int64_t ts, told_ms, influence;
    int who, what, region;
} log_of[EVENTS], as_told[EVENTS];

static const char *const regions[3] = {"east", "north", "south"}, *const people[PEOPLE] = {"c1", "c2"}, *const things[2] = {"a", "b"};

static void log_fill(struct random *r)
{
    static const enum event_kind kinds[] = {KIND_SOCIAL_LIKE, KIND_SOCIAL_LIKE, KIND_SOCIAL_UNLIKE, KIND_SOCIAL_FOLLOW, KIND_SOCIAL_UNFOLLOW,
                                            KIND_SOCIAL_SHARE, KIND_NEWSLETTER_RECEIVED, KIND_NEWSLETTER_OPENED, KIND_NEWSLETTER_READ,
                                            KIND_COMPLAINT};
    int64_t ts = T0;
    for (int i = 0; i < EVENTS; i++) {
        ts += random_between(r, 1, 3 * HOUR);
        bool late = random_between(r, 0, 2) == 0;
        log_of[i] = (struct told){kinds[random_between(r, 0, 9)], ts, late ? ts + random_between(r, 1, 20 * HOUR) : ts, random_between(r, 30, 40),
                                  (int)random_between(r, 0, PEOPLE - 1), (int)random_between(r, 0, 1), (int)random_between(r, 0, 2)};
    }
}

static int by_told(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    return x->told_ms != y->told_ms ? (x->told_ms > y->told_ms) - (x->told_ms < y->told_ms) : (x->ts > y->ts) - (x->ts < y->ts);
}

static struct event event_told(const struct told *t)
{
    struct event e = world_event(&w, t->kind, t->ts, people[t->who]);
    event_put_text(&e, t->kind >= KIND_NEWSLETTER_RECEIVED && t->kind <= KIND_NEWSLETTER_READ ? EVENT_ISSUE : EVENT_REF, things[t->what]);
    event_put_number(&e, EVENT_INFLUENCE, t->influence * FIXED_ONE);
    e.dims[DIM_REGION] = text_of(regions[t->region]);
    return e;
}

/* Rules that hang on each other and on their order, with windows short beside the lateness in some worlds. */
static void open_any(struct random *r)
{
    world_open(&w);
    bool highest = random_between(r, 0, 1);
    world_default_points(&w, highest);
    for (uint32_t i = 0; i < 3 && !highest; i++) { /* what counts once and stays is not looked at */
        w.rules[i].once = false;
    }
    for (uint32_t i = 0; i < w.model.points.count; i++) {
        w.rules[i].cap = random_between(r, 0, 3) ? 0 : random_between(r, 1, 2);
        w.rules[i].cap_period_ms = 12 * HOUR;
    }
    w.rules[0].retracted_by = random_between(r, 0, 1) ? UINT64_C(1) << KIND_NEWSLETTER_OPENED : 0;
    w.rules[4].once = random_between(r, 0, 1);
    w.rules[4].has_steps &= w.rules[4].once; /* of one pane it is not known which was the latest */
    world_rule(&w, KIND_COMPLAINT, -7, EVENT_FIELD_NONE, false);
    world_rule(&w, KIND_SOCIAL_FOLLOW, 4, EVENT_FIELD_NONE, true)->retracted_by = UINT64_C(1) << KIND_COMPLAINT;
    world_rule(&w, KIND_SOCIAL_SHARE, 3, EVENT_FIELD_NONE, false)->cap = 1;
    w.rules[w.model.points.count - 1].cap_period_ms = DAY;
    w.model.points.window_ms = (int64_t[]){0, 6 * HOUR, 2 * DAY, 365 * DAY}[random_between(r, 0, 3)];
    w.model.points.pane_ms = w.model.points.window_ms == 6 * HOUR ? 5 * 60000 : HOUR;
    points = world_measure(&w, "points", "points", 0, 60 * DAY, HOUR);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
}

static void tell_all(const struct told *list)
{
    for (int i = 0; i < EVENTS; i++) {
        struct event e = event_told(&list[i]);
        bool late = list[i].ts < list[i].told_ms;
        assert_int_equal(world_run(&w, list[i].told_ms), 0);
        entity_engine_passed(w.engine, list[i].told_ms + 1);
        assert_int_equal(late ? world_straggle(&w, &e) : world_apply(&w, &e), 0);
    }
    assert_int_equal(world_run(&w, log_of[EVENTS - 1].ts + 2 * DAY), 0);
}

struct end {
    int64_t balances[PEOPLE], n[4];
    double values[4];
};

static struct end end_of(void)
{
    struct end end = {0};
    int64_t at = log_of[EVENTS - 1].ts + 2 * DAY;
    for (int i = 0; i < PEOPLE; i++) {
        end.balances[i] = balance(people[i], at);
    }
    for (int i = 0; i < 4; i++) {
        char key[32] = "organisation";
        if (i > 0) {
            snprintf(key, sizeof key, "region=%s", regions[i - 1]);
        }
        struct result r = world_result(&w, key, points, at);
        end.n[i] = r.n;
        end.values[i] = r.has_value ? r.value : 0;
    }
    return end;
}

static void points_told_late_equal_those_told_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random r = {seed}, plan = {seed * 1000};
        log_fill(&r);
        memcpy(as_told, log_of, sizeof as_told);
        qsort(as_told, EVENTS, sizeof as_told[0], by_told);
        for (int i = 0; i < EVENTS; i++) {
            log_of[i].told_ms = log_of[i].ts;
        }
        open_any(&plan);
        tell_all(log_of);
        struct end in_order = end_of();
        world_close(&w);
        plan.state = seed * 1000;
        open_any(&plan);
        tell_all(as_told);
        struct end late = end_of();
        world_close(&w);
        for (int i = 0; i < PEOPLE; i++) {
            assert_int_equal(late.balances[i], in_order.balances[i]);
        }
        for (int i = 0; i < 4; i++) {
            assert_int_equal(late.n[i], in_order.n[i]);
            assert_true(late.values[i] == in_order.values[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_a_like_before_an_unlike_are_taken_back_by_it),
        cmocka_unit_test(points_of_a_like_after_an_unlike_that_comes_late_stay),
        cmocka_unit_test(points_move_to_the_event_that_turns_out_to_have_earned_them),
        cmocka_unit_test(what_was_taken_back_twice_at_one_instant_is_undone_last_first),
        cmocka_unit_test(what_counted_once_and_has_left_keeps_a_straggler_of_its_time_from_counting),
        cmocka_unit_test(steps_are_forgotten_when_none_can_come_before_them),
        cmocka_unit_test(more_than_so_many_later_steps_are_survived),
        cmocka_unit_test(points_told_late_equal_those_told_in_order),
    };
    return RUN_TESTS(tests);
}
