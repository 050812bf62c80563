#include "support/unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "proto/decimal.h"
#include "proto/utf8.h"

struct micro_case {
    const char *text;
    int rc;
    int64_t micro;
};

static void decimal_scaled_rounds_half_away_from_zero_at_the_seventh_decimal(void **state)
{
    (void)state;
    static const struct micro_case cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"1", 0, 1000000},
        {"129.90", 0, 129900000},
        {"0.0000005", 0, 1},
        {"-0.0000005", 0, -1},
        {"0.0000004999999999999999999999999", 0, 0},
        {"0.00000149", 0, 1},
        {"1e-6", 0, 1},
        {"5e-7", 0, 1},
        {"4.9e-7", 0, 0},
        {"5e-8", 0, 0},
        {"1e-999999999999", 0, 0},
        {"0e999999999999", 0, 0},
        {"1.5E+3", 0, 1500000000},
        {"123456789e-8", 0, 1234568},
        {"0.1e1", 0, 1000000},
        {"9223372036854.775807", 0, INT64_MAX},
        {"-9223372036854.775808", 0, INT64_MIN},
        {"9223372036854.775808", CUBE_ERANGE, 0},
        {"-9223372036854.775809", CUBE_ERANGE, 0},
        {"9223372036854.7758074", 0, INT64_MAX},
        {"9223372036854.7758075", CUBE_ERANGE, 0},
        {"18446744073709.551615", CUBE_ERANGE, 0},
        {"1e13", CUBE_ERANGE, 0},
        {"1e400", CUBE_ERANGE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t v = 77;
        bool exact;
        assert_int_equal(decimal_scaled(text_of(cases[i].text), DECIMAL_MICRO, &v, &exact),
                         cases[i].rc);
        assert_true(v == (cases[i].rc ? 77 : cases[i].micro));
    }
}

static void decimal_scaled_says_whether_digits_were_lost(void **state)
{
    (void)state;
    int64_t v;
    bool exact;
    assert_int_equal(decimal_scaled(TEXT_LITERAL("1.0"), 0, &v, &exact), 0);
    assert_true(exact);
    assert_int_equal(decimal_scaled(TEXT_LITERAL("1.50e1"), 0, &v, &exact), 0);
    assert_true(exact && v == 15);
    assert_int_equal(decimal_scaled(TEXT_LITERAL("1.01"), 0, &v, &exact), 0);
    assert_false(exact);
    assert_int_equal(decimal_scaled(TEXT_LITERAL("1e-1"), 0, &v, &exact), 0);
    assert_false(exact);
}

static void decimal_finite_knows_the_edge_of_a_double(void **state)
{
    (void)state;
    assert_true(decimal_finite(TEXT_LITERAL("1.7976931348623157e308")));
    assert_true(decimal_finite(TEXT_LITERAL("1.7976931348623158e308")));
    assert_false(decimal_finite(TEXT_LITERAL("1.7976931348623159e308")));
    assert_true(decimal_finite(TEXT_LITERAL("0.00017976931348623158e312")));
    assert_false(decimal_finite(TEXT_LITERAL("17976931348623159e292")));
    assert_true(decimal_finite(TEXT_LITERAL("9e307")));
    assert_false(decimal_finite(TEXT_LITERAL("1e309")));
    assert_false(decimal_finite(TEXT_LITERAL("-1e99999999999")));
    assert_true(decimal_finite(TEXT_LITERAL("0e99999999999")));
    assert_true(decimal_finite(TEXT_LITERAL("0.000")));
    assert_true(decimal_finite(TEXT_LITERAL("1e-400")));
}

