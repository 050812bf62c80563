#include "proto/emit_text.h"

#include <string.h>

/* ---- JSON ---------------------------------------------------------------------------------------- */

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static uint32_t escapes(struct text t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t.len; i++) {
        n += needs_escape((unsigned char)t.at[i]);
    }
    return n;
}

size_t text_json_max(struct text t)
{
    return (size_t)t.len + 5 * (size_t)escapes(t) + 2;
}

static uint8_t *char_write(uint8_t *at, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char named[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                 ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (!needs_escape(c)) {
        *at = c;
        return at + 1;
    }
    at[0] = '\\';
    if (c < sizeof named && named[c]) {
        at[1] = (uint8_t)named[c];
        return at + 2;
    }
    memcpy(at + 1, "u00", 3);
    at[4] = (uint8_t)digits[c >> 4];
    at[5] = (uint8_t)digits[c & 15];
    return at + 6;
}

uint8_t *text_json_write(uint8_t *at, struct text t)
{
    *at++ = '"';
    for (uint32_t i = 0; i < t.len; i++) {
        at = char_write(at, (unsigned char)t.at[i]);
    }
    *at = '"';
    return at + 1;
}

/* ---- MessagePack --------------------------------------------------------------------------------- */

/* The last so many bytes of v, the highest first. */
static uint8_t *big_write(uint8_t *at, uint64_t v, unsigned bytes)
{
    uint64_t w = __builtin_bswap64(v << (64 - 8 * bytes));
    memcpy(at, &w, bytes);
    return at + bytes;
}

static uint8_t *marked_write(uint8_t *at, uint8_t mark, uint64_t v, unsigned bytes)
{
    *at = mark;
    return big_write(at + 1, v, bytes);
}

uint8_t *text_head_write(uint8_t *at, uint32_t len)
{
    if (len < 32) {
        *at = (uint8_t)(0xa0 | len);
        return at + 1;
    }
    return len <= UINT8_MAX    ? marked_write(at, 0xd9, len, 1)
           : len <= UINT16_MAX ? marked_write(at, 0xda, len, 2)
                               : marked_write(at, 0xdb, len, 4);
}

static uint8_t *negative_write(uint8_t *at, int64_t v)
{
    return v >= INT8_MIN    ? marked_write(at, 0xd0, (uint64_t)v, 1)
           : v >= INT16_MIN ? marked_write(at, 0xd1, (uint64_t)v, 2)
           : v >= INT32_MIN ? marked_write(at, 0xd2, (uint64_t)v, 4)
                            : marked_write(at, 0xd3, (uint64_t)v, 8);
}

uint8_t *int_packed_write(uint8_t *at, int64_t v)
{
    if (v >= -32 && v < 128) {
        *at = (uint8_t)v;
        return at + 1;
    }
    if (v < 0) {
        return negative_write(at, v);
    }
    return v <= UINT8_MAX    ? marked_write(at, 0xcc, (uint64_t)v, 1)
           : v <= UINT16_MAX ? marked_write(at, 0xcd, (uint64_t)v, 2)
           : v <= UINT32_MAX ? marked_write(at, 0xce, (uint64_t)v, 4)
                             : marked_write(at, 0xcf, (uint64_t)v, 8);
}

uint8_t *double_packed_write(uint8_t *at, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return marked_write(at, 0xcb, bits, 8);
}
