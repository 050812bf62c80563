/* Watermarks in our own records. */
#ifndef CUBE_PROTO_WATERMARK_H
#define CUBE_PROTO_WATERMARK_H

#include "base/error.h"
#include "base/varint.h"
#include "proto/event_decode.h"

/* Reads one; INT64_MIN: none. They follow events; further out there is nothing to add a tick to. CUBE_ETRUNCATED, CUBE_EFORMAT. */
static inline int watermark_get(struct cursor *c, int64_t *ret_ms)
{
    int64_t ms = 0;
    int rc = get_int(c, &ms);
    if (!rc && ms != INT64_MIN && (ms < -EVENT_TS_MAX || ms > 2 * EVENT_TS_MAX)) {
        return CUBE_EFORMAT;
    }
    *ret_ms = rc ? *ret_ms : ms;
    return rc;
}

#endif
