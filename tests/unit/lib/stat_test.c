#include "support/unit.h"

#include <math.h>

#include "score/stat.h"
#include "support/random.h"
#include "window/cells.h"

#define W(high, low) ((cube_i128)((cube_u128)UINT64_C(high) << 64 | UINT64_C(low)))

static void assert_rounds_to(double actual, double expected, int decimals)
{
    double scale = pow(10, decimals);
    if (round(actual * scale) != round(expected * scale)) {
        fail_msg("%.17g is not %.*f", actual, decimals, expected);
    }
}

/* Expected values: exact rational arithmetic, rounded once. */
static void stat_quotient_rounds_once(void **state)
{
    (void)state;
    static const struct {
        cube_i128 a, b;
        double q;
    } rows[] = {
        {W(0, 0x1), W(0, 0x13), 0x1.af286bca1af28p-5},
        {-W(0, 0x000c25cea6cecc1b), W(0, 0x0006b7f3c9e9c617), -0x1.cede2c812e571p+0},
        {W(0, 0x0cd447e3b8b6d8ff), W(0, 0x09755d4c3a902931), 0x1.5b3b7681ce3fbp+0},
        {-W(0, 0x05143119e6c3f339), W(0, 0x005b6e6e07d4bedd), -0x1.c70d9fc8e69afp+3},
        {W(0, 0x0025b4138a9a021f), W(0, 0x0e1988adf06c144b), 0x1.56474a5442f13p-7},
        {W(0x01b03f53, 0xf8130c4237730edf), W(0, 0x00000007b9d179e1), 0x1.bf95de3e468aep+53},
        {-W(0x03c1b4ff, 0x701966a0c381e88f), W(0, 0x0000008d7eed8d15), -0x1.b2fd6a31cbd62p+50},
        {-W(0x00d66b826a8ac4ba, 0x05805975ed2f89d9), W(0x291b59d4ec148cb4, 0x8e73ca47ea90a8f1), -0x1.4dd59baa6f6d9p-6},
        {W(0x259aeba848beab13, 0x4da98f1d3099fdf5), W(0, 0x7), 0x1.57d18f272b619p+122},
        {W(0x192cb4af815a47c5, 0xf0dfb4a5d8a064df), W(0, 0x5), 0x1.423c3bf9aaea0p+122},
        {W(0, 0x0000005d2c4a3699), W(0x00c69d4bb3fa7aa7, 0xe1fab9d78c7e134f), 0x1.e05fad6919a27p-82},
        {-W(0, 0x000000d7855c3845), W(0x00bb968a7d5c8dfc, 0x5eda92d864ac5db9), -0x1.261eab4fda6c6p-80},
        {W(0, 0x4efbc8d60b21fbad), W(0, 0xd92a4aa2b410d93d), 0x1.746e6fa7cac57p-2},
        {W(0, 0x3a1890c78092b4d5), W(0, 0x0326324dfb695ffb), 0x1.272a422923fcdp+4},
        {W(0x08dc3bf364, 0xeb8ac8ce8a245e6b), W(0x0583868a29, 0x678a5aa33b6fe507), 0x1.9b604ba6e5133p+0},
        {-W(0x6381c03484c81999, 0x21167d8fcf23cae9), W(0x799066ab6d14475b, 0x349aae908fb5262d), -0x1.a3199a4ae7331p-1},
        {W(0x0033edd458989008, 0x6a17b9af5b569643), W(0x64aa35a19f9d0129, 0x8a449ebe89d9bf03), 0x1.081ed94716acdp-9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(stat_quotient(rows[i].a, rows[i].b) == rows[i].q);
        assert_true(stat_quotient(-rows[i].a, rows[i].b) == -rows[i].q);
    }
    assert_true(stat_quotient(0, 7) == 0);
    assert_true(stat_quotient(W(0, 0xffffffffffffffff), 1) == 18446744073709551616.0);
    /* Half way between two doubles, and a third beyond it. */
    const cube_i128 half = ((cube_i128)1 << 64) + 2048;
    assert_true(stat_quotient(half * 3, 3) == 18446744073709551616.0);
    assert_true(stat_quotient(half * 3 + 1, 3) == 18446744073709555712.0);
}

static void wilson_interval_gives_the_published_cases(void **state)
{
    (void)state;
    static const struct {
        int64_t hits, n;
        double low, high;
    } rows[] = {{81, 263, .2553, .3662}, {15, 148, .0624, .1605}, {0, 20, 0, .1611}, {1, 29, .0061, .1718}};
    for (size_t i = 0; i < 4; i++) {
        double low, high;
        wilson_interval(rows[i].hits, rows[i].n, &low, &high);
        assert_rounds_to(low, rows[i].low, 4);
        assert_rounds_to(high, rows[i].high, 4);
    }
}

static void wilson_interval_touches_the_ends_exactly(void **state)
{
    (void)state;
    for (int64_t n = 1; n < 3000; n += 7) {
        double low, high, mirror_low, mirror_high;
        wilson_interval(0, n, &low, &high);
        wilson_interval(n, n, &mirror_low, &mirror_high);
        assert_true(low == 0 && mirror_high == 1);
        assert_true(high > 0 && high < 1 && fabs(high + mirror_low - 1) < 1e-12);
    }
}

static void nps_of_gives_the_published_cases(void **state)
{
    (void)state;
    struct nps r = nps_of(200, 80, 400);
    assert_true(r.value == 30);
    assert_rounds_to(r.se, 3.905, 3);
    assert_true(r.low == 30 - STAT_Z * r.se && r.high == 30 + STAT_Z * r.se);
    assert_rounds_to(nps_of(45, 25, 100).se, 8.12, 2);
    r = nps_of(45, 25, 100);
    assert_true(r.value == 20);
    /* p = .45 and d = .25 of 50 answers are no whole counts; 100 answers have the same variance. */
    assert_rounds_to(r.se * sqrt(2), 11.49, 2);
}

static void nps_of_clips_its_interval_and_collapses_when_all_agree(void **state)
{
    (void)state;
    struct nps r = nps_of(7, 0, 7);
    assert_true(r.value == 100 && r.se == 0 && r.low == 100 && r.high == 100);
    r = nps_of(0, 3, 3);
    assert_true(r.value == -100 && r.low == -100 && r.high == -100);
    r = nps_of(9, 0, 10);
    assert_true(r.value == 90 && r.high == 100 && r.low < 90);
    r = nps_of(1, 1, 2);
    assert_true(r.value == 0 && r.low == -100 && r.high == 100);
}

static struct moments moments(const int64_t *values, int n)
{
    int64_t at[6] = {0};
    for (int i = 0; i < n; i++) {
        cell_add_wide(at, values[i]);
        cells_add_square(at + 2, values[i], 1);
    }
    return moments_of(n, at);
}

static double sd_of(const struct moments *m)
{
    double sd = -1;
    assert_int_equal(moments_sd(m, &sd), 0);
    return sd;
}

static void moments_give_mean_and_sample_deviation(void **state)
{
    (void)state;
    const int64_t values[] = {2 * FIXED_ONE, 4 * FIXED_ONE, 4 * FIXED_ONE, 4 * FIXED_ONE,
                              5 * FIXED_ONE, 5 * FIXED_ONE, 7 * FIXED_ONE, 9 * FIXED_ONE};
    struct moments m = moments(values, 8);
    assert_true(moments_mean(&m) == 5);
    assert_true(sd_of(&m) == sqrt(32.0 / 7.0));
    const int64_t cents[] = {129900000, 129900000, 129900000};
    m = moments(cents, 3);
    assert_true(moments_mean(&m) == 129.9);
    assert_true(sd_of(&m) == 0);
}

static void moments_sd_is_exact_at_the_ends_of_the_range(void **state)
{
    (void)state;
    const int64_t values[] = {INT64_MAX, INT64_MIN, INT64_MAX, 5, 0};
    struct moments m = moments(values, 5);
    assert_true(fabs(sd_of(&m) / 7716826693088.567 - 1) < 4e-16);
    /* A sum beyond 64 bits. */
    const int64_t large[] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, -7, 12345678901234567};
    m = moments(large, 7);
    assert_true(fabs(sd_of(&m) / 4497534096595.216 - 1) < 4e-16);
    /* Far from zero and close together: doubles would have lost it all. */
    const int64_t close[] = {INT64_MAX, INT64_MAX - 2};
    m = moments(close, 2);
    assert_true(sd_of(&m) == sqrt(2) / 1e6);
}

