/* Random numbers of the demo: the same for the same seed on every machine that has IEEE doubles. */
#ifndef CUBE_CLI_DEMO_RANDOM_H
#define CUBE_CLI_DEMO_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct demo_random {
    uint64_t state;
};

/* Uniform in [0, 1). */
double demo_uniform(struct demo_random *r);

/* Uniform in 0 .. n - 1; n > 0. */
uint32_t demo_below(struct demo_random *r, uint32_t n);

/* True with probability p. */
bool demo_chance(struct demo_random *r, double p);

/* Near enough to normal (sum of twelve uniforms): no tails beyond six sd, no libm. */
double demo_normal(struct demo_random *r, double mean, double sd);

/* A normal value rounded to a whole number of low .. high. */
int demo_rating(struct demo_random *r, double mean, double sd, int low, int high);

/* A waiting time in ms with this mean (exponential). */
int64_t demo_wait(struct demo_random *r, double mean_ms);

#endif
