/* Buckets of a scope's sketches that lie in one octave are one record of the changelog. */
#include "support/unit.h"

#include "engine/scope_record.h"
#include "engine/scope_writer.h"
#include "support/change_log.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)

static const struct text north = {"region=north", 12};

static void start(struct fixture *f)
{
    fixture_init(f);
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
}

/* Customers with a total in a bucket of a horizon come, or go. */
static void totals_come(struct fixture *f, int64_t t, uint32_t horizon, int32_t bucket, int64_t n)
{
    int64_t cells[3] = {n};
    uint32_t s;
    cell_set_wide(cells + 1, 300 * n);
    assert_int_equal(fixture_scope(f, north, &s), 0);
    struct delta_row row = {.set = set_alone(s), .measure = M_WEALTH, .kind = ROW_SKETCH, .slots = 3, .bucket = bucket, .pane = horizon,
                            .cells = cells};
    assert_int_equal(scope_engine_add(f->engine, t, &row), 0);
}

static void flush(struct fixture *f, int64_t t, struct change_log *log)
{
    assert_int_equal(scope_engine_tick(f->engine, t), 0);
    assert_int_equal(scope_engine_flush(f->engine, log_put, log), 0);
}

static const struct log_record *octaves(const struct change_log *log, size_t *ret_count)
{
    const struct log_record *last = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < log->count; i++) {
        if (log->at[i].key[0] == RECORD_OCTAVE && !log->at[i].superseded) {
            last = &log->at[i];
            ++*ret_count;
        }
    }
    return last;
}

static int restore(struct scope_engine *e, const struct log_record *r)
{
    return scope_engine_restore(e, (struct text){(const char *)r->key, r->key_len}, r->value, r->len);
}

static int64_t customers(struct scope_engine *e, uint32_t horizon, int64_t t)
{
    uint32_t id;
    struct scope_view v;
    assert_int_equal(scope_engine_scope(e, north, 1, &id), 0);
    assert_int_equal(scope_engine_view(e, id, t, &v), 0);
    for (uint32_t i = 0; i < v.measure_count; i++) {
        if (v.measures[i].measure->index == M_WEALTH) {
            return v.measures[i].horizons[horizon].n;
        }
    }
    return 0;
}

static void assert_comes_back(const struct fixture *f, const struct change_log *log, int64_t t)
{
    for (int compacted = 0; compacted < 2; compacted++) {
        struct scope_engine *e;
        assert_int_equal(scope_engine_create(&f->model, 7, &e), 0);
        for (size_t i = 0; i < log->count; i++) {
            assert_int_equal(compacted && log->at[i].superseded ? 0 : restore(e, &log->at[i]), 0);
        }
        assert_int_equal(scope_engine_restored(e), 0);
        for (uint32_t h = 0; h < 2; h++) {
            assert_int_equal(customers(e, h, t), customers(f->engine, h, t));
        }
        scope_engine_destroy(e);
    }
}

static void scope_engine_flush_writes_an_octave_of_all_sketches_as_one(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    size_t count;
    start(&f);
    totals_come(&f, T0, 0, 33, 2);
    totals_come(&f, T0, 1, 35, 3);
    totals_come(&f, T0, 1, 70, 4); /* of the next octave */
    flush(&f, T0, &log);
    octaves(&log, &count);
    assert_int_equal(count, 2);
    assert_comes_back(&f, &log, T0);
    assert_int_equal(customers(f.engine, 0, T0), 2);
    assert_int_equal(customers(f.engine, 1, T0), 7);
    totals_come(&f, T0 + TICK, 0, 33, -2);
    flush(&f, T0 + TICK, &log);
    assert_true(octaves(&log, &count)->len > 0); /* the other horizon is there */
    assert_comes_back(&f, &log, T0 + TICK);
    totals_come(&f, T0 + 2 * TICK, 1, 35, -3);
    flush(&f, T0 + 2 * TICK, &log);
    assert_int_equal(octaves(&log, &count)->len, 0); /* a tombstone */
    assert_int_equal(count, 2);
    assert_comes_back(&f, &log, T0 + 2 * TICK);
    assert_int_equal(customers(f.engine, 1, T0 + 2 * TICK), 4);
    scope_engine_destroy(f.engine);
    log_close(&log);
}

static void scope_engine_restore_passes_over_sketches_that_are_gone_and_refuses_what_is_damaged(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    size_t count;
    start(&f);
    totals_come(&f, T0, 1, 33, 2);
    flush(&f, T0, &log);
    scope_engine_destroy(f.engine);
    const struct log_record *octave = octaves(&log, &count);
    for (size_t what = 0; what < octave->len + 5; what++) {
        static const struct {
            size_t byte;
            int rc;
        } damage[] = {{0, CUBE_EVERSION}, {1, CUBE_EFORMAT}, {2, CUBE_EFORMAT}, {4, CUBE_EFORMAT}, {0, 0}};
        struct log_record r = *octave;
        size_t len = what < octave->len ? what : octave->len, which = what < octave->len ? 4 : what - octave->len;
        int wanted = what < octave->len ? CUBE_ETRUNCATED : damage[which].rc;
        r.value = copy(octave->value, octave->len);
        r.len = len;
        r.value[damage[which].byte] += which < 4;
        f.model.measure_count = what == octave->len + 4 ? M_WEALTH : M_COUNT; /* it is gone */
        assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
        assert_int_equal(restore(f.engine, &log.at[0]), 0);
        assert_int_equal(restore(f.engine, &r), len == 0 || (len == 2 && what == 2) ? 0 : wanted); /* a tombstone; of no sketches */
        scope_engine_destroy(f.engine);
        free(r.value);
    }
    log_close(&log);
}

