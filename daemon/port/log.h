/* The log port: what the worker needs of Kafka. Implemented by daemon/kafka (librdkafka) and, in memory,
 * by the replay. All calls and all callbacks happen on the loop's thread, but read_changelog of different
 * partitions may happen on several at once, while the loop's waits for them. */
#ifndef CUBE_PORT_LOG_H
#define CUBE_PORT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "port/epoch.h"
#include "port/record.h"

struct log_partition {
    enum topic_role role;
    int32_t partition;
};

enum commit_outcome {
    COMMIT_DONE,
    COMMIT_LOST,     /* the epoch did not land: what is in memory is forgotten. Partitions that are revoked next may come back by
                      * assign; those that stay owned are restored and started anew, without another assign */
    COMMIT_FENCED    /* another instance of the same name: leave with exit code 77 */
};

/* What a log knows of partitions of inputs: those that no member of the group has been given are read by nobody. */
enum inputs_given {
    INPUTS_UNTOLD, /* the group has been asked, or will be, and has not answered */
    INPUTS_MISSED, /* the same, and an input was not there: its leader may have left it out, and given it out since */
    INPUTS_GIVEN,  /* it has given out all of them; or nobody can say, as it may not be asked */
    INPUTS_LACK    /* some are not given out; the log sees to it that they are, and an assignment follows */
};

/* What the log tells its user. */
struct log_events {
    /* New partitions; the user restores and then calls start for each. Called after revoke of the old ones. */
    void (*assigned)(void *arg, const struct log_partition *p, uint32_t count);
    /* These are gone when this returns; the user forgets them. A commit under way has been waited for. */
    void (*revoked)(void *arg, const struct log_partition *p, uint32_t count);
    /* Records of one partition in offset order, all from started partitions. */
    void (*records)(void *arg, const struct record *r, uint32_t count);
    /* The partition's end was reached at this offset (next to read). */
    void (*at_end)(void *arg, enum topic_role role, int32_t partition, int64_t next);
    /* The outcome of the commit that was started. */
    void (*committed)(void *arg, enum commit_outcome outcome, int64_t took_us);
    /* Anything a person should know; severity as syslog (3 error, 4 warning, 6 info). */
    void (*told)(void *arg, int severity, const char *event, const char *text);
    void *arg;
};

struct log {
    void *self;

    /* Partition count of a topic; CUBE_ENOTFOUND: no such topic (yet); CUBE_EKAFKA: it may not be looked at, which is told.
     * Blocks at most a second. */
    int (*partition_count)(void *self, enum topic_role role, int32_t *ret_count);

    /* Committed offsets of the group for these partitions (-1 = none), read_committed, pending commits
     * resolved. CUBE_EAGAIN: not now, retry. */
    int (*committed_offsets)(void *self, const struct log_partition *p, uint32_t count, int64_t *ret_next);

    /* Reads a changelog partition read_committed from this offset, -1 its start, up to the high watermark as it stands now
     * (read_uncommitted), calling each record; later records of a key override. Blocks; keeps the consumer
     * alive. CUBE_EAGAIN: broker trouble, start again. CUBE_ERANGE: the partition does not hold this offset any more, or not
     * yet; nothing was read. Stops early with the first non-zero of each. */
    int (*read_changelog)(void *self, enum topic_role role, int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r),
                          void *arg);

    /* Offsets of a partition: of its first record, and next after its last. For what is told. CUBE_EAGAIN. NULL: not to be had. */
    int (*ends)(void *self, enum topic_role role, int32_t partition, int64_t *ret_first, int64_t *ret_next);

    /* Begins delivery of an assigned partition at this offset (replays of `redo` start below the committed
     * one). from = -1: the start of the partition (first start of the group). What lies below again_to is read again, and worked on faster
     * than anything else. */
    int (*start)(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to);

    /* Back-pressure: a held partition is not drained; nothing fetched is thrown away. */
    void (*hold)(void *self, enum topic_role role, int32_t partition, bool held);

    /* Hands a frozen epoch over to one transaction. The epoch belongs to the log until `committed` is
     * called. One at a time. The log retries it (new transaction, renewed producer, unknown outcome
     * resolved by the group's committed offsets) until it is DONE, LOST or FENCED. Of messages to changelogs that it
     * knows the offset of it fills that in. */
    int (*commit)(void *self, struct epoch *e);

    /* Headers of a record being delivered. */
    record_headers_fn *headers;

    /* Records fetched and not delivered yet plus what the broker still has, -1 unknown: for lag metrics. */
    int64_t (*lag)(void *self, enum topic_role role, int32_t partition);

    /* Says what read_changelog will be asked for next of this partition, from the same offset: it may be fetched while
     * another is read. NULL: nothing would be gained. */
    void (*fetch_changelog)(void *self, enum topic_role role, int32_t partition, int64_t from);

    /* Whether our own topics are kept as they must be. CUBE_ELAYOUT (told): one would forget what is still to be read from it. Blocks
     * two seconds at most. NULL: nothing to judge. */
    int (*topics_judge)(void *self);

    /* Whether the group gives out all partitions of all inputs, as it has told since the last assignment. NULL: it always does. */
    enum inputs_given (*inputs_given)(void *self);
};

#endif
