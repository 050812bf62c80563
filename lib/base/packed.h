/* Numbers as their low bytes only, little endian; how many bytes each has stands apart, in front of several. Faster to write and
 * to read than varints where numbers are large. */
#ifndef CUBE_BASE_PACKED_H
#define CUBE_BASE_PACKED_H

#include <stdint.h>
#include <string.h>

#define PACKED_BYTES_MAX 8u

/* Small numbers of either sign have small codes. */
static inline uint64_t packed_code(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t packed_number(uint64_t code)
{
    return (int64_t)(code >> 1 ^ (code & 1 ? UINT64_MAX : 0));
}

/* Bytes up to the last that is not zero. */
static inline unsigned packed_bytes(uint64_t code)
{
    unsigned last = 63u ^ (unsigned)__builtin_clzll(code | 1);
    return (last + 8) / 8 - (code == 0);
}

/* Writes all eight bytes, of which those beyond packed_bytes are to be overwritten: there must be room. */
static inline void packed_write(uint8_t *at, uint64_t code)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    code = __builtin_bswap64(code);
#endif
    memcpy(at, &code, sizeof code);
}

/* Reads so many bytes, 0 to 8; all eight must be readable. */
static inline uint64_t packed_read(const uint8_t *at, unsigned bytes)
{
    uint64_t code;
    memcpy(&code, at, sizeof code);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    code = __builtin_bswap64(code);
#endif
    return bytes == 0 ? 0 : code & UINT64_MAX >> (64 - 8 * bytes);
}

#endif
