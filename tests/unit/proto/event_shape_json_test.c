/* A JSON record that is read by the shape of those before it gets the verdict that it gets without. */
#include "support/unit.h"

#include <stdio.h>

#include "support/two_decoders.h"

#define HEAD(kind) "{\"v\":1,\"id\":\"910a2dec-0a\",\"ts\":1767225600000,\"kind\":\"" kind "\","
#define DIMS "\"division\":\"div-01\",\"region\":\"region-03\",\"segment\":\"seg-0\",\"channel\":\"a channel of many\""

static const struct sample samples[] = {
    SAMPLE(TOPIC_INTERACTIONS, "c0009786",
           HEAD("purchase") "\"customer\":\"c0009786\"," DIMS
           ",\"order\":\"o-1\",\"revenue\":129.90,\"cost\":80,\"expect_ms\":2,\"discount\":-0.000001}"),
    SAMPLE(TOPIC_INTERACTIONS, "c7", HEAD("contact.open") "\"customer\":\"c7\"," DIMS ",\"case\":\"1\",\"bot\":true,\"expect_ms\":86400000}\n"),
    SAMPLE(TOPIC_CPI, "a customer of many letters",
           "{\"v\": 1, \"id\": \"910a2dec-0a\", \"ts\": 1767225600000, \"kind\": \"survey\", \"customer\": \"a customer of many letters\", "
           "\"instrument\": \"nps\", \"value\": 9, \"department\": \"care\", \"touchpoint\": \"\"}"),
    SAMPLE(TOPIC_CPI, "shop",
           "{\n    \"v\": 1,\n    \"id\": \"910a2dec-0a\",\n    \"ts\": 1767225600000,\n    \"kind\": \"benchmark\",\n"
           "    \"metric\": \"nps\",\n    \"value\": -9.5,\n    \"product_group\" : \"care\",\n    \"subject\": \"shop\"\n}\n"),
    SAMPLE(TOPIC_CPI, "K\xc3\xa4ufer \xe2\x82\xac \xf0\x9d\x84\x9e, of more than thirty-two bytes",
           "{\"v\":1,\"id\":\"550e8400-e29b-41d4-a716-446655440000\",\"ts\":1767225600000,\"kind\":\"survey\","
           "\"customer\":\"K\xc3\xa4ufer \xe2\x82\xac \xf0\x9d\x84\x9e, of more than thirty-two bytes\",\"region\":\"\xc3\x96sterreich\","
           "\"instrument\":\"nps\",\"value\":9,\"touchpoint\":\"a page with a path of more than sixty-four bytes: /\xc3\xbc" "ber/uns/und/unsere\"}"),
    SAMPLE(TOPIC_HR, "e1", HEAD("survey") "\"employee\":\"e1\"," DIMS ",\"theme\":\"pride\",\"value\":3,\"scale\":5}"),
};

static enum decode_outcome decode(struct decode_scratch *scratch, const struct sample *s, struct text value)
{
    struct event e;
    struct refusal r;
    return event_decode(scratch, s->topic, (const uint8_t *)s->key.at, s->key.len, (const uint8_t *)value.at, value.len, &e, &r);
}

static bool read_by_shape(struct decode_scratch *scratch, const struct sample *s, struct text value)
{
    struct event e;
    return event_shape_decode_json(scratch, s->topic, s->key, (const uint8_t *)value.at, value.len, &e);
}

static bool agree(struct two_decoders *d, const struct sample *s, struct text value)
{
    return two_decoders_agree(d, s->topic, s->key, (const uint8_t *)value.at, value.len);
}

static void event_shape_decode_json_reads_what_event_shape_learn_json_saw(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct two_decoders d;
        struct event e;
        assert_int_equal(two_decoders_open(&d), 0);
        assert_false(read_by_shape(d.knowing, s, s->value));
        assert_int_equal(decode(d.knowing, s, s->value), DECODED_EVENT);
        assert_true(read_by_shape(d.knowing, s, s->value));
        assert_true(agree(&d, s, s->value));
        assert_false(event_shape_decode_json(d.knowing, s->topic, (struct text){"x", 1}, (const uint8_t *)s->value.at, s->value.len, &e));
        assert_false(event_shape_decode_json(d.knowing, s->topic, (struct text){0}, (const uint8_t *)s->value.at, s->value.len, &e));
        two_decoders_close(&d);
    }
}

