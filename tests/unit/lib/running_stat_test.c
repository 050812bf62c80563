#include "support/unit.h"

#include <math.h>

#include "score/running_stat.h"
#include "score/wide.h"
#include "support/random.h"
#include "window/cells.h"

#define DAY INT64_C(86400000)
#define RATE INT64_C(80000)
#define T0 INT64_C(1800000000000)
#define MANY 60

struct one {
    int64_t base, amount, due;
    bool up;
};

static struct one ones[MANY];

static long double amount_at(const struct one *x, int64_t t)
{
    struct running r = {x->amount, (cube_i128)x->amount * x->due};
    struct money cost = running_cost(&r, RATE, t), m = x->up ? money_more(x->base, cost) : money_less(x->base, cost);
    return ((long double)m.micro + (long double)m.rest / MONEY_PARTS) / 1e6L;
}

static void add(int64_t *still, int64_t *cells, const struct one *x, int sign)
{
    struct running r = {x->amount, (cube_i128)x->amount * x->due};
    if (x->amount) {
        running_add(cells, x->base, &r, x->up, RATE, sign);
        return;
    }
    still[0] += sign;
    cell_add_wide(still + 1, (cube_i128)sign * x->base);
    cells_add_square(still + 3, x->base, sign);
}

static void compare(const int64_t *still, const int64_t *cells, int n, int64_t t)
{
    long double mean = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        mean += amount_at(&ones[i], t) / n;
    }
    for (int i = 0; i < n; i++) {
        long double d = amount_at(&ones[i], t) - mean;
        squares += d * d;
    }
    struct moments m = moments_of(still[0], still + 1);
    double sd = (double)sqrtl(squares / (n - 1));
    assert_true(fabs(running_mean(&m, cells, RATE, t) - (double)mean) <= 1e-12 * fabs((double)mean) + 1e-12);
    assert_true(fabs(running_sd(&m, cells, RATE, t) - sd) <= 1e-10 * sd + 1e-11);
}

static void mean_and_deviation_equal_those_of_the_amounts(void **state)
{
    (void)state;
    struct random r = {3};
    for (int round = 0; round < 60; round++) {
        int64_t still[7] = {0}, cells[RUNNING_SLOTS] = {0}, scale = INT64_C(1) << random_between(&r, 5, 45);
        for (int i = 0; i < MANY; i++) {
            ones[i] = (struct one){random_between(&r, -scale, scale), random_between(&r, 0, 2) ? random_between(&r, 1, scale) : 0,
                                   T0 - random_between(&r, 0, 400 * DAY), random_between(&r, 0, 1)};
            add(still, cells, &ones[i], 1);
        }
        compare(still, cells, MANY, T0);
        compare(still, cells, MANY, T0 + 1);
        compare(still, cells, MANY, T0 + 300 * DAY);
        for (int i = 0; i < MANY; i++) {
            add(still, cells, &ones[i], -1);
        }
        for (int i = 0; i < RUNNING_SLOTS; i++) {
            assert_int_equal(cells[i], 0);
        }
    }
}

/* A day after many large invoices fell due what runs is a ten-thousandth of what the sums are made of. */
static void nothing_is_lost_where_large_sums_cancel(void **state)
{
    (void)state;
    int64_t still[7] = {0}, cells[RUNNING_SLOTS] = {0};
    for (int i = 0; i < MANY; i++) {
        ones[i] = (struct one){0, 1000000000000 + i, T0 - i * 1000, false};
        add(still, cells, &ones[i], 1);
    }
    compare(still, cells, MANY, T0);
    compare(still, cells, MANY, T0 + DAY);
}

static void wide_integers_are_two_s_complement(void **state)
{
    (void)state;
    struct wide a = wide_of(-3), b = wide_of(5);
    assert_true(wide_to_double(wide_times(a, b)) == -15 && wide_to_double(wide_plus(a, b)) == 2);
    assert_true(wide_to_double(wide_minus(a, b)) == -8 && wide_to_double(wide_shift(a, 100)) == -3 * 0x1p100);
    struct wide big = wide_times(wide_shift(wide_of(1), 120), wide_shift(wide_of(1), 120));
    assert_true(wide_to_double(big) == 0x1p240);
    struct wide half = wide_shift(wide_shift(wide_of(1), 100), 87); /* half of the last bit, and a little more */
    assert_true(wide_to_double(wide_plus(big, half)) == 0x1p240);
    assert_true(wide_to_double(wide_plus(wide_plus(big, half), wide_of(1))) == 0x1p240 * (1 + 0x1p-52));
    assert_true(wide_to_double(wide_plus(big, wide_of(1))) == 0x1p240);
    assert_true(wide_to_double(wide_minus(wide_times(big, wide_of(7)), wide_times(big, wide_of(7)))) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_equal_those_of_the_amounts),
        cmocka_unit_test(nothing_is_lost_where_large_sums_cancel),
        cmocka_unit_test(wide_integers_are_two_s_complement),
    };
    return RUN_TESTS(tests);
}
