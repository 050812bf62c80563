/* Money that runs with time: what overdue amounts cost from their due instants on. Linear in time, so
 * the sum of the amounts and the sum of amount x due instant say all; exact, since a cost is kept as whole micro
 * units and a rest in parts of one. */
#ifndef CUBE_SCORE_RUNNING_H
#define CUBE_SCORE_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fixed.h"

/* Parts of a micro unit: micro x ms x yearly rate in micro, over this, is micro. */
#define MONEY_PARTS (FIXED_ONE * 365 * INT64_C(86400000))

/* micro + rest / MONEY_PARTS, 0 <= rest < MONEY_PARTS. */
struct money {
    cube_i128 micro;
    int64_t rest;
};

/* Overdue amounts in micro units, and the sum of each times its due instant in ms. Both 0: nothing runs. */
struct running {
    cube_i128 amount, amount_due;
};

/* What an amount of at least 0 costs in ms >= 0 at a yearly rate in micro (0.08 = 80,000). */
struct money money_of_delay(cube_i128 amount, int64_t ms, int64_t rate);

/* What runs has cost at t_ms, at a yearly rate in micro. */
struct money running_cost(const struct running *r, int64_t rate, int64_t t_ms);

/* whole + a, whole - a. */
struct money money_more(cube_i128 whole, struct money a);
struct money money_less(cube_i128 whole, struct money a);

/* To the nearest micro unit, halves away from 0. Of an amount of at least 0. */
cube_i128 money_rounded(struct money a);

/* The double nearest to the amount in units, not micro. */
double money_to_double(struct money a);

/* The sign of a: -1, 0, 1. */
int money_sign(struct money a);

/* The first instant at which base less what runs is no more above 0 (or_equal) or is below 0; INT64_MAX: never
 * before the year 10889. Meaningful when base less what runs was not yet there. */
int64_t running_exhausts(const struct running *r, int64_t rate, cube_i128 base, bool or_equal);

#endif