static void decimal_from_double_gives_what_its_shortest_text_says(void **state)
{
    (void)state;
    static const struct {
        double v;
        int rc;
        int64_t micro;
    } cases[] = {
        {129.90, 0, 129900000},
        {-129.90, 0, -129900000},
        {0.1 + 0.2, 0, 300000},
        {5e-7, 0, 1},
        {-5e-7, 0, -1},
        {4.9e-7, 0, 0},
        {0.0000015, 0, 2},
        {1.0000005, 0, 1000001},
        {2.5, 0, 2500000},
        {0.0, 0, 0},
        {-0.0, 0, 0},
        {9007199254.740993, 0, INT64_C(9007199254740993)},
        {1e12, 0, INT64_C(1000000000000000000)},
        {9e12, 0, INT64_C(9000000000000000000)},
        {1e13, CUBE_ERANGE, 0},
        {DBL_MAX, CUBE_ERANGE, 0},
        {DBL_MIN, 0, 0},
        {-9223372036854.775, 0, INT64_C(-9223372036854775000)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t v = 77;
        assert_int_equal(decimal_from_double(cases[i].v, &v), cases[i].rc);
        if (v != (cases[i].rc ? 77 : cases[i].micro)) {
            print_error("%.17g: %lld\n", cases[i].v, (long long)v);
        }
        assert_true(v == (cases[i].rc ? 77 : cases[i].micro));
    }
}

static void decimal_from_double_agrees_with_the_text_for_every_amount_in_cents(void **state)
{
    (void)state;
    for (int64_t cents = 0; cents < 2000000; cents += 7) {
        char text[32];
        int64_t of_text = 0, of_double = 1;
        bool exact;
        int n = snprintf(text, sizeof text, "%lld.%02lld", (long long)(cents / 100),
                         (long long)(cents % 100));
        assert_int_equal(
            decimal_scaled((struct text){text, (uint32_t)n}, DECIMAL_MICRO, &of_text, &exact), 0);
        assert_int_equal(decimal_from_double((double)cents / 100, &of_double), 0);
        assert_true(of_text == of_double && of_text == cents * 10000);
    }
}

static void integer_from_double_takes_whole_numbers_of_64_bits_only(void **state)
{
    (void)state;
    int64_t v = 77;
    assert_int_equal(integer_from_double(3.0, &v), 0);
    assert_int_equal(v, 3);
    assert_int_equal(integer_from_double(-0x1p63, &v), 0);
    assert_true(v == INT64_MIN);
    assert_int_equal(integer_from_double(0x1p63, &v), CUBE_ERANGE);
    assert_int_equal(integer_from_double(0.5, &v), CUBE_ERANGE);
    assert_int_equal(integer_from_double(NAN, &v), CUBE_ERANGE);
    assert_int_equal(integer_from_double(INFINITY, &v), CUBE_ERANGE);
}

static bool valid(const char *text)
{
    size_t len = strlen(text);
    bool a = utf8_valid((const uint8_t *)text, len),
         b = utf8_text_valid((const uint8_t *)text, len);
    assert_int_equal(a, b);
    return a;
}

static void utf8_valid_refuses_overlong_forms_surrogates_and_what_lies_beyond(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("plain ascii, longer than a word"));
    assert_true(valid("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf "
                      "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x7f",
                                      "\xe0\x9f\xbf",
                                      "\xe1\x80",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "longer than a word \xe2\x82",
                                      "\xe2\x28\xa1 and something behind it"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(valid(bad[i]));
    }
}

static void utf8_valid_looks_at_every_byte_of_a_long_text(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 50; len++) {
        char text[64];
        for (size_t i = 0; i < len; i++) {
            memset(text, 'a', len);
            text[len] = 0;
            text[i] = (char)0xff;
            assert_false(valid(text));
            text[i] = (char)0xc3;
            assert_false(valid(text));
            if (i + 1 < len) {
                text[i + 1] = (char)0xa9;
                assert_true(valid(text));
            }
        }
    }
}

static void utf8_put_writes_what_utf8_sequence_reads(void **state)
{
    (void)state;
    static const uint32_t codes[] = {0, 0x7f, 0x80, 0x7ff, 0x800,
                                     0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    static const size_t lengths[] = {1, 1, 2, 2, 3, 3, 3, 3, 4, 4};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        uint8_t bytes[4];
        assert_int_equal(utf8_put(codes[i], bytes), lengths[i]);
        assert_int_equal(utf8_sequence(bytes, lengths[i]), lengths[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_scaled_rounds_half_away_from_zero_at_the_seventh_decimal),
        cmocka_unit_test(decimal_scaled_says_whether_digits_were_lost),
        cmocka_unit_test(decimal_finite_knows_the_edge_of_a_double),
        cmocka_unit_test(decimal_from_double_gives_what_its_shortest_text_says),
        cmocka_unit_test(decimal_from_double_agrees_with_the_text_for_every_amount_in_cents),
        cmocka_unit_test(integer_from_double_takes_whole_numbers_of_64_bits_only),
        cmocka_unit_test(utf8_valid_refuses_overlong_forms_surrogates_and_what_lies_beyond),
        cmocka_unit_test(utf8_valid_looks_at_every_byte_of_a_long_text),
        cmocka_unit_test(utf8_put_writes_what_utf8_sequence_reads),
    };
    return RUN_TESTS(tests);
}
