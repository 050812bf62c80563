/* Values of a record in their usual JSON forms, read where they stand. Only event_shape_json.c uses it. They stand where
 * JSON_VALUE_ROOM bytes may be read, though perhaps beyond the end: what follows in a shape notices that, as it notices a
 * text that does not end at a quote and a number that goes on. They return where the value ends, NULL when it is of another
 * form. */
#ifndef CUBE_PROTO_JSON_VALUES_H
#define CUBE_PROTO_JSON_VALUES_H

#include "base/fixed.h"
#include "proto/event_decoding.h"
#include "proto/json_text.h"

#define JSON_VALUE_ROOM 48

/* Of a text what is plain ASCII, 32 bytes at most; at stands behind its opening quote. It may go on there. */
static inline const uint8_t *json_text_value(struct text *text, const uint8_t *at)
{
    uint64_t stops = json_text_stops(at);
    if (__builtin_expect(!stops, 0)) {
        stops = (uint64_t)json_text_stops(at + 16) << 16 | UINT64_C(1) << EVENT_TEXT_ROOM;
    }
    uint32_t len = (uint32_t)__builtin_ctzll(stops);
    *text = (struct text){(const char *)at, len};
    return at + len;
}

/* The number that eight digits stand for, the first in the lowest byte. */
static inline uint64_t eight_digits(uint64_t w)
{
    w &= UINT64_C(0x0f0f0f0f0f0f0f0f);
    w = w * 10 + (w >> 8);
    return ((w & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
            (w >> 16 & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32))) >> 32;
}

static inline uint64_t digits_word(const uint8_t *at)
{
    uint64_t w = utf8_word(at);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? w : __builtin_bswap64(w);
}

/* One to sixteen digits; 0: there are none. The rest of a longer number follows. */
static inline uint32_t digits_read(uint64_t *number, const uint8_t *at)
{
    struct bytes16 digits = bytes16_load(at), least = bytes16_all('0' + 0x80);
    struct bytes16 others = bytes16_less(bytes16_all(9 - 0x80), (struct bytes16){digits.at - least.at});
    uint32_t count = (uint32_t)__builtin_ctz(bytes16_high(others) | 1u << 16);
    if (count - 1 < 8) {
        *number = eight_digits(digits_word(at) << (64 - 8 * count));
    } else if (count > 0) {
        *number = eight_digits(digits_word(at) << (128 - 8 * count)) * 100000000 + eight_digits(digits_word(at + count - 8));
    }
    return count;
}

/* As JSON has it: no zeroes in front. */
static inline const uint8_t *whole_number(uint64_t *number, const uint8_t *at)
{
    uint32_t count = digits_read(number, at);
    return count == 0 || (*at == '0' && count > 1) ? NULL : at + count;
}

static inline const uint8_t *json_integer_value(int64_t *number, const uint8_t *at)
{
    uint64_t magnitude;
    bool negative = *at == '-';
    at = whole_number(&magnitude, at + negative);
    if (at) {
        *number = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    }
    return at;
}

/* Up to six decimals: more would be rounded. */
static inline const uint8_t *json_decimal_value(int64_t *number, const uint8_t *at)
{
    static const int64_t units[] = {FIXED_ONE, 100000, 10000, 1000, 100, 10, 1};
    uint64_t fraction;
    bool negative = *at == '-';
    const uint8_t *end = json_integer_value(number, at);
    if (!end || *number > INT64_MAX / FIXED_ONE - 1 || *number < -INT64_MAX / FIXED_ONE + 1) {
        return NULL;
    }
    *number *= FIXED_ONE;
    if (*end == '.') {
        uint32_t count = digits_read(&fraction, end + 1);
        if (count - 1 >= 6) {
            return NULL;
        }
        int64_t micro = (int64_t)fraction * units[count];
        *number += negative ? -micro : micro;
        end += 1 + count;
    }
    return end;
}

static inline const uint8_t *json_ts_value(int64_t *ts_ms, const uint8_t *at)
{
    uint64_t v;
    at = whole_number(&v, at);
    if (!at || v > EVENT_TS_MAX) {
        return NULL;
    }
    *ts_ms = (int64_t)v;
    return at;
}

static inline const uint8_t *json_bool_value(int64_t *number, const uint8_t *at)
{
    bool yes = memcmp(at, "true", 4) == 0;
    *number = yes;
    return yes ? at + 4 : memcmp(at, "false", 5) == 0 ? at + 5
                                                      : NULL;
}

#endif
