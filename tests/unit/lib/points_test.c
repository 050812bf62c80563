#include "support/unit.h"

#include <math.h>

#include "engine/points.h"
#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;

static void issue(enum event_kind kind, int64_t ts, const char *who, const char *what)
{
    struct event e = world_event(&w, kind, ts, who);
    event_put_text(&e, EVENT_ISSUE, what);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void like(enum event_kind kind, int64_t ts, const char *who, const char *ref, int64_t influence)
{
    struct event e = world_event(&w, kind, ts, who);
    event_put_text(&e, EVENT_REF, ref);
    if (influence >= 0) {
        event_put_number(&e, EVENT_INFLUENCE, influence * FIXED_ONE);
    }
    assert_int_equal(world_apply(&w, &e), 0);
}

static void plain(enum event_kind kind, int64_t ts, const char *who)
{
    struct event e = world_event(&w, kind, ts, who);
    assert_int_equal(world_apply(&w, &e), 0);
}

static int64_t balance(const char *who, int64_t at)
{
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, text_of(who), at, &v), 0);
    assert_int_equal(v.engaged, v.points > 0);
    return v.points;
}

static int64_t golden(bool highest, int64_t influence)
{
    world_open(&w);
    world_default_points(&w, highest);
    struct measure *m = world_measure(&w, "engagement_points", "points", 0, 365 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    issue(KIND_NEWSLETTER_RECEIVED, T0, "c1", "i1");
    issue(KIND_NEWSLETTER_OPENED, T0 + 1, "c1", "i1");
    issue(KIND_NEWSLETTER_READ, T0 + 2, "c1", "i1");
    plain(KIND_SOCIAL_FOLLOW, T0 + 3, "c1");
    like(KIND_SOCIAL_LIKE, T0 + 4, "c1", "post", influence);
    int64_t points = balance("c1", T0 + 5);
    struct result r = world_result(&w, "organisation", m, T0 + 5);
    assert_true(r.has_value && r.value == (double)points);
    world_close(&w);
    return points;
}

static void points_add_up_to_the_published_goldens(void **state)
{
    (void)state;
    assert_int_equal(golden(false, 35), 85);
    assert_int_equal(golden(true, 35), 55);
    assert_int_equal(golden(false, 36), 95);
    assert_int_equal(golden(true, 36), 65);
    assert_int_equal(golden(false, -1), 85);
    assert_int_equal(golden(true, -1), 55);
}

static void points_of_a_repeated_event_count_once_and_are_taken_back(void **state)
{
    (void)state;
    world_open(&w);
    world_default_points(&w, false);
    struct measure *m = world_measure(&w, "engagement_points", "points", 0, 365 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    plain(KIND_SOCIAL_FOLLOW, T0, "c1");
    plain(KIND_SOCIAL_FOLLOW, T0 + 1, "c1");
    assert_int_equal(balance("c1", T0 + 2), 15);
    plain(KIND_SOCIAL_UNFOLLOW, T0 + 2, "c1");
    plain(KIND_SOCIAL_UNFOLLOW, T0 + 3, "c1");
    assert_int_equal(balance("c1", T0 + 4), 0);
    like(KIND_SOCIAL_LIKE, T0 + 5, "c1", "a", 90);
    like(KIND_SOCIAL_LIKE, T0 + 6, "c1", "b", 10);
    like(KIND_SOCIAL_UNLIKE, T0 + 7, "c1", "a", -1);
    assert_int_equal(balance("c1", T0 + 8), 10);
    plain(KIND_SOCIAL_FOLLOW, T0 + 9, "c1");
    assert_int_equal(balance("c1", T0 + 10), 25);
    assert_true(world_result(&w, "organisation", m, T0 + DAY).value == 25.0);
    world_close(&w);
}

static void points_leave_with_their_pane_and_then_count_again(void **state)
{
    (void)state;
    world_open(&w);
    world_default_points(&w, true);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    issue(KIND_NEWSLETTER_READ, T0 + HOUR, "c1", "i1");
    issue(KIND_NEWSLETTER_OPENED, T0 + 3 * DAY, "c1", "i1");
    assert_int_equal(balance("c1", T0 + 3 * DAY + 1), 30);
    assert_int_equal(world_run(&w, T0 + 365 * DAY - 1), 0);
    assert_int_equal(balance("c1", T0 + 365 * DAY - 1), 30);
    assert_int_equal(world_run(&w, T0 + 365 * DAY), 0);
    assert_int_equal(balance("c1", T0 + 365 * DAY), 20); /* the lower stage counts once the higher one is gone */
    issue(KIND_NEWSLETTER_READ, T0 + 366 * DAY, "c1", "i1");
    assert_int_equal(balance("c1", T0 + 366 * DAY), 30);
    assert_int_equal(world_run(&w, T0 + 900 * DAY), 0);
    assert_int_equal(balance("c1", T0 + 900 * DAY), 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

static void points_may_be_negative_capped_and_need_no_key(void **state)
{
    (void)state;
    world_open(&w);
    world_rule(&w, KIND_COMPLAINT, -5, EVENT_FIELD_NONE, false);
    struct points_rule *r = world_rule(&w, KIND_SELFSERVICE_LOGIN, 2, EVENT_FIELD_NONE, false);
    r->cap = 3;
    r->cap_period_ms = DAY;
    w.model.points.window_ms = 30 * DAY;
    w.model.points.pane_ms = DAY;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    for (int i = 0; i < 5; i++) {
        plain(KIND_SELFSERVICE_LOGIN, T0 + i, "c1");
    }
    assert_int_equal(balance("c1", T0 + 6), 6);
    plain(KIND_SELFSERVICE_LOGIN, T0 + DAY, "c1");
    plain(KIND_COMPLAINT, T0 + DAY, "c1");
    assert_int_equal(balance("c1", T0 + DAY), 3);
    assert_int_equal(world_run(&w, T0 + 30 * DAY), 0);
    assert_int_equal(balance("c1", T0 + 30 * DAY), -3);
    assert_int_equal(world_run(&w, T0 + 31 * DAY), 0);
    assert_int_equal(balance("c1", T0 + 31 * DAY), 0);
    world_close(&w);
}

static void points_each_takes_back_the_latest(void **state)
{
    (void)state;
    world_open(&w);
    struct points_rule *r = world_rule(&w, KIND_SOCIAL_LIKE, 10, EVENT_REF, false);
    r->retracted_by = UINT64_C(1) << KIND_SOCIAL_UNLIKE;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    like(KIND_SOCIAL_LIKE, T0, "c1", "a", -1);
    like(KIND_SOCIAL_LIKE, T0 + DAY, "c1", "a", -1);
    assert_int_equal(balance("c1", T0 + DAY), 20);
    like(KIND_SOCIAL_UNLIKE, T0 + 2 * DAY, "c1", "a", -1);
    assert_int_equal(balance("c1", T0 + 2 * DAY), 10);
    world_close(&w);
}

static void points_halve_lazily_in_whole_panes(void **state)
{
    (void)state;
    world_open(&w);
    world_rule(&w, KIND_SELFSERVICE_LOGIN, 1000, EVENT_FIELD_NONE, false);
    w.model.points.pane_ms = DAY;
    w.model.points.half_life_ms = 10 * DAY;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    plain(KIND_SELFSERVICE_LOGIN, T0, "c1");
    assert_int_equal(balance("c1", T0 + DAY - 1), 1000);
    assert_int_equal(balance("c1", T0 + DAY), 933);       /* 1000 x 2^-0.1 = 933.03 */
    assert_int_equal(balance("c1", T0 + 5 * DAY), 707);   /* 707.1 */
    assert_int_equal(balance("c1", T0 + 10 * DAY), 500);
    assert_int_equal(balance("c1", T0 + 100 * DAY), 1);   /* 0.977 */
    assert_int_equal(balance("c1", T0 + 120 * DAY), 0);   /* 0.244 */
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

/* The highest stage counts, at its own age; of two of as many points the later one, and never both. */
static void points_of_one_stage_halve_whatever_the_others_are(void **state)
{
    (void)state;
    const int64_t opened[] = {10, 20, 5}, then[] = {5, 10, 3}; /* of 10 two days old, and of these a day old */
    for (unsigned i = 0; i < 3; i++) {
        world_open(&w);
        world_rule(&w, KIND_NEWSLETTER_RECEIVED, 10, EVENT_ISSUE, true)->stage_group = 1;
        world_rule(&w, KIND_NEWSLETTER_OPENED, opened[i], EVENT_ISSUE, true)->stage_group = 1;
        w.model.points.stages_highest = true;
        w.model.points.pane_ms = DAY;
        w.model.points.half_life_ms = DAY;
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
        issue(KIND_NEWSLETTER_RECEIVED, T0, "c1", "i1");
        issue(KIND_NEWSLETTER_OPENED, T0 + DAY, "c1", "i1");
        assert_int_equal(balance("c1", T0 + 2 * DAY), then[i]);
        world_close(&w);
    }
}

/* An event every ten minutes for 60 days; half of them earn for a thing that is taken back. */
static void points_that_decayed_to_nothing_are_kept_no_longer(void **state)
{
    (void)state;
    const int64_t minute = 60000, step = 10 * minute, events = 60 * 24 * 6;
    for (int windows = 0; windows < 2; windows++) {
        world_open(&w);
        world_rule(&w, KIND_SELFSERVICE_LOGIN, 1000, EVENT_FIELD_NONE, false);
        world_rule(&w, KIND_SOCIAL_FOLLOW, 15, EVENT_FIELD_NONE, true)->retracted_by = UINT64_C(1) << KIND_SOCIAL_UNFOLLOW;
        w.model.points.window_ms = windows ? 365 * DAY : 0;
        w.model.points.pane_ms = minute;
        w.model.points.half_life_ms = HOUR;
        struct measure *m = world_measure(&w, "engagement_points", "points", 0, 365 * DAY, DAY);
        assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
        plain(KIND_SOCIAL_FOLLOW, T0, "c1");
        uint32_t most = 0;
        for (int64_t i = 0; i < events; i++) {
            plain(KIND_SELFSERVICE_LOGIN, T0 + i * step, "c1");
            uint32_t facts = entity_table_at(&w.engine->table, 0)->fact_count;
            most = facts > most ? facts : most;
            int64_t now = 0; /* what all of them would be */
            for (int64_t k = 0; k <= i && k < 40 * 6; k++) {
                now += (int64_t)(1000 * pow(2, -(double)k / 6) + 0.5);
            }
            assert_int_equal(balance("c1", T0 + i * step), now + (int64_t)(15 * pow(2, -(double)i / 6) + 0.5));
        }
        assert_int_equal(most, 32 * 6 + 1 + !windows); /* of 8,640 panes those of 32 hours; and the thing, with a step where it leaves no window */
        plain(KIND_SOCIAL_FOLLOW, T0 + events * step, "c1");
        assert_true(world_result(&w, "organisation", m, T0 + events * step + 1).value == (double)events * 1000 + 15); /* once, whatever is left */
        plain(KIND_SOCIAL_UNFOLLOW, T0 + events * step + 1, "c1");
        assert_true(world_result(&w, "organisation", m, T0 + events * step + 2).value == (double)events * 1000);
        world_close(&w);
    }
}

static void order(enum event_kind kind, int64_t ts, const char *number)
{
    struct event e = world_event(&w, kind, ts, "c1");
    event_put_text(&e, EVENT_ORDER, number);
    assert_int_equal(world_apply(&w, &e), 0);
}

/* A purchase is cancelled when the sum that it earned in is kept no longer. */
static void points_that_decayed_to_nothing_are_not_taken_back(void **state)
{
    (void)state;
    world_open(&w);
    world_rule(&w, KIND_PURCHASE, 1000, EVENT_FIELD_NONE, false);
    world_rule(&w, KIND_SELFSERVICE_LOGIN, 1, EVENT_FIELD_NONE, false);
    w.model.points.window_ms = 365 * DAY;
    w.model.points.pane_ms = 60000;
    w.model.points.half_life_ms = HOUR;
    w.model.cancel_within_ms = 90 * DAY;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    order(KIND_PURCHASE, T0, "o1");
    order(KIND_PURCHASE, T0 + 60 * DAY, "o2");
    uint32_t facts = entity_table_at(&w.engine->table, 0)->fact_count;
    order(KIND_ORDER_CANCELLED, T0 + 60 * DAY + 1, "o1");
    assert_true(entity_table_at(&w.engine->table, 0)->fact_count < facts);
    assert_int_equal(entity_table_at(&w.engine->table, 0)->customer.points, 1000);
    assert_int_equal(balance("c1", T0 + 60 * DAY + 1), 1000);
    order(KIND_ORDER_CANCELLED, T0 + 60 * DAY + 2, "o2");
    assert_int_equal(entity_table_at(&w.engine->table, 0)->customer.points, 0);
    world_close(&w);
}

static void points_of_a_rule_and_of_a_pane_stay_within_their_bound(void **state)
{
    (void)state;
    world_open(&w);
    world_rule(&w, KIND_SELFSERVICE_LOGIN, INT64_C(5) * POINTS_MAX, EVENT_FIELD_NONE, false);
    world_rule(&w, KIND_COMPLAINT, INT64_C(-5) * POINTS_MAX, EVENT_FIELD_NONE, false);
    w.model.points.window_ms = 10 * DAY;
    w.model.points.pane_ms = DAY;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 7), 0);
    plain(KIND_SELFSERVICE_LOGIN, T0, "c1");
    assert_int_equal(balance("c1", T0 + 1), POINTS_MAX);
    plain(KIND_SELFSERVICE_LOGIN, T0 + 1, "c1"); /* more than one sum holds: another one of the pane */
    assert_int_equal(balance("c1", T0 + 2), 2 * POINTS_MAX);
    for (int i = 0; i < 3; i++) {
        plain(KIND_COMPLAINT, T0 + 2 + i, "c1");
    }
    assert_int_equal(balance("c1", T0 + 5), -POINTS_MAX);
    assert_int_equal(world_run(&w, T0 + 20 * DAY), 0);
    assert_int_equal(balance("c1", T0 + 20 * DAY), 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_add_up_to_the_published_goldens),
        cmocka_unit_test(points_of_a_repeated_event_count_once_and_are_taken_back),
        cmocka_unit_test(points_leave_with_their_pane_and_then_count_again),
        cmocka_unit_test(points_may_be_negative_capped_and_need_no_key),
        cmocka_unit_test(points_each_takes_back_the_latest),
        cmocka_unit_test(points_halve_lazily_in_whole_panes),
        cmocka_unit_test(points_of_one_stage_halve_whatever_the_others_are),
        cmocka_unit_test(points_that_decayed_to_nothing_are_kept_no_longer),
        cmocka_unit_test(points_that_decayed_to_nothing_are_not_taken_back),
        cmocka_unit_test(points_of_a_rule_and_of_a_pane_stay_within_their_bound),
    };
    return RUN_TESTS(tests);
}
