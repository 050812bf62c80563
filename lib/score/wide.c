#include "score/wide.h"

#include <math.h>
#include <stdbool.h>

struct wide wide_of(cube_i128 v)
{
    struct wide r;
    for (unsigned i = 0; i < WIDE_WORDS; i++) {
        r.word[i] = i == 0 ? (uint64_t)v : i == 1 ? (uint64_t)(v >> 64) : v < 0 ? UINT64_MAX : 0;
    }
    return r;
}

struct wide wide_plus(struct wide a, struct wide b)
{
    cube_u128 carry = 0;
    for (unsigned i = 0; i < WIDE_WORDS; i++) {
        carry += (cube_u128)a.word[i] + b.word[i];
        a.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return a;
}

static struct wide negated(struct wide a)
{
    for (unsigned i = 0; i < WIDE_WORDS; i++) {
        a.word[i] = ~a.word[i];
    }
    return wide_plus(a, wide_of(1));
}

struct wide wide_minus(struct wide a, struct wide b)
{
    return wide_plus(a, negated(b));
}

struct wide wide_times(struct wide a, struct wide b)
{
    struct wide r = wide_of(0);
    for (unsigned i = 0; i < WIDE_WORDS; i++) {
        uint64_t carry = 0;
        for (unsigned k = 0; i + k < WIDE_WORDS; k++) {
            cube_u128 t = (cube_u128)a.word[i] * b.word[k] + r.word[i + k] + carry;
            r.word[i + k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
    }
    return r;
}

struct wide wide_shift(struct wide a, unsigned bits)
{
    return wide_times(a, wide_of((cube_i128)1 << bits));
}

double wide_to_double(struct wide a)
{
    bool negative = a.word[WIDE_WORDS - 1] >> 63;
    struct wide m = negative ? negated(a) : a;
    int top = WIDE_WORDS - 1;
    while (top > 1 && !m.word[top]) {
        top--;
    }
    cube_u128 v = (cube_u128)m.word[top] << 64 | m.word[top - 1];
    for (int i = top - 2; i >= 0; i--) {
        v |= m.word[i] != 0; /* below the last bit: only decides how it rounds */
    }
    double size = ldexp((double)v, 64 * (top - 1));
    return negative ? -size : size;
}
