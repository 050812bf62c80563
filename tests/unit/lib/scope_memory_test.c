/* The changelog record of what the alerts of a scope remember. */
#include "support/unit.h"

#include "support/scope_steps.h"

struct kept {
    uint8_t key[64], value[4096];
    uint32_t key_len;
    size_t len;
};

/* The last value of each key. */
struct kept_log {
    struct kept at[32];
    uint32_t count, puts[128]; /* puts: by the first byte of the key */
};

static int keep(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct kept_log *log = arg;
    uint32_t i = 0;
    while (i < log->count && (log->at[i].key_len != key.len || memcmp(log->at[i].key, key.at, key.len) != 0)) {
        i++;
    }
    log->count += i == log->count;
    assert(log->count <= 32 && key.len <= sizeof log->at[i].key && len <= sizeof log->at[i].value);
    log->puts[(uint8_t)key.at[0]]++;
    memcpy(log->at[i].key, key.at, key.len);
    memcpy(log->at[i].value, value, len);
    log->at[i].key_len = key.len;
    log->at[i].len = len;
    return 0;
}

static int put_back(struct fixture *f, const struct kept_log *log, char kind)
{
    int rc = 0;
    for (uint32_t i = 0; i < log->count && rc == 0; i++) {
        const struct kept *k = &log->at[i];
        if (kind == 0 || k->key[0] == kind) {
            rc = scope_engine_restore(f->engine, (struct text){(const char *)k->key, k->key_len}, k->value, k->len);
        }
    }
    return rc;
}

static void flush(struct fixture *f, struct kept_log *log)
{
    assert_int_equal(scope_engine_flush(f->engine, keep, log), 0);
}

static void engine_anew(struct fixture *f)
{
    scope_engine_destroy(f->engine);
    assert_int_equal(scope_engine_create(&f->model, 2, &f->engine), 0);
}

static struct fixture *start_remembering(void **state, bool drift_only)
{
    struct fixture *f = *state;
    fixture_remembers(f);
    if (drift_only) {
        f->rules[A_ENTERED] = f->rules[A_QUIET];
        f->model.alert_count = 1;
    }
    return start(state);
}

static void scope_memory_is_written_at_the_steps_of_its_rules_only(void **state)
{
    struct fixture *f = start_remembering(state, false);
    struct kept_log log = {0};
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 10, 9);
    tick(f, T0);
    flush(f, &log);
    assert_int_equal(log.puts['m'], 1);
    for (int i = 1; i <= 5; i++) {
        share(f, s, T0 + i * TICK, M_CARE, 10, 9);
        tick(f, T0 + i * TICK);
        flush(f, &log);
    }
    assert_int_equal(log.puts['m'], 1);
    assert_int_equal(log.puts['h'], 6);
    tick(f, T0 + MINUTE);
    flush(f, &log);
    assert_int_equal(log.puts['m'], 2);
}

static void scope_memory_brings_back_the_mean_of_a_drift(void **state)
{
    struct fixture *f = start_remembering(state, true);
    static struct kept_log log;
    log = (struct kept_log){0};
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 10, 9);
    for (int i = 0; i < 3; i++) {
        tick(f, T0 + i * 2 * MINUTE);
        flush(f, &log);
    }
    struct scope_view v = view(f, s, T0 + 4 * MINUTE);
    double z = measure(&v, "care")->drift_z;
    engine_anew(f);
    assert_int_equal(put_back(f, &log, 0), 0);
    assert_int_equal(scope_engine_restored(f->engine), 0);
    v = view(f, scope(f, NORTH), T0 + 4 * MINUTE);
    assert_true(measure(&v, "care")->drift_z == z && z > 0.7);
}

static void scope_memory_without_a_head_is_refused(void **state)
{
    struct fixture *f = start_remembering(state, false);
    static struct kept_log log;
    log = (struct kept_log){0};
    share(f, scope(f, NORTH), T0, M_CARE, 10, 9);
    tick(f, T0);
    flush(f, &log);
    engine_anew(f);
    assert_int_equal(put_back(f, &log, 'm'), 0);
    assert_int_equal(scope_engine_restored(f->engine), CUBE_EFORMAT);
    assert_int_equal(put_back(f, &log, 'n'), 0); /* what a head numbers measures by */
    assert_int_equal(put_back(f, &log, 'h'), 0);
    assert_int_equal(scope_engine_restored(f->engine), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scope_memory_is_written_at_the_steps_of_its_rules_only),
        TEST(scope_memory_brings_back_the_mean_of_a_drift),
        TEST(scope_memory_without_a_head_is_refused),
    };
    return RUN_TESTS(tests);
}
