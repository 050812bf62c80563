#include "support/unit.h"

#include <string.h>

#include "engine/exposure.h"
#include "scope/scope_plan.h"
#include "support/random.h"

#define K 5

static const struct measure one = {.horizons = {{86400000, 3600000, 24, "1d"}}, .horizon_count = 1};
static const struct measure three = {
    .horizons = {{7 * 86400000, 86400000, 7, "7d"}, {86400000, 3600000, 24, "1d"}, {90 * INT64_C(86400000), 86400000, 90, "90d"}},
    .horizon_count = 3};

static struct exposure_cell cell(int64_t n)
{
    return (struct exposure_cell){.n = {n}, .let_out = 1};
}

/* ---- scopes ---------------------------------------------------------------------------------------- */

static void exposure_withholds_the_smallest_part_when_the_rest_is_a_few(void **state)
{
    (void)state;
    struct exposure_cell c[] = {cell(20), cell(9), cell(8), cell(3)};
    const uint32_t parts[] = {1, 2, 3};
    const struct exposure_group g = {0, parts, 3};
    c[3].let_out = 0; /* three answers: below k already, and what the others would tell */
    assert_int_equal(exposure_withhold(c, 4, &g, 1, &one, K), 1);
    assert_true(c[0].let_out && c[1].let_out && !c[2].let_out);
}

static void exposure_leaves_what_exposes_nobody_or_enough(void **state)
{
    (void)state;
    const uint32_t parts[] = {1, 2};
    const struct exposure_group g = {0, parts, 2};
    const int64_t wholes[] = {20, 25, 26, 17}; /* nobody, k, more than k, and a part that was let out earlier */
    for (unsigned i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
        struct exposure_cell c[] = {cell(wholes[i]), cell(12), cell(8)};
        assert_int_equal(exposure_withhold(c, 3, &g, 1, &one, K), 0);
    }
    for (int64_t rest = 1; rest < K; rest++) {
        struct exposure_cell c[] = {cell(20 + rest), cell(12), cell(8)};
        assert_int_equal(exposure_withhold(c, 3, &g, 1, &one, K), 1);
    }
}

static void exposure_withholds_the_first_by_key_of_equal_parts(void **state)
{
    (void)state;
    struct exposure_cell c[] = {cell(18), cell(8), cell(8)};
    const uint32_t parts[] = {2, 1};
    const struct exposure_group g = {0, parts, 2};
    assert_int_equal(exposure_withhold(c, 3, &g, 1, &one, K), 1);
    assert_true(c[1].let_out && !c[2].let_out);
}

static void exposure_does_not_look_below_what_is_withheld(void **state)
{
    (void)state;
    struct exposure_cell c[] = {cell(11), cell(5), cell(5)};
    const uint32_t parts[] = {1, 2};
    const struct exposure_group g = {0, parts, 2};
    c[0].let_out = 0;
    assert_int_equal(exposure_withhold(c, 3, &g, 1, &one, K), 0);
}

/* organisation 30 = care 14 + sales 14 + 2 of no department; care = two regions of 7. */
static void exposure_goes_on_until_nothing_is_exposed(void **state)
{
    (void)state;
    struct exposure_cell c[] = {cell(30), cell(14), cell(14), cell(7), cell(6), cell(16)};
    const uint32_t departments[] = {1, 2}, combined[] = {3, 4, 5}, of_care[] = {3, 4};
    const struct exposure_group g[] = {{0, departments, 2}, {0, combined, 3}, {1, of_care, 2}};
    assert_int_equal(exposure_withhold(c, 6, g, 3, &one, K), 2);
    assert_true(!c[1].let_out && c[2].let_out);                  /* 30 - 28 = 2 */
    assert_true(c[3].let_out && !c[4].let_out && c[5].let_out);  /* 30 - 29 = 1; and 14 - 13 is withheld itself */
}

/* ---- horizons -------------------------------------------------------------------------------------- */

static void exposure_withholds_the_shorter_of_two_horizons(void **state)
{
    (void)state;
    struct exposure_cell c = {.n = {12, 10, 13}, .let_out = 7};
    assert_int_equal(exposure_withhold(&c, 1, NULL, 0, &three, K), 2);
    assert_int_equal(c.let_out, 4);
    c = (struct exposure_cell){.n = {12, 6, 12}, .let_out = 7};
    assert_int_equal(exposure_withhold(&c, 1, NULL, 0, &three, K), 0);
    c = (struct exposure_cell){.n = {12, 8, 17}, .let_out = 7};
    assert_int_equal(exposure_withhold(&c, 1, NULL, 0, &three, K), 1);
    assert_int_equal(c.let_out, 5);
}

static void exposure_by_horizon_may_expose_a_scope_and_is_looked_at_again(void **state)
{
    (void)state;
    /* The whole was let out before its parts grew: with all of them it is less than they are, without the one that
     * its own longer horizon takes away it is a few more. */
    struct exposure_cell c[] = {
        {.n = {22, 0, 0}, .let_out = 1}, {.n = {12, 0, 0}, .let_out = 1}, {.n = {7, 0, 0}, .let_out = 1}, {.n = {6, 0, 9}, .let_out = 5}};
    const uint32_t parts[] = {1, 2, 3};
    const struct exposure_group g = {0, parts, 3};
    assert_int_equal(exposure_withhold(c, 4, &g, 1, &three, K), 2);
    assert_true(c[1].let_out && !c[2].let_out && c[3].let_out == 4);
}

