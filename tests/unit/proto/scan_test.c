/* The two readers of untrusted bytes, token by token. */
#include "support/unit.h"

#include <string.h>

#include "proto/event_decode.h"
#include "proto/json_scan.h"
#include "proto/msgpack_cursor.h"

static void json_scan_next_gives_the_tokens_in_order(void **state)
{
    (void)state;
    static const char text[] = " {\"a\\n\":[1,-2.5e1,true],\"b\":{}} ";
    static const enum json_type wanted[] = {
        JSON_SCAN_OBJECT,
        JSON_SCAN_KEY,
        JSON_SCAN_ARRAY,
        JSON_SCAN_NUMBER,
        JSON_SCAN_NUMBER,
        JSON_SCAN_TRUE,
        JSON_SCAN_ARRAY_END,
        JSON_SCAN_KEY,
        JSON_SCAN_OBJECT,
        JSON_SCAN_OBJECT_END,
        JSON_SCAN_OBJECT_END,
        JSON_SCAN_END,
    };
    struct json_scan s;
    struct json_token t;
    json_scan_init(&s, (const uint8_t *)text, sizeof text - 1);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(json_scan_next(&s, &t), 0);
        assert_int_equal(t.type, wanted[i]);
        assert_true(i != 1 || (t.escaped && t.valid && t.decoded == 2));
        assert_true(i != 3 || t.whole);
        assert_true(i != 4 || (!t.whole && t.raw.len == 6));
    }
    assert_int_equal(s.elements, 5);
    assert_false(s.too_deep || s.bad_text);
}

static int scan_error(const char *text)
{
    struct json_scan s;
    struct json_token t = {.type = JSON_SCAN_NULL};
    int rc = 0;
    json_scan_init(&s, (const uint8_t *)text, strlen(text));
    while (rc == 0 && t.type != JSON_SCAN_END) {
        rc = json_scan_next(&s, &t);
    }
    return rc;
}

static void json_scan_next_tells_short_texts_from_wrong_ones(void **state)
{
    (void)state;
    static const char *const cut[] = {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[1",
                                      "[1,", "tr", "-", "1.", "1e", "\"\\u12"};
    static const char *const wrong[] = {"}", "{1", "[,", "[1,]", "[1}", "trx",
                                        "01", "1.x", "1ex", "\"\\u12x4\"", "\"\n\"", "1 1"};
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        assert_int_equal(scan_error(cut[i]), CUBE_ETRUNCATED);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(scan_error(wrong[i]), CUBE_EFORMAT);
    }
}

static void json_scan_skip_to_leaves_the_containers_opened_since(void **state)
{
    (void)state;
    static const char text[] = "[[[1,{\"a\":2}],3],4]";
    struct json_scan s;
    struct json_token t;
    json_scan_init(&s, (const uint8_t *)text, sizeof text - 1);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(json_scan_next(&s, &t), 0);
    }
    assert_int_equal(s.depth, 3);
    assert_int_equal(json_scan_skip_to(&s, 1), 0);
    assert_int_equal(json_scan_next(&s, &t), 0);
    assert_int_equal(t.type, JSON_SCAN_NUMBER);
    assert_memory_equal(t.raw.at, "4", 1);
}

static void msgpack_cursor_next_stays_where_it_fails(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        size_t len;
        int rc;
    } cases[] = {{"", 0, CUBE_ETRUNCATED},
                 {"\xc1", 1, CUBE_EFORMAT},
                 {"\xa2x", 2, CUBE_ETRUNCATED},
                 {"\xda\x01", 2, CUBE_ETRUNCATED},
                 {"\xdb\x00\x01\x00\x01", 5, CUBE_ELIMIT},
                 {"\xcf\x01\x02", 3, CUBE_ETRUNCATED},
                 {"\xd8\x01", 2, CUBE_ETRUNCATED},
                 {"\xc7\x01", 2, CUBE_ETRUNCATED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t *at = (const uint8_t *)cases[i].at;
        struct msgpack_cursor c = {at, at + cases[i].len};
        struct mp_token t;
        assert_int_equal(msgpack_cursor_next(&c, &t), cases[i].rc);
        assert_ptr_equal(c.at, at);
    }
}

static void msgpack_cursor_skip_counts_members_and_notes_depth_and_texts(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x82, 0xa1, 'a', 0x92, 0x01, 0xa1, 0xff, 0x05, 0x80, 0x07};
    struct msgpack_cursor c = {bytes, bytes + sizeof bytes};
    struct mp_tally t = {0};
    assert_int_equal(msgpack_cursor_skip(&c, 0, &t), 0);
    assert_ptr_equal(c.at, bytes + sizeof bytes - 1);
    assert_int_equal(t.elements, 4);
    assert_true(t.bad_text && !t.too_deep);
    c.at = bytes;
    assert_int_equal(msgpack_cursor_skip(&c, RECORD_DEPTH_MAX - 1, &t), 0);
    assert_true(t.too_deep);
}

static void mp_tally_add_refuses_more_members_than_a_record_may_have(void **state)
{
    (void)state;
    struct mp_tally t = {0};
    assert_int_equal(mp_tally_add(&t, RECORD_ELEMENTS_MAX), 0);
    assert_int_equal(mp_tally_add(&t, 0), 0);
    assert_int_equal(mp_tally_add(&t, 1), CUBE_ELIMIT);
    assert_int_equal(mp_tally_add(&t, UINT32_MAX), CUBE_ELIMIT);
    assert_int_equal(t.elements, RECORD_ELEMENTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_scan_next_gives_the_tokens_in_order),
        cmocka_unit_test(json_scan_next_tells_short_texts_from_wrong_ones),
        cmocka_unit_test(json_scan_skip_to_leaves_the_containers_opened_since),
        cmocka_unit_test(msgpack_cursor_next_stays_where_it_fails),
        cmocka_unit_test(msgpack_cursor_skip_counts_members_and_notes_depth_and_texts),
        cmocka_unit_test(mp_tally_add_refuses_more_members_than_a_record_may_have),
    };
    return RUN_TESTS(tests);
}
