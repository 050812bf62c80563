/* Tables of observed retention where memory is short: filled, written, read back. */
#include "support/unit.h"

#include <stdio.h>

#include "engine/retention.h"
#include "support/failmalloc.h"

enum { SEGMENTS = 100 };

/* Changed by nothing that fails: the same entries, the last of which is still found. */
static int fill(struct retention_table *t)
{
    int rc = retention_table_whole(t, 0.5);
    for (uint32_t i = 0; rc == 0 && i < SEGMENTS; i++) {
        char name[16];
        uint32_t len = (uint32_t)snprintf(name, sizeof name, "segment-%03u", i);
        rc = retention_table_add(t, (struct text){name, len}, i / (double)SEGMENTS);
        assert_int_equal(t->count, i + (rc == 0));
        assert_true(t->count == 0 || t->shares[t->count - 1].share == (t->count - 1) / (double)SEGMENTS);
    }
    return rc;
}

static int fill_and_close(void *arg)
{
    (void)arg;
    struct retention_table t = {0};
    int rc = fill(&t);
    retention_table_close(&t);
    return rc;
}

static void retention_table_add_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(fill_and_close, NULL) >= 5);
}

static int encode(void *arg)
{
    struct buf out = {0};
    int rc = retention_encode(arg, &out);
    buf_close(&out);
    return rc;
}

static void retention_encode_reports_lack_of_memory(void **state)
{
    (void)state;
    struct retention_table t = {.t_ms = 1};
    assert_int_equal(fill(&t), 0);
    assert_true(failmalloc_sweep(encode, &t) >= 1);
    retention_table_close(&t);
}

static int put_items(void *arg)
{
    struct buf out = {0};
    uint32_t next = 0;
    int rc = retention_put_items(arg, &next, 1 << 20, &out);
    buf_close(&out);
    return rc;
}

static void retention_put_items_reports_lack_of_memory(void **state)
{
    (void)state;
    struct retention_table t = {.t_ms = 1};
    assert_int_equal(fill(&t), 0);
    assert_true(failmalloc_sweep(put_items, &t) >= 1);
    retention_table_close(&t);
}

static int decode(void *arg)
{
    const struct buf *in = arg;
    struct cursor c = {in->at, in->at + in->len};
    struct retention_table t = {0};
    int rc = retention_decode(&c, &t);
    assert_true(rc || t.count == SEGMENTS);
    retention_table_close(&t);
    return rc;
}

static void retention_decode_reports_lack_of_memory(void **state)
{
    (void)state;
    struct retention_table t = {.t_ms = 1};
    struct buf out = {0};
    assert_int_equal(fill(&t), 0);
    assert_int_equal(retention_encode(&t, &out), 0);
    retention_table_close(&t);
    assert_true(failmalloc_sweep(decode, &out) >= 5);
    buf_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retention_table_add_reports_lack_of_memory_and_changes_nothing),
        cmocka_unit_test(retention_encode_reports_lack_of_memory),
        cmocka_unit_test(retention_put_items_reports_lack_of_memory),
        cmocka_unit_test(retention_decode_reports_lack_of_memory),
    };
    return RUN_TESTS(tests);
}
