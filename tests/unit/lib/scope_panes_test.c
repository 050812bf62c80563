/* Horizons with panes of one length share them, in memory and in the changelog. */
#include "support/unit.h"

#include "engine/scope_record.h"
#include "support/change_log.h"
#include "support/scope_random.h"

#define SHORT_MS (10 * MINUTE)
#define LONG_MS (20 * MINUTE)

static const struct horizon shorter = {SHORT_MS, TICK, SHORT_MS / TICK, "10m"};
static const struct horizon longer = {LONG_MS, TICK, LONG_MS / TICK, "20m"};

/* "care" over an hour and over these. */
static void fixture_over(struct fixture *f, const struct horizon *a, const struct horizon *b)
{
    fixture_init(f);
    f->measures[M_CARE].horizons[1] = *a;
    f->measures[M_CARE].horizons[2] = b ? *b : (struct horizon){0};
    f->measures[M_CARE].horizon_count = b ? 3 : 2;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
}

static void tick_until(struct scope_engine *e, int64_t t)
{
    while (scope_engine_next_tick(e) < t) {
        assert_int_equal(scope_engine_tick(e, scope_engine_next_tick(e)), 0);
    }
    assert_int_equal(scope_engine_tick(e, t), 0);
}

/* Answers that a horizon counts, and good ones among them in a million; -1: the measure has no cell. */
static int64_t seen(struct scope_engine *e, unsigned scope, uint32_t horizon, int64_t t)
{
    uint32_t id;
    struct scope_view v;
    assert_int_equal(scope_engine_scope(e, keys[scope], scope ? 1 : 0, &id), 0);
    int rc = scope_engine_view(e, id, t, &v);
    for (uint32_t i = 0; !rc && i < v.measure_count; i++) {
        const struct result *r = &v.measures[i].horizons[horizon];
        if (v.measures[i].measure->index == M_CARE) {
            return r->n * 10000000 + (int64_t)(r->value * 1e6);
        }
    }
    return -1;
}

static void horizons_that_share_panes_see_what_they_see_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct fixture both, one, other;
        struct random r = {seed};
        bool turned = seed % 2;
        fixture_over(&both, turned ? &longer : &shorter, turned ? &shorter : &longer);
        fixture_over(&one, &shorter, NULL);
        fixture_over(&other, &longer, NULL);
        int64_t t = T0;
        for (int step = 0; step < 80; step++) {
            int64_t last = t;
            t += random_between(&r, 0, 9) ? random_between(&r, 1, 12) * TICK : random_between(&r, 1, 300) * TICK;
            for (int64_t i = random_between(&r, 0, 20); i > 0; i--) {
                struct random_row row;
                do {
                    draw_row(&r, &both, last + random_between(&r, 1, (t - last) / TICK) * TICK, &row);
                } while (row.row.kind != ROW_PANE || row.row.measure != M_CARE);
                row.scope = (unsigned)random_between(&r, 0, 1);
                if (random_between(&r, 0, 2) == 0) { /* what is just leaving a horizon */
                    row.row.pane = row.tick / TICK - (random_between(&r, 0, 1) ? SHORT_MS : LONG_MS) / TICK - random_between(&r, 0, 2);
                }
                add_row(both.engine, &row);
                add_row(one.engine, &row);
                add_row(other.engine, &row);
            }
            tick_until(both.engine, t);
            tick_until(one.engine, t);
            tick_until(other.engine, t);
            for (unsigned s = 0; s < SCOPES; s++) {
                assert_int_equal(seen(both.engine, s, turned ? 2 : 1, t), seen(one.engine, s, 1, t));
                assert_int_equal(seen(both.engine, s, turned ? 1 : 2, t), seen(other.engine, s, 1, t));
            }
        }
        scope_engine_destroy(both.engine);
        scope_engine_destroy(one.engine);
        scope_engine_destroy(other.engine);
    }
}

