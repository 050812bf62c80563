/* Bytes that are no event, and the odd ones that are. */
#include "support/unit.h"

#include "support/decode.h"

static void event_decode_refuses_undecodable_json(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{",
        "{}x",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":truex}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":[\"\\udfff\"]}",
        "{\"\\ud800\":1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"v\":1,\"v\":1}",
        "{\"v\":null,\"v\":1}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":[1}",
        "{]",
        "{\"region\":\"\xc3\"}",
        "{\"\xff\":1}",
        "{\"a\":{\"b\":\"\xf5\x80\x80\x80\"}}",
        "{\"a\":1 \"b\":2}",
        "[1]",
        "",
        " {}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct decoded d = decode_json(TOPIC_INTERACTIONS, "c", bad[i]);
        if (strcmp(verdict(&d), "undecodable")) {
            print_error("%s: %s\n", bad[i], verdict(&d));
        }
        assert_string_equal(verdict(&d), "undecodable");
        decoded_close(&d);
    }
}

struct bytes_case {
    const char *at;
    size_t len;
    const char *wanted;
};

#define BYTES(s, wanted)         \
    {                            \
        s, sizeof(s) - 1, wanted \
    }
#define P                   \
    "\xa1v\x01\xa4kind\xa5" \
    "churn\xa2id\xa1"       \
    "a\xa2ts\x01\xa8"       \
    "customer\xa1"          \
    "c"

static const struct bytes_case messagepack_cases[] = {
    BYTES("\x85" P, "event"),
    BYTES("\xde\x00\x05" P, "event"),
    BYTES("\xdf\x00\x00\x00\x05" P, "event"),
    BYTES("\x86\xd9\x01v\x01" P, "undecodable"),
    BYTES("\x85" P "\xc0", "undecodable"),
    BYTES("\x86\x01\x02" P, "undecodable"),
    BYTES("\x86\xc4\x01z\x02" P, "undecodable"),
    BYTES("\x86\x91\x01\x02" P, "undecodable"),
    BYTES("\x86\xa1z\xc1" P, "undecodable"),
    BYTES("\x87\xa1z\x01\xa1z\x02" P, "undecodable"),
    BYTES("\x86\xa1z\xa1\xff" P, "undecodable"),
    BYTES("\x86\xa1z\x91\xa1\xff" P, "undecodable"),
    BYTES("\x86\xa1\xff\x01" P, "undecodable"),
    BYTES("\x86\xa6region\xa2\xc3\x28" P, "undecodable"),
    BYTES("\x86\xa6region\xb1"
          "0123456789abcdef\xff" P,
          "undecodable"),
    BYTES("\x86\xa1z\xc4\x01\xff" P, "event"),
    BYTES("\x86\xa1z\xd4\x01\xff" P, "event"),
    BYTES("\x86\xa1z\xc7\x03\x05"
          "abc" P,
          "event"),
    BYTES("\x86\xa6region\xc4\x01z" P, "wrong_type"),
    BYTES("\x86\xa6region\xd4\x01z" P, "wrong_type"),
    BYTES("\x86\xa6region\xc0" P, "event"),
    BYTES("\x86\xa6"
          "amount\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00" P,
          "not_finite"),
    BYTES("\x86\xa6"
          "amount\xcb\xff\xf8\x00\x00\x00\x00\x00\x00" P,
          "not_finite"),
    BYTES("\x86\xa6"
          "amount\xca\x7f\xc0\x00\x00" P,
          "not_finite"),
    BYTES("\x86\xa1z\xca\x7f\xc0\x00\x00" P, "event"),
    BYTES("\x86\xa6"
          "amount\xca\x3f\xc0\x00\x00" P,
          "event"),
    BYTES("\x86\xa6"
          "amount\xcf\xff\xff\xff\xff\xff\xff\xff\xff" P,
          "wrong_type"),
    BYTES("\x86\xa3"
          "due\xcf\x80\x00\x00\x00\x00\x00\x00\x00" P,
          "wrong_type"),
    BYTES("\x86\xa3"
          "due\xcb\x40\x08\x00\x00\x00\x00\x00\x00" P,
          "event"),
    BYTES("\x81\xa1v\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "version"),
    BYTES("\x81\xa1v\xca\x3f\xc0\x00\x00", "version"),
    BYTES("\x81\xa1v\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", "missing_field"),
    BYTES("\xc0", "not_a_map"),
    BYTES("\x01", "not_a_map"),
    BYTES("\x91\x81\xa1v\x01", "not_a_map"),
    BYTES("\xa3"
          "abc",
          "not_a_map"),
    BYTES("\xa1\xff", "undecodable"),
    BYTES("\x01\x02", "undecodable"),
    BYTES("\xc1", "undecodable"),
    BYTES("\x80", "missing_field"),
    BYTES("", "undecodable"),
};

static void event_decode_refuses_undecodable_messagepack(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messagepack_cases / sizeof messagepack_cases[0]; i++) {
        const struct bytes_case *c = &messagepack_cases[i];
        struct decoded d = decode_record(TOPIC_INTERACTIONS, "c", c->at, c->len);
        if (strcmp(verdict(&d), c->wanted)) {
            print_error("case %zu: %s, not %s\n", i, verdict(&d), c->wanted);
        }
        assert_string_equal(verdict(&d), c->wanted);
        decoded_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_decode_refuses_undecodable_json),
        cmocka_unit_test(event_decode_refuses_undecodable_messagepack),
    };
    return RUN_TESTS(tests);
}
