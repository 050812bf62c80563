#include "support/unit.h"

#include <string.h>

#include "base/fixed.h"
#include "proto/emit.h"

static void is(const struct buf *b, const char *bytes, size_t len)
{
    if (b->len != len || memcmp(b->at, bytes, len) != 0) {
        fail_msg("%.*s\nnot\n%s", (int)b->len, (const char *)b->at, bytes);
    }
}

#define IS(b, literal) is(b, literal, sizeof literal - 1)

static void nest(struct emit *e)
{
    static const struct emit_name a = EMIT_NAME("a"), c = EMIT_NAME("c");
    emit_map(e);
    emit_key_name(e, &a);
    emit_array(e);
    emit_int(e, 1);
    emit_map(e);
    emit_close(e);
    emit_array(e);
    emit_bool(e, true);
    emit_bool(e, false);
    emit_close(e);
    emit_close(e);
    emit_key_text(e, TEXT_LITERAL("b"));
    emit_text(e, TEXT_LITERAL("x"));
    emit_key_name(e, &c);
    emit_int(e, INT64_MIN);
    emit_key(e, "d");
    emit_int(e, -10);
    emit_close(e);
}

static void emit_writes_json_with_commas_where_they_belong(void **state)
{
    (void)state;
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, FORMAT_JSON, &b);
    nest(&e);
    assert_int_equal(emit_end(&e), 0);
    IS(&b, "{\"a\":[1,{},[true,false]],\"b\":\"x\",\"c\":-9223372036854775808,\"d\":-10}");
    buf_close(&b);
}

static void emit_writes_messagepack_with_patched_counts(void **state)
{
    (void)state;
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, FORMAT_MSGPACK, &b);
    nest(&e);
    assert_int_equal(emit_end(&e), 0);
    IS(&b, "\xde\x00\x04\xa1"
           "a\xdc\x00\x03\x01\xde\x00\x00\xdc\x00\x02\xc3\xc2\xa1"
           "b\xa1x\xa1"
           "c\xd3\x80\0\0\0\0\0\0\0\xa1"
           "d\xf6");
    buf_close(&b);
}

/* All kinds of named values, each with its name in one piece or in two, over and over: the buffer grows at every one of them. */
static void name_all(struct emit *e, bool at_once)
{
    static const struct emit_name name = EMIT_NAME("a_name_of_twenty_six_byte");
    static const char text[] = "a text of more than forty bytes, with a \" to be escaped";
    static const double numbers[] = {-0.1, 1e300, 5e-324, 12, 2.2250738585072011e-308};
    for (unsigned i = 0; i < 60; i++) {
        double low = numbers[i % 5], high = numbers[i % 3];
        struct text t = i % 2 ? text_of(text) : TEXT_LITERAL("short");
        if (at_once) {
            emit_name_map(e, &name);
            emit_name_int(e, &name, -(int64_t)i * 1000);
            emit_name_text(e, &name, t);
            emit_name_pair(e, &name, low, high);
            emit_name_double(e, &name, high);
        } else {
            emit_key_name(e, &name);
            emit_map(e);
            emit_key_name(e, &name);
            emit_int(e, -(int64_t)i * 1000);
            emit_key_name(e, &name);
            emit_text(e, t);
            emit_key_name(e, &name);
            emit_array(e);
            emit_double(e, low);
            emit_double(e, high);
            emit_close(e);
            emit_key_name(e, &name);
            emit_double(e, high);
        }
        emit_close(e);
    }
}

static void emit_name_writes_what_name_and_value_are_by_themselves(void **state)
{
    (void)state;
    for (enum output_format f = FORMAT_JSON; f <= FORMAT_MSGPACK; f++) {
        struct buf b[2] = {{0}};
        for (int i = 0; i < 2; i++) {
            struct emit e;
            emit_begin(&e, f, &b[i]);
            emit_map(&e);
            name_all(&e, i);
            emit_close(&e);
            assert_int_equal(emit_end(&e), 0);
        }
        is(&b[1], (const char *)b[0].at, b[0].len);
        buf_close(&b[0]);
        buf_close(&b[1]);
    }
}

static void emit_text_escapes_what_json_must_not_hold(void **state)
{
    (void)state;
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, FORMAT_JSON, &b);
    emit_text(&e, TEXT_LITERAL("\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\0z"));
    assert_int_equal(emit_end(&e), 0);
    IS(&b, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\\u0000z\"");
    buf_close(&b);
}

/* A text is looked at eight bytes at a time. */
static void emit_text_escapes_at_every_place(void **state)
{
    (void)state;
    static const char marks[] = {'"', '\\', 0x1f, 0x00};
    for (uint32_t i = 0; i < 20 * sizeof marks; i++) {
        char plain[20] = "\x80\xff !#[]^_`abc~\x7fxyz\x20.";
        struct buf b = {0};
        struct emit e;
        plain[i / sizeof marks] = marks[i % sizeof marks];
        emit_begin(&e, FORMAT_JSON, &b);
        emit_text(&e, (struct text){plain, sizeof plain});
        assert_int_equal(emit_end(&e), 0);
        assert_int_equal(b.len, 2 + sizeof plain + (i % sizeof marks < 2 ? 1 : 5));
        buf_close(&b);
    }
}

