#include "support/unit.h"

#include "base/fixed.h"
#include "proto/kind_fields.h"

static void kind_fields_name_each_field_once_per_kind(void **state)
{
    (void)state;
    for (int k = 0; k < KIND_COUNT; k++) {
        const struct kind_fields *row = &kind_fields[k];
        assert_true((row->required & row->either) == 0);
        assert_true(((row->required | row->either) & row->optional) == 0);
        assert_true(__builtin_popcountll(row->either) != 1);
    }
}

static void kind_fields_give_every_field_but_source_a_kind(void **state)
{
    (void)state;
    uint64_t used = FIELD_BIT(SOURCE);
    for (int k = 0; k < KIND_COUNT; k++) {
        used |= kind_fields[k].required | kind_fields[k].either | kind_fields[k].optional;
    }
    assert_true(used == UINT64_MAX >> (64 - EVENT_FIELD_COUNT));
}

static enum event_field misfit(enum event_kind kind, enum event_field f, int64_t micro)
{
    struct event e = {.kind = kind, .present = UINT64_C(1) << f};
    const char *scale = NULL;
    e.slot[f].number = micro;
    enum event_field found = kind_value_misfit(&e, &scale);
    assert_true(found == EVENT_FIELD_NONE || scale != NULL);
    return found;
}

static void kind_value_misfit_judges_present_fields_only(void **state)
{
    (void)state;
    struct event none = {.kind = KIND_HR_SURVEY};
    const char *scale = NULL;
    assert_int_equal(kind_value_misfit(&none, &scale), EVENT_FIELD_NONE);
    assert_int_equal(misfit(KIND_ENPS, EVENT_VALUE, 10 * FIXED_ONE), EVENT_FIELD_NONE);
    assert_int_equal(misfit(KIND_ENPS, EVENT_VALUE, 11 * FIXED_ONE), EVENT_VALUE);
    assert_int_equal(misfit(KIND_MEASUREMENT, EVENT_VALUE, 11 * FIXED_ONE), EVENT_FIELD_NONE);
    assert_int_equal(misfit(KIND_SURVEY, EVENT_VALUE, 11 * FIXED_ONE), EVENT_FIELD_NONE);
    assert_int_equal(misfit(KIND_HR_SURVEY, EVENT_SCALE, FIXED_ONE), EVENT_SCALE);
    assert_int_equal(misfit(KIND_CHURN, EVENT_FRACTION, -1), EVENT_FRACTION);
    assert_int_equal(misfit(KIND_CHURN, EVENT_INFLUENCE, 100 * FIXED_ONE + 1), EVENT_INFLUENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_fields_name_each_field_once_per_kind),
        cmocka_unit_test(kind_fields_give_every_field_but_source_a_kind),
        cmocka_unit_test(kind_value_misfit_judges_present_fields_only),
    };
    return RUN_TESTS(tests);
}
