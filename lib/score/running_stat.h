/* Mean and deviation, at any instant, of amounts some of which run with time: of each T(t) = P - c t S, where S is what
 * runs (negative: it runs up) and c the yearly rate per ms. Kept as power sums of P and S, so that time itself costs
 * nothing. */
#ifndef CUBE_SCORE_RUNNING_STAT_H
#define CUBE_SCORE_RUNNING_STAT_H

#include "score/running.h"
#include "score/stat.h"

/* Slots of the sums over amounts that run. Slot 0 counts them. */
enum {
    RUNNING_COUNT,
    RUNNING_P,                  /* wide, in parts of a micro unit; P = H 2^42 + L, whose products follow */
    RUNNING_HH = RUNNING_P + 2,
    RUNNING_HL = RUNNING_HH + 2,
    RUNNING_LL = RUNNING_HL + 2,
    RUNNING_S = RUNNING_LL + 2,
    RUNNING_HS = RUNNING_S + 2,
    RUNNING_LS = RUNNING_HS + 2,
    RUNNING_SS = RUNNING_LS + 2, /* as cells_add_square keeps it */
    RUNNING_SLOTS = RUNNING_SS + 4
};

#define RUNNING_WIDE                                                                                            \
    (1u << RUNNING_P | 1u << RUNNING_HH | 1u << RUNNING_HL | 1u << RUNNING_LL | 1u << RUNNING_S | 1u << RUNNING_HS | \
     1u << RUNNING_LS | 1u << RUNNING_SS | 1u << (RUNNING_SS + 2))

/* Adds (sign 1) or takes away (-1) an amount of base micro units less what runs (up: more). Beyond 64 bits base and what
 * runs count as the bound. */
void running_add(int64_t *cells, cube_i128 base, const struct running *r, bool up, int64_t rate, int sign);

/* Mean (n > 0) and sample standard deviation (n > 1) in units of the amounts of m, none of which run, and of those in
 * cells, at t_ms. n is that of both. */
double running_mean(const struct moments *m, const int64_t *cells, int64_t rate, int64_t t_ms);
double running_sd(const struct moments *m, const int64_t *cells, int64_t rate, int64_t t_ms);

#endif
