#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/event_encode.h"
#include "proto/event_peek.h"
#include "support/failmalloc.h"

static struct buf scratch;

static struct event_peek peek(enum event_topic topic, const void *at, size_t len)
{
    struct event_peek p;
    assert_int_equal(event_peek(topic, at, len, &scratch, &p), 0);
    return p;
}

static struct event_peek peek_json(enum event_topic topic, const char *json)
{
    return peek(topic, json, strlen(json));
}

static void says(struct event_peek p, int64_t ts_ms, const char *entity)
{
    assert_true(p.has_ts);
    assert_int_equal(p.ts_ms, ts_ms);
    assert_true(p.has_entity);
    assert_true(text_equal(p.entity, text_of(entity)));
}

static void event_peek_finds_ts_and_whom_it_is_about(void **state)
{
    (void)state;
    says(peek_json(TOPIC_INTERACTIONS, "{\"ts\":17,\"customer\":\"c1\",\"employee\":\"e1\"}"), 17, "c1");
    says(peek_json(TOPIC_HR, "{\"employee\":\"e1\",\"customer\":\"c1\",\"ts\":5}"), 5, "e1");
    says(peek_json(TOPIC_CPI, "{\"kind\":\"benchmark\",\"subject\":\"rival\",\"ts\":1}"), 1, "rival");
    says(peek_json(TOPIC_CPI, "{\"list\":[{\"customer\":\"no\",\"ts\":9}],\"map\":{\"ts\":8},\"ts\":1,\"customer\":\"c\\u0041\\n\"}"), 1, "cA\n");
}

static void event_peek_takes_the_subject_of_a_benchmark_wherever_it_stands(void **state)
{
    (void)state;
    static const char *const orders[] = {"{\"ts\":1,\"kind\":\"benchmark\",\"customer\":\"c9\",\"subject\":\"rival\"}",
                                         "{\"ts\":1,\"kind\":\"benchmark\",\"subject\":\"rival\",\"customer\":\"c9\"}",
                                         "{\"customer\":\"c9\",\"subject\":\"rival\",\"ts\":1,\"kind\":\"benchm\\u0061rk\"}"};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct buf b = {0};
        says(peek_json(TOPIC_CPI, orders[i]), 1, "rival");
        assert_int_equal(event_json_to_msgpack((const uint8_t *)orders[i], strlen(orders[i]), &b), 0);
        says(peek(TOPIC_CPI, b.at, b.len), 1, "rival");
        buf_close(&b);
    }
    says(peek_json(TOPIC_CPI, "{\"subject\":\"shop\",\"ts\":1,\"customer\":\"c9\",\"kind\":\"survey\"}"), 1, "c9");
    assert_false(peek_json(TOPIC_CPI, "{\"ts\":1,\"kind\":\"benchmark\",\"customer\":\"c9\"}").has_entity);
}

static void event_peek_reads_escaped_names(void **state)
{
    (void)state;
    says(peek_json(TOPIC_INTERACTIONS, "{\"\\u0074s\":1,\"cust\\u006fmer\":\"c\\u0041\"}"), 1, "cA");
    says(peek_json(TOPIC_INTERACTIONS, "{\"ts\":1,\"\\ud800\":\"c0\",\"customer\":\"c1\"}"), 1, "c1");
    assert_false(peek_json(TOPIC_INTERACTIONS, "{\"ts\":1,\"customer\\u0000\":\"c1\"}").has_entity);
}

static void event_peek_reads_messagepack_as_well(void **state)
{
    (void)state;
    const char *json = "{\"list\":[{\"customer\":\"no\",\"ts\":9}],\"map\":{\"ts\":8},\"ts\":1760000000000,\"customer\":\"c1\"}";
    struct buf b = {0};
    size_t len = 0;
    assert_int_equal(event_json_to_msgpack((const uint8_t *)json, strlen(json), &b), 0);
    says(peek(TOPIC_INTERACTIONS, b.at, b.len), INT64_C(1760000000000), "c1");
    size_t whole = b.len;
    assert_int_equal(buf_append(&b, "\xc0", 1), 0);
    assert_int_equal(msgpack_value_length(b.at, b.len, &len), 0);
    assert_int_equal(len, whole);
    for (size_t n = 0; n < whole; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, b.at, n);
        peek(TOPIC_INTERACTIONS, exact, n);
        assert_int_equal(msgpack_value_length(exact, n, &len), CUBE_ETRUNCATED);
        free(exact);
    }
    buf_close(&b);
}

