#include "score/running.h"

#include "base/check.h"
#include "score/stat.h"

#define INSTANT_MAX ((INT64_C(1) << 48) - 1)
#define EXACT_MAX ((cube_i128)1 << 70) /* micro units up to here times MONEY_PARTS fit into 128 bits */

/* a x rate / MONEY_PARTS without a product beyond 128 bits. */
static struct money cost_of(cube_i128 a, int64_t rate)
{
    cube_i128 q = a / MONEY_PARTS, r = a % MONEY_PARTS;
    if (r < 0) {
        r += MONEY_PARTS;
        q--;
    }
    cube_i128 parts = r * rate;
    return (struct money){q * rate + parts / MONEY_PARTS, (int64_t)(parts % MONEY_PARTS)};
}

struct money money_of_delay(cube_i128 amount, int64_t ms, int64_t rate)
{
    CHECK_PRE(amount >= 0 && ms >= 0 && rate >= 0);
    return cost_of(amount * ms, rate);
}

struct money running_cost(const struct running *r, int64_t rate, int64_t t_ms)
{
    return cost_of(r->amount * t_ms - r->amount_due, rate);
}

struct money money_more(cube_i128 whole, struct money a)
{
    return (struct money){whole + a.micro, a.rest};
}

struct money money_less(cube_i128 whole, struct money a)
{
    return a.rest ? (struct money){whole - a.micro - 1, MONEY_PARTS - a.rest}
                  : (struct money){whole - a.micro, 0};
}

cube_i128 money_rounded(struct money a)
{
    CHECK_PRE(a.micro >= 0);
    return a.micro + (a.rest >= MONEY_PARTS - a.rest);
}

double money_to_double(struct money a)
{
    if (a.rest && a.micro < EXACT_MAX && a.micro > -EXACT_MAX) {
        return stat_quotient(a.micro * MONEY_PARTS + a.rest, (cube_i128)MONEY_PARTS * FIXED_ONE);
    }
    return fixed_to_double(a.micro);
}

int money_sign(struct money a)
{
    return a.micro < 0 ? -1 : a.micro > 0 || a.rest > 0;
}

static bool is_exhausted(const struct running *r, int64_t rate, cube_i128 base, bool or_equal, int64_t t_ms)
{
    int sign = money_sign(money_less(base, running_cost(r, rate, t_ms)));
    return sign < 0 || (or_equal && sign == 0);
}

/* By halving, for amounts so large that their products do not fit. */
static int64_t exhausts_slowly(const struct running *r, int64_t rate, cube_i128 base, bool or_equal)
{
    int64_t low = -1, high = INSTANT_MAX;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (is_exhausted(r, rate, base, or_equal, middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

int64_t running_exhausts(const struct running *r, int64_t rate, cube_i128 base, bool or_equal)
{
    cube_i128 above, due, below;
    if (r->amount <= 0 || rate <= 0 || !is_exhausted(r, rate, base, or_equal, INSTANT_MAX)) {
        return INT64_MAX;
    }
    if (__builtin_mul_overflow(base, (cube_i128)MONEY_PARTS, &above) ||
        __builtin_mul_overflow(r->amount_due, (cube_i128)rate, &due) || __builtin_add_overflow(above, due, &above) ||
        __builtin_mul_overflow(r->amount, (cube_i128)rate, &below)) {
        return exhausts_slowly(r, rate, base, or_equal);
    }
    if (above < 0) {
        return 0;
    }
    return (int64_t)(above / below + (!or_equal || above % below != 0));
}
