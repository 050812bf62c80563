/* JSON text of an event -> the record that goes to Kafka, for `cubed produce` and the demo. */
#ifndef CUBE_PROTO_EVENT_ENCODE_H
#define CUBE_PROTO_EVENT_ENCODE_H

#include "base/buf.h"
#include "proto/event_decode.h"

/* Re-codes one JSON event (checked by event_decode before) as a MessagePack map with the same members, in
 * the same order; numbers without fraction or exponent become integers. CUBE_EFORMAT, CUBE_ENOMEM. */
int event_json_to_msgpack(const uint8_t *json, size_t len, struct buf *out) CUBE_MUST_CHECK;

/* Appends the canonical JSON or MessagePack map of a decoded event (v, id, ts, kind, entity, dimensions,
 * fields in table order). CUBE_ENOMEM. */
int event_encode_json(const struct event *e, struct buf *out) CUBE_MUST_CHECK;
int event_encode_msgpack(const struct event *e, struct buf *out) CUBE_MUST_CHECK;

#endif