static void event_peek_reads_a_ts_as_the_decoder_does(void **state)
{
    (void)state;
    static const char *const whole[] = {"1767225600000", "1767225600000.0", "1767225600e3", "1.7672256E+12", "17672256000000e-1"};
    static const char *const none[] = {"-5", "1767225600000.5", "253402300800000", "1e400", "1e-1", "null", "\"17\"", "[17]"};
    char line[80];
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        snprintf(line, sizeof line, "{\"ts\":%s,\"customer\":\"c1\"}", whole[i]);
        says(peek_json(TOPIC_INTERACTIONS, line), INT64_C(1767225600000), "c1");
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        snprintf(line, sizeof line, "{\"ts\":%s,\"customer\":\"c1\"}", none[i]);
        assert_false(peek_json(TOPIC_INTERACTIONS, line).has_ts);
    }
}

#define PACKED(ts) peek(TOPIC_INTERACTIONS, "\x82\xa2ts" ts "\xa8""customer\xa2""c1", sizeof("\x82\xa2ts" ts "\xa8""customer\xa2""c1") - 1)

static void event_peek_reads_a_packed_ts_as_the_decoder_does(void **state)
{
    (void)state;
    says(PACKED("\x11"), 17, "c1");
    says(PACKED("\xd1\x01\x00"), 256, "c1");
    says(PACKED("\xca\x43\x80\x00\x00"), 256, "c1");
    says(PACKED("\xcb\x42\x79\xb7\x6d\xaa\x80\x00\x00"), INT64_C(1767225600000), "c1");
    assert_false(PACKED("\xff").has_ts);                                    /* -1 */
    assert_false(PACKED("\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00").has_ts); /* 0.5 */
    assert_false(PACKED("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00").has_ts); /* not a number */
    assert_false(PACKED("\xcf\xff\xff\xff\xff\xff\xff\xff\xff").has_ts);
    assert_false(PACKED("\xa1""7").has_ts);
}

static void event_peek_finds_nothing_in_damaged_bytes(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{", "[1]", "{\"ts\":\"17\"}", "{\"ts\":1.5}",
                                      "{\"customer\":7}", "{\"ts\":99999999999999999999999999999999999999}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct event_peek p = peek_json(TOPIC_INTERACTIONS, bad[i]);
        assert_false(p.has_ts);
        assert_false(p.has_entity);
    }
}

static int peek_story(void *arg)
{
    const char *json = "{\"cust\\u006fmer\":\"c\\u0041\",\"ts\":1}";
    struct buf b = {0};
    struct event_peek p;
    (void)arg;
    int rc = event_peek(TOPIC_INTERACTIONS, (const uint8_t *)json, strlen(json), &b, &p);
    buf_close(&b);
    return rc;
}

static void event_peek_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_int_equal(failmalloc_sweep(peek_story, NULL), 1);
    buf_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_peek_finds_ts_and_whom_it_is_about),
        cmocka_unit_test(event_peek_takes_the_subject_of_a_benchmark_wherever_it_stands),
        cmocka_unit_test(event_peek_reads_escaped_names),
        cmocka_unit_test(event_peek_reads_messagepack_as_well),
        cmocka_unit_test(event_peek_reads_a_ts_as_the_decoder_does),
        cmocka_unit_test(event_peek_reads_a_packed_ts_as_the_decoder_does),
        cmocka_unit_test(event_peek_finds_nothing_in_damaged_bytes),
        cmocka_unit_test(event_peek_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
