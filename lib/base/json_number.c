#include "base/json_number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/digits.h"
#include "base/fixed.h"

#define WHOLE_LIMIT 1e15        /* below it whole numbers are written out */
#define SMALL_LIMIT 1e-4        /* from it on fractions are */
#define FRACTION_BITS_MAX 89    /* of the doubles whose digits are found by 128-bit integers */
#define POWER_BITS_MAX 62       /* of those among them that are powers of two */
#define FIVES_MAX 28
#define HIDDEN_BIT (UINT64_C(1) << 52)
#define EXPONENT_BIAS 1075

/* ---- by trial: any double ------------------------------------------------------------------- */

static bool reads_back(const char *at, double v)
{
    return strtod(at, NULL) == v;
}

/* Just above a power of two doubles lie twice as far apart as below it, so the nearest 16 digits
 * may miss the double where the next ones up hit it. */
static bool next_16_digits(double v, char at[JSON_NUMBER_MAX])
{
    size_t i = strcspn(at, "e");
    while (i > 0) {
        i--;
        if (at[i] >= '0' && at[i] < '9') {
            at[i]++;
            return reads_back(at, v);
        }
        if (at[i] == '9') {
            at[i] = '0';
        }
    }
    return false;
}

static void try_digits(double v, char at[JSON_NUMBER_MAX])
{
    /* Fifteen digits always fit a normal double; subnormal ones may need fewer. */
    for (int precision = fabs(v) < DBL_MIN ? 1 : 15; precision < 17; precision++) {
        snprintf(at, JSON_NUMBER_MAX, "%.*g", precision, v);
        if (reads_back(at, v)) {
            return;
        }
    }
    if (next_16_digits(v, at)) {
        return;
    }
    snprintf(at, JSON_NUMBER_MAX, "%.17g", v);
}

static size_t write_by_trial(double v, char at[JSON_NUMBER_MAX])
{
    try_digits(v, at);
    size_t len = strlen(at), other = strspn(at, "-+e0123456789");
    if (other < len) {
        at[other] = '.'; /* whatever the locale writes */
    } else if (!strchr(at, 'e')) {
        memcpy(at + len, ".0", 3);
        len += 2;
    }
    return len;
}

/* ---- by integers: most of what is published -------------------------------------------------- */

/* v = digits / 10^scale, the fewest digits that read back as v, and of those the nearest. */
struct decimal {
    uint64_t digits;
    int scale;
};

/* v in units of 10^-scale: whole + rest / 2^shift. What rounds to v is within `around` of it, in units of 2^-shift: exact, because c 5^27
 * has 116 bits. That is 1 to 10 units together (as in Raffaello Giulietti's Schubfach), so that it holds one multiple of ten at most
 * and one whole number at least. */
struct rounding {
    uint64_t whole, rest, around;
    int shift;
    bool closed; /* the ends round to v, too: ties go to even */
};

static bool within(const struct rounding *r, cube_u128 distance)
{
    return r->closed ? distance <= r->around : distance < r->around;
}

/* How far v is above a number of so many units below `whole`. */
static cube_u128 above(const struct rounding *r, unsigned units)
{
    return ((cube_u128)units << r->shift) + r->rest;
}

static uint64_t digits_of(const struct rounding *r)
{
    unsigned ones = (unsigned)(r->whole % 10);
    uint64_t unit = UINT64_C(1) << r->shift, up = unit - r->rest;
    if (within(r, above(r, ones))) {
        return r->whole - ones;
    }
    if (within(r, ((cube_u128)(10 - ones) << r->shift) - r->rest)) {
        return r->whole - ones + 10;
    }
    bool is_nearer = up < r->rest || (up == r->rest && r->whole % 2);
    bool upwards = !within(r, r->rest) || (within(r, up) && is_nearer);
    return r->whole + upwards;
}

static bool zeros_take(struct decimal *d, uint64_t power, int zeros)
{
    uint64_t rest = d->digits / power;
    if (rest * power != d->digits) {
        return false;
    }
    d->digits = rest;
    d->scale -= zeros;
    return true;
}

