/* Time zone files (RFC 8536): the offsets from 1970 to 2100. */
#ifndef CUBE_CONFIG_TZIF_H
#define CUBE_CONFIG_TZIF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ZONE_STEPS_MAX 512

struct zone_steps {
    int64_t *from_ms; /* ZONE_STEPS_MAX each; the first is INT64_MIN, and they rise */
    int32_t *offset_ms;
    uint32_t count;
};

/* Reads a file of version 2 or later and goes on with the rule in its footer until 2100. CUBE_EFORMAT: it is none, or has more steps,
 * or counts leap seconds. */
int tzif_read(const uint8_t *at, size_t len, struct zone_steps *steps) CUBE_MUST_CHECK;

#endif
