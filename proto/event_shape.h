/* What the last records of a kind looked like. A producer writes all records of a kind with the same members in the same
 * order: a record of such a shape is read and judged in one go. It never shows in what comes out. Only event_decode.c and
 * event_shape.c use it. */
#ifndef CUBE_PROTO_EVENT_SHAPE_H
#define CUBE_PROTO_EVENT_SHAPE_H

#include "event/event.h"
#include "proto/name_index.h"

#define SHAPE_STEPS_MAX 16
#define SHAPES_OF_KIND 4 /* by the number of members: optional ones are there or not */

/* A member: its key, and where its value goes. */
struct shape_step {
    struct bytes16 tagged; /* as in struct name_slot */
    uint32_t within;
    uint16_t offset;
    uint8_t len, type;
};

/* The members behind the kind, when before it stand version, id and ts. All that the kind requires is among them, and none
 * is there twice. Zeroes: no shape. */
struct record_shape {
    uint32_t steps_count;
    uint32_t other; /* records that did not have it */
    uint64_t present;
    uint16_t entity; /* where its text is put, by the steps */
    bool judged;     /* some value must lie on a scale */
    struct shape_step steps[SHAPE_STEPS_MAX];
};

struct decode_scratch;

/* Decodes a MessagePack record that has the shape of one before it, and with which nothing is wrong. False: it is another
 * one, to be read with all checks; *ret_e is garbage then. The scratch must be at the turn of this record. */
bool event_shape_decode(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                        struct event *ret_e);

/* A record that had no known shape was an event of this kind without fault. Now and then its shape becomes a known one. */
void event_shape_learn(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len);

#endif
