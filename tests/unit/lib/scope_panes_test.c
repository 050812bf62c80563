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

/* A block of panes of "care" alone: how long they are, and how many. False: it is another record. */
static bool is_block(const struct log_record *r, int64_t *ret_pane_ms, unsigned *ret_panes)
{
    uint64_t pane_ms, block;
    uint32_t which;
    struct cursor key = {r->key + 1, r->key + r->key_len}, value = {r->value + 2, r->value + r->len};
    if (r->key[0] != RECORD_BLOCK || r->len == 0) {
        return false;
    }
    assert_int_equal(get_uint(&key, &pane_ms), 0);
    assert_int_equal(get_uint(&value, &block), 0);
    memcpy(&which, value.at + 1, sizeof which);
    *ret_pane_ms = (int64_t)pane_ms;
    *ret_panes = (unsigned)__builtin_popcount(which);
    return true;
}

/* Panes that stand in the log as they are now, of one length. */
static unsigned panes_count(const struct change_log *log, int64_t pane_ms)
{
    unsigned count = 0;
    for (size_t i = 0; i < log->count; i++) {
        int64_t of_ms;
        unsigned panes;
        count += !log->at[i].superseded && is_block(&log->at[i], &of_ms, &panes) && of_ms == pane_ms ? panes : 0;
    }
    return count;
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
    uint32_t s;
    fixture_over(&f, &shorter, &longer);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    answers_come(&f, s, T0, T0 + 3 * LONG_MS);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    assert_int_equal(panes_count(&log, MINUTE), 60);
    assert_int_equal(panes_count(&log, TICK), LONG_MS / TICK);
    assert_int_equal(log.count, 1 + 2 + 5 + 1); /* the list, blocks of both lengths, the head: no tombstones */
    tick_until(f.engine, T0 + 3 * LONG_MS + SHORT_MS);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    assert_int_equal(panes_count(&log, TICK), SHORT_MS / TICK + 12); /* of the block at the edge nothing is written anew */
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* ---- records of one pane each, as they were before there were blocks ------------------------------------ */

/* What stands in a log but for blocks. */
static void log_without_blocks(const struct change_log *log, struct change_log *ret_old)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct log_record *r = &log->at[i];
        if (r->key[0] != RECORD_BLOCK) {
            assert_int_equal(log_put(ret_old, (struct text){(const char *)r->key, r->key_len}, r->value, r->len), 0);
        }
    }
}

/* A pane of "care" under the name of a horizon, two of three answers good; a tombstone. */
static void pane_put(struct change_log *log, uint8_t horizon, uint8_t version, int64_t pane, int64_t answers, bool is_gone)
{
    uint8_t key[64] = "p\5care", value[32] = {version, 3}, *at = key + 6, *end = value + 2;
    *at++ = horizon;
    at = varint_write_int(at, pane);
    memcpy(at, keys[1].at, keys[1].len);
    at += keys[1].len;
    end = varint_write_int(end, answers);
    end = varint_write_int(end, answers * 2 / 3);
    end = varint_write_int(end, answers);
    *end++ = 0;
    assert_int_equal(log_put(log, (struct text){(const char *)key, (uint32_t)(at - key)}, value, is_gone ? 0 : (size_t)(end - value)), 0);
}

/* The panes from T0 to t as version 3 wrote them: those of both horizons under the first. As version 2 did: each under its own, where the
 * shorter one's may have left. */
static void old_panes_put(struct change_log *log, uint8_t version, int64_t t)
{
    for (int64_t pane = T0 / MINUTE; pane < t / MINUTE; pane++) {
        pane_put(log, 0, SCOPE_RECORD_VERSION, pane, 3 * MINUTE / TICK, false);
    }
    for (int64_t pane = T0 / TICK; pane < t / TICK; pane++) {
        pane_put(log, 1, version, pane, 3, version == SCOPE_RECORD_VERSION && pane_leaves_ms(&shorter, pane) < t);
        if (version == SCOPE_RECORD_VERSION) {
            pane_put(log, 2, version, pane, 3, false);
        }
    }
}

