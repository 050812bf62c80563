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

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* 1233 / 4096 is log10 2 from below, near enough for 64 bits. */
unsigned digits_count(uint64_t v)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1), guess = bits * 1233 >> 12;
    return guess + (v >= digits_powers[guess] || v == 0);
}

void digits_pad(uint64_t v, unsigned width, char *at)
{
    for (; width >= 2; v /= 100) {
        width -= 2;
        memcpy(at + width, pairs + 2 * (v % 100), 2);
    }
    if (width) {
        at[0] = (char)('0' + v % 10);
    }
}

size_t digits_write(uint64_t v, char *at)
{
    unsigned n = digits_count(v);
    digits_pad(v, n, at);
    return n;
}