static void text_is(enum output_format f, struct text t, const struct buf *expected)
{
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, f, &b);
    emit_array(&e);
    emit_text(&e, t);
    emit_text(&e, t);
    emit_close(&e);
    assert_int_equal(emit_end(&e), 0);
    is(&b, (const char *)expected->at, expected->len);
    buf_close(&b);
}

/* Short texts are copied by words, long ones and those with something to escape are not. */
static void emit_text_of_every_length_is_written_whole_in_both_forms(void **state)
{
    (void)state;
    char letters[300];
    for (uint32_t i = 0; i < sizeof letters; i++) {
        letters[i] = (char)('a' + i % 26);
    }
    for (uint32_t len = 0; len < sizeof letters; len++) {
        struct buf json = {0}, packed = {0};
        const uint8_t head[3] = {len < 32 ? (uint8_t)(0xa0 | len) : len < 256 ? 0xd9 : 0xda, (uint8_t)(len < 256 ? len : len >> 8), (uint8_t)len};
        assert_int_equal(buf_append(&packed, "\xdc\x00\x02", 3), 0);
        assert_int_equal(buf_append(&json, "[", 1), 0);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(buf_append(&json, twice ? ",\"" : "\"", twice ? 2 : 1), 0);
            assert_int_equal(buf_append(&json, letters, len), 0);
            assert_int_equal(buf_append(&json, twice ? "\"]" : "\"", twice ? 2 : 1), 0);
            assert_int_equal(buf_append(&packed, head, len < 32 ? 1 : len < 256 ? 2 : 3), 0);
            assert_int_equal(buf_append(&packed, letters, len), 0);
        }
        text_is(FORMAT_JSON, (struct text){letters, len}, &json);
        text_is(FORMAT_MSGPACK, (struct text){letters, len}, &packed);
        buf_close(&json);
        buf_close(&packed);
    }
}

static void emit_packs_each_integer_in_as_few_bytes_as_it_takes(void **state)
{
    (void)state;
    static const struct {
        int64_t v;
        const char *bytes;
        size_t len;
    } rows[] = {
        {127, "\x7f", 1},
        {128, "\xcc\x80", 2},
        {255, "\xcc\xff", 2},
        {256, "\xcd\x01\x00", 3},
        {65536, "\xce\x00\x01\x00\x00", 5},
        {INT64_C(1) << 32, "\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 9},
        {-32, "\xe0", 1},
        {-33, "\xd0\xdf", 2},
        {-129, "\xd1\xff\x7f", 3},
        {-32769, "\xd2\xff\xff\x7f\xff", 5},
        {INT64_C(-2147483649), "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        struct emit e;
        emit_begin(&e, FORMAT_MSGPACK, &b);
        emit_int(&e, rows[i].v);
        assert_int_equal(emit_end(&e), 0);
        is(&b, rows[i].bytes, rows[i].len);
        buf_close(&b);
    }
}

static void emit_numbers_keep_whole_and_fractional_ones_apart(void **state)
{
    (void)state;
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, FORMAT_JSON, &b);
    emit_array(&e);
    emit_int(&e, INT64_MIN);
    emit_int(&e, 0);
    emit_int(&e, INT64_MAX);
    emit_double(&e, 31);
    emit_double(&e, 0.1);
    emit_fixed(&e, 129900000);
    emit_fixed(&e, -1);
    emit_fixed(&e, (cube_i128)INT64_MAX * 4);
    emit_close(&e);
    assert_int_equal(emit_end(&e), 0);
    IS(&b, "[-9223372036854775808,0,9223372036854775807,31.0,0.1,129.9,-1e-06,36893488147419.1]");
    buf_close(&b);
}

static void emit_packs_numbers_in_the_shortest_integer_and_in_doubles(void **state)
{
    (void)state;
    struct buf b = {0};
    struct emit e;
    emit_begin(&e, FORMAT_MSGPACK, &b);
    emit_array(&e);
    emit_int(&e, -1);
    emit_int(&e, 300);
    emit_double(&e, 1);
    emit_close(&e);
    assert_int_equal(emit_end(&e), 0);
    IS(&b, "\xdc\x00\x03\xff\xcd\x01\x2c\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00");
    buf_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emit_writes_json_with_commas_where_they_belong),
        cmocka_unit_test(emit_writes_messagepack_with_patched_counts),
        cmocka_unit_test(emit_name_writes_what_name_and_value_are_by_themselves),
        cmocka_unit_test(emit_text_escapes_what_json_must_not_hold),
        cmocka_unit_test(emit_text_escapes_at_every_place),
        cmocka_unit_test(emit_text_of_every_length_is_written_whole_in_both_forms),
        cmocka_unit_test(emit_packs_each_integer_in_as_few_bytes_as_it_takes),
        cmocka_unit_test(emit_numbers_keep_whole_and_fractional_ones_apart),
        cmocka_unit_test(emit_packs_numbers_in_the_shortest_integer_and_in_doubles),
    };
    return RUN_TESTS(tests);
}
