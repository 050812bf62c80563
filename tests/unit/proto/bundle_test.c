#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bundle.h"
#include "support/failmalloc.h"
#include "support/random.h"
#include "support/scope_fixture.h"

#define ORGANISATION TEXT_LITERAL("organisation")
#define NORTH TEXT_LITERAL("region=north")

static struct fixture fixture;
static const struct bundle_head head = {.sender = SENDER_EMPLOYEES, .task = 3, .seq = 300, .last = true, .state = SENDER_ACTIVE,
                                        .watermark_ms = 120000, .layout = {4, 5, 6, 0xCAFEu}, .release_from_ms = INT64_MIN};

/* Scopes of the sender: 0 the organisation, 70 region=north. */
static struct scope_table *table;
static const uint32_t organisation = 0, north = 70, both[] = {0, 70};

static void table_make(void)
{
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct dim_values v;
    const struct scope_set *set;
    char name[16];
    memset(&v, 0xff, sizeof v);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &table), 0);
    for (unsigned i = 1; i < 301; i++) {
        snprintf(name, sizeof name, i == north ? "north" : "r%u", i);
        assert_int_equal(scope_table_value(table, DIM_REGION, text_of(name), &v.id[DIM_REGION]), 0);
        assert_int_equal(scope_table_set(table, &v, &set), 0);
    }
    assert_true(text_equal(scope_table_key(table, north), NORTH));
}

static int row_put(struct bundle_writer *w, int64_t tick_ms, struct bundle_set set, uint16_t measure, enum row_kind kind,
                   int64_t pane, int32_t bucket, int64_t a, int64_t b)
{
    int64_t cells[CELL_SLOTS_MAX] = {a, b};
    struct delta_row row = {.measure = measure, .kind = kind, .pane = pane, .bucket = bucket, .cells = cells};
    struct bundle_run run = {.table = table, .tick_ms = tick_ms};
    bundle_run_begin(&run, &fixture.model, 1 + w->rows, &row);
    return bundle_row(w, &run, set, &row);
}

/* Two ticks, two scopes, a set of both, every kind of row. */
static int example(struct bundle_writer *w, struct buf *out)
{
    const struct bundle_set one = bundle_set_alone(organisation), other = bundle_set_alone(north), two = {500, 2, both};
    int rc = row_put(w, 120000, one, M_SPEED, ROW_PANE, 1, 0, 7, 5);
    rc = rc ? rc : row_put(w, 120000, two, M_SPEED, ROW_PANE, 0, 0, -1, 0);
    rc = rc ? rc : row_put(w, 130000, other, M_STAFF, ROW_LEVEL, 0, 0, 2, 0);
    rc = rc ? rc : row_put(w, 130000, two, M_ANSWERS, ROW_HIST, 2, -9, 1, 0);
    rc = rc ? rc : row_put(w, 130000, one, 0, ROW_CORRECTION, 0, 0, 1, 0);
    rc = rc ? rc : row_put(w, 130000, two, M_WEALTH, ROW_SKETCH, 1, 33, 2, 9);
    rc = rc ? rc : row_put(w, 130000, one, M_WEALTH, ROW_SKETCH, 1, 34, 0, 9);
    rc = rc ? rc : row_put(w, 130000, two, 0, ROW_CONTACTS, 2, (int32_t)north, 3, 0);
    rc = rc ? rc : row_put(w, 130000, two, M_MOOD, ROW_TOUCH, 0, 0, 0, 0);
    return rc ? rc : bundle_finish(w, &head, out);
}

