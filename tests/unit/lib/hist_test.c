#include "support/unit.h"

#include <stdlib.h>

#include "base/fixed.h"
#include "support/random.h"
#include "window/hist.h"

static void assert_close_to_its_bucket(int64_t v)
{
    int64_t middle = hist_value(hist_bucket(v));
    cube_i128 off = (cube_i128)middle - v, size = v;
    off = off < 0 ? -off : off;
    size = size < 0 ? -size : size;
    if (off * 1000 > size * 16) {
        fail_msg("%lld stands for %lld", (long long)middle, (long long)v);
    }
    assert_int_equal(hist_bucket(middle), hist_bucket(v));
}

static void hist_value_is_exact_below_64_units(void **state)
{
    (void)state;
    for (int64_t v = -64; v <= 64; v++) {
        assert_int_equal(hist_value(hist_bucket(v)), v == 64 ? 65 : v == -64 ? -65 : v);
    }
    assert_int_equal(hist_bucket(0), 0);
    assert_int_equal(hist_bucket(31), 31);
    assert_int_equal(hist_bucket(-31), -31);
}

static void hist_value_is_within_1_6_percent_over_the_whole_range(void **state)
{
    (void)state;
    struct random rnd = {42};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1};
    for (int i = 0; i < 4; i++) {
        assert_close_to_its_bucket(edges[i]);
    }
    for (unsigned bit = 0; bit < 63; bit++) {
        for (int64_t d = -1; d <= 1; d++) {
            assert_close_to_its_bucket((INT64_C(1) << bit) + d);
            assert_close_to_its_bucket(-(INT64_C(1) << bit) - d);
        }
    }
    for (int i = 0; i < 1000000; i++) {
        uint64_t x = random_next(&rnd);
        assert_close_to_its_bucket((int64_t)x >> (x & 63));
    }
}

static void hist_bucket_is_monotone_and_symmetric(void **state)
{
    (void)state;
    struct random rnd = {43};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    for (int i = 0; i < 1000000; i++) {
        uint64_t x = random_next(&rnd), y = random_next(&rnd);
        int64_t a = (int64_t)x >> (x & 63), b = (i & 1) ? a + 1 : (int64_t)y >> (y & 63);
        if (a > b) {
            int64_t t = a;
            a = b;
            b = t;
        }
        assert_true(hist_bucket(a) <= hist_bucket(b));
        if (a != INT64_MIN) {
            assert_int_equal(hist_bucket(-a), -hist_bucket(a));
        }
    }
    for (int32_t b = -1888; b <= 1887; b++) { /* -1888 holds INT64_MIN alone */
        assert_int_equal(hist_bucket(hist_value(b)), b);
        assert_true(hist_value(b) <= hist_value(b + 1));
    }
}

static void add(struct hist_ring *r, int64_t pane, int64_t value, int64_t n)
{
    assert_int_equal(hist_ring_add(r, pane, hist_bucket(value), n), 0);
}

static int64_t quantile(const struct hist_ring *r, double q)
{
    int64_t v = -1;
    assert_int_equal(hist_ring_quantile(r, q, &v), 0);
    return v;
}

static void hist_ring_quantile_takes_rank_ceil_q_n(void **state)
{
    (void)state;
    struct hist_ring r = {0};
    int64_t v = 77;
    assert_int_equal(hist_ring_quantile(&r, 0.5, &v), CUBE_ENOTFOUND);
    assert_int_equal(v, 77);
    for (int64_t i = 1; i <= 10; i++) {
        add(&r, i % 3, i, 1);
    }
    assert_int_equal(quantile(&r, 0.5), 5);
    assert_int_equal(quantile(&r, 0.9), 9);
    assert_int_equal(quantile(&r, 0.91), 10);
    assert_int_equal(quantile(&r, 0.99), 10);
    assert_int_equal(quantile(&r, 1), 10);
    assert_int_equal(quantile(&r, 0.0001), 1);
    hist_ring_close(&r);
}

static void hist_ring_roll_takes_old_panes_out_of_the_totals(void **state)
{
    (void)state;
    struct hist_ring r = {0};
    add(&r, 5, 10, 2);
    add(&r, 3, 20, 1); /* an older pane, later */
    add(&r, 5, 10, 1);
    add(&r, 4, 10, 1);
    add(&r, 6, 20, -1);
    assert_int_equal(r.n, 4);
    assert_int_equal(hist_ring_oldest(&r), 3);
    assert_int_equal(hist_ring_find(&r, 5, 10), 3);
    assert_int_equal(hist_ring_find(&r, 5, 11), 0);
    assert_int_equal(hist_ring_roll(&r, 3), 0);
    assert_int_equal(hist_ring_roll(&r, 5), 2);
    assert_int_equal(r.n, 2);
    assert_int_equal(quantile(&r, 0.5), 10);
    add(&r, 6, 20, 1);
    int64_t pane, n;
    int32_t bucket;
    hist_ring_at(&r, 1, &pane, &bucket, &n);
    assert_true(pane == 6 && bucket == 20 && n == 0);
    assert_int_equal(hist_ring_roll(&r, 7), 2);
    assert_int_equal(hist_ring_bytes(&r), 0);
    assert_null(r.entries);
}

/* Random adds and rolls against a plain list. */
static void hist_ring_quantile_equals_brute_force(void **state)
{
    (void)state;
    enum { PANES = 120, WINDOW = 15, VALUES = 200 };
    struct random rnd = {7};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    static int64_t n[PANES + WINDOW][2 * VALUES + 1];
    struct hist_ring r = {0};
    for (int64_t now = WINDOW; now < PANES; now++) {
        int64_t oldest = now - WINDOW + 1;
        hist_ring_roll(&r, oldest);
        for (int64_t i = random_between(&rnd, 0, 20); i > 0; i--) {
            int64_t pane = random_between(&rnd, oldest, now), v = random_between(&rnd, -31, 31);
            n[pane][v + VALUES]++;
            add(&r, pane, v, 1);
        }
        int64_t total = 0, seen = 0, p90 = -1000;
        for (int pass = 0; pass < 2; pass++) {
            for (int v = 0; v <= 2 * VALUES; v++) {
                for (int64_t p = oldest; p <= now; p++) {
                    *(pass ? &seen : &total) += n[p][v];
                }
                if (pass && p90 == -1000 && total > 0 && seen * 10 >= total * 9) {
                    p90 = v - VALUES;
                }
            }
        }
        assert_int_equal(r.n, total);
        if (total) {
            assert_int_equal(quantile(&r, 0.9), p90);
        }
    }
    hist_ring_roll(&r, PANES);
    assert_null(r.entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hist_value_is_exact_below_64_units),
        cmocka_unit_test(hist_value_is_within_1_6_percent_over_the_whole_range),
        cmocka_unit_test(hist_bucket_is_monotone_and_symmetric),
        cmocka_unit_test(hist_ring_quantile_takes_rank_ceil_q_n),
        cmocka_unit_test(hist_ring_roll_takes_old_panes_out_of_the_totals),
        cmocka_unit_test(hist_ring_quantile_equals_brute_force),
    };
    return RUN_TESTS(tests);
}
