#include "support/entity_world.h"
#include "support/unit.h"

#define T0 (INT64_C(20089) * DAY)

static struct world w;

static void open_world(void)
{
    world_open(&w);
    w.model.measure_count = 0;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
}

static void act(enum event_kind kind, int64_t ts_ms, const char *who)
{
    struct event e = world_event(&w, kind, ts_ms, who);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void acts(unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char who[16];
        snprintf(who, sizeof who, "c%u", i);
        act(KIND_SELFSERVICE_LOGIN, T0 + i, who);
    }
}

/* The key at a place; "" a gap. */
static void place_is(uint32_t i, const char *key)
{
    bool erased, publish;
    struct text at = entity_engine_dirty_at(w.engine, i, &erased, &publish);
    assert_true(text_equal(at, text_of(key)));
}

static void urgent(const char *who)
{
    assert_int_equal(entity_engine_urgent(w.engine, text_of(who), entity_engine_hash(w.engine, text_of(who))), 0);
}

static void clean_first_takes_the_oldest_and_a_touch_comes_last(void **state)
{
    (void)state;
    open_world();
    acts(0, 3);
    acts(0, 1); /* is there already */
    entity_engine_clean_first(w.engine, 2);
    assert_int_equal(entity_engine_dirty_first(w.engine), 2);
    acts(0, 1);
    assert_int_equal(entity_engine_dirty_count(w.engine), 2);
    place_is(0, "c2");
    place_is(1, "c0");
    world_close(&w);
}

static void urgent_leaves_gaps_that_are_passed_in_front(void **state)
{
    (void)state;
    uint32_t i;
    open_world();
    acts(0, 4);
    urgent("c2");
    urgent("c2");
    urgent("nobody");
    assert_int_equal(entity_engine_urgent_count(w.engine), 2);
    assert_true(entity_engine_urgent_at(w.engine, 1, &i) && i == 2);
    assert_true(entity_engine_urgent_bytes(w.engine) >= 128);
    entity_engine_urgent_written(w.engine, 0);
    assert_false(entity_engine_urgent_at(w.engine, 1, &i)); /* once is enough */
    entity_engine_urgent_clean(w.engine);
    assert_int_equal(entity_engine_urgent_count(w.engine), 0);
    assert_int_equal(entity_engine_urgent_bytes(w.engine), 0);
    assert_int_equal(entity_engine_dirty_count(w.engine), 4);
    place_is(2, "");
    entity_engine_clean_first(w.engine, 2);
    assert_int_equal(entity_engine_dirty_first(w.engine), 3);
    place_is(0, "c3");
    acts(2, 1);
    place_is(1, "c2");
    world_close(&w);
}

/* Places of the queue go round in its memory while it grows. */
static void places_count_on_while_the_queue_grows(void **state)
{
    (void)state;
    open_world();
    for (unsigned from = 0; from < 3000; from += 100) {
        acts(from, 100);
        entity_engine_clean_first(w.engine, from < 200 ? 90 : 10);
        assert_int_equal(entity_engine_dirty_first(w.engine) + entity_engine_dirty_count(w.engine), from + 100);
    }
    char who[16];
    for (uint32_t i = 0; i < entity_engine_dirty_count(w.engine); i++) {
        snprintf(who, sizeof who, "c%u", (unsigned)entity_engine_dirty_first(w.engine) + i);
        place_is(i, who);
    }
    world_close(&w);
}

static void an_erased_one_is_urgent_and_its_tombstone_is_not(void **state)
{
    (void)state;
    bool erased, publish;
    uint32_t i;
    open_world();
    acts(0, 2);
    entity_engine_clean(w.engine);
    act(KIND_CUSTOMER_ERASE, T0 + 10, "c0");
    assert_true(entity_engine_urgent_count(w.engine) == 1 && entity_engine_urgent_at(w.engine, 0, &i) && i == 0);
    entity_engine_urgent_clean(w.engine);
    assert_int_equal(entity_engine_dirty_count(w.engine), 0);
    assert_int_equal(world_run(&w, T0 + 2 * DAY), 0);
    assert_true(entity_engine_urgent_count(w.engine) == 0 && entity_engine_dirty_count(w.engine) == 1);
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(erased);
    urgent("c0"); /* written as erased once more; the tombstone is still to come */
    entity_engine_urgent_clean(w.engine);
    place_is(0, "c0");
    entity_engine_clean_first(w.engine, 1);
    assert_int_equal(entity_engine_count(w.engine), 1);
    world_close(&w);
}

static void bounded_tells_refused_entities_once(void **state)
{
    (void)state;
    uint64_t count = 0;
    open_world();
    acts(0, 1);
    assert_false(entity_engine_bounded(w.engine, &count));
    w.model.limits.customers = 1;
    entity_engine_destroy(w.engine);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    acts(0, 1);
    struct event e = world_event(&w, KIND_SELFSERVICE_LOGIN, T0 + 5, "c9");
    assert_int_equal(world_apply(&w, &e), CUBE_ELIMIT);
    assert_true(entity_engine_bounded(w.engine, &count));
    assert_false(entity_engine_bounded(w.engine, &count));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_first_takes_the_oldest_and_a_touch_comes_last),
        cmocka_unit_test(urgent_leaves_gaps_that_are_passed_in_front),
        cmocka_unit_test(places_count_on_while_the_queue_grows),
        cmocka_unit_test(an_erased_one_is_urgent_and_its_tombstone_is_not),
        cmocka_unit_test(bounded_tells_refused_entities_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
