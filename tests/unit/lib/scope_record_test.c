/* The changelog's records of scopes: their bytes, and that others are refused. */
#include "support/unit.h"

#include <stdio.h>

#include "support/change_log.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)

static void hex(const uint8_t *at, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        sprintf(text + 2 * i, "%02x", at[i]);
    }
}

static void scope_engine_restore_refuses_other_bytes(void **state)
{
    (void)state;
    struct fixture f;
    uint32_t s;
    struct change_log log = {0};
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=north"), &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_ANSWERS, T0 - 1, 5, 3), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_ANSWERS, ROW_HIST, T0 - 1, 3, 5), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_STAFF, ROW_LEVEL, 0, 0, 5), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    assert_int_equal(log.count, 3); /* pane, level, head */
    scope_engine_destroy(f.engine);
    for (size_t i = 0; i < log.count; i++) {
        const struct log_record *r = &log.at[i];
        struct text key = {(const char *)r->key, r->key_len};
        for (size_t len = 1; len < r->len; len++) {
            assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
            assert_int_equal(scope_engine_restore(f.engine, key, r->value, len), CUBE_ETRUNCATED);
            scope_engine_destroy(f.engine);
        }
        assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
        r->value[0] = 1;
        assert_int_equal(scope_engine_restore(f.engine, key, r->value, r->len), CUBE_EVERSION);
        assert_int_equal(scope_engine_restore(f.engine, TEXT_LITERAL("x"), r->value, r->len),
                         CUBE_EVERSION); /* no kind of record that there is */
        scope_engine_destroy(f.engine);
    }
    log_close(&log);
}

/* Version 2 of the records, byte by byte: a change of these bytes needs another version. */
static void scope_engine_flush_writes_version_2(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    fixture_init(&f);
    f.model.alert_count = 0;
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=north"), &s), 0);
    assert_int_equal(fixture_share(&f, s, T0, M_ANSWERS, T0 - 1, 5, 3), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_ANSWERS, ROW_HIST, T0 - 1, 3, 5), 0);
    assert_int_equal(fixture_one(&f, s, T0, M_STAFF, ROW_LEVEL, 0, 0, 5), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    static const char *const golden[][2] = {
        {"7008616e737765727300fec911726567696f6e3d6e6f727468", "02090a060000000a01060a"},
        {"6c067374616666726567696f6e3d6e6f727468", "02010a"},
        {"68726567696f6e3d6e6f727468",
         "020180c0dfaf400000ff01ff01ff01000180c0dfaf4000000001000000010000000100000208616e7377657"
         "27380c0dfaf400006737461666680c0dfaf400000"}};
    assert_int_equal(log.count, 3);
    for (size_t i = 0; i < 3; i++) {
        char key[256], value[512];
        hex(log.at[i].key, log.at[i].key_len, key);
        hex(log.at[i].value, log.at[i].len, value);
        assert_string_equal(key, golden[i][0]);
        assert_string_equal(value, golden[i][1]);
    }
    scope_engine_destroy(f.engine);
    log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_restore_refuses_other_bytes),
        cmocka_unit_test(scope_engine_flush_writes_version_2),
    };
    return RUN_TESTS(tests);
}
