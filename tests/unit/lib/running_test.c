#include "support/unit.h"

#include "score/running.h"
#include "support/random.h"

#define DAY INT64_C(86400000)
#define RATE INT64_C(80000) /* 8 % a year */

static void cost_of_a_year_is_the_rate(void **state)
{
    (void)state;
    struct money m = money_of_delay(100 * FIXED_ONE, 365 * DAY, RATE);
    assert_true(m.micro == 8 * FIXED_ONE && m.rest == 0);
    m = money_of_delay(100 * FIXED_ONE, 73 * DAY, RATE);
    assert_true(m.micro == 1600000 && m.rest == 0);
    m = money_of_delay(1, 1, RATE); /* 1 micro for 1 ms */
    assert_true(m.micro == 0 && m.rest == RATE);
    assert_true(money_of_delay(0, DAY, RATE).micro == 0 && money_of_delay(5, 0, RATE).rest == 0);
}

static void rounding_is_half_away_from_zero(void **state)
{
    (void)state;
    assert_true(money_rounded((struct money){3, MONEY_PARTS / 2}) == 4);
    assert_true(money_rounded((struct money){3, MONEY_PARTS / 2 - 1}) == 3);
    assert_true(money_rounded((struct money){0, 0}) == 0);
}

static void running_is_the_sum_of_its_amounts(void **state)
{
    (void)state;
    struct random r = {7};
    for (int i = 0; i < 200; i++) {
        struct running sum = {0, 0};
        int64_t t = 1800000000000;
        cube_i128 micro = 0, rest = 0;
        for (int k = 0; k < 5; k++) {
            int64_t amount = random_between(&r, 1, 1000000000000), due = t - random_between(&r, 0, 500 * DAY);
            sum.amount += amount;
            sum.amount_due += (cube_i128)amount * due;
            struct money one = money_of_delay(amount, t - due, RATE);
            micro += one.micro;
            rest += one.rest;
        }
        struct money all = running_cost(&sum, RATE, t);
        assert_true(all.micro == micro + rest / MONEY_PARTS && all.rest == rest % MONEY_PARTS);
    }
}

static void less_and_more_meet_again(void **state)
{
    (void)state;
    struct money m = money_less(10, (struct money){3, 7});
    assert_true(m.micro == 6 && m.rest == MONEY_PARTS - 7);
    assert_int_equal(money_sign(m), 1);
    m = money_less(3, (struct money){3, 7});
    assert_int_equal(money_sign(m), -1);
    assert_int_equal(money_sign(money_less(3, (struct money){3, 0})), 0);
    m = money_more(10, (struct money){3, 7});
    assert_true(m.micro == 13 && m.rest == 7);
}

static void double_is_the_nearest(void **state)
{
    (void)state;
    assert_true(money_to_double((struct money){1500000, 0}) == 1.5);
    assert_true(money_to_double((struct money){0, MONEY_PARTS / 4}) == 0.25e-6);
    assert_true(money_to_double((struct money){-1, MONEY_PARTS / 2}) == -0.5e-6);
    assert_true(money_to_double((struct money){(cube_i128)1 << 100, 5}) == (double)((cube_i128)1 << 100) / 1e6);
}

/* Against the definition, for amounts of all sizes. */
static void exhausts_at_the_first_such_instant(void **state)
{
    (void)state;
    struct random r = {11};
    for (int i = 0; i < 2000; i++) {
        int64_t amount = random_between(&r, 1, INT64_C(1) << random_between(&r, 1, 62));
        int64_t due = random_between(&r, 0, 2000000000000), rate = random_between(&r, 1, 10000000);
        cube_i128 base = random_between(&r, -5, INT64_C(1) << random_between(&r, 1, 62));
        struct running x = {amount, (cube_i128)amount * due};
        for (int equal = 0; equal < 2; equal++) {
            int64_t t = running_exhausts(&x, rate, base, equal);
            if (t == INT64_MAX) {
                continue;
            }
            int at = money_sign(money_less(base, running_cost(&x, rate, t)));
            assert_true(at < 0 || (equal && at == 0));
            if (t > 0) {
                int before = money_sign(money_less(base, running_cost(&x, rate, t - 1)));
                assert_true(before > 0 || (!equal && before == 0));
            }
        }
    }
    struct running none = {0, 0};
    assert_int_equal(running_exhausts(&none, RATE, 5, true), INT64_MAX);
    struct running one = {100 * FIXED_ONE, (cube_i128)100 * FIXED_ONE * DAY};
    assert_int_equal(running_exhausts(&one, RATE, 8 * FIXED_ONE, true), 366 * DAY);
    assert_int_equal(running_exhausts(&one, RATE, 8 * FIXED_ONE, false), 366 * DAY + 1);
    assert_int_equal(running_exhausts(&one, 0, 8, true), INT64_MAX);
}

static void exhausts_at_the_first_such_instant_where_products_do_not_fit(void **state)
{
    (void)state;
    struct random r = {12};
    int found = 0;
    for (int i = 0; i < 300; i++) {
        cube_i128 amount = (cube_i128)random_between(&r, 1, INT64_C(1) << 60) << random_between(&r, 8, 18);
        int64_t due = random_between(&r, 0, 2000000000000), rate = random_between(&r, 50000, 10000000);
        cube_i128 base = (cube_i128)random_between(&r, INT64_C(1) << 55, INT64_C(1) << 60) << random_between(&r, 14, 22);
        struct running x = {amount, amount * due};
        for (int equal = 0; equal < 2; equal++) {
            int64_t t = running_exhausts(&x, rate, base, equal);
            if (t == INT64_MAX) {
                continue;
            }
            found++;
            int at = money_sign(money_less(base, running_cost(&x, rate, t))), before = money_sign(money_less(base, running_cost(&x, rate, t - 1)));
            assert_true((at < 0 || (equal && at == 0)) && (before > 0 || (!equal && before == 0)));
        }
    }
    assert_true(found > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_of_a_year_is_the_rate),
        cmocka_unit_test(rounding_is_half_away_from_zero),
        cmocka_unit_test(running_is_the_sum_of_its_amounts),
        cmocka_unit_test(less_and_more_meet_again),
        cmocka_unit_test(double_is_the_nearest),
        cmocka_unit_test(exhausts_at_the_first_such_instant),
        cmocka_unit_test(exhausts_at_the_first_such_instant_where_products_do_not_fit),
    };
    return RUN_TESTS(tests);
}