/* Version 4, byte by byte. */
static const uint8_t golden[] = {
    0x04, 0x01, 0x03, 0xAC, 0x02, 0x01, 0x01, 0x80, 0xD3, 0x0E, 0x04, 0x05, 0x06, 0xFE, 0x95, 0x03, 0x00, 0x01, /* head */
    0x01, 0x00, 0x0D, 'o', 'r', 'g', 'a', 'n', 'i', 's', 'a', 't', 'i', 'o', 'n',                   /* scope 0 */
    0x03, 0x80, 0xD3, 0x0E,                                                                         /* tick 120 s */
    0x04, 0x01, 0x01, 0x00, 0x03, 0x0E, 0x0A,                                                       /* pane of scope 0 */
    0x01, 0x01, 0x0D, 'r', 'e', 'g', 'i', 'o', 'n', '=', 'n', 'o', 'r', 't', 'h',                   /* scope 1 */
    0x02, 0x02, 0x00, 0x01,                                                                         /* set 0 */
    0x04, 0x00, 0x01, 0x01, 0x01, 0x01,                                                             /* the pane before, of set 0 */
    0x03, 0xA0, 0x9C, 0x01,                                                                         /* tick + 10 s */
    0x05, 0x03, 0x05, 0x00, 0x01, 0x04,                                                             /* level of scope 1 */
    0x06, 0x00, 0x04, 0x00, 0x11, 0x01, 0x02,                                                       /* bucket -9 of set 0 */
    0x07, 0x01, 0x00, 0x00, 0x01, 0x02,                                                             /* correction of scope 0 */
    0x08, 0x00, 0x06, 0x02, 0x42, 0x03, 0x04, 0x12,                                                 /* sketch of set 0, horizon 1, bucket 33 */
    0x3F, 0x01, 0x44, 0x02, 0x12,                                                                   /* such a one of scope 0, bucket 34 */
    0x00, 0x0D, 'r', 'e', 'g', 'i', 'o', 'n', '=', 'n', 'o', 'r', 't', 'h',                         /* giver 0 */
    0x09, 0x00, 0x00, 0x00, 0x00, 0x01, 0x06,                                                       /* contacts of set 0 */
    0x0A, 0x00, 0x02, 0x00, 0x00,                                                                   /* a touch of set 0 */
};

static void bundle_finish_writes_version_4(void **state)
{
    (void)state;
    struct bundle_writer w = {0};
    struct buf b = {0};
    for (int again = 0; again < 2; again++) { /* the writer is as new after a bundle */
        buf_clear(&b);
        assert_int_equal(example(&w, &b), 0);
        assert_int_equal(b.len, sizeof golden);
        assert_memory_equal(b.at, golden, sizeof golden);
    }
    bundle_writer_close(&w);
    buf_close(&b);
}

static void next_is_scope(struct bundle_reader *r, struct text key, uint32_t kind)
{
    struct bundle_item i;
    assert_int_equal(bundle_next(r, &i), 1);
    assert_int_equal(i.type, BUNDLE_SCOPE);
    assert_true(text_equal(i.key, key));
    assert_int_equal(i.kind, kind);
}

static void next_is_set(struct bundle_reader *r, uint32_t first, uint32_t second)
{
    struct bundle_item i;
    assert_int_equal(bundle_next(r, &i), 1);
    assert_int_equal(i.type, BUNDLE_SET);
    assert_int_equal(i.scope_count, 2);
    assert_int_equal(i.scopes[0], first);
    assert_int_equal(i.scopes[1], second);
}

static void next_is_row(struct bundle_reader *r, int64_t tick_ms, uint32_t set, uint16_t measure, enum row_kind kind, int64_t pane,
                        int32_t bucket, int64_t a, int64_t b)
{
    struct bundle_item i;
    assert_int_equal(bundle_next(r, &i), 1);
    assert_int_equal(i.type, BUNDLE_ROW);
    assert_int_equal(i.tick_ms, tick_ms);
    assert_int_equal(i.row.set, set);
    assert_int_equal(i.row.measure, measure);
    assert_int_equal(i.row.kind, kind);
    assert_int_equal(i.row.pane, pane);
    assert_int_equal(i.row.bucket, bucket);
    assert_int_equal(i.row.slots > 0 ? i.row.cells[0] : 0, a);
    assert_int_equal(i.row.slots > 1 ? i.row.cells[1] : 0, b);
}

