/* Rows of a bundle that are read many at once are what bundle_again reads one by one, whatever stands there. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/waiting_rows.h"
#include "proto/bundle.h"
#include "support/random.h"
#include "support/scope_fixture.h"

enum { NAMES = 64, WORDS_MAX = 8192 };

static struct fixture fixture;
static uint32_t scope_names[NAMES], set_names[NAMES];
static const struct bundle_names names = {scope_names, set_names};

static int64_t some_number(struct random *r)
{
    int64_t bits = random_between(r, 0, 55);
    return random_between(r, -(INT64_C(1) << bits), INT64_C(1) << bits);
}

static void some_cells(struct random *r, const struct layout *l, int64_t cells[CELL_SLOTS_MAX])
{
    memset(cells, 0, CELL_SLOTS_MAX * sizeof cells[0]);
    for (unsigned i = 0; i < l->slots; i++) {
        bool wide = layout_is_wide(l, i);
        if (random_between(r, 0, 2)) {
            cells[i] = wide ? (int64_t)random_next(r) >> random_between(r, 0, 63) : some_number(r);
        }
        if (wide) {
            cells[i + 1] = random_between(r, 0, 3) ? cells[i] >> 63 : some_number(r);
            i++;
        }
    }
}

static int run_write(struct bundle_writer *w, const struct scope_table *table, struct random *r, uint64_t number)
{
    static const struct delta_row rows[] = {{.measure = M_SPEED, .kind = ROW_PANE}, {.measure = M_WORTH, .kind = ROW_PANE},
                                            {.measure = M_STAFF, .kind = ROW_LEVEL}, {.measure = M_WEALTH, .kind = ROW_SKETCH},
                                            {.measure = M_ANSWERS, .kind = ROW_HIST}, {.kind = ROW_CONTACTS}, {.measure = M_MOOD, .kind = ROW_TOUCH},
                                            {.measure = M_SPEED, .kind = ROW_QUIET_PANE}, {.measure = M_STAFF, .kind = ROW_QUIET_LEVEL},
                                            {.measure = M_WEALTH, .kind = ROW_QUIET_SKETCH}};
    struct delta_row row = rows[random_between(r, 0, sizeof rows / sizeof *rows - 1)];
    struct bundle_run run = {.table = table, .tick_ms = 120000 + (int64_t)number};
    int64_t cells[CELL_SLOTS_MAX];
    int rc = 0;
    bundle_run_begin(&run, &fixture.model, number, &row);
    row.cells = cells;
    for (int64_t n = random_between(r, 1, 40); n > 0 && !rc; n--) {
        uint32_t scopes[2] = {0, (uint32_t)random_between(r, 1, 40)};
        struct bundle_set set = bundle_set_of(scopes[1], random_between(r, 0, 3) ? 2 : 1, scopes);
        some_cells(r, run.layout, cells);
        row.bucket = (int32_t)(row.kind == ROW_CONTACTS ? random_between(r, 0, 3) : random_between(r, -2100, 2100));
        rc = bundle_row(w, &run, set, &row);
    }
    return rc;
}

static void bundle_write(const struct scope_table *table, struct random *r, struct buf *out)
{
    static const struct bundle_head head = {.sender = SENDER_EMPLOYEES, .last = true, .layout = {4, 5, 6, 7}, .release_from_ms = INT64_MIN};
    struct bundle_writer w = {0};
    for (uint64_t n = 1; n < 8; n++) {
        assert_int_equal(run_write(&w, table, r, n), 0);
    }
    assert_int_equal(bundle_finish(&w, &head, out), 0);
    bundle_writer_close(&w);
}

/* What stood in a bundle, a row as it waits behind the other. */
struct content {
    int64_t words[WORDS_MAX];
    size_t count;
    uint32_t at_once; /* rows */
};

static void content_add(struct content *c, const struct delta_row *row)
{
    uint32_t set = row->set & SET_ALONE ? set_alone(scope_names[row->set ^ SET_ALONE]) : set_names[row->set];
    c->words[c->count++] = row_run_word(set, row->bucket);
    memcpy(c->words + c->count, row->cells, row->slots * sizeof row->cells[0]);
    c->count += row->slots;
    assert_true(c->count + CELL_SLOTS_MAX < WORDS_MAX);
}

/* Rows behind a row, some at once if they may be. */
static int rows_again(struct bundle_reader *r, struct delta_row *row, struct content *c, uint32_t room)
{
    int more = 1;
    while (more > 0) {
        uint32_t count = room ? bundle_rows(r, &names, c->words + c->count, room) : 0;
        c->count += count * (1 + (size_t)row->slots);
        c->at_once += count;
        if (room == 0 || count < room) {
            more = bundle_again(r, row);
            if (more == 1) {
                content_add(c, row);
            }
        }
    }
    return more;
}

