#include "support/unit.h"

#include "engine/fact_pack.h"
#include "engine/order.h"
#include "support/random.h"

#define DAY INT64_C(86400000)

static const struct pack_plan plan = {{.window_ms = 365 * DAY, .pane_ms = DAY, .panes = 365}, 91 * DAY};

#define FACTS 64u

static uint32_t words_of(const struct pack_plan *p, const struct fact *facts, uint32_t count)
{
    uint64_t words[FACTS * FACT_WORDS_MAX];
    struct fact back[FACTS];
    memset(back, 0xa5, sizeof back);
    uint64_t *end = fact_pack(p, facts, count, words);
    fact_unpack(p, words, count, back);
    assert_memory_equal(back, facts, count * sizeof *facts);
    return (uint32_t)(end - words);
}

static uint32_t words_of_one(enum fact_type type, uint8_t arg, int64_t t, uint64_t key, int64_t value)
{
    struct fact f = {fact_head(type, arg, t), key, value};
    return words_of(&plan, &f, 1);
}

static void most_facts_take_two_words(void **state)
{
    (void)state;
    int64_t pane = 20000, leaves = (pane + 365) * DAY;
    assert_int_equal(words_of_one(FACT_LEDGER, 5, 77, 3, INT64_C(-4000000000)), 2);
    assert_int_equal(words_of_one(FACT_MARK, 2, 0, 900000, 20000), 2);
    assert_int_equal(words_of_one(FACT_VALUE, VALUE_CONTACT, FACT_T_MAX, UINT64_MAX, 1), 2);
    assert_int_equal(words_of_one(FACT_VALUE, VALUE_CONTACT, 5, UINT64_MAX, 0), 2);
    assert_int_equal(words_of_one(FACT_POINTS, 63, leaves, UINT64_MAX, -2048 * (INT64_C(1) << 36) + pane), 2);
    assert_int_equal(words_of_one(FACT_ORDER, 0, 1700000000000, UINT64_MAX, 91 * DAY << ORDER_VALUE_SET_BITS | 500000), 2);
}

static void what_does_not_fit_takes_three(void **state)
{
    (void)state;
    int64_t pane = 20000, leaves = (pane + 365) * DAY, one = INT64_C(1) << 36;
    assert_int_equal(words_of_one(FACT_LEDGER, 5, 77, 1 << 20, INT64_MAX), 3);
    assert_int_equal(words_of_one(FACT_LEDGER, 5, 77, 3, INT64_C(1) << 43), 3);
    assert_int_equal(words_of_one(FACT_POINTS, 1, leaves + 1, UINT64_MAX, 30 * one + pane), 3);
    assert_int_equal(words_of_one(FACT_POINTS, 1, leaves, UINT64_MAX, 2048 * one + pane), 3);
    assert_int_equal(words_of_one(FACT_ORDER, 0, INT64_C(1) << 42, UINT64_MAX, 91 * DAY << ORDER_VALUE_SET_BITS | 5), 3);
    assert_int_equal(words_of_one(FACT_ORDER, 0, 5, UINT64_MAX, 91 * DAY << ORDER_VALUE_SET_BITS | 1 << 19), 3);
    assert_int_equal(words_of_one(FACT_ORDER, 0, 5, UINT64_MAX, 92 * DAY << ORDER_VALUE_SET_BITS | 5), 3);
    assert_int_equal(words_of_one(FACT_CASE, 255, FACT_T_MAX, UINT64_MAX, INT64_MIN), 3);
}

static void what_is_kept_of_an_order_knows_its_key_from_it(void **state)
{
    (void)state;
    uint64_t more = order_more_key(99, 1000);
    struct fact kept[] = {{fact_head(FACT_ORDER, 0, 1000), 99, INT64_C(17) << 40},
                          {fact_head(FACT_ORDER_MORE, 3, 8), more, INT64_MAX},
                          {fact_head(FACT_CASE, 3, 8), 1, INT64_MAX},
                          {fact_head(FACT_ORDER_MORE, 4, FACT_T_MAX), more, INT64_MIN}};
    assert_int_equal(words_of(&plan, kept, 4), 3 + 2 + 3 + 2);
    kept[0].key = 98;
    assert_int_equal(words_of(&plan, kept, 4), 3 + 3 + 3 + 3);
}

static void points_that_stay_for_ever_have_no_t(void **state)
{
    (void)state;
    struct pack_plan for_ever = {{.pane_ms = DAY}, 1};
    struct fact f = {fact_head(FACT_POINTS, 1, 0), UINT64_MAX, 7 * (INT64_C(1) << 36) + 20000};
    assert_int_equal(words_of(&for_ever, &f, 1), 2);
    assert_int_equal(words_of(&plan, &f, 1), 3);
}

static void random_facts_come_back_as_they_were(void **state)
{
    (void)state;
    struct random r = {7};
    for (int turn = 0; turn < 2000; turn++) {
        struct fact facts[FACTS];
        for (unsigned i = 0; i < FACTS; i++) {
            uint8_t arg = (uint8_t)random_next(&r);
            enum fact_type type = (enum fact_type)(1 + random_next(&r) % (FACT_TYPE_COUNT - 1));
            facts[i].head = fact_head(type, arg, (int64_t)(random_next(&r) >> (16 + arg % 48)));
            facts[i].key = random_next(&r) >> random_next(&r) % 64;
            facts[i].value = (int64_t)random_next(&r) >> random_next(&r) % 64;
        }
        (void)words_of(&plan, facts, FACTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_facts_take_two_words),
        cmocka_unit_test(what_does_not_fit_takes_three),
        cmocka_unit_test(what_is_kept_of_an_order_knows_its_key_from_it),
        cmocka_unit_test(points_that_stay_for_ever_have_no_t),
        cmocka_unit_test(random_facts_come_back_as_they_were),
    };
    return RUN_TESTS(tests);
}