static void bundle_next_gives_everything_back(void **state)
{
    (void)state;
    struct bundle_reader r;
    struct bundle_head h;
    struct bundle_item i;
    assert_int_equal(bundle_open(&r, &fixture.model, golden, sizeof golden, &h), 0);
    assert_int_equal(h.sender, SENDER_EMPLOYEES);
    assert_int_equal(h.task, 3);
    assert_int_equal(h.seq, 300);
    assert_true(h.last);
    assert_int_equal(h.state, SENDER_ACTIVE);
    assert_int_equal(h.watermark_ms, 120000);
    assert_memory_equal(&h.layout, &head.layout, sizeof h.layout);
    assert_true(!h.guarded && h.release_from_ms == INT64_MIN);
    next_is_scope(&r, ORGANISATION, 0);
    next_is_row(&r, 120000, set_alone(0), M_SPEED, ROW_PANE, 1, 0, 7, 5);
    next_is_scope(&r, NORTH, 1);
    next_is_set(&r, 0, 1);
    next_is_row(&r, 120000, 0, M_SPEED, ROW_PANE, 0, 0, -1, 0);
    next_is_row(&r, 130000, set_alone(1), M_STAFF, ROW_LEVEL, 0, 0, 2, 0);
    next_is_row(&r, 130000, 0, M_ANSWERS, ROW_HIST, 2, -9, 1, 0);
    next_is_row(&r, 130000, set_alone(0), 0, ROW_CORRECTION, 0, 0, 1, 0);
    next_is_row(&r, 130000, 0, M_WEALTH, ROW_SKETCH, 1, 33, 2, 9);
    next_is_row(&r, 130000, set_alone(0), M_WEALTH, ROW_SKETCH, 1, 34, 0, 9);
    assert_int_equal(bundle_next(&r, &i), 1);
    assert_true(i.type == BUNDLE_GIVER && text_equal(i.key, NORTH));
    next_is_row(&r, 130000, 0, 0, ROW_CONTACTS, 2, 0, 3, 0);
    next_is_row(&r, 130000, 0, M_MOOD, ROW_TOUCH, 0, 0, 0, 0);
    assert_int_equal(bundle_next(&r, &i), 0);
}

/* What time alone moved: rows of kinds of their own, with the cells and buckets of the others. */
static void bundle_carries_quiet_rows_as_rows_of_their_own(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {
        0x01, 0x00, 0x0D, 'o', 'r', 'g', 'a', 'n', 'i', 's', 'a', 't', 'i', 'o', 'n', /* scope 0 */
        0x03, 0x80, 0xD3, 0x0E,                                                       /* tick 120 s */
        0x04, 0x01, 0x01, 0x00, 0x01, 0x0E, 0x0B, 0x01, 0x01, 0x00, 0x01, 0x01,       /* a pane, and the same quiet */
        0x0C, 0x01, 0x05, 0x00, 0x01, 0x04,                                           /* a level */
        0x0D, 0x01, 0x06, 0x02, 0x42, 0x03, 0x04, 0x12,                               /* a sketch: horizon 1, bucket 33 */
        0x3F, 0x01, 0x44, 0x02, 0x12,                                                 /* such a one, bucket 34 */
    };
    static const struct {
        uint16_t measure;
        enum row_kind kind;
        int32_t pane, bucket, cells[2];
    } rows[] = {{M_SPEED, ROW_PANE, 1, 0, {7, 0}}, {M_SPEED, ROW_QUIET_PANE, 1, 0, {-1, 0}}, {M_STAFF, ROW_QUIET_LEVEL, 0, 0, {2, 0}},
                {M_WEALTH, ROW_QUIET_SKETCH, 1, 33, {2, 9}}, {M_WEALTH, ROW_QUIET_SKETCH, 1, 34, {0, 9}}};
    struct bundle_writer w = {0};
    struct buf b = {0};
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        assert_int_equal(row_put(&w, 120000, bundle_set_alone(organisation), rows[n].measure, rows[n].kind, rows[n].pane, rows[n].bucket,
                                 rows[n].cells[0], rows[n].cells[1]), 0);
    }
    assert_int_equal(bundle_finish(&w, &head, &b), 0);
    assert_int_equal(b.len, 18 + sizeof bytes);
    assert_memory_equal(b.at + 18, bytes, sizeof bytes);
    struct bundle_reader r;
    struct bundle_head h;
    struct bundle_item i;
    assert_int_equal(bundle_open(&r, &fixture.model, b.at, b.len, &h), 0);
    next_is_scope(&r, ORGANISATION, 0);
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        next_is_row(&r, 120000, set_alone(0), rows[n].measure, rows[n].kind, rows[n].pane, rows[n].bucket, rows[n].cells[0], rows[n].cells[1]);
    }
    assert_int_equal(bundle_next(&r, &i), 0);
    bundle_writer_close(&w);
    buf_close(&b);
}

