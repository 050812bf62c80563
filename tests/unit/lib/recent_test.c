#include "support/unit.h"

#include <stdio.h>

#include "scope/recent.h"

enum { PLACES = 64 };

/* A set with a value whose place is this one; first: another one for each. */
static struct near_set with_place(uint32_t place, const struct scope_set *set, unsigned first)
{
    struct near_set n = {.set = set};
    char value[8];
    for (unsigned i = first * 10000; i < (first + 1) * 10000; i++) {
        n.text = text_pack((struct text){value, (uint32_t)snprintf(value, sizeof value, "v-%u", i)});
        n.from = near_from(i, DIM_REGION, 3);
        if (near_sets_place(PLACES, n.text, n.from) == place) {
            return n;
        }
    }
    fail();
    return n;
}

static void near_sets_put_drops_nobody_while_a_neighbour_is_empty(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < NEAR_PLACES; first++) {
        struct near_set at[PLACES] = {0}, put[NEAR_PLACES];
        struct scope_set set = {0};
        for (uint32_t k = 0; k < NEAR_PLACES; k++) {
            put[k] = with_place(NEAR_PLACES + (first + k * 3) % NEAR_PLACES, &set, k);
            near_sets_put(at, PLACES, &put[k]);
        }
        for (uint32_t k = 0; k < NEAR_PLACES; k++) {
            assert_non_null(near_sets_find(at, PLACES, put[k].text, put[k].from));
        }
    }
}

static void near_sets_put_is_found_where_all_are_taken(void **state)
{
    (void)state;
    struct near_set at[PLACES] = {0};
    struct scope_set set = {0};
    for (uint32_t k = 0; k < 3 * NEAR_PLACES; k++) {
        struct near_set n = with_place(k % NEAR_PLACES, &set, k);
        near_sets_put(at, PLACES, &n);
        assert_ptr_equal(near_sets_find(at, PLACES, n.text, n.from), &at[k % NEAR_PLACES]);
    }
}

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

/* By the sanitizers: an event may name nothing, or anything, before the table has met it. */
static void scope_table_near_prefetch_takes_any_value(void **state)
{
    (void)state;
    struct scope_plan plan = {.count = 2, .kinds = {{.count = 0}, {.dims = {DIM_REGION}, .count = 1}}};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    for (uint32_t i = 0; i < 200; i++) {
        char name[40];
        const struct scope_set *first = scope_table_set_at(t, 0), *near;
        struct text value = {name, (uint32_t)snprintf(name, sizeof name, "%0*u", (int)(i % 30) + 1, i)};
        scope_table_near_prefetch_set(t, scope_table_near_prefetch(t, 0, DIM_REGION, value));
        assert_int_equal(scope_table_set_near(t, first, DIM_REGION, value, &near), 0);
        scope_table_near_prefetch_set(t, scope_table_near_prefetch(t, near->id, DIM_REGION, (struct text){0}));
    }
    scope_table_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_sets_put_drops_nobody_while_a_neighbour_is_empty),
        cmocka_unit_test(near_sets_put_is_found_where_all_are_taken),
        cmocka_unit_test(recent_values_get_more_places_when_more_are_met),
        cmocka_unit_test(scope_table_near_prefetch_takes_any_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
