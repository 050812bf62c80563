#include "proto/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Far beyond what a record's digits could make up for, and far from overflowing a sum. */
#define EXPONENT_MAX INT64_C(1000000000)

#define INT64_END 9223372036854775808.0 /* 2^63, the first double above */

struct decimal {
    bool negative;
    const char *at, *end; /* digits and perhaps one point */
    int64_t whole;        /* digits before the point, moved by the exponent */
};

static int64_t exponent_of(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    int64_t v = 0;
    for (; at < end && v < EXPONENT_MAX; at++) {
        v = v * 10 + (*at - '0');
    }
    return negative ? -v : v;
}

static struct decimal decimal_open(struct text number)
{
    struct decimal d = {.at = number.at, .end = number.at + number.len};
    if (d.at < d.end && *d.at == '-') {
        d.negative = true;
        d.at++;
    }
    const char *p = d.at;
    while (p < d.end && *p >= '0' && *p <= '9') {
        p++;
    }
    d.whole = p - d.at;
    while (p < d.end && *p != 'e' && *p != 'E') {
        p++;
    }
    if (p < d.end) {
        d.whole += exponent_of(p + 1, d.end);
        d.end = p;
    }
    return d;
}

static bool append_digit(uint64_t *v, unsigned digit)
{
    return !__builtin_mul_overflow(*v, UINT64_C(10), v) &&
           !__builtin_add_overflow(*v, (uint64_t)digit, v);
}

static int signed_of(uint64_t magnitude, bool negative, int64_t *ret_v)
{
    if (magnitude > (uint64_t)INT64_MAX + negative) {
        return CUBE_ERANGE;
    }
    *ret_v = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return 0;
}

int decimal_scaled(struct text number, int scale, int64_t *ret_v, bool *ret_exact)
{
    struct decimal d = decimal_open(number);
    int64_t take = d.whole + scale, i = 0;
    uint64_t v = 0;
    bool exact = true, up = false;
    for (const char *p = d.at; p < d.end; p++) {
        if (*p == '.') {
            continue;
        }
        unsigned digit = (unsigned)(*p - '0');
        if (i >= take) {
            up |= i == take && digit >= 5;
            exact &= digit == 0;
        } else if (!append_digit(&v, digit)) {
            return CUBE_ERANGE;
        }
        i++;
    }
    for (; i < take && v != 0; i++) {
        if (!append_digit(&v, 0)) {
            return CUBE_ERANGE;
        }
    }
    if (v == UINT64_MAX || signed_of(v + up, d.negative, ret_v)) {
        return CUBE_ERANGE;
    }
    *ret_exact = exact;
    return 0;
}

/* 309 digits before the point: the largest double has as many. */
#define WHOLE_MAX 309
#define SIGNIFICANT_MAX 320

static bool finite_at_limit(const char *p, const char *end)
{
    char text[SIGNIFICANT_MAX + 16];
    int n = 0;
    bool more = false;
    for (; p < end; p++) {
        if (*p == '.') {
            continue;
        }
        if (n < SIGNIFICANT_MAX) {
            text[n++] = *p;
        } else {
            more |= *p != '0';
        }
    }
    int significant = n;
    text[n++] = more ? '1' : '0';
    snprintf(text + n, sizeof text - (size_t)n, "e%d", WHOLE_MAX - significant - 1);
    return isfinite(strtod(text, NULL));
}

bool decimal_finite(struct text number)
{
    struct decimal d = decimal_open(number);
    int64_t whole = d.whole;
    const char *p = d.at;
    for (; p < d.end && (*p == '0' || *p == '.'); p++) {
        whole -= *p == '0';
    }
    return p == d.end || whole < WHOLE_MAX || (whole == WHOLE_MAX && finite_at_limit(p, d.end));
}

static int from_shortest_text(double v, int64_t *ret_micro)
{
    char text[40];
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) {
            break;
        }
    }
    bool exact;
    return decimal_scaled((struct text){text, (uint32_t)n}, DECIMAL_MICRO, ret_micro, &exact);
}

/* Below this the product's error is under 2^-10, so anything further than 0.01 from a tie is
 * decided. */
#define QUICK_MAX 0x1p42

int decimal_from_double(double v, int64_t *ret_micro)
{
    double scaled = fabs(v) * 1e6;
    if (scaled < QUICK_MAX) {
        int64_t whole = (int64_t)scaled;
        double rest = scaled - (double)whole;
        if (rest < 0.49 || rest > 0.51) {
            whole += rest > 0.5;
            *ret_micro = v < 0 ? -whole : whole;
            return 0;
        }
    }
    return from_shortest_text(v, ret_micro);
}

int integer_from_double(double v, int64_t *ret_v)
{
    if (!(v >= -INT64_END && v < INT64_END) || v != trunc(v)) {
        return CUBE_ERANGE;
    }
    *ret_v = (int64_t)v;
    return 0;
}
