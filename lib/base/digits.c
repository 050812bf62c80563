#include "base/digits.h"

#include <string.h>

const uint64_t digits_powers[DIGITS_MAX] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    UINT64_C(10000000000000000000),
};

/* 1233 / 4096 is log10 2 from below, near enough for 64 bits. */
unsigned digits_count(uint64_t v)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1), guess = bits * 1233 >> 12;
    return guess + (v >= digits_powers[guess] || v == 0);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* The eight digits of v < 10^8 as a word, the first in its lowest byte: halves of four digits, then of two, then of one, all at
 * once. A division by 100 or 10 is a multiplication that is exact for so few digits. */
static uint64_t eight_digits(uint32_t v)
{
    uint64_t w = v / 10000 | (uint64_t)(v % 10000) << 32;
    uint64_t hundreds = w * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    w = hundreds | (w - 100 * hundreds) << 16;
    uint64_t tens = w * 103 >> 10 & UINT64_C(0x000f000f000f000f);
    w = tens | (w - 10 * tens) << 8;
    return w + UINT64_MAX / 255 * '0';
}

static uint64_t pair_write(uint64_t v, char *at)
{
    memcpy(at, pairs + 2 * (v % 100), 2);
    return v / 100;
}

void digits_pad(uint64_t v, unsigned width, char *at)
{
    for (; width >= 8; v /= 100000000) {
        width -= 8;
        uint64_t digits = eight_digits((uint32_t)(v % 100000000));
        memcpy(at + width, &digits, sizeof digits);
    }
    for (; width >= 2; width -= 2) {
        v = pair_write(v, at + width - 2);
    }
    if (width) {
        at[0] = (char)('0' + v % 10);
    }
}

/* Counts are small mostly: v below 10,000. */
static size_t few_write(unsigned v, char *at)
{
    const char *high = pairs + 2 * (v / 100), *low = pairs + 2 * (v % 100);
    char *end = at;
    if (v >= 1000) {
        *end++ = high[0];
    }
    if (v >= 100) {
        *end++ = high[1];
    }
    if (v >= 10) {
        *end++ = low[0];
    }
    *end++ = low[1];
    return (size_t)(end - at);
}

size_t digits_write(uint64_t v, char *at)
{
    if (v < 10000) {
        return few_write((unsigned)v, at);
    }
    unsigned n = digits_count(v);
    digits_pad(v, n, at);
    return n;
}
