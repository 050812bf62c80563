/* The concentration of totals out of a sketch: goldens, edges, and how far it is from sorting all of them. */
#include "support/unit.h"

#include "support/totals.h"

static struct result sketched(const int64_t *all, int64_t n)
{
    struct result r;
    uint32_t buckets;
    assert_int_equal(totals_sketched(all, n, &r, &buckets), 0);
    return r;
}

static void concentration_of_the_80_20_law(void **state)
{
    (void)state;
    static const int64_t all[] = {80 * FIXED_ONE, 5 * FIXED_ONE, 5 * FIXED_ONE, 5 * FIXED_ONE, 5 * FIXED_ONE};
    struct result r = sketched(all, 5);
    assert_true(r.n == 5 && r.has_value && r.value == 0.8 && !r.has_interval);
    assert_int_equal(r.field[RESULT_K].i, 1);
    assert_true(fabs(r.field[RESULT_GINI].d - 0.6) < 1e-15);
    assert_true(r.field[RESULT_WHALE].d == 1 && r.field[RESULT_WHALE_RANK].i == 5);
}

static void concentration_takes_the_members_of_the_edge_at_their_mean(void **state)
{
    (void)state;
    static const int64_t all[] = {1000, 1001, 1002, 1003, 1004, 1005}; /* one bucket; k = 2 */
    struct result r = sketched(all, 6);
    assert_true(r.value == 2.0 / 6 && r.field[RESULT_K].i == 2 && r.field[RESULT_GINI].d == 0);
}

static void concentration_of_equal_totals_is_a_fifth(void **state)
{
    (void)state;
    int64_t all[10];
    for (int i = 0; i < 10; i++) {
        all[i] = 7 * FIXED_ONE;
    }
    struct result r = sketched(all, 10);
    assert_true(r.value == 0.2 && r.field[RESULT_GINI].d == 0);
}

static void concentration_with_losses_has_a_whale_and_no_gini(void **state)
{
    (void)state;
    static const int64_t all[] = {300, 100, 0, -100, -200};
    struct result r = sketched(all, 5);
    assert_true(r.value == 3 && (r.present >> RESULT_GINI & 1) == 0);
    assert_true(r.field[RESULT_WHALE].d == 4 && r.field[RESULT_WHALE_RANK].i == 2);
}

static void concentration_of_nothing_has_no_value(void **state)
{
    (void)state;
    static const int64_t zeroes[] = {0, 0}, losses[] = {-5, 1};
    struct result r = sketched(zeroes, 0);
    assert_true(r.n == 0 && !r.has_value && r.present == 0);
    r = sketched(zeroes, 2);
    assert_true(r.n == 2 && !r.has_value && r.present == UINT64_C(1) << RESULT_K);
    r = sketched(losses, 2);
    assert_true(r.n == 2 && !r.has_value && r.present == UINT64_C(1) << RESULT_K);
}

/* The largest totals there can be, of as many customers as there can be, stay within 128 bits. */
static void concentration_of_the_largest_totals_does_not_overflow(void **state)
{
    (void)state;
    const struct measure m = {.aggregation = aggregation_find("concentration"), .horizon_count = 1};
    struct sketch s = {0};
    int64_t cells[3] = {20000000};
    cell_set_wide(cells + 1, (cube_i128)INT64_MAX * cells[0]);
    assert_int_equal(sketch_add(&s, &m.aggregation->sketch, hist_bucket(INT64_MAX), cells), 0);
    struct window_view w = {.sketch = &s};
    struct result r;
    m.aggregation->result(&m, &w, &r);
    assert_true(r.value == 0.2 && r.field[RESULT_GINI].d == 0);
    sketch_close(&s);
}

