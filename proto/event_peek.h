/* A look at an event that has no record key yet: when it happened and whom it is about. For files, where
 * the key is what the event says. Checks nothing beyond what it needs. */
#ifndef CUBE_PROTO_EVENT_PEEK_H
#define CUBE_PROTO_EVENT_PEEK_H

#include <stdbool.h>

#include "base/buf.h"
#include "event/kind.h"

struct event_peek {
    bool has_ts, has_entity;
    int64_t ts_ms;
    struct text entity; /* borrowed from the value or from scratch */
};

/* Fills what it finds in the top-level map: ts, in any form that event_decode takes, and employee (hr), customer (else) or the subject of a
 * benchmark. scratch holds a text that had to be unescaped (cleared first). CUBE_ENOMEM. */
int event_peek(enum event_topic topic, const uint8_t *value, size_t len, struct buf *scratch, struct event_peek *ret_p) CUBE_MUST_CHECK;

/* Length of the first MessagePack value of the bytes. CUBE_ETRUNCATED, CUBE_EFORMAT, CUBE_ELIMIT: it does not
 * end or is beyond the bounds of a record. */
int msgpack_value_length(const uint8_t *at, size_t len, size_t *ret_len) CUBE_MUST_CHECK;

#endif
