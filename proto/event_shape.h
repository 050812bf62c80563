/* What the last records of a kind looked like. A producer writes all records of a kind with the same members in the same
 * order, and as JSON with the same white space: a record of such a shape is read and judged in one go. It never shows in
 * what comes out. Only event_decode.c and event_shape*.c use it. */
#ifndef CUBE_PROTO_EVENT_SHAPE_H
#define CUBE_PROTO_EVENT_SHAPE_H

#include "event/event.h"
#include "proto/name_index.h"

#define SHAPE_STEPS_MAX 24
#define SHAPES_OF_KIND 4 /* by the number of members: optional ones are there or not */

enum shape_form { SHAPE_MSGPACK, SHAPE_JSON, SHAPE_FORMS };

/* What stands before a value, and where the value goes. What is longer than sixteen bytes takes several steps. */
struct shape_step {
    struct bytes16 before;
    uint32_t within; /* bit per byte of it that counts */
    uint16_t offset;
    uint8_t len;  /* of them */
    uint8_t type; /* of the value: enum name_type, or SHAPE_NO_VALUE */
};

#define SHAPE_NO_VALUE UINT8_MAX

/* The members behind the kind, when before it stand version, id and ts. All that the kind requires is among them, and none
 * is there twice. Zeroes: no shape. Its steps stand beside it in the scratch. */
struct record_shape {
    uint64_t present;
    uint32_t other; /* records that did not have it; of JSON all of the kind are counted in its first */
    uint32_t members;
    uint16_t entity; /* where its text is put, by the steps */
    uint8_t steps_count;
    bool judged; /* some value must lie on a scale */
};

/* JSON up to the text of the kind. */
#define SHAPE_HEADS 4
#define SHAPE_HEAD_STEPS 8

struct shape_head {
    uint32_t steps_count; /* 0: none */
    struct shape_step steps[SHAPE_HEAD_STEPS];
};

struct decode_scratch;

/* Decodes a record that has the shape of one before it, and with which nothing is wrong. False: it is another one, to be read
 * with all checks; *ret_e is garbage then. The scratch must be at the turn of this record. */
bool event_shape_decode(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                        struct event *ret_e);

/* A record that had no known shape was an event of this kind without fault. Now and then its shape becomes a known one. */
void event_shape_learn(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len);

/* The same of JSON. */
bool event_shape_decode_json(struct decode_scratch *s, enum event_topic topic, struct text key, const uint8_t *value, size_t len,
                             struct event *ret_e);
void event_shape_learn_json(struct decode_scratch *s, enum event_kind kind, const uint8_t *value, size_t len);

#endif
