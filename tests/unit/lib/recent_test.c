#include "support/unit.h"

#include <stdio.h>

#include "scope/recent.h"

static void recent_values_get_more_places_when_more_are_met(void **state)
{
    (void)state;
    struct recent_values v = {0};
    char at[8];
    assert_int_equal(recent_reserve(&v), 0);
    assert_int_equal(v.places, RECENT_FIRST);
    for (uint32_t i = 0; i <= RECENT_FIRST; i++) {
        struct text t = {at, (uint32_t)snprintf(at, sizeof at, "v-%u", i)};
        struct recent_value r = {text_pack(t), i, DIM_REGION, (uint8_t)t.len};
        assert_int_equal(recent_reserve(&v), 0);
        recent_put(&v, &r);
        assert_int_equal(recent_find(&v, r.text, DIM_REGION, t.len)->id, i);
        assert_null(recent_find(&v, r.text, DIM_DEPARTMENT, t.len));
    }
    assert_int_equal(v.places, RECENT_MORE);
    free(v.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recent_values_get_more_places_when_more_are_met),
    };
    return RUN_TESTS(tests);
}