static void event_decode_sees_every_fault_in_a_json_record_of_known_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct two_decoders d;
        char record[512];
        struct text value = {record, samples[i].value.len};
        memcpy(record, samples[i].value.at, value.len);
        assert_int_equal(two_decoders_open(&d), 0);
        assert_int_equal(decode(d.knowing, &samples[i], value), DECODED_EVENT);
        for (uint32_t n = 0; n <= value.len; n++) {
            assert_true(agree(&d, &samples[i], (struct text){record, n}));
        }
        for (uint32_t n = 0; n < value.len; n++) {
            char was = record[n];
            for (unsigned other = 0; other < 256; other++) {
                record[n] = (char)other;
                assert_true(agree(&d, &samples[i], value));
            }
            record[n] = was;
        }
        for (unsigned other = 0; other < 256; other++) {
            record[value.len] = (char)other;
            assert_true(agree(&d, &samples[i], (struct text){record, value.len + 1}));
        }
        two_decoders_close(&d);
    }
}

/* The first sample with another text in place of a piece of it. */
static struct text changed(char to[1024], const char *piece, const char *other)
{
    struct text whole = samples[0].value;
    const char *at = memmem(whole.at, whole.len, piece, strlen(piece));
    assert_non_null(at);
    int len = snprintf(to, 1024, "%.*s%s%.*s", (int)(at - whole.at), whole.at, other,
                       (int)(whole.at + whole.len - at - strlen(piece)), at + strlen(piece));
    return (struct text){to, (uint32_t)len};
}

struct change {
    const char *piece, *other;
};

static void check_changes(const struct change *c, size_t count, bool by_shape)
{
    struct two_decoders d;
    assert_int_equal(two_decoders_open(&d), 0);
    assert_int_equal(decode(d.knowing, &samples[0], samples[0].value), DECODED_EVENT);
    for (size_t i = 0; i < count; i++) {
        char to[1024];
        struct text value = changed(to, c[i].piece, c[i].other);
        if (read_by_shape(d.knowing, &samples[0], value) != by_shape || !agree(&d, &samples[0], value)) {
            fail_msg("%s instead of %s", c[i].other, c[i].piece);
        }
    }
    two_decoders_close(&d);
}

static void event_shape_decode_json_takes_values_of_any_usual_form(void **state)
{
    static const struct change changes[] = {
        {"o-1", ""}, {"o-1", "fifteen letters"}, {"o-1", "sixteen letters."}, {"o-1", "thirty-one letters: ab cd ef gh"},
        {"129.90", "0"}, {"129.90", "-0"}, {"129.90", "-0.0"}, {"129.90", "1.5"}, {"129.90", "-1.123456"},
        {"129.90", "9223372036853.999999"},
        {"129.90", "-9223372036853.999999"}, {"129.90", "12345678"}, {"129.90", "123456789"}, {"129.90", "0.000001"},
        {"\"expect_ms\":2", "\"expect_ms\":1234567890123456"}, {"\"expect_ms\":2", "\"expect_ms\":-1234567890123456"},
        {"\"expect_ms\":2", "\"expect_ms\":-0"},
        {"1767225600000", "0"}, {"1767225600000", "253402300799999"}, {"910a2dec-0a", "1"},
        {"910a2dec-0a", "550e8400-e29b-41d4-a716-446655440000"}, {"region-03", "\xc3\x96sterreich"}, {"o-1", "\xc3\xa9"}, {"o-1", "\x7f"},
        {"o-1", "thirty-two letters: ab cd ef ghi"}, {"o-1", "\xef\xbf\xbf\xf4\x8f\xbf\xbf"},
    };
    (void)state;
    check_changes(changes, sizeof changes / sizeof *changes, true);
}

