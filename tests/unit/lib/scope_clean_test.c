#include "support/unit.h"

#include "support/scope_fixture.h"

#define T0 (100 * DAY)

static int count(void *arg, struct text key, const uint8_t *value, size_t len)
{
    (void)key;
    (void)value;
    (void)len;
    ++*(int *)arg;
    return 0;
}

static void scope_engine_clean_leaves_nothing_to_flush_but_what_changes_later(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t s;
    int n = 0;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=north"), &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_CARE, T0 - 1, 5, 3), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    scope_engine_clean(f.engine);
    assert_int_equal(scope_engine_flush(f.engine, count, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_CARE, T0, 5, 3), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0 + TICK), 0);
    assert_int_equal(scope_engine_flush(f.engine, count, &n), 0);
    assert_int_equal(n, 4); /* the list of measures, a block of each horizon, the head */
    scope_engine_destroy(f.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scope_engine_clean_leaves_nothing_to_flush_but_what_changes_later)};
    return RUN_TESTS(tests);
}
