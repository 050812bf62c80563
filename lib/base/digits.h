/* Decimal digits, two at a time: printf costs ten times as much and follows the locale. */
#ifndef CUBE_BASE_DIGITS_H
#define CUBE_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

#define DIGITS_MAX 20 /* of any 64-bit number */

/* 10^0 to 10^19. */
extern const uint64_t digits_powers[DIGITS_MAX];

/* How many digits v has; 1 for 0. */
unsigned digits_count(uint64_t v);

/* Writes the last `width` digits of v to at, with zeros in front; no final zero byte. */
void digits_pad(uint64_t v, unsigned width, char *at);

/* Writes all digits of v to at[DIGITS_MAX]; returns how many. No final zero byte. */
size_t digits_write(uint64_t v, char *at);

#endif
