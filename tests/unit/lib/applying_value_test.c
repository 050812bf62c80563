#include "support/unit.h"

#include "base/fixed.h"
#include "engine/applying.h"

static struct event event_with(enum event_field field, int64_t number)
{
    struct event e = {.present = UINT64_C(1) << field};
    e.slot[field].number = number;
    return e;
}

static void applying_value_adds_signed_fields_and_counts_absent_ones_as_zero(void **state)
{
    (void)state;
    const struct source s = {.terms = {{EVENT_REVENUE, 1}, {EVENT_COST, -1}}, .term_count = 2};
    struct event e = event_with(EVENT_REVENUE, 5 * FIXED_ONE);
    assert_true(applying_value(&s, &e) == 5 * FIXED_ONE);
    e.present |= UINT64_C(1) << EVENT_COST;
    e.slot[EVENT_COST].number = 7 * FIXED_ONE;
    assert_true(applying_value(&s, &e) == -2 * FIXED_ONE);
}

static void applying_value_gives_milliseconds_in_micro_units_like_decimals(void **state)
{
    (void)state;
    const struct source s = {.terms = {{EVENT_ATTENTION_MS, 1}}, .term_count = 1};
    const struct event e = event_with(EVENT_ATTENTION_MS, 1500);
    assert_true(applying_value(&s, &e) == 1500 * FIXED_ONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applying_value_adds_signed_fields_and_counts_absent_ones_as_zero),
        cmocka_unit_test(applying_value_gives_milliseconds_in_micro_units_like_decimals),
    };
    return RUN_TESTS(tests);
}