/* Reads to the end or to the error; the bytes lie in memory of exactly their size. */
static int read_all(const uint8_t *at, size_t len)
{
    struct bundle_reader r;
    struct bundle_head h;
    struct bundle_item i;
    uint8_t *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, at, len);
    int rc = bundle_open(&r, &fixture.model, exact, len, &h);
    for (rc = rc ? rc : 1; rc == 1;) {
        rc = bundle_next(&r, &i);
    }
    free(exact);
    return rc;
}

static void bundle_next_reports_every_truncation(void **state)
{
    (void)state;
    static const size_t ends[] = {18, 33, 37, 44, 59, 63, 69, 73, 79, 86, 92, 100, 105, 119, 126}; /* between two items */
    unsigned whole = 0;
    for (size_t n = 0; n < sizeof golden; n++) {
        int rc = read_all(golden, n);
        bool at_end = whole < sizeof ends / sizeof *ends && n == ends[whole];
        whole += at_end;
        assert_int_equal(rc, at_end ? 0 : CUBE_ETRUNCATED);
    }
    assert_int_equal(whole, sizeof ends / sizeof *ends);
    assert_int_equal(read_all((const uint8_t *)"\x02", 1), CUBE_EVERSION);
}

/* What a program before this one wrote, and left in the topic. */
static void bundle_open_takes_version_3_too(void **state)
{
    (void)state;
    uint8_t bytes[100]; /* up to the row that names none */
    memcpy(bytes, golden, sizeof bytes);
    bytes[0] = 3;
    assert_int_equal(read_all(bytes, sizeof bytes), 0);
    bytes[0] = 5;
    assert_int_equal(read_all(bytes, sizeof bytes), CUBE_EVERSION);
}

static void bundle_next_survives_random_damage(void **state)
{
    (void)state;
    struct random r = {77};
    print_message("seed 77\n");
    for (int i = 0; i < 100000; i++) {
        uint8_t bytes[sizeof golden + 16];
        size_t len = sizeof golden + (size_t)random_between(&r, 0, 16);
        memset(bytes, 0xff, sizeof bytes);
        memcpy(bytes, golden, sizeof golden);
        for (int64_t k = random_between(&r, 1, 8); k > 0; k--) {
            bytes[random_between(&r, 18, (int64_t)len - 1)] = (uint8_t)random_next(&r);
        }
        int rc = read_all(bytes, len);
        assert_true(rc == 0 || rc == CUBE_EFORMAT || rc == CUBE_ETRUNCATED || rc == CUBE_EVERSION);
    }
}

static void bundle_next_refuses_ticks_and_panes_that_overflow(void **state)
{
    (void)state;
    struct buf b = {0};
    const int64_t far[] = {INT64_MAX, INT64_MIN};
    for (int i = 0; i < 2; i++) {
        buf_clear(&b);
        assert_int_equal(buf_append(&b, golden, 44), 0); /* the tick is 120 s */
        assert_int_equal(put_uint(&b, 3), 0);
        assert_int_equal(put_int(&b, far[i]), 0);
        assert_int_equal(read_all(b.at, b.len), i ? 0 : CUBE_EFORMAT);
        buf_clear(&b);
        assert_int_equal(buf_append(&b, golden, 37), 0);
        assert_int_equal(buf_append(&b, "\x04\x01\x01", 3), 0);
        assert_int_equal(put_int(&b, far[i]), 0);
        assert_int_equal(put_uint(&b, 0), 0);
        assert_int_equal(read_all(b.at, b.len), i ? 0 : CUBE_EFORMAT);
    }
    buf_close(&b);
}

static void bundle_next_refuses_sets_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        size_t len;
        int rc;
    } cases[] = {
        {"\x02\x02\x00\x00", 4, 0},          /* the same scope twice adds twice: the sender's business */
        {"\x02\x00", 2, CUBE_EFORMAT},        /* of none */
        {"\x02\x01\x00", 3, CUBE_EFORMAT},    /* of one: that is a scope */
        {"\x02\x21", 2, CUBE_EFORMAT},        /* of more than there are kinds */
        {"\x02\x02\x00\x01", 4, CUBE_EFORMAT}, /* a scope not told of yet */
        {"\x04\x00\x01\x00\x00", 5, CUBE_EFORMAT}, /* a row of a set not told of yet */
        {"\x04\x03\x01\x00\x00", 5, CUBE_EFORMAT}, /* a row of such a scope */
        {"\x3f\x01\x00", 3, CUBE_EFORMAT},    /* another row of a name, and there is none in the tick */
        {"\x0e\x01\x00\x00\x00\x00", 6, CUBE_EVERSION}, /* a kind of row that there is not yet */
        {"\x09\x01\x00\x00\x00\x00", 6, CUBE_EFORMAT}, /* contacts with a department not told of yet */
    };
    struct buf b = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&b);
        assert_int_equal(buf_append(&b, golden, 37), 0);
        assert_int_equal(buf_append(&b, cases[i].at, cases[i].len), 0);
        assert_int_equal(read_all(b.at, b.len), cases[i].rc);
    }
    buf_close(&b);
}

