#include "support/unit.h"

#include <string.h>

#include "engine/delta.h"
#include "support/failmalloc.h"

static const struct scope_plan plan = {.count = 1, .kinds = {{0}}};

/* Without memory a change is told by set, and what is summed stays right. */
static int story(void *arg)
{
    static const struct layout two = {2, 0};
    static const int64_t cells[] = {1, 2};
    struct scope_table *t = arg;
    struct dim_values v;
    const struct scope_set *set;
    struct delta_sums s = {0};
    memset(&v, 0xff, sizeof v);
    int rc = scope_table_set(t, &v, &set);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < 4 && !rc; i++) {
        delta_sums_begin(&s, 1, false, &two);
        struct delta_column *c = delta_sums_claim(&s, t, set, 1, false, 9);
        taken += c != NULL;
        assert_int_equal(c ? delta_column_add(&s, c, set, cells) : 0, 0);
        assert_int_equal(c ? c->cells[1] : 0, c ? 2 * taken : 0);
    }
    assert_true(rc || taken >= 3);
    delta_sums_close(&s);
    return rc;
}

static void delta_sums_gets_along_without_memory(void **state)
{
    (void)state;
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 10, 1, &t), 0);
    assert_int_equal(story(t), 0);
    assert_int_equal(failmalloc_sweep_tolerant(story, t), 3); /* columns, cells, has */
    scope_table_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delta_sums_gets_along_without_memory),
    };
    return RUN_TESTS(tests);
}
