#include "engine/gift_table.h"

#include "base/error.h"
#include "support/unit.h"

/* So that those who were named before a restart are put back behind whatever scopes expect. */
static void who_is_named_finds_room_whatever_is_expected(void **state)
{
    (void)state;
    static const char *const expected[] = {"organisation", "region=a", "region=b", "department=care"};
    struct gift_table *t;
    uint32_t id, again;
    assert_int_equal(gift_table_create(2, 10, 1, 1, &t), 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(gift_table_expected(t, text_of(expected[i]), &id), 0);
        assert_int_equal(id, i);
    }
    assert_int_equal(gift_table_giver(t, TEXT_LITERAL("department=care"), &id), 0);
    assert_int_equal(id, 3);
    assert_int_equal(gift_table_giver(t, TEXT_LITERAL("department=sales"), &id), 0);
    assert_int_equal(gift_table_giver(t, TEXT_LITERAL("department=desk"), &again), CUBE_ELIMIT);
    assert_int_equal(gift_table_giver(t, TEXT_LITERAL("department=sales"), &again), 0);
    assert_int_equal(again, id);
    assert_int_equal(gift_table_count(t), 5);
    gift_table_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_is_named_finds_room_whatever_is_expected)};
    return RUN_TESTS(tests);
}
