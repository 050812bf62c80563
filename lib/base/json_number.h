/* The shortest decimal text of a double that reads back as the same double (JSON number syntax). */
#ifndef CUBE_BASE_JSON_NUMBER_H
#define CUBE_BASE_JSON_NUMBER_H

#include <stddef.h>

#define JSON_NUMBER_MAX 40

/* Writes the text of a finite v and a final zero to at[JSON_NUMBER_MAX]; returns its length. A
 * text without fraction and exponent gets a trailing ".0", so that a double stays recognisable as one;
 * from 1e15 on the exponent form may be the shorter one. */
size_t json_number_write(double v, char at[JSON_NUMBER_MAX]);

#endif
