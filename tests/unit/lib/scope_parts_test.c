/* The small parts of the scope engine: instants that are due, rows that wait, releases. */
#include "support/unit.h"

#include "engine/due_heap.h"
#include "engine/model.h"
#include "engine/waiting_rows.h"
#include "support/random.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static void due_heap_pops_in_order_whatever_was_moved(void **state)
{
    (void)state;
    enum { IDS = 50 };
    struct due_heap h = {0};
    struct random r = {7};
    int64_t due[IDS];
    assert_int_equal(due_heap_reserve(&h, IDS), 0);
    assert_true(due_heap_first(&h) == INT64_MAX);
    for (uint32_t i = 0; i < IDS; i++) {
        due[i] = INT64_MAX;
    }
    for (int step = 0; step < 2000; step++) {
        uint32_t id = (uint32_t)random_between(&r, 0, IDS - 1);
        due[id] = random_between(&r, 0, 4) ? random_between(&r, 0, 100) : INT64_MAX;
        due_heap_set(&h, id, due[id]);
        int64_t first = INT64_MAX;
        for (uint32_t i = 0; i < IDS; i++) {
            first = due[i] < first ? due[i] : first;
        }
        assert_true(due_heap_first(&h) == first);
        uint32_t until[IDS], waiting = due_heap_until(&h, 50, until), due_count = 0;
        for (uint32_t i = 0; i < IDS; i++) {
            due_count += due[i] <= 50;
        }
        assert_int_equal(waiting, due_count);
        for (uint32_t i = 0; i < waiting; i++) {
            assert_true(due[until[i]] <= 50);
        }
        if (first != INT64_MAX && random_between(&r, 0, 3) == 0) {
            uint32_t popped = due_heap_pop(&h);
            assert_true(due[popped] == first);
            due[popped] = INT64_MAX;
        }
    }
    due_heap_close(&h);
}

