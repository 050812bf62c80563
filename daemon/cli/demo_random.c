#include "cli/demo_random.h"

#include <math.h>

#include "base/hash.h"

static uint64_t next(struct demo_random *r)
{
    r->state += UINT64_C(0x9E3779B97F4A7C15);
    return hash64_int(r->state);
}

double demo_uniform(struct demo_random *r)
{
    return (double)(next(r) >> 11) * 0x1p-53;
}

uint32_t demo_below(struct demo_random *r, uint32_t n)
{
    return (uint32_t)(demo_uniform(r) * n);
}

bool demo_chance(struct demo_random *r, double p)
{
    return demo_uniform(r) < p;
}

double demo_normal(struct demo_random *r, double mean, double sd)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += demo_uniform(r);
    }
    return mean + sd * sum;
}

int demo_rating(struct demo_random *r, double mean, double sd, int low, int high)
{
    double v = demo_normal(r, mean, sd);
    int whole = (int)(v < 0 ? v - 0.5 : v + 0.5);
    return whole < low ? low : whole > high ? high : whole;
}

int64_t demo_wait(struct demo_random *r, double mean_ms)
{
    return 1 + (int64_t)(-log(1 - demo_uniform(r)) * mean_ms);
}