/* A pane's record of "care": of which horizon it is named, and of which pane. False: it is another one. */
static bool is_pane(const struct log_record *r, uint32_t *ret_horizon, int64_t *ret_pane)
{
    uint64_t zigzag;
    struct cursor c = {r->key + 7, r->key + r->key_len};
    if (r->key_len < 8 || r->key[0] != RECORD_PANE || memcmp(r->key + 1, "\x05" "care", 5) != 0) {
        return false;
    }
    *ret_horizon = r->key[6];
    assert_int_equal(get_uint(&c, &zigzag), 0);
    *ret_pane = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
    return true;
}

/* Panes of "care" that stand in the log as they are now: of each horizon, by name. */
static void panes_count(const struct change_log *log, unsigned count[3])
{
    memset(count, 0, 3 * sizeof *count);
    for (size_t i = 0; i < log->count; i++) {
        uint32_t horizon;
        int64_t pane;
        if (!log->at[i].superseded && log->at[i].len && is_pane(&log->at[i], &horizon, &pane)) {
            count[horizon]++;
        }
    }
}

static void answers_come(struct fixture *f, uint32_t scope, int64_t from, int64_t until)
{
    for (int64_t t = from; t < until; t += TICK) {
        assert_int_equal(fixture_share(f, scope, t + TICK, M_CARE, t, 3, 2), 0);
    }
    tick_until(f->engine, until);
}

static struct scope_engine *restored(const struct fixture *f, const struct change_log *log)
{
    struct scope_engine *e;
    assert_int_equal(scope_engine_create(&f->model, 7, &e), 0);
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        assert_int_equal(scope_engine_restore(e, (struct text){(const char *)r->key, r->key_len}, r->value, r->len), 0);
    }
    assert_int_equal(scope_engine_restored(e), 0);
    return e;
}

static void scope_engine_flush_writes_a_shared_pane_once_and_one_that_came_and_went_not_at_all(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    unsigned count[3];
    uint32_t s;
    fixture_over(&f, &shorter, &longer);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    answers_come(&f, s, T0, T0 + 3 * LONG_MS);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    panes_count(&log, count);
    assert_int_equal(count[0], 60);
    assert_int_equal(count[1], LONG_MS / TICK);
    assert_int_equal(count[2], 0);
    assert_int_equal(log.count, 60 + LONG_MS / TICK + 1); /* and the head: no tombstones */
    tick_until(f.engine, T0 + 3 * LONG_MS + SHORT_MS);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    panes_count(&log, count);
    assert_int_equal(count[1], SHORT_MS / TICK);
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* The log as version 2 wrote it: panes of the longer horizon under its name, and of those the shorter one has, or had, under that. */
static void log_of_version_2(const struct change_log *log, int64_t t, struct change_log *ret_old)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        uint32_t horizon;
        int64_t pane;
        struct text key = {(const char *)r->key, r->key_len};
        bool is_shared = is_pane(r, &horizon, &pane) && horizon == 1;
        if (is_shared && r->len) {
            assert_int_equal(r->value[0], SHARED_PANE_VERSION);
            r->value[0] = SCOPE_RECORD_VERSION;
        }
        assert_int_equal(log_put(ret_old, key, r->value, r->len), 0);
        if (is_shared) {
            bool has_left = pane_leaves_ms(&shorter, pane) < t;
            assert_int_equal(log_put(ret_old, key, r->value, has_left ? 0 : r->len), 0);
            r->key[6] = 2;
            assert_int_equal(log_put(ret_old, key, r->value, r->len), 0);
        }
    }
}

static void scope_engine_restore_reads_panes_that_each_horizon_wrote(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0}, old = {0};
    unsigned count[3];
    uint32_t s;
    int64_t t = T0 + LONG_MS;
    fixture_over(&f, &shorter, &longer);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    answers_come(&f, s, T0, t);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    log_of_version_2(&log, t, &old);
    struct scope_engine *e = restored(&f, &old);
    for (uint32_t h = 0; h < 3; h++) {
        assert_int_equal(seen(e, 1, h, t), seen(f.engine, 1, h, t));
    }
    assert_int_equal(seen(e, 1, 1, t) / 10000000, 3 * SHORT_MS / TICK);
    assert_int_equal(seen(e, 1, 2, t) / 10000000, 3 * LONG_MS / TICK);
    tick_until(e, t + 2 * LONG_MS); /* all have left: under both names */
    assert_int_equal(scope_engine_flush(e, log_put, &old), 0);
    panes_count(&old, count);
    assert_int_equal(count[1] + count[2], 0);
    log_close(&log);
    log_close(&old);
    scope_engine_destroy(e);
    scope_engine_destroy(f.engine);
}

