#include "support/unit.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/intern.h"
#include "base/sliding.h"
#include "base/varint.h"
#include "support/failmalloc.h"

static int fill_buf(void *arg)
{
    struct buf b = {0};
    (void)arg;
    int rc = 0;
    for (int i = 0; rc == 0 && i < 40; i++) {
        size_t before = b.len;
        rc = put_text(&b, TEXT_LITERAL("a text of some length"));
        if (rc) {
            assert_int_equal(b.len, before);
        }
        rc = rc ? rc : put_uint(&b, UINT64_MAX);
        rc = rc ? rc : put_int(&b, INT64_MIN);
        rc = rc ? rc : put_i128(&b, (cube_i128)1 << 100);
        rc = rc ? rc : put_double(&b, 0.1);
    }
    buf_close(&b);
    return rc;
}

static void buf_append_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(fill_buf, NULL) >= 5);
}

static int fill_intern(void *arg)
{
    struct intern *in;
    (void)arg;
    int rc = intern_create(1000, 7, &in);
    if (rc) {
        return rc;
    }
    for (int i = 0; rc == 0 && i < 400; i++) {
        char at[32];
        uint32_t id, n = (uint32_t)snprintf(at, sizeof at, "name %d", i);
        struct text t = {at, n};
        rc = intern_add(in, t, &id);
        if (rc) {
            assert_int_equal(intern_count(in), i);
            assert_int_equal(intern_find(in, t), INTERN_NONE);
            assert_int_equal(intern_add(in, t, &id), 0); /* the call may be repeated */
            assert_int_equal(id, i);
        }
    }
    intern_destroy(in);
    return rc;
}

static void intern_add_reports_lack_of_memory_and_may_be_repeated(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(fill_intern, NULL) >= 10);
}

static int fill_sliding(void *arg)
{
    (void)arg;
    void *at = NULL;
    uint32_t first = 0, capacity = 0;
    int rc = 0;
    for (uint32_t count = 0; rc == 0 && count < 100; count++) {
        uint32_t before = capacity;
        rc = sliding_reserve(&at, &first, count, &capacity, sizeof(int64_t), 4);
        assert_true(rc == 0 || capacity == before);
    }
    free(at);
    return rc;
}

static void sliding_reserve_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(fill_sliding, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sliding_reserve_reports_lack_of_memory_and_changes_nothing),
        cmocka_unit_test(buf_append_reports_lack_of_memory_and_changes_nothing),
        cmocka_unit_test(intern_add_reports_lack_of_memory_and_may_be_repeated),
    };
    return RUN_TESTS(tests);
}