static void waiting_rows_come_back_by_tick_and_in_order(void **state)
{
    (void)state;
    struct waiting_rows w = {0};
    const int64_t ticks[] = {30, 10, 20, 10, 30, 5};
    for (uint32_t i = 0; i < 6; i++) {
        int64_t cells[2] = {i, -(int64_t)i};
        struct delta_row row = {.set = 100 + i,
                                .measure = 65535,
                                .kind = ROW_HIST,
                                .slots = 2,
                                .bucket = -7,
                                .pane = -5,
                                .cells = cells};
        assert_int_equal(waiting_rows_add(&w, ticks[i], &row), 0);
    }
    assert_int_equal(w.bytes, (4 * 3 + 6 * 3) * 8); /* a run for each tick, a row for each */
    const struct {
        int64_t tick;
        uint32_t rows[2], count;
    } expected[] = {{5, {5, 0}, 1}, {10, {1, 3}, 2}, {20, {2, 0}, 1}, {30, {0, 4}, 2}};
    for (uint32_t i = 0; i < 4; i++) {
        size_t pos = 0;
        struct row_run run;
        assert_int_equal(waiting_rows_first(&w), expected[i].tick);
        assert_true(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
        assert_int_equal(run.count, expected[i].count);
        for (uint32_t k = 0; k < run.count; k++) {
            struct delta_row row = run.name;
            row_run_at(&run, k, &row);
            assert_int_equal(row.set, 100 + expected[i].rows[k]);
            assert_int_equal(row.measure, 65535);
            assert_int_equal(row.kind, ROW_HIST);
            assert_int_equal(row.bucket, -7);
            assert_int_equal(row.pane, -5);
            assert_int_equal(row.cells[1], -(int64_t)expected[i].rows[k]);
        }
        assert_false(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
        waiting_rows_drop(&w);
    }
    assert_true(waiting_rows_first(&w) == INT64_MAX);
    assert_int_equal(w.bytes, 0);
    waiting_rows_close(&w);
}

static void rows_add(struct waiting_rows *w, int64_t tick_ms, int count)
{
    int64_t cell = 1;
    struct delta_row row = {.set = 7, .measure = 3, .kind = ROW_PANE, .slots = 1, .cells = &cell};
    for (int i = 0; i < count; i++) {
        row.set = (uint32_t)i;
        assert_int_equal(waiting_rows_add(w, tick_ms, &row), 0);
    }
}

static void waiting_rows_stand_in_what_those_before_them_stood_in(void **state)
{
    (void)state;
    enum { KEPT_MAX = 128 * 1024 };
    struct waiting_rows w = {0};
    struct row_run run;
    size_t pos = 0;
    rows_add(&w, 10, 1000);
    waiting_rows_drop(&w);
    assert_in_range(w.spare_words, 2 * 1000, 4 * 1000);
    rows_add(&w, 20, 3);
    assert_int_equal(w.spare_words, 0);
    rows_add(&w, 30, 200);
    assert_int_equal(w.bytes, (2 * 3 + 203 * 2) * 8);
    assert_true(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
    assert_int_equal(run.count, 3);
    assert_int_equal(row_run_set(run.at + 2), 1);
    assert_false(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
    for (int64_t tick_ms = 40; tick_ms <= 70; tick_ms += 10) {
        rows_add(&w, tick_ms, KEPT_MAX / 8); /* a quarter each, and a run's head: half with room to grow */
    }
    for (int i = 0; i < 6; i++) {
        waiting_rows_drop(&w);
        assert_true(w.spare_words <= KEPT_MAX);
    }
    assert_in_range(w.spare_words, KEPT_MAX / 2, KEPT_MAX);
    waiting_rows_close(&w);
    assert_null(w.spare);
}

static void waiting_rows_begin_a_run_where_the_name_changes(void **state)
{
    (void)state;
    struct waiting_rows w = {0};
    int64_t cell = 1;
    struct delta_row row = {.set = 7, .measure = 3, .kind = ROW_SKETCH, .slots = 1, .bucket = 9, .pane = 2, .cells = &cell};
    const uint32_t counts[] = {3, 1, 1, 102};
    struct row_run run;
    size_t pos = 0;
    uint32_t room;
    int64_t *at;
    assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    assert_int_equal(waiting_rows_room(&w, &at, &room), 0);
    assert_in_range(room, 1, 32);
    at[0] = row_run_word(8, -10);
    at[1] = 1;
    waiting_rows_taken(&w, 1);
    assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    row.pane = 1;
    assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    row.measure = 4;
    assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    row.kind = ROW_LEVEL;
    assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    assert_int_equal(waiting_rows_add(&w, 20, &row), 0); /* another tick in between */
    for (int i = 0; i < 101; i++) {
        assert_int_equal(waiting_rows_add(&w, 10, &row), 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
        assert_int_equal(run.count, counts[i]);
        if (i == 0) {
            row_run_at(&run, 1, &run.name);
            assert_int_equal(run.name.set, 8);
            assert_int_equal(run.name.bucket, -10);
        }
    }
    assert_false(tick_rows_run(waiting_rows_peek(&w), &pos, &run));
    waiting_rows_close(&w);
}

static void release_after_is_the_next_midnight_of_the_zone(void **state)
{
    (void)state;
    struct model utc = {.privacy = {.release_ms = DAY}};
    assert_int_equal(release_after(&utc, 100 * DAY - 1), 100 * DAY);
    assert_int_equal(release_after(&utc, 100 * DAY), 101 * DAY);
    /* Central Europe 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC. */
    const int64_t from[] = {0, 1774746000000, 1792890000000};
    const int32_t offset[] = {(int32_t)HOUR, (int32_t)(2 * HOUR), (int32_t)HOUR};
    struct model berlin = {.privacy = {.release_ms = DAY}, .zone = {from, offset, 3}};
    assert_int_equal(release_after(&berlin, 1774652400000),
                     1774738800000); /* midnights 28 and 29 March: 24 h */
    assert_int_equal(release_after(&berlin, 1774738800000),
                     1774821600000); /* 30 March: 23 h later */
    assert_int_equal(release_after(&berlin, 1774821599999), 1774821600000);
    assert_int_equal(release_after(&berlin, 1792879200000),
                     1792969200000); /* 25 and 26 October: 25 h */
}

static void release_after_a_midnight_that_clocks_jump_over_is_where_they_land(void **state)
{
    (void)state;
    /* Havana 2026: on 8 March 23:59:59 is followed by 01:00, at 05:00 UTC. */
    const int64_t jump_ms = 1772946000000, from[] = {0, jump_ms};
    const int32_t offset[] = {(int32_t)(-5 * HOUR), (int32_t)(-4 * HOUR)};
    struct model havana = {.privacy = {.release_ms = DAY}, .zone = {from, offset, 2}};
    assert_int_equal(release_after(&havana, jump_ms - 2 * HOUR), jump_ms);
    assert_int_equal(release_after(&havana, jump_ms - 1), jump_ms);
    assert_int_equal(release_after(&havana, jump_ms), jump_ms + 23 * HOUR);
}

static void release_after_of_another_period_is_a_multiple_since_the_epoch(void **state)
{
    (void)state;
    const int64_t from[] = {0};
    const int32_t offset[] = {(int32_t)HOUR};
    struct model m = {.privacy = {.release_ms = 6 * HOUR}, .zone = {from, offset, 1}};
    assert_int_equal(release_after(&m, 6 * HOUR), 12 * HOUR);
    assert_int_equal(release_after(&m, 6 * HOUR - 1), 6 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_heap_pops_in_order_whatever_was_moved),
        cmocka_unit_test(waiting_rows_come_back_by_tick_and_in_order),
        cmocka_unit_test(waiting_rows_stand_in_what_those_before_them_stood_in),
        cmocka_unit_test(waiting_rows_begin_a_run_where_the_name_changes),
        cmocka_unit_test(release_after_is_the_next_midnight_of_the_zone),
        cmocka_unit_test(release_after_a_midnight_that_clocks_jump_over_is_where_they_land),
        cmocka_unit_test(release_after_of_another_period_is_a_multiple_since_the_epoch),
    };
    return RUN_TESTS(tests);
}
