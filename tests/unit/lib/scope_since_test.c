/* Heads that are written as a whole now and then, and what differs from them meanwhile. */
#include "support/unit.h"

#include "support/change_log.h"
#include "support/scope_steps.h"

enum { MEASURES = 6 };
static const uint16_t measures[MEASURES] = {M_CARE, M_SPEED, M_MOOD, M_WORTH, M_ANSWERS, M_STAFF};

static void row_of(struct fixture *f, uint32_t s, int64_t t_ms, uint16_t m)
{
    if (m == M_STAFF) {
        assert_int_equal(fixture_one(f, s, t_ms, m, ROW_LEVEL, 0, 0, 1), 0);
    } else {
        share(f, s, t_ms, m, 10, (t_ms / TICK + m) % 10);
    }
}

static void flush(struct fixture *f, struct change_log *log)
{
    assert_int_equal(scope_engine_flush(f->engine, log_put, log), 0);
}

static uint8_t last_kind(const struct change_log *log)
{
    return log->at[log->count - 1].key[0];
}

static int restore(struct fixture *f, const struct log_record *r)
{
    return scope_engine_restore(f->engine, (struct text){(const char *)r->key, r->key_len}, r->value, r->len);
}

static void anew(struct fixture *f)
{
    scope_engine_destroy(f->engine);
    assert_int_equal(scope_engine_create(&f->model, 2, &f->engine), 0);
}

/* Of the whole log, or of the last record of each key. */
static void all_back(struct fixture *f, const struct change_log *log, bool compacted)
{
    anew(f);
    for (size_t i = 0; i < log->count; i++) {
        if (!compacted || !log->at[i].superseded) {
            assert_int_equal(restore(f, &log->at[i]), 0);
        }
    }
    assert_int_equal(scope_engine_restored(f->engine), 0);
}

/* The next tick of a scope, and what is written then. */
static void step(struct fixture *f, int64_t n, struct change_log *log)
{
    for (uint16_t i = 0; i < MEASURES; i++) {
        if (n == 0 || (n + 5 * i) % 13 == 0) {
            row_of(f, scope(f, NORTH), T0 + n * TICK, measures[i]);
        }
    }
    row_of(f, scope(f, NORTH), T0 + n * TICK, M_STAFF);
    tick(f, T0 + n * TICK);
    flush(f, log);
}

static void logs_equal(const struct change_log *a, const struct change_log *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(a->at[i].key_len == b->at[i].key_len && memcmp(a->at[i].key, b->at[i].key, a->at[i].key_len) == 0);
        assert_true(a->at[i].len == b->at[i].len && memcmp(a->at[i].value, b->at[i].value, a->at[i].len) == 0);
    }
}

/* What it writes next is what one that was never lost writes, so it knows as much of its head as that. */
static void scope_comes_back_from_a_head_and_what_differs_from_it(void **state)
{
    struct fixture *f = start(state);
    unsigned kinds[128] = {0};
    for (int64_t lost = 1; lost < 60; lost++) {
        struct change_log next[3] = {{0}}, log = {0};
        anew(f);
        for (int64_t n = 0; n < lost; n++) {
            step(f, n, &log);
        }
        kinds[last_kind(&log)]++;
        step(f, lost, &next[0]);
        for (int compacted = 0; compacted < 2; compacted++) {
            all_back(f, &log, compacted);
            step(f, lost, &next[1 + compacted]);
            logs_equal(&next[0], &next[1 + compacted]);
        }
        for (int i = 0; i < 3; i++) {
            log_close(&next[i]);
        }
        log_close(&log);
    }
    assert_true(kinds['h'] > 5 && kinds['d'] > 5);
}

static void scope_without_the_head_that_it_differs_from_is_refused(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    for (uint16_t i = 0; i < MEASURES; i++) {
        row_of(f, scope(f, NORTH), T0, measures[i]);
    }
    tick(f, T0);
    flush(f, &log);
    assert_int_equal(last_kind(&log), 'h');
    size_t head = log.count - 1;
    row_of(f, scope(f, NORTH), T0 + TICK, M_STAFF);
    tick(f, T0 + TICK);
    flush(f, &log);
    assert_int_equal(last_kind(&log), 'd');
    anew(f);
    assert_int_equal(restore(f, &log.at[0]), 0); /* the list */
    assert_int_equal(restore(f, &log.at[log.count - 1]), 0);
    assert_int_equal(scope_engine_restored(f->engine), CUBE_EFORMAT);
    assert_int_equal(restore(f, &log.at[head]), 0);
    assert_int_equal(scope_engine_restored(f->engine), 0);
    log.at[log.count - 1].value[0] = 3; /* no version before knew it */
    assert_int_equal(restore(f, &log.at[log.count - 1]), CUBE_EVERSION);
    log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scope_comes_back_from_a_head_and_what_differs_from_it, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_without_the_head_that_it_differs_from_is_refused, setup, teardown),
    };
    return RUN_TESTS(tests);
}