static int read_all(const uint8_t *at, size_t len, uint32_t room, struct content *ret_c)
{
    struct bundle_reader r;
    struct bundle_head h;
    struct bundle_item i;
    memset(ret_c, 0, sizeof *ret_c);
    int rc = bundle_open(&r, &fixture.model, at, len, &h);
    for (rc = rc ? rc : 1; rc == 1;) {
        rc = bundle_next(&r, &i);
        if (rc == 1 && i.type == BUNDLE_ROW) {
            content_add(ret_c, &i.row);
            rc = rows_again(&r, &i.row, ret_c, room);
            rc = rc ? rc : 1;
        }
    }
    return rc;
}

static void both_read_the_same(const uint8_t *at, size_t len, uint32_t room)
{
    static struct content one_by_one, at_once;
    uint8_t *exact = malloc(len);
    assert_non_null(exact);
    memcpy(exact, at, len);
    int rc = read_all(exact, len, 0, &one_by_one);
    assert_int_equal(read_all(exact, len, room, &at_once), rc);
    assert_int_equal(at_once.count, one_by_one.count);
    assert_memory_equal(at_once.words, one_by_one.words, one_by_one.count * sizeof one_by_one.words[0]);
    free(exact);
}

static struct scope_table *table_make(void)
{
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct scope_table *table;
    const struct scope_set *set;
    struct dim_values v;
    char name[16];
    memset(&v, 0xff, sizeof v);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &table), 0);
    for (unsigned i = 1; i < NAMES; i++) {
        snprintf(name, sizeof name, "r%u", i);
        assert_int_equal(scope_table_value(table, DIM_REGION, text_of(name), &v.id[DIM_REGION]), 0);
        assert_int_equal(scope_table_set(table, &v, &set), 0);
    }
    for (uint32_t i = 0; i < NAMES; i++) {
        scope_names[i] = 1000 + i;
        set_names[i] = i % 8 == 3 ? BUNDLE_UNNAMED : 2000 + i;
    }
    return table;
}

static void bundle_rows_reads_what_bundle_again_reads(void **state)
{
    (void)state;
    struct scope_table *table = table_make();
    struct random r = {3};
    struct buf b = {0};
    print_message("seed 3\n");
    for (int i = 0; i < 1000; i++) {
        buf_clear(&b);
        bundle_write(table, &r, &b);
        both_read_the_same(b.at, b.len, (uint32_t)random_between(&r, 1, 50));
        for (int k = 0; k < 20; k++) {
            b.at[random_between(&r, 10, (int64_t)b.len - 1)] = (uint8_t)(random_next(&r) >> random_between(&r, 0, 7));
            both_read_the_same(b.at, b.len - (size_t)random_between(&r, 0, 30), (uint32_t)random_between(&r, 1, 50));
        }
    }
    buf_close(&b);
    scope_table_destroy(table);
}

static void bundle_rows_reads_most_rows(void **state)
{
    (void)state;
    static struct content c;
    struct scope_table *table = table_make();
    struct bundle_writer w = {0};
    struct bundle_head head = {.layout = {1, 1, 1, 1}, .release_from_ms = INT64_MIN};
    struct bundle_run run = {.table = table, .tick_ms = 10000};
    int64_t cells[CELL_SLOTS_MAX] = {700, 5};
    struct delta_row row = {.measure = M_SPEED, .kind = ROW_PANE, .cells = cells};
    struct buf b = {0};
    bundle_run_begin(&run, &fixture.model, 1, &row);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(bundle_row(&w, &run, bundle_set_alone(0), &row), 0);
    }
    assert_int_equal(bundle_finish(&w, &head, &b), 0);
    assert_int_equal(read_all(b.at, b.len, 1000, &c), 0);
    assert_int_equal(c.count, 100 * (1 + (size_t)run.layout->slots));
    assert_in_range(c.at_once, 80, 98); /* not the first one, and those near the end */
    bundle_writer_close(&w);
    buf_close(&b);
    scope_table_destroy(table);
}

int main(void)
{
    fixture_init(&fixture);
    fixture.model.cube.linked = (struct horizon){HOUR, MINUTE, 60, "1h"};
    fixture.measures[M_WORTH].aggregation = aggregation_find("mean");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundle_rows_reads_what_bundle_again_reads),
        cmocka_unit_test(bundle_rows_reads_most_rows),
    };
    return RUN_TESTS(tests);
}
