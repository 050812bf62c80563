/* Hashes of bytes. hash64 is stable for ever: it is stored in changelogs and decides which scope task
 * owns a scope. Tables that hold keys from outside mix in a seed of their own (hash64_seed). */
#ifndef CUBE_BASE_HASH_H
#define CUBE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct hash128 {
    uint64_t low, high;
};

static inline uint64_t hash64(const void *at, size_t len)
{
    return XXH3_64bits(at, len);
}

static inline uint64_t hash64_seed(const void *at, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(at, len, seed);
}

/* Mixes an integer key. */
static inline uint64_t hash64_int(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

#endif
