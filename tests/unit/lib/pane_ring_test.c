#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/random.h"
#include "window/pane_ring.h"

static const struct layout plain = {.slots = 2};
static const struct layout mixed = {.slots = 3, .wide = 1u << 1};

static void pane_default_ms_is_at_most_a_sixtieth_of_the_window(void **state)
{
    (void)state;
    assert_int_equal(pane_default_ms(60000), 10000);
    assert_int_equal(pane_default_ms(600000), 10000);
    assert_int_equal(pane_default_ms(3599999), 10000);
    assert_int_equal(pane_default_ms(3600000), 60000);
    assert_int_equal(pane_default_ms(6 * 3600000), 300000);
    assert_int_equal(pane_default_ms(INT64_C(86400000)), 900000);
    assert_int_equal(pane_default_ms(30 * INT64_C(86400000)), 21600000);
    assert_int_equal(pane_default_ms(60 * INT64_C(86400000)), 86400000);
    assert_int_equal(pane_default_ms(3660 * INT64_C(86400000)), 86400000);
}

static void pane_of_rounds_down_before_the_epoch(void **state)
{
    (void)state;
    assert_int_equal(pane_of(-1, 10), -1);
    assert_int_equal(pane_of(-10, 10), -1);
    assert_int_equal(pane_of(-11, 10), -2);
    assert_int_equal(pane_of(9, 10), 0);
    assert_int_equal(pane_newest(20, 10), 1);
    assert_int_equal(pane_newest(21, 10), 2);
    assert_int_equal(tick_after(20, 10), 30);
    assert_int_equal(tick_after(19, 10), 20);
}

static void cells_add_square_keeps_the_whole_square(void **state)
{
    (void)state;
    int64_t at[4] = {0};
    cells_add_square(at, INT64_MIN, 1);
    cells_add_square(at, INT64_MIN, 1);
    assert_true(cell_get_wide(at) == 0);
    assert_true(cell_get_wide(at + 2) == (cube_i128)1 << 65); /* 2 x 2^126 = 2^65 x 2^62 */
    cells_add_square(at, INT64_MIN, -1);
    cells_add_square(at, INT64_MIN, -1);
    assert_true(cells_are_zero(&(struct layout){.slots = 4, .wide = 5}, at));
}

static void cells_add_carries_in_wide_cells_only(void **state)
{
    (void)state;
    int64_t total[3] = {1, -1, 0}, d[3] = {INT64_MAX, 1, 0};
    cells_add(&mixed, total, d);
    assert_true(total[0] == INT64_MIN);
    assert_true(total[1] == 0 && total[2] == 1);
    cells_subtract(&mixed, total, d);
    assert_true(total[0] == 1 && total[1] == -1 && total[2] == 0);
}

static void pane_ring_add_sorts_panes_that_come_late(void **state)
{
    (void)state;
    struct pane_ring r = {0};
    const int64_t panes[] = {5, 3, 9, 4, 5};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pane_ring_add(&r, &plain, panes[i], (int64_t[]){1, panes[i]}), 0);
    }
    const int64_t expected[] = {3, 4, 5, 9}, *cells;
    assert_int_equal(r.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(pane_ring_at(&r, &plain, i, &cells), expected[i]);
        assert_int_equal(cells[1], expected[i] == 5 ? 10 : expected[i]);
    }
    assert_int_equal(pane_ring_oldest(&r, &plain), 3);
    assert_int_equal(pane_ring_total(&r)[0], 5);
    assert_int_equal(pane_ring_total(&r)[1], 26);
    assert_int_equal(pane_ring_find(&r, &plain, 9)[1], 9);
    assert_null(pane_ring_find(&r, &plain, 8));
    assert_null(pane_ring_find(&r, &plain, 10));
    pane_ring_close(&r);
}

static void sum_left(void *arg, int64_t pane, const int64_t *cells)
{
    int64_t *sum = arg;
    sum[0] += pane;
    sum[1] += cells[0];
}

static void pane_ring_roll_takes_out_what_is_older_and_nothing_else(void **state)
{
    (void)state;
    struct pane_ring r = {0};
    int64_t left[2] = {0};
    for (int64_t p = 1; p <= 10; p++) {
        assert_int_equal(pane_ring_add(&r, &plain, p, (int64_t[]){10 * p, 1}), 0);
    }
    assert_int_equal(pane_ring_roll(&r, &plain, 1, sum_left, left), 0);
    assert_int_equal(pane_ring_roll(&r, &plain, 4, sum_left, left), 3);
    assert_int_equal(left[0], 6);
    assert_int_equal(left[1], 60);
    assert_int_equal(pane_ring_total(&r)[0], 490);
    assert_int_equal(pane_ring_roll(&r, &plain, 100, NULL, NULL), 7);
    assert_null(pane_ring_total(&r));
    assert_int_equal(pane_ring_bytes(&r, &plain), 0);
    assert_null(r.at);
}

