/* A time zone: which offset from UTC holds when. */
#ifndef CUBE_BASE_ZONE_H
#define CUBE_BASE_ZONE_H

#include <stdint.h>

/* offset_ms[i] holds from from_ms[i] on; the first holds before it, too. No entry at all is UTC. */
struct zone {
    const int64_t *from_ms;
    const int32_t *offset_ms;
    uint32_t count;
};

/* The offset that holds at an instant. */
int64_t zone_offset_ms(const struct zone *z, int64_t t_ms);

/* The instant at which local clocks show local_ms (ms since 1970 as a calendar counts them). A time that
 * comes twice is the first of the two; one that is skipped is read by the clock as it was before. */
int64_t zone_instant_ms(const struct zone *z, int64_t local_ms);

#endif