/* One of a few sets of the scopes 0 and 1 to 9, and cells that are mostly 0. */
static void row_of_a_run(struct random *r, struct bundle_set *ret_set, uint32_t scopes[2], int64_t cells[CELL_SLOTS_MAX])
{
    uint32_t s = (uint32_t)random_between(r, 0, 9);
    scopes[0] = 0;
    scopes[1] = s;
    *ret_set = s ? bundle_set_of(s, 2, scopes) : bundle_set_alone(0);
    memset(cells, 0, CELL_SLOTS_MAX * sizeof cells[0]);
    cells[random_between(r, 0, 1)] = random_between(r, -1000, 1000);
}

static void bundle_row_behind_others_of_its_run_is_as_by_itself(void **state)
{
    (void)state;
    struct bundle_writer together = {0}, apart = {0};
    struct random r = {5};
    print_message("seed 5\n");
    for (uint64_t n = 1; n < 300; n++) {
        struct delta_row row = {.measure = n % 2 ? M_SPEED : M_WEALTH, .kind = n % 2 ? ROW_PANE : ROW_SKETCH, .pane = (int64_t)n % 3};
        struct bundle_run run = {.table = table, .tick_ms = 120000 + (int64_t)(n / 100)}, own = run;
        bundle_run_begin(&run, &fixture.model, n, &row);
        for (uint64_t k = 0; k < n % 7; k++) {
            int64_t cells[CELL_SLOTS_MAX];
            uint32_t scopes[2];
            struct bundle_set set;
            row_of_a_run(&r, &set, scopes, cells);
            row.cells = cells;
            row.bucket = (int32_t)random_between(&r, -200, 200);
            bundle_run_begin(&own, &fixture.model, 1000 * n + k, &row);
            assert_int_equal(bundle_row(&together, &run, set, &row), 0);
            assert_int_equal(bundle_row(&apart, &own, set, &row), 0);
            assert_int_equal(together.body.len, apart.body.len);
            assert_memory_equal(together.body.at, apart.body.at, apart.body.len);
        }
    }
    bundle_writer_close(&together);
    bundle_writer_close(&apart);
}

static int bundle_story(void *arg)
{
    struct bundle_writer w = {0};
    struct buf b = {0};
    (void)arg;
    int rc = example(&w, &b);
    for (uint32_t s = 0; s < 300 && !rc; s++) {
        const uint32_t scopes[] = {0, s};
        rc = row_put(&w, 120000, bundle_set_of(s, s ? 2 : 1, scopes), M_SPEED, ROW_PANE, 1, 0, 7, 5);
    }
    rc = rc ? rc : bundle_finish(&w, &head, &b);
    bundle_writer_close(&w);
    buf_close(&b);
    return rc;
}

static void bundle_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(bundle_story, NULL) > 8);
}

int main(void)
{
    fixture_init(&fixture);
    fixture.model.cube.linked = (struct horizon){HOUR, MINUTE, 60, "1h"};
    table_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundle_finish_writes_version_4),
        cmocka_unit_test(bundle_next_gives_everything_back),
        cmocka_unit_test(bundle_carries_quiet_rows_as_rows_of_their_own),
        cmocka_unit_test(bundle_next_reports_every_truncation),
        cmocka_unit_test(bundle_open_takes_version_3_too),
        cmocka_unit_test(bundle_next_survives_random_damage),
        cmocka_unit_test(bundle_next_refuses_ticks_and_panes_that_overflow),
        cmocka_unit_test(bundle_next_refuses_sets_that_are_none),
        cmocka_unit_test(bundle_row_behind_others_of_its_run_is_as_by_itself),
        cmocka_unit_test(bundle_says_when_memory_is_out),
    };
    int failed = RUN_TESTS(tests);
    scope_table_destroy(table);
    return failed;
}