static void pane_ring_gives_memory_back(void **state)
{
    (void)state;
    struct pane_ring r = {0};
    for (int64_t p = 0; p < 365; p++) {
        assert_int_equal(pane_ring_add(&r, &plain, p, (int64_t[]){1, 1}), 0);
    }
    assert_int_equal(pane_ring_bytes(&r, &plain), (2 + 512 * 3) * 8);
    pane_ring_roll(&r, &plain, 360, NULL, NULL);
    assert_true(r.capacity <= 256);
    pane_ring_roll(&r, &plain, 361, NULL, NULL);
    pane_ring_roll(&r, &plain, 362, NULL, NULL);
    pane_ring_roll(&r, &plain, 363, NULL, NULL);
    pane_ring_roll(&r, &plain, 364, NULL, NULL);
    assert_true(r.capacity <= 16);
    assert_int_equal(pane_ring_total(&r)[0], 1);
    pane_ring_close(&r);
}

/* Random panes within a moving window against one counter per pane. */
static void pane_ring_total_equals_brute_force(void **state)
{
    (void)state;
    enum { PANES = 300, WINDOW = 37 };
    struct random rnd = {20260101};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    static int64_t narrow[PANES];
    static cube_i128 wide[PANES];
    struct pane_ring r = {0};
    for (int64_t now = WINDOW; now < PANES; now++) {
        int64_t oldest = now - WINDOW + 1;
        pane_ring_roll(&r, &mixed, oldest, NULL, NULL);
        for (int64_t i = random_between(&rnd, 0, 6); i > 0; i--) {
            int64_t pane = now - (int64_t)(random_next(&rnd) % WINDOW) * (i & 1);
            int64_t cells[3] = {random_between(&rnd, -9, 9)};
            cube_i128 v = (cube_i128)random_between(&rnd, INT64_MIN / 2, INT64_MAX / 2) * (INT64_C(1) << 40);
            cell_set_wide(cells + 1, v);
            assert_int_equal(pane_ring_add(&r, &mixed, pane, cells), 0);
            narrow[pane] += cells[0];
            wide[pane] += v;
        }
        int64_t n = 0;
        cube_i128 sum = 0;
        for (int64_t p = oldest; p <= now; p++) {
            n += narrow[p];
            sum += wide[p];
        }
        const int64_t *total = pane_ring_total(&r);
        assert_true((total ? total[0] : 0) == n);
        assert_true((total ? cell_get_wide(total + 1) : 0) == sum);
        for (uint32_t i = 0; i < r.count; i++) {
            const int64_t *cells;
            int64_t pane = pane_ring_at(&r, &mixed, i, &cells);
            assert_true(cells[0] == narrow[pane] && cell_get_wide(cells + 1) == wide[pane]);
        }
    }
    pane_ring_roll(&r, &mixed, PANES, NULL, NULL);
    assert_null(r.at);
}

/* A full year in a fine scope: what 10,000 scopes x 40 measures cost when each holds five panes. */
static void pane_ring_of_few_panes_is_small(void **state)
{
    (void)state;
    struct pane_ring r = {0};
    for (int64_t p = 0; p < 5; p++) {
        assert_int_equal(pane_ring_add(&r, &plain, p * 70, (int64_t[]){1, 1}), 0);
    }
    assert_true(pane_ring_bytes(&r, &plain) + sizeof r <= 240);
    pane_ring_close(&r);
}

static void pane_ring_lend_gives_room_for_one_pane_that_is_not_freed(void **state)
{
    (void)state;
    int64_t words[6] = {0};
    struct pane_ring r = {0};
    assert_int_equal(pane_ring_words(1, &plain), 5);
    pane_ring_lend(&r, words);
    for (int64_t p = 0; p < 3; p++) { /* emptied it takes the same room again */
        assert_int_equal(pane_ring_add(&r, &plain, p, (int64_t[]){1, p}), 0);
        assert_int_equal(pane_ring_bytes(&r, &plain), 0);
        assert_ptr_equal(pane_ring_total(&r), words);
        assert_int_equal(pane_ring_roll(&r, &plain, p + 1, NULL, NULL), 1);
        assert_null(pane_ring_total(&r));
    }
    for (int64_t p = 7; p < 9; p++) {
        assert_int_equal(pane_ring_add(&r, &plain, p, (int64_t[]){1, p}), 0);
    }
    assert_int_equal(pane_ring_total(&r)[1], 15);
    assert_int_equal(pane_ring_bytes(&r, &plain), 8 * (2 + 2 * 3));
    assert_int_equal(pane_ring_roll(&r, &plain, 9, NULL, NULL), 2);
    assert_int_equal(words[5], 0);
    pane_ring_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pane_default_ms_is_at_most_a_sixtieth_of_the_window),
        cmocka_unit_test(pane_of_rounds_down_before_the_epoch),
        cmocka_unit_test(cells_add_square_keeps_the_whole_square),
        cmocka_unit_test(cells_add_carries_in_wide_cells_only),
        cmocka_unit_test(pane_ring_add_sorts_panes_that_come_late),
        cmocka_unit_test(pane_ring_roll_takes_out_what_is_older_and_nothing_else),
        cmocka_unit_test(pane_ring_gives_memory_back),
        cmocka_unit_test(pane_ring_total_equals_brute_force),
        cmocka_unit_test(pane_ring_of_few_panes_is_small),
        cmocka_unit_test(pane_ring_lend_gives_room_for_one_pane_that_is_not_freed),
    };
    return RUN_TESTS(tests);
}
