#include "score/running_stat.h"

#include <math.h>

#include "base/check.h"
#include "score/wide.h"
#include "window/cells.h"

#define PART_BITS 20 /* P is in 2^-20 of a micro unit: finer than any sum of doubles would be */
#define PART ((cube_i128)1 << PART_BITS)
#define LIMB_BITS 42
#define LIMB ((cube_i128)1 << LIMB_BITS)

static cube_i128 within(cube_i128 v, cube_i128 bound)
{
    return v > bound ? bound : v < -bound ? -bound : v;
}

/* Rate x amount x due, in parts of a micro unit. */
static cube_i128 offset_of(const struct running *r, int64_t rate)
{
    cube_i128 q = r->amount_due / MONEY_PARTS, rest = r->amount_due % MONEY_PARTS, k = (cube_i128)rate << PART_BITS;
    return q * k + rest * k / MONEY_PARTS;
}

static void add(int64_t *cells, unsigned slot, cube_i128 v, int sign)
{
    cell_add_wide(cells + slot, sign * v);
}

void running_add(int64_t *cells, cube_i128 base, const struct running *r, bool up, int64_t rate, int sign)
{
    cube_i128 offset = offset_of(r, rate), p = within(base, INT64_MAX) * PART;
    p = within(p + (up ? -offset : offset), (cube_i128)1 << (2 * LIMB_BITS - 1));
    cube_i128 l = p & (LIMB - 1), h = p >> LIMB_BITS, s = within(up ? -r->amount : r->amount, INT64_MAX);
    cells[RUNNING_COUNT] += sign;
    add(cells, RUNNING_P, p, sign);
    add(cells, RUNNING_HH, h * h, sign);
    add(cells, RUNNING_HL, h * l, sign);
    add(cells, RUNNING_LL, l * l, sign);
    add(cells, RUNNING_S, s, sign);
    add(cells, RUNNING_HS, h * s, sign);
    add(cells, RUNNING_LS, l * s, sign);
    cells_add_square(cells + RUNNING_SS, (int64_t)s, sign);
}

static struct wide slot(const int64_t *cells, unsigned at)
{
    return wide_of(cell_get_wide(cells + at));
}

/* high x 2^bits + low. */
static struct wide joined(struct wide high, unsigned bits, struct wide low)
{
    return wide_plus(wide_shift(high, bits), low);
}

/* With K = rate x t x 2^20: MONEY_PARTS x T = MONEY_PARTS x P - K x S, whole numbers all. */
static struct wide k_of(int64_t rate, int64_t t_ms)
{
    return wide_of(((cube_i128)rate << PART_BITS) * t_ms);
}

/* The sum of all MONEY_PARTS x T. */
static struct wide sum_of(const struct moments *m, const int64_t *cells, struct wide k)
{
    struct wide p = joined(wide_of(m->sum), PART_BITS, slot(cells, RUNNING_P));
    return wide_minus(wide_times(p, wide_of(MONEY_PARTS)), wide_times(k, slot(cells, RUNNING_S)));
}

/* The sum of all squares of MONEY_PARTS x T. */
static struct wide squares_of(const struct moments *m, const int64_t *cells, struct wide k)
{
    struct wide parts = wide_of(MONEY_PARTS), still = joined(wide_of(m->square_high), 62, wide_of(m->square_low));
    struct wide h2 = slot(cells, RUNNING_HH), hl = slot(cells, RUNNING_HL), l2 = slot(cells, RUNNING_LL);
    struct wide pp = joined(joined(h2, LIMB_BITS - 1, hl), LIMB_BITS + 1, l2); /* h2 2^84 + hl 2^43 + l2 */
    struct wide ps = joined(slot(cells, RUNNING_HS), LIMB_BITS, slot(cells, RUNNING_LS));
    struct wide ss = joined(slot(cells, RUNNING_SS + 2), 62, slot(cells, RUNNING_SS));
    pp = joined(still, 2 * PART_BITS, pp);
    struct wide cross = wide_times(wide_times(k, parts), wide_shift(ps, 1));
    struct wide sum = wide_minus(wide_times(wide_times(parts, parts), pp), cross);
    return wide_plus(sum, wide_times(wide_times(k, k), ss));
}

static double unit(void)
{
    return ldexp((double)MONEY_PARTS * (double)FIXED_ONE, PART_BITS);
}

static int64_t n_of(const struct moments *m, const int64_t *cells)
{
    return m->n + cells[RUNNING_COUNT];
}

double running_mean(const struct moments *m, const int64_t *cells, int64_t rate, int64_t t_ms)
{
    int64_t n = n_of(m, cells);
    CHECK_PRE(n > 0);
    return wide_to_double(sum_of(m, cells, k_of(rate, t_ms))) / ((double)n * unit());
}

double running_sd(const struct moments *m, const int64_t *cells, int64_t rate, int64_t t_ms)
{
    int64_t n = n_of(m, cells);
    CHECK_PRE(n > 1);
    struct wide k = k_of(rate, t_ms), sum = sum_of(m, cells, k);
    struct wide spread = wide_times(squares_of(m, cells, k), wide_of(n));
    spread = wide_minus(spread, wide_times(sum, sum));
    double variance = wide_to_double(spread) / ((double)n * (double)(n - 1));
    return variance > 0 ? sqrt(variance) / unit() : 0;
}
