/* Panes of a scope that lie in one stretch of time are one record of the changelog. */
#include "support/unit.h"

#include <stdio.h>

#include "engine/scope_record.h"
#include "engine/scope_writer.h"
#include "support/change_log.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)
#define DAILY ((struct horizon){3 * DAY, DAY, 3, "3d"})

static const struct text north = {"region=north", 12};

static void start(struct fixture *f, uint32_t *ret_scope)
{
    fixture_init(f);
    f->model.alert_count = 0;
    f->measures[M_SPEED].horizons[0] = f->measures[M_WORTH].horizons[0] = DAILY;
    f->measures[M_SPEED].pane_ms = f->measures[M_WORTH].pane_ms = DAY;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    assert_int_equal(fixture_scope(f, north, ret_scope), 0);
}

static void tick_until(struct scope_engine *e, int64_t t)
{
    while (scope_engine_next_tick(e) < t) {
        assert_int_equal(scope_engine_tick(e, scope_engine_next_tick(e)), 0);
    }
    assert_int_equal(scope_engine_tick(e, t), 0);
}

static void flush(struct scope_engine *e, struct change_log *log)
{
    assert_int_equal(scope_engine_flush(e, log_put, log), 0);
}

static int restore(struct scope_engine *e, const struct log_record *r)
{
    return scope_engine_restore(e, (struct text){(const char *)r->key, r->key_len}, r->value, r->len);
}

/* compacted: only the last record of each key. */
static struct scope_engine *restored(const struct fixture *f, const struct change_log *log, bool compacted)
{
    struct scope_engine *e;
    assert_int_equal(scope_engine_create(&f->model, 7, &e), 0);
    for (size_t i = 0; i < log->count; i++) {
        assert_int_equal(compacted && log->at[i].superseded ? 0 : restore(e, &log->at[i]), 0);
    }
    assert_int_equal(scope_engine_restored(e), 0);
    return e;
}

static const struct log_record *last_of(const struct change_log *log, char kind)
{
    for (size_t i = log->count; i-- > 0;) {
        if (log->at[i].key[0] == kind) {
            return &log->at[i];
        }
    }
    return NULL;
}

static size_t count_of(const struct change_log *log, char kind)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++) {
        count += log->at[i].key[0] == kind && !log->at[i].superseded;
    }
    return count;
}

static int64_t answers(struct scope_engine *e, uint16_t measure, int64_t t)
{
    uint32_t id;
    struct scope_view v;
    assert_int_equal(scope_engine_scope(e, north, 1, &id), 0);
    assert_int_equal(scope_engine_view(e, id, t, &v), 0);
    for (uint32_t i = 0; i < v.measure_count; i++) {
        if (v.measures[i].measure->index == measure) {
            return v.measures[i].horizons[0].n;
        }
    }
    return -1;
}

static bool is_hex(const uint8_t *at, size_t len, const char *wanted)
{
    static char text[1024];
    text[0] = 0;
    for (size_t i = 0; i < len; i++) {
        sprintf(text + 2 * i, "%02x", at[i]);
    }
    return strcmp(text, wanted) == 0 || (print_message("%s\n", text), false);
}