/* Takes the zeros off the end; digits are not 0. */
static void zeros_strip(struct decimal *d)
{
    bool more = true;
    while (more) {
        more = zeros_take(d, 100000000, 8);
    }
    zeros_take(d, 10000, 4);
    zeros_take(d, 100, 2);
    zeros_take(d, 10, 1);
}

/* 5^0 to 5^27. */
static const uint64_t fives[FIVES_MAX] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125, 6103515625, 30517578125,
    152587890625, 762939453125, 3814697265625, 19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
    59604644775390625, 298023223876953125, 1490116119384765625, 7450580596923828125};

/* v > 0 is not whole. False when it is below 2^-37. The interval of a power of two is narrower below; from 2^-10 on that does not
 * show, because those have few digits themselves. */
static bool decimal_of(double v, struct decimal *ret_d)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    int fraction_bits = EXPONENT_BIAS - (int)(bits >> 52);
    uint64_t c = (bits & (HIDDEN_BIT - 1)) | HIDDEN_BIT;
    if (fraction_bits < 1 || fraction_bits > FRACTION_BITS_MAX || (c == HIDDEN_BIT && fraction_bits > POWER_BITS_MAX)) {
        return false;
    }
    struct decimal d = {.scale = (fraction_bits * 30103 + 99999) / 100000}; /* ceil(bits log10 2) */
    int halves = fraction_bits - d.scale; /* v 10^scale = c 5^scale / 2^halves */
    cube_u128 product = (cube_u128)c * fives[d.scale];
    struct rounding r = {.whole = (uint64_t)(product >> halves), .around = fives[d.scale], .shift = halves + 1, .closed = c % 2 == 0};
    r.rest = ((uint64_t)product & ((UINT64_C(1) << halves) - 1)) * 2;
    d.digits = digits_of(&r);
    if (d.digits % 10 == 0) {
        zeros_strip(&d);
    }
    *ret_d = d;
    return true;
}

/* Shares, weights and counts are of one digit mostly. */
static size_t write_whole(bool negative, uint64_t whole, char at[JSON_NUMBER_MAX])
{
    at[0] = '-';
    char *end = at + negative;
    if (whole < 10) {
        *end++ = (char)('0' + whole);
    } else {
        end += digits_write(whole, end);
    }
    memcpy(end, ".0", 3);
    return (size_t)(end + 2 - at);
}

static size_t write_decimal(bool negative, struct decimal d, char at[JSON_NUMBER_MAX])
{
    uint64_t whole = d.scale < DIGITS_MAX ? d.digits / digits_powers[d.scale] : 0;
    char *end = at + write_whole(negative, whole, at) - 1;
    digits_pad(whole ? d.digits - whole * digits_powers[d.scale] : d.digits, (unsigned)d.scale, end);
    end += d.scale;
    *end = '\0';
    return (size_t)(end - at);
}

/* As printf's %g: one digit, then the others, then the power of ten. */
static size_t write_small(bool negative, struct decimal d, char at[JSON_NUMBER_MAX])
{
    char digits[DIGITS_MAX];
    size_t n = digits_write(d.digits, digits);
    unsigned power = (unsigned)(d.scale - (int)n + 1);
    char *end = at;
    *end = '-';
    end += negative;
    *end++ = digits[0];
    if (n > 1) {
        *end++ = '.';
        memcpy(end, digits + 1, n - 1);
        end += n - 1;
    }
    memcpy(end, "e-", 2);
    digits_pad(power, 2, end + 2);
    end[4] = '\0';
    return (size_t)(end + 4 - at);
}

size_t json_number_write(double v, char at[JSON_NUMBER_MAX])
{
    CHECK_PRE(isfinite(v));
    double size = fabs(v);
    struct decimal d;
    bool is_small = size < WHOLE_LIMIT, is_whole = is_small ? size == (double)(int64_t)size : size == floor(size);
    if (is_whole && is_small) {
        return write_whole(signbit(v), (uint64_t)size, at);
    }
    if (!is_whole && decimal_of(size, &d)) {
        return size < SMALL_LIMIT ? write_small(v < 0, d, at) : write_decimal(v < 0, d, at);
    }
    return write_by_trial(v, at);
}
