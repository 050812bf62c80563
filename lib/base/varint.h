/* Integers of variable length: LEB128, signed ones zigzag-coded, up to 128 bits. */
#ifndef CUBE_BASE_VARINT_H
#define CUBE_BASE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fixed.h"
#include "base/text.h"

/* A bounds-checked reading position inside bytes that somebody else owns. */
struct cursor {
    const uint8_t *at, *end;
};

int put_uint(struct buf *b, uint64_t v) CUBE_MUST_CHECK;
int put_int(struct buf *b, int64_t v) CUBE_MUST_CHECK;
int put_i128(struct buf *b, cube_i128 v) CUBE_MUST_CHECK;
int put_double(struct buf *b, double v) CUBE_MUST_CHECK;      /* eight bytes, little endian */
int put_text(struct buf *b, struct text t) CUBE_MUST_CHECK;   /* 0 = absent, else length + 1, then bytes */

/* The readers return CUBE_ETRUNCATED when the bytes end too early and CUBE_EFORMAT when a number is too
 * long; *ret_v is untouched then. A text is borrowed from the bytes under the cursor. */
int get_uint(struct cursor *c, uint64_t *ret_v) CUBE_MUST_CHECK;
int get_int(struct cursor *c, int64_t *ret_v) CUBE_MUST_CHECK;
int get_i128(struct cursor *c, cube_i128 *ret_v) CUBE_MUST_CHECK;
int get_double(struct cursor *c, double *ret_v) CUBE_MUST_CHECK;
int get_text(struct cursor *c, struct text *ret_t) CUBE_MUST_CHECK;

#endif
