/* An epoch: everything one commit carries, as data. Filled on the loop, then frozen; a frozen epoch goes
 * into one transaction, and into another one when that aborts. */
#ifndef CUBE_PORT_EPOCH_H
#define CUBE_PORT_EPOCH_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "port/record.h"

#define PARTITION_BY_KEY (-1) /* murmur2 of the key, as Java's default partitioner does */

struct epoch_message {
    enum topic_role role;
    int32_t partition;       /* PARTITION_BY_KEY for public topics */
    int64_t timestamp_ms;
    bool has_key, has_value; /* no value: a tombstone */
    uint8_t cut;             /* what it goes without, as port/letter.h says */
    uint64_t key, value, headers; /* positions in bytes */
    uint32_t key_len, value_len, header_count;
    int64_t landed;          /* its offset, filled in by the log with COMMIT_DONE; -1 unknown */
};

struct epoch_offset {
    enum topic_role role;    /* one of the first INPUT_ROLES */
    int32_t partition;
    int64_t next;            /* the next offset to read */
};

struct epoch {
    uint64_t number;         /* counts up within a process; for logs */
    struct buf bytes;
    struct epoch_message *messages;
    uint32_t message_count, message_capacity;
    struct epoch_offset *offsets;
    uint32_t offset_count, offset_capacity;
    struct epoch_message *notes; /* go nowhere but into local copies of changelogs, when all this has landed */
    uint32_t note_count, note_capacity;
};

/* Appends one message; everything is copied. CUBE_ENOMEM: nothing changed. */
int epoch_add(struct epoch *e, enum topic_role role, int32_t partition, int64_t timestamp_ms,
              const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len,
              const struct header *headers, uint32_t header_count) CUBE_MUST_CHECK;

/* The last key_len + value_len bytes, which somebody has written, are key and value of one message without headers; no value: a
 * tombstone. CUBE_ENOMEM: nothing changed, the bytes belong to nobody. */
int epoch_wrote(struct epoch *e, enum topic_role role, int32_t partition, int64_t timestamp_ms, size_t key_len, size_t value_len) CUBE_MUST_CHECK;

/* Appends one note for the copy of a changelog partition; everything is copied. value NULL: a tombstone. CUBE_ENOMEM: nothing changed. */
int epoch_note(struct epoch *e, enum topic_role changelog, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value,
               size_t value_len) CUBE_MUST_CHECK;

/* Moves the messages of another epoch behind those of this one and empties it. CUBE_ENOMEM: some are moved
 * and none is forgotten, so the epoch at hand must be dropped. */
int epoch_take(struct epoch *e, struct epoch *from) CUBE_MUST_CHECK;

/* Sets the offset of a partition (one entry each). CUBE_ENOMEM. */
int epoch_offset_set(struct epoch *e, enum topic_role role, int32_t partition, int64_t next) CUBE_MUST_CHECK;

/* Reads header i of a message. Borrowed from the epoch until it changes. */
struct header epoch_header(const struct epoch *e, const struct epoch_message *m, uint32_t i);
const uint8_t *epoch_key(const struct epoch *e, const struct epoch_message *m);   /* NULL without */
const uint8_t *epoch_value(const struct epoch *e, const struct epoch_message *m); /* NULL without */

/* A state, a change, an alert, a customer: its headers follow from the rest and are made when it is sent. It has no others. */
static inline bool epoch_is_output(const struct epoch_message *m)
{
    return m->has_value && m->role >= ROLE_STATE && m->role <= ROLE_CUSTOMERS;
}

/* Empties it and keeps the memory. */
void epoch_clear(struct epoch *e);
void epoch_close(struct epoch *e);

#endif
