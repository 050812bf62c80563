/* Sixteen bytes looked at at once: SSE2 where there is some, otherwise byte by byte. */
#ifndef CUBE_PROTO_BYTES16_H
#define CUBE_PROTO_BYTES16_H

#include <stdint.h>
#include <string.h>

struct bytes16 {
    uint8_t at __attribute__((vector_size(16)));
};

static inline struct bytes16 bytes16_load(const uint8_t *at)
{
    struct bytes16 b;
    memcpy(&b, at, sizeof b);
    return b;
}

/* Bit i is the highest of byte i. */
static inline uint32_t bytes16_high(struct bytes16 b)
{
#ifdef __SSE2__
    return (uint32_t)__builtin_ia32_pmovmskb128((char __attribute__((vector_size(16))))b.at);
#else
    uint32_t bits = 0;
    for (int i = 0; i < 16; i++) {
        bits |= (uint32_t)(b.at[i] >> 7) << i;
    }
    return bits;
#endif
}

static inline struct bytes16 bytes16_all(uint8_t b)
{
    return (struct bytes16){{b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b}};
}

/* Each byte 0xff where both are the same, else 0. */
static inline struct bytes16 bytes16_equal(struct bytes16 a, struct bytes16 b)
{
    return (struct bytes16){(uint8_t __attribute__((vector_size(16))))(a.at == b.at)};
}

/* Each byte 0xff where that of a is less, both taken as signed, else 0. */
static inline struct bytes16 bytes16_less(struct bytes16 a, struct bytes16 b)
{
    int8_t __attribute__((vector_size(16))) x = (int8_t __attribute__((vector_size(16))))a.at, y = (int8_t __attribute__((vector_size(16))))b.at;
    return (struct bytes16){(uint8_t __attribute__((vector_size(16))))(x < y)};
}

/* Bit i: byte i of both is the same. */
static inline uint32_t bytes16_same(struct bytes16 a, struct bytes16 b)
{
    return bytes16_high(bytes16_equal(a, b));
}

#endif
