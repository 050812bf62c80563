/* Integers of variable length: LEB128, signed ones zigzag-coded, up to 128 bits. */
#ifndef CUBE_BASE_VARINT_H
#define CUBE_BASE_VARINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fixed.h"
#include "base/text.h"

/* A bounds-checked reading position inside bytes that somebody else owns. */
struct cursor {
    const uint8_t *at, *end;
};

/* Most bytes that one number takes. */
#define VARINT_BYTES_MAX 10
#define VARINT_WIDE_BYTES_MAX 19

/* In a byte of a word: more groups follow. */
#define VARINT_MORE UINT64_C(0x8080808080808080)

/* Write where there is room for as many bytes as a number can take; return where it ends. */
static inline uint8_t *varint_write(uint8_t *at, uint64_t v)
{
    while (v >= 0x80) {
        *at++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *at++ = (uint8_t)v;
    return at;
}

/* A signed number as it is written: small ones of both signs are small. */
static inline uint64_t varint_zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

/* The lower 56 bits of a number as groups of seven, one in each byte. */
static inline uint64_t varint_spread(uint64_t v)
{
    v = (v & UINT64_C(0x000000000fffffff)) | (v & UINT64_C(0x00fffffff0000000)) << 4;
    v = (v & UINT64_C(0x00003fff00003fff)) | (v & UINT64_C(0x0fffc0000fffc000)) << 2;
    return (v & UINT64_C(0x007f007f007f007f)) | (v & UINT64_C(0x3f803f803f803f80)) << 1;
}

/* As varint_write, for numbers that mostly take some bytes: all of them at once. */
static inline uint8_t *varint_write_longer(uint8_t *at, uint64_t v)
{
    if (v < 0x80 || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
        return varint_write(at, v);
    }
    uint64_t word = varint_spread(v);
    if (v >> 56) {
        word |= VARINT_MORE;
        memcpy(at, &word, sizeof word);
        return varint_write(at + sizeof word, v >> 56);
    }
    unsigned last = (unsigned)__builtin_clzll(word) ^ 63; /* its highest bit: all bytes before that one say that more follow */
    last &= ~7u;
    word |= VARINT_MORE & ((UINT64_C(1) << last) - 1);
    memcpy(at, &word, sizeof word);
    return at + last / 8 + 1;
}

static inline uint8_t *varint_write_int(uint8_t *at, int64_t v)
{
    return varint_write(at, varint_zigzag(v));
}

static inline uint8_t *varint_write_i128(uint8_t *at, cube_i128 v)
{
    if (v == (int64_t)v) {
        return varint_write_int(at, (int64_t)v);
    }
    cube_u128 u = (cube_u128)v << 1 ^ (v < 0 ? ~(cube_u128)0 : 0);
    while (u >> 64) {
        *at++ = (uint8_t)((uint8_t)u | 0x80);
        u >>= 7;
    }
    return varint_write(at, (uint64_t)u);
}

/* Like put_text, where there is room for a number and the text. */
static inline uint8_t *varint_write_text(uint8_t *at, struct text t)
{
    if (!t.at) {
        return varint_write(at, 0);
    }
    at = varint_write(at, (uint64_t)t.len + 1);
    memcpy(at, t.at, t.len);
    return at + t.len;
}

static inline int put_uint(struct buf *b, uint64_t v) CUBE_MUST_CHECK;
static inline int put_int(struct buf *b, int64_t v) CUBE_MUST_CHECK;
int put_uint_long(struct buf *b, uint64_t v) CUBE_MUST_CHECK; /* of any length; put_uint is the same, with the short way in line */
int put_i128(struct buf *b, cube_i128 v) CUBE_MUST_CHECK;
int put_double(struct buf *b, double v) CUBE_MUST_CHECK;      /* eight bytes, little endian */
int put_text(struct buf *b, struct text t) CUBE_MUST_CHECK;   /* 0 = absent, else length + 1, then bytes */

static inline int put_uint(struct buf *b, uint64_t v)
{
    if (v < 0x80 && b->len < b->capacity) {
        b->at[b->len++] = (uint8_t)v;
        return 0;
    }
    return put_uint_long(b, v);
}

static inline int put_int(struct buf *b, int64_t v)
{
    return put_uint(b, varint_zigzag(v));
}

/* The readers return CUBE_ETRUNCATED when the bytes end too early and CUBE_EFORMAT when a number is too
 * long; *ret_v is untouched then. A text is borrowed from the bytes under the cursor. */
static inline int get_uint(struct cursor *c, uint64_t *ret_v) CUBE_MUST_CHECK;
static inline int get_int(struct cursor *c, int64_t *ret_v) CUBE_MUST_CHECK;
int get_i128_long(struct cursor *c, cube_i128 *ret_v) CUBE_MUST_CHECK; /* likewise */
int get_uint_long(struct cursor *c, uint64_t *ret_v) CUBE_MUST_CHECK; /* of any length; get_uint is the same, with the short way in line */
static inline int get_i128(struct cursor *c, cube_i128 *ret_v) CUBE_MUST_CHECK;
int get_double(struct cursor *c, double *ret_v) CUBE_MUST_CHECK;
int get_text(struct cursor *c, struct text *ret_t) CUBE_MUST_CHECK;

/* The groups of seven bits of eight bytes together; the top bits of the bytes do not matter. */
static inline uint64_t varint_gathered(uint64_t word)
{
    word = (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    return (word & UINT64_C(0x000000000fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
}

/* The number that ends within the next eight bytes, or 0: *ret_bytes is how many it has then. */
static inline uint64_t varint_word(const uint8_t *at, const uint8_t *end, unsigned *ret_bytes)
{
    uint64_t word;
    *ret_bytes = 0;
    if (end - at < (ptrdiff_t)sizeof word) {
        return 0;
    }
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    uint64_t last = ~word & VARINT_MORE;
    if (!last) {
        return 0;
    }
    *ret_bytes = (unsigned)__builtin_ctzll(last) / 8 + 1;
    return varint_gathered(word & (last ^ (last - 1)));
}

static inline int get_uint(struct cursor *c, uint64_t *ret_v)
{
    if (c->at < c->end && *c->at < 0x80) {
        *ret_v = *c->at++;
        return 0;
    }
    return get_uint_long(c, ret_v);
}

static inline int get_int(struct cursor *c, int64_t *ret_v)
{
    uint64_t u;
    int rc = get_uint(c, &u);
    if (rc) {
        return rc;
    }
    *ret_v = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
    return 0;
}

static inline int get_i128(struct cursor *c, cube_i128 *ret_v)
{
    if (c->at < c->end && *c->at < 0x80) {
        *ret_v = *c->at >> 1 ^ -(*c->at & 1);
        c->at++;
        return 0;
    }
    return get_i128_long(c, ret_v);
}

#endif