/* Version 1 of blocks and lists, byte by byte: a change of these bytes needs another version. */
static void scope_engine_flush_writes_these_bytes(void **state)
{
    (void)state;
    static const char *const golden[][2] = {
        {"6e00", "0107056361726503000673706565640300056d6f6f64030006776f727468030008616e737765727309540673746166660100077765616c74680000"},
        {"62e0d4030300726567696f6e3d6e6f727468", "0100a84600010000000c060c"},
        {"62904e0300726567696f6e3d6e6f727468", "0100f0a50300050000000a060a020002"},
        {"6280b899290301726567696f6e3d6e6f727468", "0100c801010e020e01040404"},
    };
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    bool same = true;
    start(&f, &s);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_CARE, T0, 5, 3), 0);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_SPEED, T0, 7, 1), 0);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_WORTH, T0, 2, 2), 0);
    tick_until(f.engine, T0 + TICK);
    assert_int_equal(fixture_share(&f, s, T0 + 3 * TICK, M_CARE, T0 + 2 * TICK, 1, 0), 0);
    tick_until(f.engine, T0 + 3 * TICK);
    flush(f.engine, &log);
    assert_int_equal(log.count, 5); /* the list, a block of each length, the head */
    for (size_t i = 0; i < 4; i++) {
        same &= is_hex(log.at[i].key, log.at[i].key_len, golden[i][0]);
        same &= is_hex(log.at[i].value, log.at[i].len, golden[i][1]);
    }
    assert_true(same);
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* Ten hours of an hour's window, with gaps: the keys are those that the window needs, and whatever of the log is still there, the same comes back. */
static void scope_engine_flush_writes_blocks_under_few_keys_in_turns(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    start(&f, &s);
    for (int64_t minute = 0; minute < 600; minute++) {
        int64_t t = T0 + (minute + 1) * MINUTE;
        if (minute % 100 < 70) {
            assert_int_equal(fixture_share(&f, s, t, M_MOOD, t - 1, minute % 7, 0), 0);
        }
        tick_until(f.engine, t);
        flush(f.engine, &log);
        assert_true(count_of(&log, RECORD_BLOCK) <= 1 + (59 + 31) / 32);
        if (minute % 10 == 0) {
            struct scope_engine *all = restored(&f, &log, false), *last = restored(&f, &log, true);
            assert_int_equal(answers(all, M_MOOD, t), answers(f.engine, M_MOOD, t));
            assert_int_equal(answers(last, M_MOOD, t), answers(f.engine, M_MOOD, t));
            assert_int_equal(scope_engine_next_tick(last), scope_engine_next_tick(f.engine));
            scope_engine_destroy(all);
            scope_engine_destroy(last);
        }
    }
    assert_int_equal(count_of(&log, RECORD_LIST), 1);
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* Two measures share a block of a day. One comes first, the other an hour later; the block is a tombstone when the days have left both. */
static void scope_engine_flush_writes_all_measures_of_a_block_and_a_tombstone_when_all_have_left(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    start(&f, &s);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_SPEED, T0, 7, 1), 0);
    tick_until(f.engine, T0 + TICK);
    flush(f.engine, &log);
    assert_int_equal(fixture_share(&f, s, T0 + HOUR, M_WORTH, T0, 2, 2), 0);
    tick_until(f.engine, T0 + HOUR);
    flush(f.engine, &log);
    assert_int_equal(count_of(&log, RECORD_BLOCK), 1);
    struct scope_engine *e = restored(&f, &log, true);
    assert_int_equal(answers(e, M_SPEED, T0 + HOUR), 7);
    assert_int_equal(answers(e, M_WORTH, T0 + HOUR), 2);
    tick_until(e, T0 + 4 * DAY);
    flush(e, &log);
    assert_int_equal(count_of(&log, RECORD_BLOCK), 1);
    assert_int_equal(last_of(&log, RECORD_BLOCK)->len, 0);
    assert_int_equal(count_of(&log, RECORD_LIST), 1); /* and it is known after a restart */
    scope_engine_destroy(e);
    log_close(&log);
    scope_engine_destroy(f.engine);
}

/* Measures that come and go are numbered by another list; what stands there by the first one is read as ever. */
static void scope_engine_restore_reads_blocks_by_the_list_of_their_time(void **state)
{
    (void)state;
    struct fixture f, fewer;
    struct change_log log = {0};
    uint32_t s;
    start(&f, &s);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_SPEED, T0, 7, 1), 0);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_WORTH, T0, 2, 2), 0);
    tick_until(f.engine, T0 + TICK);
    flush(f.engine, &log);
    scope_engine_destroy(f.engine);
    start(&fewer, &s); /* without "care", so that the others have other numbers */
    scope_engine_destroy(fewer.engine);
    fewer.model.measure_count--;
    for (uint16_t i = 0; i < fewer.model.measure_count; i++) {
        fewer.measures[i] = fewer.measures[i + 1];
        fewer.measures[i].index = i;
    }
    struct scope_engine *e = fewer.engine = restored(&fewer, &log, true);
    assert_int_equal(answers(e, M_SPEED - 1, T0 + TICK), 7);
    assert_int_equal(answers(e, M_WORTH - 1, T0 + TICK), 2);
    assert_int_equal(fixture_share(&fewer, s, T0 + 2 * DAY, M_SPEED - 1, T0 + 2 * DAY - 1, 1, 1), 0);
    tick_until(e, T0 + 2 * DAY);
    flush(e, &log);
    assert_int_equal(count_of(&log, RECORD_LIST), 2);
    scope_engine_destroy(e);
    e = restored(&f, &log, true);
    assert_int_equal(answers(e, M_SPEED, T0 + 2 * DAY), 8);
    assert_int_equal(answers(e, M_WORTH, T0 + 2 * DAY), 2);
    scope_engine_destroy(e);
    log_close(&log);
}

