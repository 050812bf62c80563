/* Validity of UTF-8, and bytes of short names as machine words. */
#ifndef CUBE_PROTO_UTF8_H
#define CUBE_PROTO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/bytes16.h"

#define UTF8_HIGH_BITS UINT64_C(0x8080808080808080)

/* Says whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF). U+0000 is fine. */
bool utf8_valid(const uint8_t *at, size_t len);

/* Length in bytes of the well-formed sequence at the beginning of at[0..len), 0 if there is none.
 * len > 0. */
size_t utf8_sequence(const uint8_t *at, size_t len);

/* Writes the UTF-8 form of a code point below 0x110000 that is no surrogate; returns its length, 1
 * to 4. */
size_t utf8_put(uint32_t code, uint8_t at[4]);

static inline uint64_t utf8_word(const uint8_t *at)
{
    uint64_t w;
    memcpy(&w, at, sizeof w);
    return w;
}

/* As utf8_valid, quick for ASCII. */
static inline bool utf8_text_valid(const uint8_t *at, size_t len)
{
    size_t i = 0;
    uint64_t high = 0;
    if (len >= 16) {
        struct bytes16 all = bytes16_load(at + len - 16);
        for (; i + 16 < len; i += 16) {
            all.at |= bytes16_load(at + i).at;
        }
        return bytes16_high(all) == 0 || utf8_valid(at, len);
    }
    if (len < 8) {
        for (; i < len; i++) {
            high |= at[i];
        }
    } else {
        high = utf8_word(at) | utf8_word(at + len - 8);
    }
    return (high & UTF8_HIGH_BITS) == 0 || utf8_valid(at, len);
}

#endif
