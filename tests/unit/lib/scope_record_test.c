/* The changelog's records of scopes: their bytes, and that others are refused. */
#include "support/unit.h"

#include <stdio.h>

#include "engine/scope_record.h"
#include "support/change_log.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)

static void hex(const uint8_t *at, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        sprintf(text + 2 * i, "%02x", at[i]);
    }
}

/* One that has read the list of measures, unless that is the record at hand. */
static void engine_after(struct fixture *f, const struct change_log *log, size_t i)
{
    const struct log_record *list = &log->at[0];
    struct text key = {(const char *)list->key, list->key_len};
    uint8_t version = list->value[0];
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    list->value[0] = BLOCK_VERSION;
    assert_int_equal(i > 0 ? scope_engine_restore(f->engine, key, list->value, list->len) : 0, 0);
    list->value[0] = version;
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
    assert_int_equal(log.count, 3); /* list, pane, head */
    scope_engine_destroy(f.engine);
    for (size_t i = 0; i < log.count; i++) {
        const struct log_record *r = &log.at[i];
        struct text key = {(const char *)r->key, r->key_len};
        for (size_t len = 1; len < r->len; len++) {
            engine_after(&f, &log, i);
            assert_int_equal(scope_engine_restore(f.engine, key, r->value, len), CUBE_ETRUNCATED);
            scope_engine_destroy(f.engine);
        }
        engine_after(&f, &log, i);
        r->value[0] += 10;
        assert_int_equal(scope_engine_restore(f.engine, key, r->value, r->len), CUBE_EVERSION);
        assert_int_equal(scope_engine_restore(f.engine, TEXT_LITERAL("x"), r->value, r->len),
                         CUBE_EVERSION); /* no kind of record that there is */
        scope_engine_destroy(f.engine);
    }
    log_close(&log);
}

/* The records byte by byte: a change of these bytes needs another version. */
static void scope_engine_flush_writes_these_bytes(void **state)
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
        {"6e00", "0107056361726503000673706565640300056d6f6f64030006776f727468030008616e737765727309540673746166660100077765616c74680000"},
        {"7008616e737765727300fec911726567696f6e3d6e6f727468", "02090a060000000a01060a"},
        {"68726567696f6e3d6e6f727468", "05000180c0dfaf400000ff01ff01ff0100000200000000000000000000000000000204020000000200010a00"}};
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
        cmocka_unit_test(scope_engine_flush_writes_these_bytes),
    };
    return RUN_TESTS(tests);
}
