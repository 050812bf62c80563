#include "support/unit.h"

#include "cube/cube_plan.h"

static int bits_between(uint8_t a, uint8_t b)
{
    return __builtin_popcount(a ^ b);
}

static void octant_move_name_names_each_of_the_24_edges_once(void **state)
{
    (void)state;
    struct text seen[24];
    uint32_t count = 0;
    for (uint8_t from = 0; from < OCTANT_COUNT; from++) {
        for (uint8_t to = 0; to < OCTANT_COUNT; to++) {
            struct text name = octant_move_name(from, to);
            assert_int_equal(name.len > 0, bits_between(from, to) == 1);
            for (uint32_t i = 0; name.len && i < count; i++) {
                assert_false(text_equal(seen[i], name));
            }
            if (name.len) {
                seen[count++] = name;
            }
        }
    }
    assert_int_equal(count, 24);
}

static void octant_move_name_begins_with_the_axis_that_moves(void **state)
{
    (void)state;
    static const char *const words[] = {[1] = "value ", [2] = "experience ", [4] = "engagement "};
    for (uint8_t from = 0; from < OCTANT_COUNT; from++) {
        for (uint8_t to = 0; to < OCTANT_COUNT; to++) {
            struct text name = octant_move_name(from, to);
            const char *word = name.len ? words[from ^ to] : "";
            assert_memory_equal(name.len ? name.at : "", word, strlen(word));
        }
    }
}

static void octant_move_name_knows_that_stress_to_burnout_is_value_lost(void **state)
{
    (void)state;
    struct text stress = TEXT_LITERAL("stress"), burnout = TEXT_LITERAL("burnout");
    struct text name = octant_move_name(octant_find(stress), octant_find(burnout));
    assert_true(text_equal(name, TEXT_LITERAL("value lost")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octant_move_name_names_each_of_the_24_edges_once),
        cmocka_unit_test(octant_move_name_begins_with_the_axis_that_moves),
        cmocka_unit_test(octant_move_name_knows_that_stress_to_burnout_is_value_lost),
    };
    return RUN_TESTS(tests);
}
