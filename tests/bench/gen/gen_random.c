/* A generator of random numbers of its own, so that a seed gives the same events everywhere. */
#include <math.h>
#include <stdlib.h>

#include "gen.h"

uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

uint64_t next64(struct gen *g)
{
    g->rng += 0x9E3779B97F4A7C15ull;
    uint64_t x = g->rng;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

uint32_t below(struct gen *g, uint32_t n)
{
    return (uint32_t)(next64(g) % n);
}

double unit(struct gen *g)
{
    return (double)(next64(g) >> 11) * 0x1.0p-53;
}


void zipf_init(struct gen *g)
{
    g->cdf = malloc(g->opt.customers * sizeof *g->cdf);
    if (!g->cdf) {
        perror("gen: customers");
        exit(1);
    }
    double sum = 0;
    for (uint64_t k = 0; k < g->opt.customers; k++) {
        sum += pow((double)(k + 1), -g->opt.skew);
        g->cdf[k] = sum;
    }
}

uint64_t zipf(struct gen *g)
{
    double u = unit(g) * g->cdf[g->opt.customers - 1];
    uint64_t lo = 0, hi = g->opt.customers - 1;
    while (lo < hi) {
        uint64_t mid = (lo + hi) / 2;
        if (g->cdf[mid] < u) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}
