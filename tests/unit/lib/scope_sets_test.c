#include "support/unit.h"

#include "scope/scope_plan.h"
#include "scope/scope_sets.h"
#include "support/failmalloc.h"

static uint32_t add(struct scope_sets *s, const uint32_t *scopes, uint32_t count)
{
    uint32_t id = UINT32_MAX;
    assert_int_equal(scope_sets_add(s, scopes, count, &id), 0);
    return id;
}

static void scope_sets_add_knows_a_list_again(void **state)
{
    (void)state;
    struct scope_sets s = {0};
    const uint32_t a[] = {0, 7, 9}, b[] = {0, 9, 7}, c[] = {0, 7};
    assert_int_equal(add(&s, a, 3), 0);
    assert_int_equal(add(&s, b, 3), 1);
    assert_int_equal(add(&s, c, 2), 2);
    assert_int_equal(add(&s, a, 2), 2);
    assert_int_equal(add(&s, a, 3), 0);
    assert_int_equal(s.count, 3);
    scope_sets_close(&s);
}

static void scope_sets_at_gives_every_list_back_however_many(void **state)
{
    (void)state;
    struct scope_sets s = {0};
    uint32_t list[SCOPE_KINDS_MAX], count;
    for (uint32_t id = 0; id < 5000; id++) {
        for (uint32_t i = 0; i < SCOPE_KINDS_MAX; i++) {
            list[i] = id * 31 + i;
        }
        assert_int_equal(add(&s, list, 1 + id % SCOPE_KINDS_MAX), id);
    }
    for (uint32_t id = 0; id < 5000; id++) {
        const uint32_t *at = scope_sets_at(&s, id, &count);
        assert_int_equal(count, 1 + id % SCOPE_KINDS_MAX);
        assert_int_equal(at[count - 1], id * 31 + count - 1);
    }
    assert_true(scope_sets_bytes(&s) > 5000 * sizeof(uint32_t));
    scope_sets_close(&s);
}

static int many(void *arg)
{
    (void)arg;
    struct scope_sets s = {0};
    int rc = 0;
    for (uint32_t i = 0; i < 300 && rc == 0; i++) {
        const uint32_t list[] = {i, i + 1, i + 2};
        uint32_t id;
        rc = scope_sets_add(&s, list, 3, &id);
    }
    scope_sets_close(&s);
    return rc;
}

static void scope_sets_add_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(many, NULL) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_sets_add_knows_a_list_again),
        cmocka_unit_test(scope_sets_at_gives_every_list_back_however_many),
        cmocka_unit_test(scope_sets_add_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
