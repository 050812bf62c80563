#include "base/murmur2.h"

#include <string.h>

enum { MULTIPLIER = 0x5bd1e995, ROTATION = 24 };

uint32_t murmur2(const void *at, size_t len)
{
    const uint8_t *p = at;
    uint32_t h = UINT32_C(0x9747b28c) ^ (uint32_t)len;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t k;
        memcpy(&k, p, 4);
        k *= (uint32_t)MULTIPLIER;
        k ^= k >> ROTATION;
        h = h * (uint32_t)MULTIPLIER ^ k * (uint32_t)MULTIPLIER;
    }
    if (len) {
        for (size_t i = len; i-- > 0;) {
            h ^= (uint32_t)p[i] << (8 * i);
        }
        h *= (uint32_t)MULTIPLIER;
    }
    h ^= h >> 13;
    h *= (uint32_t)MULTIPLIER;
    return h ^ h >> 15;
}
