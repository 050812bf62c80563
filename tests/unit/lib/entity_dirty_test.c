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

/* Takes the first off the list of those to be noted: it must be the one at this place of the dirty queue; -1: none is to be noted for it. */
static void unnoted_is(int place)
{
    uint32_t i;
    bool is = entity_engine_unnoted_take(w.engine, &i);
    assert_int_equal(is ? (int)i : -1, place);
}

static void unnoted_lists_each_once_until_it_is_taken(void **state)
{
    (void)state;
    open_world();
    acts(0, 1);
    entity_engine_notes(w.engine);
    acts(0, 3); /* the first is dirty and listed nowhere: it was touched before anybody noted */
    acts(2, 2);
    assert_int_equal(entity_engine_unnoted_next(w.engine) - entity_engine_unnoted_first(w.engine), 3);
    unnoted_is(1);
    acts(1, 1); /* once more behind the others */
    entity_engine_clean_first(w.engine, 3);
    unnoted_is(-1); /* c2 is written */
    unnoted_is(0);  /* c3 */
    acts(1, 1);     /* c1 is listed since before it was written, and once */
    unnoted_is(1);
    assert_int_equal(entity_engine_unnoted_next(w.engine), entity_engine_unnoted_first(w.engine));
    world_close(&w);
}

static void unnoted_lists_nobody_from_its_end_on(void **state)
{
    (void)state;
    open_world();
    entity_engine_notes(w.engine);
    acts(0, 3);
    uint32_t dirty = entity_engine_dirty_count(w.engine);
    uint64_t bytes = entity_engine_bytes(w.engine);
    assert_int_equal(entity_engine_unnoted_next(w.engine), dirty);
    entity_engine_notes_end(w.engine);
    assert_true(entity_engine_bytes(w.engine) < bytes);
    acts(0, 3);
    acts(4, 1);
    assert_int_equal(entity_engine_unnoted_next(w.engine), 0);
    assert_in_range(entity_engine_dirty_count(w.engine), dirty, dirty + 1); /* which is another matter */
    world_close(&w);
}

static void dirty_is_put_back_into_its_places(void **state)
{
    (void)state;
    uint32_t number[3];
    const char *const keys[] = {"c0", "c1", "c2"};
    open_world();
    acts(0, 3);
    entity_engine_clean(w.engine);
    for (int i = 0; i < 3; i++) {
        struct text key = text_of(keys[i]);
        assert_int_equal(entity_engine_number(w.engine, key, entity_engine_hash(w.engine, key), &number[i]), 0);
    }
    const uint64_t far = (UINT64_C(1) << 30) - 2; /* the low bits of places begin anew behind it */
    assert_int_equal(entity_engine_dirty_open(w.engine, far, far - 1), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_open(w.engine, 0, UINT64_C(1) << 30), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_open(w.engine, far, far + 300), 0);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[2], far + 4), 0);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[0], far + 1), 0);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[0], far + 2), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[1], far + 4), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[1], far - 1), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_put(w.engine, number[1], far + 300), CUBE_EFORMAT);
    assert_int_equal(entity_engine_dirty_first(w.engine), far);
    entity_engine_dirty_settle(w.engine);
    assert_int_equal(entity_engine_dirty_first(w.engine), far + 1);
    assert_int_equal(entity_engine_dirty_count(w.engine), 299);
    place_is(0, "c0");
    place_is(1, "");
    place_is(3, "c2");
    acts(1, 1);
    place_is(299, "c1");
    entity_engine_clean_first(w.engine, 1);
    assert_int_equal(entity_engine_dirty_first(w.engine), far + 4);
    place_is(0, "c2");
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
        cmocka_unit_test(unnoted_lists_each_once_until_it_is_taken),
        cmocka_unit_test(unnoted_lists_nobody_from_its_end_on),
        cmocka_unit_test(dirty_is_put_back_into_its_places),
    };
    return RUN_TESTS(tests);
}