#define PANE_OF_SHARED "\x80\xbc\x69region=north"
#define ANSWERS "\3\6\4\6\0" /* three slots with three answers, two of them good; no histogram */

static bool has_bytes(const uint8_t *at, size_t len, const char *wanted, size_t wanted_len)
{
    return len == wanted_len && memcmp(at, wanted, len) == 0;
}

static bool log_has(const struct change_log *log, const char *key, size_t key_len, const char *value, size_t value_len)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        if (has_bytes(r->key, r->key_len, key, key_len) && has_bytes(r->value, r->len, value, value_len)) {
            return true;
        }
    }
    return false;
}

static void put_bytes(struct change_log *log, char horizon, char version)
{
    char key[] = "p\5care?" PANE_OF_SHARED, value[] = "?" ANSWERS;
    key[6] = horizon;
    value[0] = version;
    assert_int_equal(log_put(log, (struct text){key, sizeof key - 1}, (uint8_t *)value, sizeof value - 1), 0);
}

static void one_pane_written(struct fixture *f, struct change_log *log)
{
    uint32_t s;
    fixture_over(f, &shorter, &longer);
    assert_int_equal(fixture_scope(f, keys[1], &s), 0);
    answers_come(f, s, T0, T0 + TICK);
    assert_int_equal(scope_engine_flush(f->engine, log_put, log), 0);
}

static void pane_records_are_these_bytes(void **state)
{
    (void)state;
    static const char alone[] = "p\5care\0\x80\xca\x11region=north", shared[] = "p\5care\1" PANE_OF_SHARED;
    struct fixture f;
    struct change_log log = {0};
    one_pane_written(&f, &log);
    assert_int_equal(log.count, 3); /* and the head */
    assert_true(log_has(&log, alone, sizeof alone - 1, "\2" ANSWERS, 1 + sizeof ANSWERS - 1));
    assert_true(log_has(&log, shared, sizeof shared - 1, "\3" ANSWERS, 1 + sizeof ANSWERS - 1));
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* What version 2 wrote under the name of the longer horizon is there until it leaves, and what is written now comes behind it. */
static void scope_engine_restore_prefers_what_was_written_of_a_pane_since_version_2(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    one_pane_written(&f, &log);
    scope_engine_destroy(f.engine);
    put_bytes(&log, 1, SCOPE_RECORD_VERSION);
    put_bytes(&log, 2, SCOPE_RECORD_VERSION);
    f.engine = restored(&f, &log);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    assert_int_equal(fixture_share(&f, s, T0 + 2 * TICK, M_CARE, T0, 3, 2), 0); /* into the same pane */
    tick_until(f.engine, T0 + 2 * TICK);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    struct scope_engine *again = restored(&f, &log);
    for (uint32_t h = 1; h < 3; h++) {
        assert_int_equal(seen(f.engine, 1, h, T0 + 2 * TICK) / 10000000, 6);
        assert_int_equal(seen(again, 1, h, T0 + 2 * TICK), seen(f.engine, 1, h, T0 + 2 * TICK));
    }
    log_close(&log);
    scope_engine_destroy(again);
    scope_engine_destroy(f.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(horizons_that_share_panes_see_what_they_see_alone),
        cmocka_unit_test(scope_engine_flush_writes_a_shared_pane_once_and_one_that_came_and_went_not_at_all),
        cmocka_unit_test(scope_engine_restore_reads_panes_that_each_horizon_wrote),
        cmocka_unit_test(pane_records_are_these_bytes),
        cmocka_unit_test(scope_engine_restore_prefers_what_was_written_of_a_pane_since_version_2),
    };
    return RUN_TESTS(tests);
}
