/* What a record holds too often or not at all. */
#include "support/unit.h"

#include "support/decode.h"

static void event_decode_sees_a_key_of_the_envelope_twice(void **state)
{
    (void)state;
    static const char *const again[] = {"\xa1v\x01", "\xa2id\xa1" "a", "\xa2ts\xcf\0\0\x01\x9b\x77\x40\xd8\0", "\xa4kind\xa5" "churn",
                                        "\xa8" "customer\xa1" "c"};
    static const size_t lengths[] = {3, 5, 12, 11, 11};
    static const char once[] = "\x87\xa1v\x01\xa2id\xa1" "a\xa2ts\xcf\0\0\x01\x9b\x77\x40\xd8\0\xa4kind\xa5" "churn\xa8" "customer\xa1" "c";
    for (size_t i = 0; i < 5; i++) {
        char record[128];
        size_t n = sizeof once - 1;
        memcpy(record, once, n);
        memcpy(record + n, again[i], lengths[i]);
        n += lengths[i];
        memset(record + n, 'x', sizeof record - n);
        memcpy(record + n, (const uint8_t[]){0xa1, 'x', 0xd9, (uint8_t)(sizeof record - n - 4)}, 4);
        struct decoded d = decode_record(TOPIC_INTERACTIONS, "c", record, sizeof record);
        assert_string_equal(verdict(&d), "undecodable");
        assert_non_null(strstr(d.r.detail, "twice"));
        decoded_close(&d);
    }
}

static void event_decode_refuses_a_record_without_value_after_the_key_bound(void **state)
{
    (void)state;
    char key[RECORD_KEY_MAX + 2];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = 0;
    struct decoded d = decode_record(TOPIC_INTERACTIONS, "c", NULL, 0);
    assert_string_equal(verdict(&d), "undecodable");
    decoded_close(&d);
    d = decode_record(TOPIC_INTERACTIONS, key, NULL, 0);
    assert_string_equal(verdict(&d), "too_large");
    decoded_close(&d);
    key[RECORD_KEY_MAX] = 0;
    d = decode_record(TOPIC_INTERACTIONS, key, NULL, 0);
    assert_string_equal(verdict(&d), "undecodable");
    decoded_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_decode_sees_a_key_of_the_envelope_twice),
        cmocka_unit_test(event_decode_refuses_a_record_without_value_after_the_key_bound),
    };
    return RUN_TESTS(tests);
}
