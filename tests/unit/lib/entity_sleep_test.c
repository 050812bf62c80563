/* Who sleeps says the same as who is awake. */
#include "support/unit.h"

#include "support/entity_random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 400

static struct world few, all; /* awake */

static void open_worlds(uint64_t seed)
{
    random_world(&few);
    random_world(&all);
    assert_int_equal(world_start(&few, ENTITY_CUSTOMER, seed), 0);
    assert_int_equal(world_start(&all, ENTITY_CUSTOMER, seed), 0);
    few.engine->sleepers.max = 1;
    all.engine->sleepers.max = 1000;
}

static uint32_t asleep(const struct entity_engine *e)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->table.used; i++) {
        const struct entity *x = entity_table_at(&e->table, i);
        count += !x->awake && x->packed;
    }
    return count;
}

static void close_worlds(void)
{
    world_close(&few);
    world_close(&all);
}

static void same_records(void)
{
    struct buf a = {0}, b = {0};
    assert_int_equal(entity_engine_dirty_count(few.engine), entity_engine_dirty_count(all.engine));
    for (uint32_t i = 0; i < entity_engine_dirty_count(few.engine); i++) {
        buf_clear(&a);
        buf_clear(&b);
        assert_int_equal(entity_engine_dirty_encode(few.engine, i, &a), 0);
        assert_int_equal(entity_engine_dirty_encode(all.engine, i, &b), 0);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.at, b.at, a.len);
    }
    buf_close(&a);
    buf_close(&b);
}

static void rows_and_records_are_the_same_asleep_or_awake(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        open_worlds(seed);
        for (int i = 0; i < EVENTS; i++) {
            struct event e = random_event(&few, &r, ENTITY_CUSTOMER, T0 + i * 5 * HOUR);
            assert_int_equal(world_apply(&few, &e), 0);
            assert_int_equal(world_apply(&all, &e), 0);
        }
        assert_int_equal(few.row_count, all.row_count);
        assert_memory_equal(few.rows, all.rows, few.row_count * sizeof *few.rows);
        assert_true(asleep(few.engine) > 2);
        assert_int_equal(asleep(all.engine), 0);
        same_records();
        close_worlds();
    }
}

static void looking_at_a_sleeper_leaves_it_asleep(void **state)
{
    (void)state;
    struct customer_view a, b;
    open_worlds(1);
    for (int i = 0; i < 4; i++) {
        char who[16];
        snprintf(who, sizeof who, "c%d", i);
        struct event e = world_event(&few, KIND_SELFSERVICE_LOGIN, T0 + i, who);
        assert_int_equal(world_apply(&few, &e), 0);
        assert_int_equal(world_apply(&all, &e), 0);
    }
    assert_int_equal(asleep(few.engine), 3);
    assert_int_equal(entity_engine_customer(few.engine, TEXT_LITERAL("c1"), T0 + DAY, &a), 0);
    assert_int_equal(entity_engine_customer(all.engine, TEXT_LITERAL("c1"), T0 + DAY, &b), 0);
    assert_int_equal(a.points, b.points);
    assert_int_equal(a.last_seen_ms, T0 + 1);
    assert_int_equal(asleep(few.engine), 3);
    close_worlds();
}

/* Totals beyond 64 bits. */
static void a_sleeper_keeps_what_is_larger_than_a_word(void **state)
{
    (void)state;
    open_worlds(1);
    for (int i = 0; i < 3; i++) {
        struct event e = world_event(&few, KIND_PURCHASE, T0 + i, "c1");
        event_put_number(&e, EVENT_REVENUE, INT64_MAX);
        assert_int_equal(world_apply(&few, &e), 0);
        struct event other = world_event(&few, KIND_SELFSERVICE_LOGIN, T0 + i, "c2");
        assert_int_equal(world_apply(&few, &other), 0);
    }
    struct customer_view v;
    assert_int_equal(entity_engine_customer(few.engine, TEXT_LITERAL("c1"), T0 + 3, &v), 0);
    assert_true(v.margin_present == 3 * (cube_i128)INT64_MAX);
    close_worlds();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_records_are_the_same_asleep_or_awake),
        cmocka_unit_test(looking_at_a_sleeper_leaves_it_asleep),
        cmocka_unit_test(a_sleeper_keeps_what_is_larger_than_a_word),
    };
    return RUN_TESTS(tests);
}
