/* Decimal numbers on the wire -> fixed point, without a detour over binary fractions. */
#ifndef CUBE_PROTO_DECIMAL_H
#define CUBE_PROTO_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define DECIMAL_MICRO 6

/* number is a JSON number (RFC 8259). Gives number x 10^scale as an integer, rounded half away from
 * zero; ret_exact says whether nothing was rounded off. CUBE_ERANGE: does not fit int64_t. */
int decimal_scaled(struct text number, int scale, int64_t *ret_v, bool *ret_exact) CUBE_MUST_CHECK;

/* Says whether a JSON number, rounded to the nearest double, is finite. */
bool decimal_finite(struct text number);

/* Gives a finite double x 10^6, rounded half away from zero as its shortest decimal text would be:
 * 129.90 gives 129900000. CUBE_ERANGE: does not fit int64_t. */
int decimal_from_double(double v, int64_t *ret_micro) CUBE_MUST_CHECK;

/* Gives the integer a double stands for. CUBE_ERANGE: it has a fraction or does not fit int64_t. */
int integer_from_double(double v, int64_t *ret_v) CUBE_MUST_CHECK;

#endif
