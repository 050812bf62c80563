#include "support/unit.h"

#include "engine/record_words.h"
#include "support/failmalloc.h"

#define REGIONS 20u

static struct scope_table *table_of(void)
{
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct scope_table *table;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &table), 0);
    return table;
}

/* What no scope names may be one customer's alone: it must not stay when that is erased. */
static void values_of_no_scope_are_no_words(void **state)
{
    (void)state;
    struct scope_table *table = table_of();
    struct record_words *w;
    struct buf b = {0};
    uint32_t id, back;
    assert_int_equal(record_words_create(1, &w), 0);
    record_words_open(w, true);
    assert_int_equal(scope_table_value(table, DIM_SEGMENT, TEXT_LITERAL("the Smiths"), &id), 0);
    assert_int_equal(record_words_put(w, table, DIM_SEGMENT, id, &b), 0);
    assert_int_equal(record_words_count(w), 0);
    struct cursor c = {b.at, b.at + b.len};
    assert_int_equal(record_words_get(w, table, DIM_SEGMENT, &c, &back), 0);
    assert_int_equal(back, id);
    buf_close(&b);
    record_words_destroy(w);
    scope_table_destroy(table);
}

/* The values a, b, and so on. */
static uint32_t region(struct scope_table *table, unsigned i)
{
    uint32_t id;
    char name[2] = {(char)('a' + i), 0};
    assert_int_equal(scope_table_value(table, DIM_REGION, text_of(name), &id), 0);
    return id;
}

static int put_twice(struct record_words *w, struct scope_table *table, struct buf *out)
{
    int rc = 0;
    for (unsigned i = 0; i < 2 * REGIONS && !rc; i++) {
        size_t before = out->len;
        rc = record_words_put(w, table, DIM_REGION, region(table, i % REGIONS), out);
        assert_int_equal(out->len - before, rc ? 0 : 1);
    }
    return rc;
}

static int words_tell(const struct record_words *from, struct record_words *to)
{
    struct buf value = {0};
    int rc = 0;
    for (uint32_t i = 0; i < record_words_count(from) && !rc; i++) {
        buf_clear(&value);
        rc = record_words_encode(from, i, &value);
        rc = rc ? rc : record_words_restore(to, i, value.at, value.len);
    }
    buf_close(&value);
    return rc;
}

/* Written with words of one run, read in another one whose values have other ids. */
static int words_story(void *arg)
{
    struct scope_table *const *tables = arg;
    struct record_words *w = NULL, *again = NULL;
    struct pack_plan plan = {{.pane_ms = 60000, .panes = 7}, 86400000}, back;
    struct buf b = {0};
    uint64_t code = 0;
    int rc = record_words_create(1, &w);
    rc = rc ? rc : record_words_create(2, &again);
    if (!rc) {
        record_words_open(w, true);
        rc = put_twice(w, tables[0], &b);
    }
    rc = rc ? rc : record_words_plan(w, &plan, &code);
    rc = rc ? rc : words_tell(w, again);
    struct cursor c = {b.at, b.at + b.len};
    for (unsigned i = 0; i < 2 * REGIONS && !rc; i++) {
        uint32_t id;
        rc = record_words_get(again, tables[1], DIM_REGION, &c, &id);
        assert_true(rc || id == region(tables[1], i % REGIONS));
    }
    if (!rc) {
        assert_int_equal(record_words_plan_of(again, code, &back), 0);
        assert_true(back.points.pane_ms == 60000 && back.points.panes == 7 && back.order_ms == 86400000);
        assert_true(record_words_bytes(again) > 0);
    }
    record_words_destroy(w);
    record_words_destroy(again);
    buf_close(&b);
    return rc;
}

