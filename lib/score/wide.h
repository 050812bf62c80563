/* Integers of 512 bits, for last steps whose products fit nowhere else. They wrap beyond that. */
#ifndef CUBE_SCORE_WIDE_H
#define CUBE_SCORE_WIDE_H

#include <stdint.h>

#include "base/fixed.h"

#define WIDE_WORDS 8

/* Two's complement, least significant word first. */
struct wide {
    uint64_t word[WIDE_WORDS];
};

struct wide wide_of(cube_i128 v);
struct wide wide_plus(struct wide a, struct wide b);
struct wide wide_minus(struct wide a, struct wide b);
struct wide wide_times(struct wide a, struct wide b);

/* a x 2^bits. */
struct wide wide_shift(struct wide a, unsigned bits);

/* The double nearest to it. */
double wide_to_double(struct wide a);

#endif