static void event_shape_decode_json_leaves_what_is_unusual_to_the_decoder_with_all_checks(void **state)
{
    static const struct change changes[] = {
        {"o-1", "a\\u0062c"}, {"o-1", "\\\""}, {"o-1", "\xff"}, {"o-1", "\x1f"}, {"o-1", "more than thirty-two letters and \\u0062"},
        {"o-1", "more than thirty-two letters and \x1f"}, {"o-1", "more than thirty-two letters and a\"b"}, {"o-1", "\xc0\xaf"},
        {"o-1", "\xed\xa0\x80"}, {"o-1", "\xf4\x90\x80\x80"}, {"o-1", "\xc3"}, {"region-03", "\xd6sterreich"},
        {"910a2dec-0a", "550e8400-e29b-41d4-a716-44665544000\xff"}, {"c0009786", "a customer of more than thirty-two letters"},
        {"o-1", "\\ud800"}, {"o-1", "sixteen letters.\x07"}, {"o-1", "a\"b"},
        {"129.90", "1e2"}, {"129.90", "1.1234567"}, {"129.90", "01"}, {"129.90", "-"}, {"129.90", "1."}, {"129.90", ".5"},
        {"129.90", "+1"}, {"129.90", "1.5e1"},
        {"129.90", "9223372036854.775807"}, {"129.90", "12345678901234567"}, {"129.90", "1e999"}, {"129.90", "null"},
        {"129.90", "\"1\""}, {"129.90", "true"},
        {"129.90", "[1]"}, {"129.90", " 1"}, {"129.90", "1 "}, {"129.90", "--1"}, {"129.90", "00"},
        {"\"expect_ms\":2", "\"expect_ms\":2.0"}, {"\"expect_ms\":2", "\"expect_ms\":2.5"}, {"\"expect_ms\":2", "\"expect_ms\":2e3"},
        {"\"expect_ms\":2", "\"expect_ms\":9223372036854775808"},
        {"1767225600000", "-1"}, {"1767225600000", "-0"}, {"1767225600000", "253402300800000"},
        {"1767225600000", "1767225600000.0"}, {"1767225600000", "\"2026\""},
        {"910a2dec-0a", ""}, {"purchase", "purchased"}, {"purchase", "survey"}, {"purchase", "pur\\u0063hase"},
        {"\"v\":1", "\"v\":2"}, {"\"v\":1", "\"v\":1.0"},
        {"c0009786", "c0009787"}, {"c0009786", ""}, {"\"order\":\"o-1\",", ""}, {"\"cost\":80,", ""}, {"\"cost\"", "\"revenue\""},
        {"\"cost\"", "\"unknown\""},
        {"\"segment\":\"seg-0\"", "\"segment\":null"}, {"-0.000001}", "-0.000001,\"extra\":[1]}"}, {"-0.000001}", "-0.000001} "},
        {"-0.000001}", "-0.000001}}"},
        {"-0.000001}", "-0.000001"}, {"-0.000001}", ""},
    };
    (void)state;
    check_changes(changes, sizeof changes / sizeof *changes, false);
}

/* ---- texts of any length ---- */

enum { PLACES = 3, LONG_RECORD = RECORD_STRING_MAX + 512 };

/* The text is the id, in the middle, or at the very end. */
static struct text long_record(char *to, int place, const char *t)
{
    int len = snprintf(to, LONG_RECORD,
                       "{\"v\":1,\"id\":\"%s\",\"ts\":1767225600000,\"kind\":\"survey\",\"customer\":\"shop\",\"region\":\"%s\","
                       "\"instrument\":\"nps\",\"value\":9,\"touchpoint\":\"%s\"}",
                       place == 0 ? t : "1", place == 1 ? t : "north", place == 2 ? t : "");
    return (struct text){to, (uint32_t)len};
}

static const struct sample long_sample = {TOPIC_CPI, {"shop", 4}, {NULL, 0}};

static void open_knowing_long_records(struct two_decoders *d, char *to)
{
    assert_int_equal(two_decoders_open(d), 0);
    assert_int_equal(decode(d->knowing, &long_sample, long_record(to, 0, "1")), DECODED_EVENT);
}

/* The letter so many times. */
static void repeat(char *to, const char *letter, uint32_t times)
{
    size_t len = strlen(letter);
    for (uint32_t i = 0; i < times; i++) {
        memcpy(to + i * len, letter, len);
    }
    to[times * len] = 0;
}

static void check_read(struct two_decoders *d, struct text value, bool roomy)
{
    struct event e;
    assert_true(event_shape_decode_json(d->knowing, long_sample.topic, long_sample.key, (const uint8_t *)value.at, value.len, &e));
    assert_int_equal(e.roomy, roomy ? value.len : 0);
    assert_true(agree(d, &long_sample, value));
    for (uint32_t cut = 1; cut < 8; cut++) {
        assert_true(agree(d, &long_sample, (struct text){value.at, value.len - cut}));
    }
}

static void event_shape_decode_json_takes_texts_of_any_length_and_letters(void **state)
{
    static const char *const letters[] = {"a", "\xc3\xb6", "\xe2\x82\xac", "\xf0\x9d\x84\x9e", "a\xc3\xb6"};
    (void)state;
    struct two_decoders d;
    char record[LONG_RECORD], t[512];
    open_knowing_long_records(&d, record);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        for (uint32_t times = 1; times <= 100; times++) {
            repeat(t, letters[i], times);
            for (int place = 0; place < PLACES; place++) {
                check_read(&d, long_record(record, place, t), strlen(t) <= EVENT_TEXT_ROOM);
            }
        }
    }
    two_decoders_close(&d);
}

static void event_decode_sees_every_fault_in_a_long_text_of_known_shape(void **state)
{
    static const char faults[] = {'\x80', '\xff', '\xc3', '\xe2', '\xf0', '\xed', '\x1f', '"', '\\', '\0'};
    (void)state;
    struct two_decoders d;
    char record[LONG_RECORD], t[128];
    open_knowing_long_records(&d, record);
    for (uint32_t times = 33; times <= 100; times++) {
        repeat(t, "a", times);
        for (int place = 0; place < PLACES; place++) {
            struct text value = long_record(record, place, t);
            char *at = memmem(record, value.len, t, times);
            assert_non_null(at);
            for (uint32_t n = 0; n < times * sizeof faults; n++) {
                at[n / sizeof faults] = faults[n % sizeof faults];
                assert_false(read_by_shape(d.knowing, &long_sample, value));
                assert_true(agree(&d, &long_sample, value));
                at[n / sizeof faults] = 'a';
            }
        }
    }
    two_decoders_close(&d);
}

