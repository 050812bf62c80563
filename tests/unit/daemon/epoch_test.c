#include "support/unit.h"

#include "port/epoch.h"

#include <string.h>

static void epoch_add_keeps_bytes_keys_and_headers(void **state)
{
    (void)state;
    struct epoch e = {0};
    struct header h[3] = {{TEXT_LITERAL("a"), TEXT_LITERAL("one")}, {TEXT_LITERAL("bb"), {0}}, {TEXT_LITERAL("c"), TEXT_LITERAL("")}};
    assert_int_equal(epoch_add(&e, ROLE_STATE, PARTITION_BY_KEY, 77, (const uint8_t *)"key", 3, (const uint8_t *)"value", 5, h, 3), 0);
    assert_int_equal(epoch_add(&e, ROLE_PARTIALS, 2, 78, NULL, 0, (const uint8_t *)"", 0, NULL, 0), 0);
    assert_int_equal(e.message_count, 2);
    const struct epoch_message *m = &e.messages[0];
    assert_int_equal(m->role, ROLE_STATE);
    assert_int_equal(m->partition, PARTITION_BY_KEY);
    assert_int_equal(m->timestamp_ms, 77);
    assert_memory_equal(epoch_key(&e, m), "key", 3);
    assert_memory_equal(epoch_value(&e, m), "value", 5);
    assert_true(text_equal(epoch_header(&e, m, 0).value, TEXT_LITERAL("one")));
    assert_true(text_equal(epoch_header(&e, m, 1).name, TEXT_LITERAL("bb")));
    assert_null(epoch_header(&e, m, 1).value.at);
    assert_non_null(epoch_header(&e, m, 2).value.at);
    assert_int_equal(epoch_header(&e, m, 2).value.len, 0);
    epoch_close(&e);
}

static void epoch_add_tells_absent_from_empty(void **state)
{
    (void)state;
    struct epoch e = {0};
    assert_int_equal(epoch_add(&e, ROLE_CUSTOMERS, -1, 0, (const uint8_t *)"", 0, NULL, 0, NULL, 0), 0);
    assert_non_null(epoch_key(&e, &e.messages[0]));
    assert_null(epoch_value(&e, &e.messages[0]));
    epoch_close(&e);
}

static void epoch_offset_set_keeps_one_entry_per_partition(void **state)
{
    (void)state;
    struct epoch e = {0};
    for (int32_t p = 0; p < 20; p++) {
        assert_int_equal(epoch_offset_set(&e, ROLE_HR, p, p), 0);
    }
    assert_int_equal(epoch_offset_set(&e, ROLE_HR, 3, 99), 0);
    assert_int_equal(epoch_offset_set(&e, ROLE_CPI, 3, 5), 0);
    assert_int_equal(e.offset_count, 21);
    assert_int_equal(e.offsets[3].next, 99);
    epoch_close(&e);
}

static void epoch_clear_empties_and_keeps_memory(void **state)
{
    (void)state;
    struct epoch e = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(epoch_add(&e, ROLE_STATE, 0, i, (const uint8_t *)"k", 1, (const uint8_t *)"v", 1, NULL, 0), 0);
    }
    assert_int_equal(epoch_offset_set(&e, ROLE_HR, 0, 1), 0);
    const struct epoch_message *before = e.messages;
    epoch_clear(&e);
    assert_int_equal(e.message_count, 0);
    assert_int_equal(e.offset_count, 0);
    assert_int_equal(e.bytes.len, 0);
    assert_ptr_equal(e.messages, before);
    epoch_close(&e);
    epoch_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epoch_add_keeps_bytes_keys_and_headers),
        cmocka_unit_test(epoch_add_tells_absent_from_empty),
        cmocka_unit_test(epoch_offset_set_keeps_one_entry_per_partition),
        cmocka_unit_test(epoch_clear_empties_and_keeps_memory),
    };
    return RUN_TESTS(tests);
}
