/* The last record of each commit in a task's changelog, under the fixed key "!commit": how far the task
 * had come, and from where its inputs must be read again after a restart. */
#ifndef CUBE_PROTO_COMMIT_RECORD_H
#define CUBE_PROTO_COMMIT_RECORD_H

#include <stdint.h>

#include "base/buf.h"
#include "proto/bundle.h"

#define COMMIT_RECORD_KEY "!commit"

/* One input partition of a task. */
struct commit_input {
    uint8_t topic;            /* enum event_topic; TOPIC_COUNT = partials */
    int64_t first;            /* first offset of this commit; ranges [first, next) are contiguous */
    int64_t next;             /* next offset to read */
    int64_t max_ts_ms;        /* largest accepted ts; INT64_MIN none */
    int64_t redo;             /* smallest offset still needed; next when there is none */
    int64_t redo_max_ts_ms;   /* largest accepted ts before that offset */
    uint64_t counts[5];       /* outcomes so far, in the order of enum record_outcome */
};

#define COMMIT_INPUTS_MAX 2

/* What a sender (entity task) or a receiver (scope task) knows of the other side. */
struct commit_peer {
    uint64_t seq;             /* last bundle sent to / taken from it; 0 none */
    uint8_t heard;            /* receiver: has been heard of */
    uint8_t state;            /* receiver: enum sender_state */
    int64_t watermark_ms;     /* receiver: its last watermark */
};

/* How far the releases of a scope task have come, all ticks; INT64_MIN none. */
struct commit_release {
    int64_t from_ms;     /* the first tick at which anything came that a release may change */
    int64_t guarded_ms;  /* its guard has worked up to this tick, the releases until then included */
    int64_t released_ms; /* the last release tick that its scopes have passed */
    int64_t turned_ms;   /* the last release whose gifts count */
};

struct commit_record {
    uint64_t seq;             /* of the task's commits: counts up by one */
    uint64_t lineage;         /* drawn at the task's first commit, the same in all that follow; 0: none yet */
    struct layout_stamp layout;
    int64_t watermark_ms;     /* applied up to (entity task); last tick worked on (scope task); INT64_MIN none */
    int64_t redo_watermark_ms; /* entity task: where it stood when what is read again was still to come; INT64_MIN none */
    uint32_t input_count;
    struct commit_input inputs[COMMIT_INPUTS_MAX];
    uint32_t peer_count;      /* entity task: receivers; scope task: customer tasks, then employee tasks */
    struct commit_release release; /* scope task; else none */
    struct commit_peer *peers; /* owned by whoever filled the record */
    /* Offsets that a replay from redo will meet again and must treat in a way of their own, as (input, offset) pairs: of a scope task,
     * bundles whose late rows still wait; of an entity task of a version before, what has records of its own now (task/input_refused.h). */
    uint32_t refused_count;
    struct commit_refused {
        uint8_t input;
        int64_t offset;
    } *refused;
};

/* Appends a record in the version of today. CUBE_ENOMEM. */
int commit_record_encode(const struct commit_record *r, struct buf *out) CUBE_MUST_CHECK;

/* Fills a zeroed record, of this version or the one before, which has no lineage, and allocates its arrays.
 * CUBE_ETRUNCATED, CUBE_EFORMAT, CUBE_EVERSION, CUBE_ENOMEM: nothing is left allocated. */
int commit_record_decode(const uint8_t *at, size_t len, struct commit_record *ret_r) CUBE_MUST_CHECK;
/* Reads only which commit of which task it is. CUBE_ETRUNCATED, CUBE_EFORMAT, CUBE_EVERSION. */
int commit_record_peek(const uint8_t *at, size_t len, uint64_t *ret_lineage, uint64_t *ret_seq) CUBE_MUST_CHECK;
/* Reads only of which layout it is. The same errors. */
int commit_record_layout(const uint8_t *at, size_t len, struct layout_stamp *ret_l) CUBE_MUST_CHECK;
void commit_record_close(struct commit_record *r);

#endif
