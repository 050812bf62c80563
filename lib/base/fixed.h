/* Fixed-point numbers with six decimals ("micro") and 128-bit integers.
 * Amounts and values of events are int64_t micro units; sums of them are cube_i128. */
#ifndef CUBE_BASE_FIXED_H
#define CUBE_BASE_FIXED_H

#include <stdint.h>

#define FIXED_ONE INT64_C(1000000)

__extension__ typedef __int128 cube_i128;
__extension__ typedef unsigned __int128 cube_u128;

static inline double fixed_to_double(cube_i128 micro)
{
    return (double)micro / 1e6;
}

#endif