/* Rows may be of a damaged bundle: sums that no customers have are told apart from an empty window. */
static void sums_of_no_customers_are_impossible(void **state)
{
    (void)state;
    static const struct {
        int64_t n[3];
        cube_i128 sum[3];
    } damaged[] = {
        {{INT64_C(1) << 33}, {100}},                                                           /* more customers than there can be */
        {{1}, {(cube_i128)1 << 93}},                                                           /* more than they can have */
        {{INT64_C(3) << 30, INT64_C(3) << 30}, {100, 100}},                                    /* together */
        {{3, 3}, {(cube_i128)15 << 88, (cube_i128)15 << 88}},                                  /* likewise */
        {{100, 1, 1}, {-((cube_i128)15 << 88), (cube_i128)15 << 88, (cube_i128)15 << 88}},     /* those of the top fifth */
    };
    static const char *const names[] = {"concentration", "mismatch"};
    for (unsigned i = 0; i < 2 * sizeof damaged / sizeof *damaged; i++) {
        const struct measure m = {.aggregation = aggregation_find(names[i % 2]), .horizon_count = 1};
        struct sketch s = {0};
        for (int b = 0; b < 3; b++) {
            int64_t cells[CELL_SLOTS_MAX] = {damaged[i / 2].n[b]};
            cell_set_wide(cells + 1, damaged[i / 2].sum[b]);
            assert_int_equal(sketch_add(&s, &m.aggregation->sketch, 20 * (b + 1), cells), 0);
        }
        struct window_view w = {.sketch = &s};
        struct result r;
        m.aggregation->result(&m, &w, &r);
        assert_true(!r.has_value && (r.impossible || i == 9));
        sketch_close(&s);
    }
}

static void assert_close(const int64_t *all, int64_t n, double bound)
{
    struct concentration c = totals_exact(all, n);
    struct result r = sketched(all, n);
    assert_true(fabs(r.value - c.share) <= bound);
    assert_int_equal(r.present >> RESULT_GINI & 1, all[n - 1] >= 0);
    assert_true(all[n - 1] < 0 || fabs(r.field[RESULT_GINI].d - c.gini) <= bound);
    assert_true(fabs(r.field[RESULT_WHALE].d - c.whale) <= 1e-12);
    assert_int_equal(r.field[RESULT_WHALE_RANK].i, c.rank);
}

/* Stated bound: share and Gini are within 0.0001 of sorting, the whale curve's peak is exact. */
static void concentration_is_within_a_ten_thousandth_of_sorting_100000_and_a_million_totals(void **state)
{
    (void)state;
    for (int64_t n = 100000; n <= 1000000; n *= 10) {
        for (size_t i = 0; i < sizeof totals_shapes / sizeof *totals_shapes; i++) {
            int64_t *all = totals_draw(&totals_shapes[i], n, 7 + i);
            assert_non_null(all);
            assert_close(all, n, 0.0001);
            free(all);
        }
    }
}

/* Stated bound of few totals, none of them negative: a bucket is no wider than a 32nd of what is in it, and the worst it can hold is two heaps at
 * its two ends, a quarter of that from alike. */
static void concentration_of_few_totals_is_within_a_128th_of_sorting(void **state)
{
    (void)state;
    double worst = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct random r = {seed};
        int64_t all[100], n = random_between(&r, 1, 100), high = random_between(&r, 1, n), low = INT64_C(32) << random_between(&r, 0, 40);
        int64_t width = low / 32, ends = random_between(&r, 0, 1);
        for (int64_t i = 0; i < n; i++) {
            all[i] = low + (!ends ? random_between(&r, 0, 3 * width) : i < high ? width - 1 : 0);
        }
        qsort(all, (size_t)n, sizeof *all, totals_descending);
        assert_close(all, n, 1.0 / 128);
        double off = fabs(sketched(all, n).field[RESULT_GINI].d - totals_exact(all, n).gini);
        worst = off > worst ? off : worst;
    }
    assert_true(worst > 0.0075);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concentration_of_the_80_20_law),
        cmocka_unit_test(concentration_takes_the_members_of_the_edge_at_their_mean),
        cmocka_unit_test(concentration_of_equal_totals_is_a_fifth),
        cmocka_unit_test(concentration_with_losses_has_a_whale_and_no_gini),
        cmocka_unit_test(concentration_of_nothing_has_no_value),
        cmocka_unit_test(concentration_of_the_largest_totals_does_not_overflow),
        cmocka_unit_test(concentration_is_within_a_ten_thousandth_of_sorting_100000_and_a_million_totals),
        cmocka_unit_test(sums_of_no_customers_are_impossible),
        cmocka_unit_test(concentration_of_few_totals_is_within_a_128th_of_sorting),
    };
    return RUN_TESTS(tests);
}