static void event_shape_decode_json_takes_no_text_above_the_bound(void **state)
{
    (void)state;
    struct two_decoders d;
    char *record = malloc(LONG_RECORD), *t = malloc(RECORD_STRING_MAX + 2);
    assert_non_null(record);
    assert_non_null(t);
    open_knowing_long_records(&d, record);
    for (int i = 0; i < 2 * PLACES; i++) {
        int place = i / 2;
        if (i % 2) {
            repeat(t, "a", RECORD_STRING_MAX);
        } else {
            repeat(t, "\xc3\xb6", RECORD_STRING_MAX / 2);
        }
        check_read(&d, long_record(record, place, t), false);
        t[RECORD_STRING_MAX] = 'a';
        t[RECORD_STRING_MAX + 1] = 0;
        struct text value = long_record(record, place, t);
        assert_false(read_by_shape(d.knowing, &long_sample, value));
        assert_true(agree(&d, &long_sample, value));
        assert_int_equal(decode(d.knowing, &long_sample, value), DECODED_REFUSED);
    }
    two_decoders_close(&d);
    free(record);
    free(t);
}

static void keeps_apart(const char *piece)
{
    char to[1024];
    const struct sample *s = &samples[0];
    struct text without = changed(to, piece, "");
    struct two_decoders d;
    assert_int_equal(two_decoders_open(&d), 0);
    assert_int_equal(decode(d.knowing, s, s->value), DECODED_EVENT);
    for (int i = 0; i < 16; i++) {
        assert_false(read_by_shape(d.knowing, s, without));
        assert_int_equal(decode(d.knowing, s, without), DECODED_EVENT);
    }
    for (int i = 0; i < 3; i++) {
        assert_true(read_by_shape(d.knowing, s, without));
        assert_true(agree(&d, s, without));
        assert_true(read_by_shape(d.knowing, s, s->value));
        assert_true(agree(&d, s, s->value));
    }
    two_decoders_close(&d);
}

static void event_shape_learn_json_keeps_the_shapes_of_a_kind_apart(void **state)
{
    (void)state;
    keeps_apart("\"cost\":80,");
    keeps_apart("\"segment\":\"seg-0\",");
}

static void event_shape_learn_json_takes_another_white_space_in_time(void **state)
{
    (void)state;
    char to[1024];
    const struct sample *s = &samples[0];
    struct text spaced = changed(to, ",\"ts\":", ", \"ts\": ");
    struct two_decoders d;
    assert_int_equal(two_decoders_open(&d), 0);
    assert_int_equal(decode(d.knowing, s, s->value), DECODED_EVENT);
    assert_false(read_by_shape(d.knowing, s, spaced));
    for (int i = 0; i < 16; i++) {
        assert_int_equal(decode(d.knowing, s, spaced), DECODED_EVENT);
    }
    assert_true(read_by_shape(d.knowing, s, spaced));
    two_decoders_close(&d);
}

static void event_shape_learn_json_does_not_learn_from_nulls(void **state)
{
    (void)state;
    char to[1024];
    const struct sample *s = &samples[0];
    struct text null = changed(to, "\"cost\":80", "\"cost\":null");
    struct two_decoders d;
    assert_int_equal(two_decoders_open(&d), 0);
    assert_int_equal(decode(d.knowing, s, null), DECODED_EVENT);
    assert_false(read_by_shape(d.knowing, s, null));
    assert_false(read_by_shape(d.knowing, s, s->value));
    two_decoders_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_shape_decode_json_reads_what_event_shape_learn_json_saw),
        cmocka_unit_test(event_decode_sees_every_fault_in_a_json_record_of_known_shape),
        cmocka_unit_test(event_shape_decode_json_takes_values_of_any_usual_form),
        cmocka_unit_test(event_shape_decode_json_leaves_what_is_unusual_to_the_decoder_with_all_checks),
        cmocka_unit_test(event_shape_decode_json_takes_texts_of_any_length_and_letters),
        cmocka_unit_test(event_decode_sees_every_fault_in_a_long_text_of_known_shape),
        cmocka_unit_test(event_shape_decode_json_takes_no_text_above_the_bound),
        cmocka_unit_test(event_shape_learn_json_keeps_the_shapes_of_a_kind_apart),
        cmocka_unit_test(event_shape_learn_json_takes_another_white_space_in_time),
        cmocka_unit_test(event_shape_learn_json_does_not_learn_from_nulls),
    };
    return RUN_TESTS(tests);
}
