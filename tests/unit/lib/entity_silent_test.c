/* What is done in silence leaves in the entities what it leaves otherwise. */
#include "support/unit.h"

#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 400

static struct world silent, aloud;

static void open_worlds(enum entity_type type, uint64_t seed)
{
    random_world(&silent);
    random_world(&aloud);
    silent.owing = aloud.owing = type == ENTITY_CUSTOMER;
    assert_int_equal(world_start(&silent, type, seed), 0);
    assert_int_equal(world_start(&aloud, type, seed), 0);
    entity_engine_redoes(silent.engine, true);
    entity_engine_redoes(aloud.engine, false);
}

static void same_records(void)
{
    struct buf a = {0}, b = {0};
    assert_int_equal(entity_engine_dirty_count(silent.engine), entity_engine_dirty_count(aloud.engine));
    for (uint32_t i = 0; i < entity_engine_dirty_count(silent.engine); i++) {
        buf_clear(&a);
        buf_clear(&b);
        assert_int_equal(entity_engine_dirty_encode(silent.engine, i, &a), 0);
        assert_int_equal(entity_engine_dirty_encode(aloud.engine, i, &b), 0);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.at, b.at, a.len);
    }
    buf_close(&a);
    buf_close(&b);
}

static void play(enum entity_type type, uint64_t seed)
{
    struct random r = {seed};
    open_worlds(type, seed);
    for (int i = 0; i < EVENTS; i++) {
        int64_t ts_ms = T0 + i * 5 * HOUR;
        struct event e = random_event(&aloud, &r, type, ts_ms);
        assert_int_equal(world_run(&silent, ts_ms), 0);
        assert_int_equal(world_run(&aloud, ts_ms), 0);
        assert_int_equal(entity_engine_next_timer(silent.engine), entity_engine_next_timer(aloud.engine));
        assert_int_equal(world_apply(&silent, &e), 0);
        assert_int_equal(world_apply(&aloud, &e), 0);
    }
    assert_int_equal(silent.row_count, 0);
    assert_true(aloud.row_count > EVENTS);
    same_records();
    world_close(&silent);
    world_close(&aloud);
}

static void records_and_timers_are_the_same_in_silence(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        play(ENTITY_CUSTOMER, seed);
        play(ENTITY_EMPLOYEE, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_and_timers_are_the_same_in_silence)};
    return RUN_TESTS(tests);
}