static void scope_engine_restore_refuses_blocks_that_are_damaged(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    start(&f, &s);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_CARE, T0, 5, 3), 0);
    tick_until(f.engine, T0 + TICK);
    flush(f.engine, &log);
    scope_engine_destroy(f.engine);
    const struct log_record *list = &log.at[0], *block = last_of(&log, RECORD_BLOCK);
    for (unsigned what = 0; what < 5; what++) {
        struct log_record damaged = *block;
        int wanted = what < 2 ? CUBE_ETRUNCATED : what < 3 ? CUBE_EVERSION : CUBE_EFORMAT;
        damaged.value = copy(block->value, block->len);
        damaged.len -= what < 2 ? what + 1 : 0;
        damaged.value[0] += what == 2;                /* a version to come */
        damaged.value[1] += what == 3;                /* a list that was not told */
        f.measures[M_CARE].aggregation = aggregation_find(what == 4 ? "mean" : "ratio"); /* other cells under the same name */
        assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
        assert_int_equal(restore(f.engine, block), CUBE_EFORMAT); /* before its list */
        assert_int_equal(restore(f.engine, list), 0);
        assert_int_equal(restore(f.engine, &damaged), wanted);
        free(damaged.value);
        scope_engine_destroy(f.engine);
    }
    log_close(&log);
}

/* A pane of speed in a record of its own, as they all were before there were blocks. */
static void apart_put(struct change_log *log, const struct fixture *f, int64_t t, int64_t n)
{
    struct buf key = {0}, value = {0};
    struct writer k = {&key, 0}, v = {&value, 0};
    int64_t cells[CELL_SLOTS_MAX] = {n, 1};
    w_uint(&k, RECORD_PANE);
    w_text(&k, f->measures[M_SPEED].name);
    w_uint(&k, 0);
    w_int(&k, t / DAY);
    assert_int_equal(buf_append(&key, north.at, north.len), 0);
    w_uint(&v, SCOPE_RECORD_VERSION);
    w_cells(&v, &f->measures[M_SPEED].aggregation->pane, cells);
    w_uint(&v, 0);
    assert_int_equal(k.rc | v.rc, 0);
    assert_int_equal(log_put(log, (struct text){(const char *)key.at, (uint32_t)key.len}, value.at, value.len), 0);
    buf_close(&key);
    buf_close(&value);
}

static size_t apart_tombstones(const struct change_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++) {
        count += log->at[i].key[0] == RECORD_PANE && log->at[i].len == 0;
    }
    return count;
}

/* What never stood in a record of its own leaves no tombstone: of panes that came since, and of other measures. */
static void scope_engine_flush_takes_out_a_pane_that_stood_alone_once(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    uint32_t s;
    start(&f, &s);
    assert_int_equal(fixture_share(&f, s, T0 + TICK, M_WORTH, T0, 2, 2), 0);
    tick_until(f.engine, T0 + TICK);
    flush(f.engine, &log);
    apart_put(&log, &f, T0, 7);
    scope_engine_destroy(f.engine);
    f.engine = restored(&f, &log, true);
    assert_int_equal(answers(f.engine, M_SPEED, T0 + TICK), 7);
    for (int day = 1; day < 8; day++) {
        int64_t t = T0 + day * DAY + TICK;
        assert_int_equal(fixture_scope(&f, north, &s), 0);
        assert_int_equal(fixture_share(&f, s, t, M_SPEED, t - TICK, 1, 1), 0);
        assert_int_equal(fixture_share(&f, s, t, M_WORTH, t - TICK, 1, 1), 0);
        tick_until(f.engine, t);
        flush(f.engine, &log);
        assert_int_equal(apart_tombstones(&log), day >= 3);
        assert_int_equal(answers(f.engine, M_SPEED, t), day < 3 ? 7 + day : 3);
        struct scope_engine *e = restored(&f, &log, day % 2);
        assert_int_equal(answers(e, M_SPEED, t), day < 3 ? 7 + day : 3);
        scope_engine_destroy(e);
    }
    log_close(&log);
    scope_engine_destroy(f.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_flush_writes_these_bytes),
        cmocka_unit_test(scope_engine_flush_writes_blocks_under_few_keys_in_turns),
        cmocka_unit_test(scope_engine_flush_writes_all_measures_of_a_block_and_a_tombstone_when_all_have_left),
        cmocka_unit_test(scope_engine_restore_reads_blocks_by_the_list_of_their_time),
        cmocka_unit_test(scope_engine_flush_takes_out_a_pane_that_stood_alone_once),
        cmocka_unit_test(scope_engine_restore_refuses_blocks_that_are_damaged),
    };
    return RUN_TESTS(tests);
}
