#include "proto/utf8.h"

static bool continues(uint8_t b)
{
    return (b & 0xc0) == 0x80;
}

/* The second byte of three and four byte forms excludes overlong forms, surrogates and what lies
 * above U+10FFFF (Unicode, table 3-7). */
static bool second_fits(uint8_t lead, uint8_t second)
{
    switch (lead) {
    case 0xe0: return second >= 0xa0 && second <= 0xbf;
    case 0xed: return second >= 0x80 && second <= 0x9f;
    case 0xf0: return second >= 0x90 && second <= 0xbf;
    case 0xf4: return second >= 0x80 && second <= 0x8f;
    default: return continues(second);
    }
}

static size_t sequence_length(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3
                                         : 4;
}

size_t utf8_sequence(const uint8_t *at, size_t len)
{
    size_t n = sequence_length(at[0]);
    if (n == 0 || n > len) {
        return 0;
    }
    if (n > 1 && !second_fits(at[0], at[1])) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (!continues(at[i])) {
            return 0;
        }
    }
    return n;
}

bool utf8_valid(const uint8_t *at, size_t len)
{
    size_t i = 0;
    while (i < len) {
        uint32_t beyond = len - i >= 16 ? bytes16_high(bytes16_load(at + i)) : 1;
        size_t ascii = beyond ? (size_t)__builtin_ctz(beyond) : 16;
        if (ascii) {
            i += ascii;
            continue;
        }
        size_t n = utf8_sequence(at + i, len - i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

size_t utf8_put(uint32_t code, uint8_t at[4])
{
    if (code < 0x80) {
        at[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        at[0] = (uint8_t)(0xc0 | code >> 6);
        at[1] = (uint8_t)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        at[0] = (uint8_t)(0xe0 | code >> 12);
        at[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        at[2] = (uint8_t)(0x80 | (code & 0x3f));
        return 3;
    }
    at[0] = (uint8_t)(0xf0 | code >> 18);
    at[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
    at[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    at[3] = (uint8_t)(0x80 | (code & 0x3f));
    return 4;
}
