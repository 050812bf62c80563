/* The clock of this folder. Inside daemon/kafka only. */
#ifndef CUBE_KAFKA_CLOCK_H
#define CUBE_KAFKA_CLOCK_H

#include <stdint.h>
#include <uv.h>

/* Milliseconds since some time; nobody sets it. */
static inline uint64_t kafka_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

#endif