/* ---- as they were before ---------------------------------------------------------------------------- */

/* A record of one octave of one sketch alone, with so many customers in its first bucket. */
static void apart_put(struct change_log *log, const struct fixture *f, uint32_t horizon, unsigned octave, int64_t n)
{
    struct buf key = {0}, value = {0};
    struct writer k = {&key, 0}, v = {&value, 0};
    int64_t cells[3] = {n};
    cell_set_wide(cells + 1, 300 * n);
    w_uint(&k, RECORD_SKETCH);
    w_text(&k, f->measures[M_WEALTH].name);
    w_uint(&k, horizon);
    w_uint(&k, octave);
    assert_int_equal(buf_append(&key, north.at, north.len), 0);
    w_uint(&v, SCOPE_RECORD_VERSION);
    w_uint(&v, 1);
    w_uint(&v, 0);
    uint8_t *at = buf_room(&value, slots_bytes_max(&f->measures[M_WEALTH].aggregation->sketch));
    assert_non_null(at);
    buf_taken(&value, slots_write(at, &f->measures[M_WEALTH].aggregation->sketch, cells));
    assert_int_equal(k.rc | v.rc, 0);
    assert_int_equal(log_put(log, (struct text){(const char *)key.at, (uint32_t)key.len}, value.at, value.len), 0);
    buf_close(&key);
    buf_close(&value);
}

/* Without what there was not then. */
static void log_age(struct change_log *log)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++) {
        if (log->at[i].key[0] == RECORD_OCTAVE) {
            free(log->at[i].key);
            free(log->at[i].value);
        } else {
            log->at[kept++] = log->at[i];
        }
    }
    log->count = kept;
}

static size_t apart_tombstones(const struct change_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++) {
        count += log->at[i].key[0] == RECORD_SKETCH && log->at[i].len == 0;
    }
    return count;
}

static void engine_again(struct fixture *f, const struct change_log *log)
{
    scope_engine_destroy(f->engine);
    assert_int_equal(scope_engine_create(&f->model, 7, &f->engine), 0);
    for (size_t i = 0; i < log->count; i++) {
        assert_int_equal(restore(f->engine, &log->at[i]), 0);
    }
    assert_int_equal(scope_engine_restored(f->engine), 0);
}

static void scope_engine_flush_takes_out_an_octave_that_stood_alone_once(void **state)
{
    (void)state;
    struct fixture f;
    struct change_log log = {0};
    const unsigned octave = sketch_octave(0);
    start(&f);
    totals_come(&f, T0, 0, 0, 2);
    flush(&f, T0, &log);
    log_age(&log);
    apart_put(&log, &f, 0, octave, 2);
    apart_put(&log, &f, 0, octave + 2, 5); /* of which nothing changes */
    engine_again(&f, &log);
    assert_int_equal(customers(f.engine, 0, T0), 7);
    for (int i = 1; i <= 5; i++) {
        totals_come(&f, T0 + i * TICK, 0, 1, 1);
        totals_come(&f, T0 + i * TICK, 1, 1, 1);             /* of that horizon none stood alone */
        totals_come(&f, T0 + i * TICK, 0, SKETCH_OCTAVE, 1); /* nor of this octave */
        flush(&f, T0 + i * TICK, &log);
        assert_int_equal(apart_tombstones(&log), 1);
        assert_comes_back(&f, &log, T0 + i * TICK);
    }
    engine_again(&f, &log); /* which knows that it is out */
    totals_come(&f, T0 + 6 * TICK, 0, 1, 1);
    flush(&f, T0 + 6 * TICK, &log);
    assert_int_equal(apart_tombstones(&log), 1);
    totals_come(&f, T0 + 7 * TICK, 0, 2 * SKETCH_OCTAVE, 1);
    flush(&f, T0 + 7 * TICK, &log);
    assert_int_equal(apart_tombstones(&log), 2);
    assert_comes_back(&f, &log, T0 + 7 * TICK);
    scope_engine_destroy(f.engine);
    log_close(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_flush_writes_an_octave_of_all_sketches_as_one),
        cmocka_unit_test(scope_engine_restore_passes_over_sketches_that_are_gone_and_refuses_what_is_damaged),
        cmocka_unit_test(scope_engine_flush_takes_out_an_octave_that_stood_alone_once),
    };
    return RUN_TESTS(tests);
}
