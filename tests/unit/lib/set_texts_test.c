#include "support/unit.h"

#include "engine/set_texts.h"
#include "support/failmalloc.h"

#define REGIONS 20u

static struct scope_table *table;
static uint32_t sets[REGIONS];

/* A set for each region, a, b, and so on. */
static void table_make(void)
{
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct dim_values v;
    const struct scope_set *set;
    memset(&v, 0xff, sizeof v);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &table), 0);
    for (unsigned i = 0; i < REGIONS; i++) {
        char name[2] = {(char)('a' + i), 0};
        assert_int_equal(scope_table_value(table, DIM_REGION, text_of(name), &v.id[DIM_REGION]), 0);
        assert_int_equal(scope_table_set(table, &v, &set), 0);
        sets[i] = set->id;
    }
}

static int sets_story(void *arg)
{
    struct set_texts s = {0};
    struct buf b = {0};
    (void)arg;
    int rc = 0;
    for (uint32_t i = 0; i < 2 * REGIONS && !rc; i++) {
        size_t before = b.len;
        rc = set_texts_put(&s, table, sets[i % REGIONS], &b);
        assert_int_equal(b.len - before, rc ? 0 : 3);
    }
    for (uint32_t i = 0; i < REGIONS && !rc; i++) {
        assert_memory_equal(b.at + (size_t)i * 3, b.at + (size_t)(i + REGIONS) * 3, 3);
        assert_int_equal(b.at[i * 3 + 2], 'a' + i);
    }
    set_texts_close(&s);
    buf_close(&b);
    return rc;
}

static void set_texts_put_writes_what_it_kept_as_it_did_first(void **state)
{
    (void)state;
    table_make();
    assert_int_equal(sets_story(NULL), 0);
    assert_true(failmalloc_sweep(sets_story, NULL) > 2);
    scope_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_texts_put_writes_what_it_kept_as_it_did_first),
    };
    return RUN_TESTS(tests);
}