/* ---- anything -------------------------------------------------------------------------------------- */

#define CELLS 24

static void exposure_leaves_nothing_exposed(void **state)
{
    (void)state;
    uint32_t withheld = 0;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct random r = {seed};
        struct exposure_cell c[CELLS];
        uint32_t parts[4][CELLS];
        struct exposure_group g[4];
        for (int i = 0; i < CELLS; i++) {
            c[i].let_out = 0;
            for (int h = 0; h < 3; h++) {
                c[i].n[h] = random_between(&r, 1, i < 4 ? 60 : 16);
                c[i].let_out |= (uint8_t)((c[i].n[h] >= K) << h);
            }
        }
        for (uint32_t i = 0; i < 4; i++) {
            g[i] = (struct exposure_group){i, parts[i], (uint32_t)random_between(&r, 1, 6)};
            for (uint32_t k = 0; k < g[i].count; k++) {
                parts[i][k] = i + 1 + (uint32_t)random_between(&r, 0, CELLS - 2 - i);
            }
        }
        withheld += exposure_withhold(c, CELLS, g, 4, &three, K);
        assert_int_equal(exposure_withhold(c, CELLS, g, 4, &three, K), 0);
        for (int h = 0; h < 3; h++) {
            for (uint32_t i = 0; i < 4; i++) {
                int64_t rest = c[g[i].whole].n[h];
                for (uint32_t k = 0; k < g[i].count; k++) {
                    rest -= c[parts[i][k]].let_out >> h & 1 ? c[parts[i][k]].n[h] : 0;
                }
                assert_false((c[g[i].whole].let_out >> h & 1) && rest >= 1 && rest < K);
            }
        }
        for (int i = 0; i < CELLS; i++) {
            int64_t d = c[i].n[2] - c[i].n[0];
            assert_false((c[i].let_out & 5) == 5 && d >= 1 && d < K);
        }
    }
    assert_true(withheld > 2000);
}

/* ---- which scopes lie inside which ------------------------------------------------------------------ */

static const struct scope_kind organisation = {0}, region = {1, {DIM_REGION}}, both = {2, {DIM_REGION, DIM_SEGMENT}},
                               turned = {2, {DIM_SEGMENT, DIM_REGION}};

static void scope_kind_inside_needs_all_dimensions_and_more(void **state)
{
    (void)state;
    assert_true(scope_kind_inside(&region, &organisation) && scope_kind_inside(&both, &organisation));
    assert_true(scope_kind_inside(&both, &region));
    assert_false(scope_kind_inside(&region, &both) || scope_kind_inside(&organisation, &organisation));
    assert_false(scope_kind_inside(&both, &turned));
    assert_false(scope_kind_inside(&both, &(struct scope_kind){1, {DIM_CHANNEL}}));
}

static void outer_is(const struct scope_kind *fine, const char *key, const struct scope_kind *coarse, const char *want)
{
    struct buf out = {0};
    int rc = scope_key_outer(fine, text_of(key), coarse, &out);
    if (want) {
        assert_int_equal(rc, 0);
        assert_int_equal(out.len, strlen(want));
        assert_memory_equal(out.at, want, out.len);
    } else {
        assert_int_equal(rc, CUBE_EFORMAT);
    }
    buf_close(&out);
}

static void scope_key_outer_names_the_scope_around(void **state)
{
    (void)state;
    outer_is(&both, "region=north,segment=smb", &region, "region=north");
    outer_is(&both, "region=north,segment=smb", &turned, "segment=smb,region=north");
    outer_is(&both, "region=north,segment=smb", &organisation, "organisation");
    outer_is(&both, "region=a=b,c,segment=", &region, "region=a=b,c");
    outer_is(&region, "region=north,segment=smb", &region, "region=north,segment=smb");
    outer_is(&both, "region=north", &region, NULL);
    outer_is(&both, "segment=smb,region=north", &region, NULL);
    outer_is(&region, "region=north", &both, NULL);
    outer_is(&region, "regio", &region, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exposure_withholds_the_smallest_part_when_the_rest_is_a_few),
        cmocka_unit_test(exposure_leaves_what_exposes_nobody_or_enough),
        cmocka_unit_test(exposure_withholds_the_first_by_key_of_equal_parts),
        cmocka_unit_test(exposure_does_not_look_below_what_is_withheld),
        cmocka_unit_test(exposure_goes_on_until_nothing_is_exposed),
        cmocka_unit_test(exposure_withholds_the_shorter_of_two_horizons),
        cmocka_unit_test(exposure_by_horizon_may_expose_a_scope_and_is_looked_at_again),
        cmocka_unit_test(exposure_leaves_nothing_exposed),
        cmocka_unit_test(scope_kind_inside_needs_all_dimensions_and_more),
        cmocka_unit_test(scope_key_outer_names_the_scope_around),
    };
    return RUN_TESTS(tests);
}
