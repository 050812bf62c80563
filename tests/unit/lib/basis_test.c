#include "support/unit.h"

#include <math.h>

#include "cube/basis.h"
#include "support/random.h"

static const struct axis_plan plan = {.threshold = 50, .min_coverage = 0.5};

#define MEASURES 3

static void axis_linked_weighs_departments_by_contacts(void **state)
{
    (void)state;
    const int64_t a[MEASURES] = {30000000, 10000000, 0}, b[MEASURES] = {50000000, 0, 30000000};
    const struct axis_gift care = {40, 3, 1, a}, sales = {80, 4, 1, b};
    const struct axis_link links[] = {{30, &care}, {10, &sales}};
    struct axis_now now;
    int64_t out[MEASURES];
    axis_linked(&plan, links, 2, &now, out, MEASURES);
    assert_int_equal(now.basis, BASIS_LINKED);
    assert_true(now.known && now.score == 50 && now.coverage == 1);
    assert_true(fabs(now.half - sqrt(90 * 90 + 40 * 40) / 40) < 1e-12);
    assert_true(now.low == 50 - now.half && now.high == 50 + now.half && now.probability_high == 0.5);
    assert_int_equal(out[0], 35000000);
    assert_int_equal(out[1], 7500000);
    assert_int_equal(out[2], 7500000);
}

static void axis_linked_counts_contacts_of_unknown_departments_as_not_covered(void **state)
{
    (void)state;
    const int64_t a[MEASURES] = {40000000, 0, 0};
    const struct axis_gift care = {40, 0, 0.7, a};
    struct axis_link links[] = {{10, &care}, {10, NULL}};
    struct axis_now now;
    int64_t out[MEASURES];
    axis_linked(&plan, links, 2, &now, out, MEASURES);
    assert_true(now.known && now.score == 40 && now.coverage == 0.5);
    links[1].contacts = 11;
    axis_linked(&plan, links, 2, &now, out, MEASURES);
    assert_true(!now.known && now.coverage == 10 / 21.0 && now.basis == BASIS_LINKED);
    assert_int_equal(out[0], 0);
    links[0].gift = NULL;
    axis_linked(&(struct axis_plan){.min_coverage = 0}, links, 2, &now, out, MEASURES);
    assert_true(!now.known && now.coverage == 0);
}

static void axis_linked_contributions_add_up_to_the_score(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct random r = {seed};
        int64_t parts[4][MEASURES], out[MEASURES], sum = 0;
        struct axis_gift gifts[4];
        struct axis_link links[4];
        for (int i = 0; i < 4; i++) {
            int64_t score = 0, most = seed % 3 ? 33000000 : 3;
            for (int m = 0; m < MEASURES; m++) {
                score += parts[i][m] = random_between(&r, 0, most);
            }
            gifts[i] = (struct axis_gift){(double)score / 1e6, 1, 1, parts[i]};
            links[i] = (struct axis_link){random_between(&r, 1, 1000), random_between(&r, 0, 5) ? &gifts[i] : NULL};
        }
        struct axis_now now;
        axis_linked(&plan, links, 4, &now, out, MEASURES);
        for (int m = 0; m < MEASURES; m++) {
            sum += out[m];
        }
        assert_int_equal(sum, now.known ? llround(now.score * 1e6) : 0);
    }
}

static void axis_inherited_is_the_gift(void **state)
{
    (void)state;
    const int64_t a[MEASURES] = {20000000, 0, 11000000};
    const struct axis_gift gift = {31, 5, 0.6, a};
    struct axis_now now;
    int64_t out[MEASURES];
    axis_inherited(&plan, &gift, &now, out, MEASURES);
    assert_int_equal(now.basis, BASIS_INHERITED);
    assert_true(now.known && now.score == 31 && now.low == 26 && now.high == 36 && now.coverage == 0.6);
    assert_memory_equal(out, a, sizeof a);
}

static void axis_step_of_a_borrowed_axis_is_never_stale(void **state)
{
    (void)state;
    const struct cube_plan cube = {.axes = {{.threshold = 50, .stale_after_ms = 1000}}};
    struct axis_now now = {.known = true, .score = 60, .low = 60, .high = 60};
    struct axis_state s = {.fresh_ms = 0};
    int64_t due_ms;
    axis_step(&cube, AXIS_E, &now, 0, &s, &due_ms);
    assert_int_equal(due_ms, 1001);
    axis_step(&cube, AXIS_E, &now, 2000, &s, &due_ms);
    assert_true(s.stale);
    now.basis = BASIS_LINKED;
    now.score = 40;
    assert_int_equal(axis_step(&cube, AXIS_E, &now, 3000, &s, &due_ms), 1);
    assert_true(!s.stale && s.side == SIDE_LOW && due_ms == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axis_linked_weighs_departments_by_contacts),
        cmocka_unit_test(axis_linked_counts_contacts_of_unknown_departments_as_not_covered),
        cmocka_unit_test(axis_linked_contributions_add_up_to_the_score),
        cmocka_unit_test(axis_inherited_is_the_gift),
        cmocka_unit_test(axis_step_of_a_borrowed_axis_is_never_stale),
    };
    return RUN_TESTS(tests);
}
