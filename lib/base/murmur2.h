/* The hash by which Java's default partitioner places a key. */
#ifndef CUBE_BASE_MURMUR2_H
#define CUBE_BASE_MURMUR2_H

#include <stddef.h>
#include <stdint.h>

/* MurmurHash2 with Kafka's seed 0x9747b28c. */
uint32_t murmur2(const void *at, size_t len);

/* The partition of a key: (murmur2 & 0x7fffffff) mod partitions. */
static inline int32_t murmur2_partition(const void *at, size_t len, int32_t partitions)
{
    return (int32_t)((murmur2(at, len) & 0x7fffffff) % (uint32_t)partitions);
}

#endif
