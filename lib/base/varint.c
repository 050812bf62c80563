#include "base/varint.h"

#include <stdbool.h>
#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

/* Room is made only where it may lack: most numbers are small and most buffers have room. */
static inline int room(struct buf *b, size_t n)
{
    return n <= b->capacity - b->len ? 0 : buf_reserve(b, n);
}

int put_uint_long(struct buf *b, uint64_t v)
{
    if (room(b, VARINT_BYTES_MAX)) {
        return CUBE_ENOMEM;
    }
    b->len = (size_t)(varint_write_longer(b->at + b->len, v) - b->at);
    return 0;
}

int put_i128(struct buf *b, cube_i128 v)
{
    if (room(b, VARINT_WIDE_BYTES_MAX)) {
        return CUBE_ENOMEM;
    }
    b->len = (size_t)(varint_write_i128(b->at + b->len, v) - b->at);
    return 0;
}

int put_double(struct buf *b, double v)
{
    uint64_t bits;
    uint8_t at[8];
    memcpy(&bits, &v, sizeof bits);
    for (unsigned i = 0; i < 8; i++) {
        at[i] = (uint8_t)(bits >> 8 * i);
    }
    return buf_append(b, at, sizeof at);
}

int put_text(struct buf *b, struct text t)
{
    size_t len = t.at ? t.len : 0;
    if (room(b, VARINT_BYTES_MAX + len)) {
        return CUBE_ENOMEM;
    }
    b->len = (size_t)(varint_write_text(b->at + b->len, t) - b->at);
    return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Near the end of the bytes, where most records have some. */
static __attribute__((noinline)) int get_slowly(struct cursor *c, uint64_t *ret_v)
{
    const uint8_t *at = c->at;
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
        if (at == c->end) {
            return CUBE_ETRUNCATED;
        }
        uint64_t byte = *at++;
        if (shift == 7 * (VARINT_BYTES_MAX - 1) && byte > 1) {
            return CUBE_EFORMAT;
        }
        v |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            c->at = at;
            *ret_v = v;
            return 0;
        }
    }
    return CUBE_EFORMAT;
}

/* As get_slowly, of 128 bits. */
static int get_wide(struct cursor *c, cube_u128 *ret_v)
{
    cube_u128 v = 0;
    for (size_t i = 0; i < VARINT_WIDE_BYTES_MAX; i++) {
        if (c->at + i == c->end) {
            return CUBE_ETRUNCATED;
        }
        uint8_t byte = c->at[i];
        if (i == VARINT_WIDE_BYTES_MAX - 1 && byte > 3) {
            return CUBE_EFORMAT;
        }
        v |= (cube_u128)(byte & 0x7f) << 7 * i;
        if (byte < 0x80) {
            c->at += i + 1;
            *ret_v = v;
            return 0;
        }
    }
    return CUBE_EFORMAT;
}

/* A number of nine or ten bytes, as hashes have; 0: it is none, *ret_bytes is untouched. */
static inline uint64_t get_more(const struct cursor *c, unsigned *ret_bytes)
{
    uint64_t word;
    if (c->end - c->at < VARINT_BYTES_MAX) {
        return 0;
    }
    memcpy(&word, c->at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    uint64_t eighth = c->at[8], ninth = c->at[9];
    bool ends = eighth < 0x80;
    if ((word & VARINT_MORE) != VARINT_MORE || (!ends && ninth > 1)) {
        return 0;
    }
    *ret_bytes = ends ? 9 : 10;
    return varint_gathered(word & ~VARINT_MORE) | (eighth & 0x7f) << 56 | (ends ? 0 : ninth << 63);
}

int get_uint_long(struct cursor *c, uint64_t *ret_v)
{
    unsigned bytes;
    uint64_t v = varint_word(c->at, c->end, &bytes);
    v = bytes ? v : get_more(c, &bytes);
    if (!bytes) {
        return get_slowly(c, ret_v);
    }
    c->at += bytes;
    *ret_v = v;
    return 0;
}

int get_i128_long(struct cursor *c, cube_i128 *ret_v)
{
    unsigned bytes;
    uint64_t v = varint_word(c->at, c->end, &bytes);
    v = bytes ? v : get_more(c, &bytes);
    if (bytes) {
        c->at += bytes;
        *ret_v = (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
        return 0;
    }
    cube_u128 u;
    int rc = get_wide(c, &u);
    if (rc) {
        return rc;
    }
    *ret_v = (cube_i128)(u >> 1 ^ (u & 1 ? ~(cube_u128)0 : 0));
    return 0;
}

int get_double(struct cursor *c, double *ret_v)
{
    uint64_t bits = 0;
    if (c->end - c->at < 8) {
        return CUBE_ETRUNCATED;
    }
    for (unsigned i = 0; i < 8; i++) {
        bits |= (uint64_t)c->at[i] << 8 * i;
    }
    c->at += 8;
    memcpy(ret_v, &bits, sizeof bits);
    return 0;
}

static int get_text_long(struct cursor *c, struct text *ret_t)
{
    struct cursor k = *c;
    uint64_t n;
    int rc = get_uint(&k, &n);
    if (rc) {
        return rc;
    }
    if (n == 0) {
        *ret_t = (struct text){0};
    } else {
        if (n - 1 > UINT32_MAX) {
            return CUBE_EFORMAT;
        }
        if (n - 1 > (uint64_t)(k.end - k.at)) {
            return CUBE_ETRUNCATED;
        }
        *ret_t = (struct text){(const char *)k.at, (uint32_t)(n - 1)};
        k.at += n - 1;
    }
    *c = k;
    return 0;
}

int get_text(struct cursor *c, struct text *ret_t)
{
    ptrdiff_t left = c->end - c->at;
    if (left < 1 || *c->at >= 0x80 || *c->at > left || *c->at == 0) {
        return get_text_long(c, ret_t);
    }
    uint32_t len = *c->at - 1u;
    *ret_t = (struct text){(const char *)c->at + 1, len};
    c->at += 1 + len;
    return 0;
}