static void record_words_are_read_in_another_run_as_they_were_written(void **state)
{
    (void)state;
    struct scope_table *tables[2] = {table_of(), table_of()};
    for (unsigned i = 0; i < REGIONS; i++) {
        (void)region(tables[0], i);
        (void)region(tables[1], REGIONS - 1 - i);
    }
    assert_int_equal(words_story(tables), 0);
    assert_true(failmalloc_sweep(words_story, tables) > 5);
    scope_table_destroy(tables[0]);
    scope_table_destroy(tables[1]);
}

static void a_value_that_must_not_become_a_word_is_written_out(void **state)
{
    (void)state;
    struct scope_table *table = table_of();
    struct record_words *w;
    struct buf b = {0};
    uint32_t id;
    uint64_t code = 7;
    const struct pack_plan plan = {{.pane_ms = 1, .panes = 1}, 1};
    assert_int_equal(record_words_create(1, &w), 0);
    assert_int_equal(record_words_put(w, table, DIM_REGION, region(table, 3), &b), 0);
    assert_int_equal(record_words_put(w, table, DIM_REGION, DIM_ABSENT, &b), 0);
    assert_int_equal(record_words_plan(w, &plan, &code), 0);
    assert_int_equal(code, 0);
    assert_int_equal(record_words_count(w), 0);
    assert_int_equal(b.len, 4);
    struct cursor c = {b.at, b.at + b.len};
    assert_int_equal(record_words_get(w, table, DIM_REGION, &c, &id), 0);
    assert_int_equal(id, region(table, 3));
    assert_int_equal(record_words_get(w, table, DIM_REGION, &c, &id), 0);
    assert_int_equal(id, DIM_ABSENT);
    record_words_destroy(w);
    scope_table_destroy(table);
    buf_close(&b);
}

static void words_that_there_are_not_are_refused(void **state)
{
    (void)state;
    const uint8_t north[] = {1, DIM_REGION, 'n'}, south[] = {1, DIM_REGION, 's'}, strange[] = {1, DIM_COUNT + 1, 'n'}, later[] = {2, DIM_REGION, 'n'},
                  plan[] = {1, DIM_COUNT, 'n'}, codes[] = {2, 3};
    struct scope_table *table = table_of();
    struct record_words *w;
    struct pack_plan p;
    uint32_t id;
    assert_int_equal(record_words_create(1, &w), 0);
    assert_int_equal(record_words_restore(w, 1, north, sizeof north), CUBE_EFORMAT);
    assert_int_equal(record_words_restore(w, 0, strange, sizeof strange), CUBE_EFORMAT);
    assert_int_equal(record_words_restore(w, 0, plan, sizeof plan), CUBE_EFORMAT);
    assert_int_equal(record_words_restore(w, 0, later, sizeof later), CUBE_EVERSION);
    assert_int_equal(record_words_restore(w, 0, NULL, 0), CUBE_ETRUNCATED);
    assert_int_equal(record_words_restore(w, 0, north, sizeof north), 0);
    assert_int_equal(record_words_restore(w, 0, north, sizeof north), 0);
    assert_int_equal(record_words_restore(w, 0, south, sizeof south), CUBE_EFORMAT);
    struct cursor word = {codes, codes + 1}, none = {codes + 1, codes + 2}, other = {codes, codes + 1};
    assert_int_equal(record_words_get(w, table, DIM_REGION, &word, &id), 0);
    assert_int_equal(record_words_get(w, table, DIM_REGION, &none, &id), CUBE_EFORMAT);
    assert_int_equal(record_words_get(w, table, DIM_SEGMENT, &other, &id), CUBE_EFORMAT);
    assert_int_equal(record_words_plan_of(w, 1, &p), CUBE_EFORMAT);
    assert_int_equal(record_words_plan_of(w, 9, &p), CUBE_EFORMAT);
    record_words_destroy(w);
    scope_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_words_are_read_in_another_run_as_they_were_written),
        cmocka_unit_test(a_value_that_must_not_become_a_word_is_written_out),
        cmocka_unit_test(values_of_no_scope_are_no_words),
        cmocka_unit_test(words_that_there_are_not_are_refused),
    };
    return RUN_TESTS(tests);
}
