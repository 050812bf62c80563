#include "score/stat.h"

#include <math.h>

#include "base/check.h"
#include "window/cells.h"

/* ---- quotients ------------------------------------------------------------------------------- */

#define DOUBLE_EXACT (INT64_C(1) << 53) /* integers up to here are doubles */

static cube_u128 magnitude(cube_i128 v)
{
    return v < 0 ? -(cube_u128)v : (cube_u128)v;
}

/* Long division to at least 64 bits; what is left over only decides how the last bit rounds. */
static double divide(cube_u128 a, cube_u128 b)
{
    cube_u128 q = a / b, r = a % b;
    int exponent = 0;
    while (r && !(q >> 64)) {
        r <<= 1;
        q = q << 1 | (r >= b);
        r -= r >= b ? b : 0;
        exponent--;
    }
    return ldexp((double)(q | (r != 0)), exponent);
}

double stat_quotient(cube_i128 a, cube_i128 b)
{
    CHECK_PRE(b > 0);
    cube_u128 m = magnitude(a);
    if (m <= DOUBLE_EXACT && b <= DOUBLE_EXACT) {
        return (double)a / (double)b;
    }
    double q = divide(m, (cube_u128)b);
    return a < 0 ? -q : q;
}

/* ---- shares ---------------------------------------------------------------------------------- */

void wilson_interval(int64_t hits, int64_t n, double *ret_low, double *ret_high)
{
    CHECK_PRE(n > 0 && hits >= 0 && hits <= n);
    const double z2 = STAT_Z * STAT_Z, count = (double)n, p = stat_quotient(hits, n);
    double middle = p + z2 / (2 * count);
    double half = STAT_Z * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
    /* At the ends the two terms cancel exactly; doubles would leave a speck. */
    *ret_low = hits == 0 ? 0 : (middle - half) / (1 + z2 / count);
    *ret_high = hits == n ? 1 : (middle + half) / (1 + z2 / count);
}

struct nps nps_of(int64_t promoters, int64_t detractors, int64_t n)
{
    CHECK_PRE(n > 0 && promoters >= 0 && detractors >= 0 && promoters <= n - detractors);
    int64_t net = promoters - detractors;
    /* n^3 Var / 100^2 */
    cube_i128 spread = (cube_i128)n * (promoters + detractors) - (cube_i128)net * net;
    struct nps r = {.value = stat_quotient((cube_i128)100 * net, n)};
    r.se = 100 * sqrt(stat_quotient(spread, (cube_i128)n * n) / (double)n);
    r.low = fmax(-100, r.value - STAT_Z * r.se);
    r.high = fmin(100, r.value + STAT_Z * r.se);
    return r;
}

double phi(double x)
{
    return erfc(-x * M_SQRT1_2) / 2;
}

/* ---- moments --------------------------------------------------------------------------------- */

/* Least significant word first. n times a sum of squares of n values needs up to 252 bits. */
struct u256 {
    uint64_t word[4];
};

static void u256_add_at(struct u256 *a, unsigned place, cube_u128 v)
{
    for (cube_u128 carry = v; carry && place < 4; place++) {
        cube_u128 t = (cube_u128)a->word[place] + (uint64_t)carry;
        a->word[place] = (uint64_t)t;
        carry = (carry >> 64) + (t >> 64);
    }
}

static struct u256 u256_of_squares(const struct moments *m)
{
    struct u256 a = {0};
    cube_u128 high = magnitude(m->square_high);
    u256_add_at(&a, 0, magnitude(m->square_low));
    u256_add_at(&a, 0, (high & 3) << 62);
    u256_add_at(&a, 1, high >> 2);
    return a;
}

static struct u256 u256_times(const struct u256 *a, uint64_t b)
{
    struct u256 r = {0};
    for (unsigned i = 0; i < 4; i++) {
        u256_add_at(&r, i, (cube_u128)a->word[i] * b);
    }
    return r;
}

static struct u256 u256_square(cube_u128 v)
{
    struct u256 r = {0};
    uint64_t low = (uint64_t)v, high = (uint64_t)(v >> 64);
    u256_add_at(&r, 0, (cube_u128)low * low);
    u256_add_at(&r, 1, (cube_u128)low * high);
    u256_add_at(&r, 1, (cube_u128)low * high);
    u256_add_at(&r, 2, (cube_u128)high * high);
    return r;
}

/* *ret_r = a - b. False: b is more. */
static bool u256_minus(const struct u256 *a, const struct u256 *b, struct u256 *ret_r)
{
    uint64_t borrow = 0;
    for (unsigned i = 0; i < 4; i++) {
        cube_u128 t = (cube_u128)a->word[i] - b->word[i] - borrow;
        ret_r->word[i] = (uint64_t)t;
        borrow = (uint64_t)(t >> 64) & 1;
    }
    return !borrow;
}

static double u256_to_double(const struct u256 *a)
{
    int top = 3;
    while (top > 1 && !a->word[top]) {
        top--;
    }
    cube_u128 v = (cube_u128)a->word[top] << 64 | a->word[top - 1];
    for (int i = top - 2; i >= 0; i--) {
        v |= a->word[i] != 0; /* below the last bit: only decides how it rounds */
    }
    return ldexp((double)v, 64 * (top - 1));
}

struct moments moments_of(int64_t n, const int64_t *sum_and_squares)
{
    return (struct moments){n, cell_get_wide(sum_and_squares), cell_get_wide(sum_and_squares + 2),
                            cell_get_wide(sum_and_squares + 4)};
}

double moments_mean(const struct moments *m)
{
    return stat_quotient(m->sum, (cube_i128)m->n * FIXED_ONE);
}

int moments_sd(const struct moments *m, double *ret_sd)
{
    CHECK_PRE(m->n > 1);
    struct u256 squares = u256_of_squares(m), scaled = u256_times(&squares, (uint64_t)m->n);
    struct u256 square = u256_square(magnitude(m->sum)), spread;
    if (!u256_minus(&scaled, &square, &spread)) {
        return CUBE_ERANGE;
    }
    double variance = u256_to_double(&spread) / (double)((cube_i128)m->n * (m->n - 1));
    *ret_sd = sqrt(variance) / (double)FIXED_ONE;
    return 0;
}
