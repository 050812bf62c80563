/* A small random generator for property tests; they print their seed. */
#ifndef CUBE_TESTS_RANDOM_H
#define CUBE_TESTS_RANDOM_H

#include <stdint.h>

#include "base/hash.h"

#define RANDOM_STEP UINT64_C(0x9E3779B97F4A7C15)

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    return hash64_int(r->state += RANDOM_STEP);
}

/* As random_next, of a number that nobody asks for. */
static inline void random_pass(struct random *r)
{
    r->state += RANDOM_STEP;
}

/* A number from low to high, both included. */
static inline int64_t random_between(struct random *r, int64_t low, int64_t high)
{
    uint64_t span = (uint64_t)high - (uint64_t)low + 1; /* 0: every number */
    uint64_t offset = random_next(r);
    return (int64_t)((uint64_t)low + (span ? offset % span : offset));
}

#endif
