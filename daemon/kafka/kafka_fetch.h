/* Fetching, apart from group membership: one consumer client with one queue per partition, drained in
 * turns. A held partition is simply not drained, and what was fetched of a partition outlives a rebalance
 * that gives it back. Everything runs on the loop's thread, but what kafka_changelog puts under a lock; wake-ups come from anywhere. */
#ifndef CUBE_KAFKA_FETCH_H
#define CUBE_KAFKA_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "config/config.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_told.h"
#include "port/log.h"

#define FETCH_BATCH_MAX 256       /* records of one call of log_events.records */
#define FETCH_TURN_RECORDS 2000
#define FETCH_TURN_NS 2000000

struct fetch_slot {
    struct kafka_fetch *owner;
    enum topic_role role;
    int32_t partition;
    rd_kafka_queue_t *queue; /* NULL: not fetching */
    bool started, held, end_due;
    atomic_bool ready;       /* something may be in the queue */
    int64_t next;            /* offset of the next record to deliver; -1 unknown */
    int64_t end;             /* offset at which the end was told last, -1 never */
    int64_t until;           /* from this offset on somebody else delivers; -1: nobody */
    uint32_t gone;           /* looks since its next record is gone from the broker, and one; 0: it is not */
};

/* Changelog partitions that are fetched at once, beside the one that is read: its records are memory. */
#define FETCH_AHEAD_MAX 2

/* A changelog partition that is fetched before anybody reads it, or will be. */
struct fetch_ahead {
    enum topic_role role;
    int32_t partition;
    int64_t from;            /* -1: the start */
    rd_kafka_queue_t *queue; /* NULL: not yet */
};

struct kafka_fetch {
    rd_kafka_t *rk;
    enum kafka_client client;
    rd_kafka_topic_t *topics[ROLE_COUNT]; /* a handle made early learns its partitions early */
    struct fetch_ahead *ahead;
    uint32_t ahead_count, ahead_capacity;
    bool spoilt; /* a reading of it failed, and librdkafka tells an error of a partition once and is silent then, as long as it lasts */
    const struct config *config;
    struct kafka_told *told;
    void (*wake)(void *arg); /* any thread */
    void (*failed)(void *arg, int code, const char *text);
    /* A partition that was started until this offset is there: what comes is somebody else's, and the slot is gone when this returns. */
    void (*reached)(void *arg, enum topic_role role, int32_t partition, int64_t until, bool held);
    void *arg;
    struct fetch_slot **slots;
    uint32_t count, capacity, turn;
    rd_kafka_message_t *messages[FETCH_BATCH_MAX];
    struct record records[FETCH_BATCH_MAX];
};

/* CUBE_ECONFIG with text, CUBE_ENOMEM. On failure nothing is left behind. */
int kafka_fetch_init(struct kafka_fetch *f, char *text) CUBE_MUST_CHECK;
/* Returns its client, which is for kafka_clients_end. */
rd_kafka_t *kafka_fetch_close(struct kafka_fetch *f) CUBE_MUST_CHECK;
/* Likewise, but what is to be fetched ahead is remembered for the next client. */
rd_kafka_t *kafka_fetch_client_close(struct kafka_fetch *f) CUBE_MUST_CHECK;

/* Begins delivery at an offset, -1 = the start of the partition. A partition that was only suspended and
 * stands at that offset goes on with what it has. CUBE_ENOMEM, CUBE_EKAFKA. */
int kafka_fetch_start(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from) CUBE_MUST_CHECK;

/* The same, but nothing of this offset or a later one. */
int kafka_fetch_start_until(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from, int64_t until) CUBE_MUST_CHECK;
/* Fetches from this offset on what will be started there. */
int kafka_fetch_prepare(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from) CUBE_MUST_CHECK;
/* Stops fetching this partition, if it is fetched. */
void kafka_fetch_drop(struct kafka_fetch *f, enum topic_role role, int32_t partition);
/* NULL: it is not fetched. */
struct fetch_slot *kafka_fetch_slot(const struct kafka_fetch *f, enum topic_role role, int32_t partition);

/* Delivers nothing more until started again; goes on fetching. */
void kafka_fetch_suspend(struct kafka_fetch *f);
/* Stops fetching what is not in the list. */
void kafka_fetch_retain(struct kafka_fetch *f, const struct log_partition *p, uint32_t count);

void kafka_fetch_hold(struct kafka_fetch *f, enum topic_role role, int32_t partition, bool held);
int64_t kafka_fetch_lag(struct kafka_fetch *f, enum topic_role role, int32_t partition);

/* Call about once a second. A partition that is still ours after so many calls, and whose next record has been gone from the broker all the time, has
 * lost records: fails with CUBE_ERANGE, naming it. Before, this process may have slept, and another may have read them: a fetch
 * is answered sooner than a heartbeat. Calls are counted, not time, because it may sleep again. */
void kafka_fetch_losses(struct kafka_fetch *f, uint32_t patience);

/* Delivers for at most FETCH_TURN_RECORDS or FETCH_TURN_NS. True: there may be more. */
bool kafka_fetch_turn(struct kafka_fetch *f, const struct log_events *ev);

/* Opens a queue of one partition that does not feed the consumer's, and starts fetching at offset. NULL with
 * the reason told. For partitions read in one go. */
rd_kafka_queue_t *kafka_fetch_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t offset);
void kafka_fetch_shut(struct kafka_fetch *f, enum topic_role role, int32_t partition, rd_kafka_queue_t *queue);

/* ---- kafka_ahead.c: a fetcher of changelogs. Without a client it makes one when the first is asked for. */

/* Fetches a changelog partition from an offset, -1 its start, for whoever reads it later: read one after the other, each
 * would wait for the first answers. Few are fetched at once, in the order in which they were asked for. Without memory it does
 * nothing, which only costs time. */
void kafka_fetch_ahead_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from);
/* The queue of a changelog from this offset, the caller's from now on; what follows is fetched meanwhile. NULL with the reason told. */
rd_kafka_queue_t *kafka_fetch_ahead_take(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from);
/* Nobody will read it. */
void kafka_fetch_ahead_drop(struct kafka_fetch *f, enum topic_role role, int32_t partition);
/* Fetches none of it until the next is asked for. */
void kafka_fetch_ahead_shut(struct kafka_fetch *f);
void kafka_fetch_ahead_close(struct kafka_fetch *f);
/* Nothing is fetched and nothing will be, but the client is there. */
bool kafka_fetch_ahead_rests(const struct kafka_fetch *f);

/* A record out of a message. */
struct record kafka_record(enum topic_role role, const rd_kafka_message_t *m);
record_headers_fn kafka_record_headers;
/* The last ones of a record that cubed wrote: what it says of a letter stands behind what came with the record. */
record_headers_fn kafka_output_headers;

#endif