static void moments_sd_refuses_sums_of_no_values(void **state)
{
    (void)state;
    double sd = -1;
    assert_int_equal(moments_sd(&(struct moments){2, 10, 49, 0}, &sd), CUBE_ERANGE);
    assert_true(sd == -1);
    assert_int_equal(moments_sd(&(struct moments){2, 10, 50, 0}, &sd), 0);
    assert_true(sd == 0);
}

static void moments_do_not_depend_on_order(void **state)
{
    (void)state;
    enum { N = 200 };
    struct random rnd = {99};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    int64_t values[N];
    for (int i = 0; i < N; i++) {
        values[i] = (int64_t)random_next(&rnd) >> random_between(&rnd, 0, 60);
    }
    struct moments first = moments(values, N);
    for (int round = 0; round < 20; round++) {
        for (int i = N - 1; i > 0; i--) {
            int k = (int)random_between(&rnd, 0, i);
            int64_t t = values[i];
            values[i] = values[k];
            values[k] = t;
        }
        struct moments m = moments(values, N);
        assert_true(moments_mean(&m) == moments_mean(&first) && sd_of(&m) == sd_of(&first));
    }
}

static void phi_is_the_normal_distribution(void **state)
{
    (void)state;
    assert_true(phi(0) == 0.5);
    assert_rounds_to(phi(STAT_Z), 0.975, 7);
    assert_rounds_to(phi(-STAT_Z), 0.025, 7);
    assert_rounds_to(phi(1), 0.841344746, 9);
    assert_true(phi(-40) >= 0 && phi(40) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stat_quotient_rounds_once),
        cmocka_unit_test(wilson_interval_gives_the_published_cases),
        cmocka_unit_test(wilson_interval_touches_the_ends_exactly),
        cmocka_unit_test(nps_of_gives_the_published_cases),
        cmocka_unit_test(nps_of_clips_its_interval_and_collapses_when_all_agree),
        cmocka_unit_test(moments_give_mean_and_sample_deviation),
        cmocka_unit_test(moments_sd_is_exact_at_the_ends_of_the_range),
        cmocka_unit_test(moments_sd_refuses_sums_of_no_values),
        cmocka_unit_test(moments_do_not_depend_on_order),
        cmocka_unit_test(phi_is_the_normal_distribution),
    };
    return RUN_TESTS(tests);
}