static unsigned old_panes_count(const struct change_log *log)
{
    unsigned count = 0;
    for (size_t i = 0; i < log->count; i++) {
        count += log->at[i].key[0] == RECORD_PANE && !log->at[i].superseded && log->at[i].len;
    }
    return count;
}

static void old_panes_are_read(uint8_t version)
{
    struct fixture f;
    struct change_log log = {0}, old = {0};
    uint32_t s;
    int64_t t = T0 + LONG_MS;
    fixture_over(&f, &shorter, &longer);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    answers_come(&f, s, T0, t);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    log_without_blocks(&log, &old);
    old_panes_put(&old, version, t);
    struct scope_engine *e = restored(&f, &old);
    for (uint32_t h = 0; h < 3; h++) {
        assert_int_equal(seen(e, 1, h, t), seen(f.engine, 1, h, t));
    }
    assert_int_equal(seen(e, 1, 1, t) / 10000000, 3 * SHORT_MS / TICK);
    assert_int_equal(seen(e, 1, 2, t) / 10000000, 3 * LONG_MS / TICK);
    assert_true(old_panes_count(&old) > 0);
    tick_until(e, t + 2 * HOUR); /* all have left: under all names */
    assert_int_equal(scope_engine_flush(e, log_put, &old), 0);
    assert_int_equal(old_panes_count(&old), 0);
    log_close(&log);
    log_close(&old);
    scope_engine_destroy(e);
    scope_engine_destroy(f.engine);
}

static void scope_engine_restore_reads_panes_that_had_records_of_their_own(void **state)
{
    (void)state;
    old_panes_are_read(SCOPE_RECORD_VERSION);
    old_panes_are_read(SHARED_PANE_VERSION);
}

/* What was written under the names of horizons is there until it leaves, and what is written now comes behind it. */
static void scope_engine_restore_prefers_what_was_written_of_a_pane_since_there_are_blocks(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0}, old = {0};
    uint32_t s;
    fixture_over(&f, &shorter, &longer);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    answers_come(&f, s, T0, T0 + TICK);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &log), 0);
    scope_engine_destroy(f.engine);
    log_without_blocks(&log, &old);
    pane_put(&old, 1, SCOPE_RECORD_VERSION, T0 / TICK, 3, false);
    pane_put(&old, 2, SCOPE_RECORD_VERSION, T0 / TICK, 3, false);
    f.engine = restored(&f, &old);
    assert_int_equal(fixture_scope(&f, keys[1], &s), 0);
    assert_int_equal(fixture_share(&f, s, T0 + 2 * TICK, M_CARE, T0, 3, 2), 0); /* into the same pane */
    tick_until(f.engine, T0 + 2 * TICK);
    assert_int_equal(scope_engine_flush(f.engine, log_put, &old), 0);
    struct scope_engine *again = restored(&f, &old);
    for (uint32_t h = 1; h < 3; h++) {
        assert_int_equal(seen(f.engine, 1, h, T0 + 2 * TICK) / 10000000, 6);
        assert_int_equal(seen(again, 1, h, T0 + 2 * TICK), seen(f.engine, 1, h, T0 + 2 * TICK));
    }
    log_close(&log);
    log_close(&old);
    scope_engine_destroy(again);
    scope_engine_destroy(f.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(horizons_that_share_panes_see_what_they_see_alone),
        cmocka_unit_test(scope_engine_flush_writes_a_shared_pane_once_and_one_that_came_and_went_not_at_all),
        cmocka_unit_test(scope_engine_restore_reads_panes_that_had_records_of_their_own),
        cmocka_unit_test(scope_engine_restore_prefers_what_was_written_of_a_pane_since_there_are_blocks),
    };
    return RUN_TESTS(tests);
}
