/* The transaction thread: takes one frozen epoch at a time and does not let go of it before it has landed,
 * the partitions are lost or another process has fenced us off. */
#ifndef CUBE_KAFKA_TXN_H
#define CUBE_KAFKA_TXN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "kafka/kafka_member.h"
#include "kafka/kafka_offsets.h"
#include "kafka/kafka_producer.h"
#include "port/log.h"


/* rd_kafka_send_offsets_to_transaction may never return, whatever its timeout: that of requests to a group coordinator is not
 * looked at (librdkafka issue 5456), and a coordinator that has left the metadata wakes nobody (5511). */
enum txn_call {
    TXN_CALL_NONE,
    TXN_CALL_STANDS,
    TXN_CALL_LEFT
};

struct txn_result {
    enum commit_outcome outcome;
    int64_t took_us;
    int error; /* 0, or why the log cannot go on: CUBE_ELIMIT, CUBE_ECONFIG, CUBE_ENOMEM */
};

struct kafka_txn {
    const struct config *config;
    struct kafka_told *told;
    struct kafka_offsets *offsets;
    struct kafka_member *member;
    void (*wake)(void *arg); /* after a result or the end of the thread */
    void *arg;

    pthread_t thread;
    bool running;            /* the thread was started and not joined */
    pthread_mutex_t lock;
    pthread_cond_t change;
    struct epoch *epoch;     /* under lock: &held while one is handed over and not finished */
    struct epoch held;       /* the thread's own: a call that does not return must not hold the lender's memory */
    struct epoch *lender;    /* gets the memory back with the result */
    rd_kafka_consumer_group_metadata_t *group; /* a copy */
    bool finished, quit, ended;
    bool orphan;             /* the epoch was told to be lost; nobody waits for its result */
    struct txn_result result;

    atomic_int call;         /* enum txn_call: offsets are being sent, or the thread was left in that call */
    atomic_ullong call_ms;   /* since when, on the monotonic clock */
    atomic_bool give_up;     /* ownership is going or the process is: no further attempt */
    atomic_ullong retried;   /* attempts that had to be made again */
    atomic_ullong vain_ms;   /* since when the epoch under way is tried in vain, on the monotonic clock; 0: it is not */
    atomic_ullong renewed;   /* producers renewed */

    struct kafka_producer producer; /* the thread's own from here on */
    bool renewing;           /* the last producer was thrown away; */
    unsigned heartbeats;     /* answered by then */
    char nonce[24];
    int error;
};

/* Starts the thread; it makes the producer, which fences off an earlier process of the same name. CUBE_ENOMEM. */
int kafka_txn_start(struct kafka_txn *t) CUBE_MUST_CHECK;

/* Hands an epoch over; group is copied. One at a time. The loop's thread. CUBE_ENOMEM. */
int kafka_txn_hand_over(struct kafka_txn *t, struct epoch *e, const rd_kafka_consumer_group_metadata_t *group) CUBE_MUST_CHECK;

/* Takes the result of the epoch handed over, when there is one. */
bool kafka_txn_result(struct kafka_txn *t, struct txn_result *ret_r);
bool kafka_txn_busy(struct kafka_txn *t);
/* Busy, and not with an orphan. */
bool kafka_txn_waited_for(struct kafka_txn *t);

/* Waits until the epoch under way is finished: for patience_ms as usual, then with give_up set. False: a call of
 * librdkafka does not return; the epoch has become an orphan, which can land no more: its group metadata is of a
 * generation that ends, and offsets that were sent already are seen as unstable by whoever restores. */
bool kafka_txn_wait(struct kafka_txn *t, uint64_t patience_ms) CUBE_MUST_CHECK;

/* True when a call should have returned long ago. */
bool kafka_txn_stands(struct kafka_txn *t);
/* Leaves the thread, its producer and the epoch to themselves: should the call return, they end without another one, and without a commit. False:
 * it has returned. True: t is the thread's, do not touch it again. Offsets it may still send are of a transaction that the
 * next producer of this name ends. */
bool kafka_txn_leave(struct kafka_txn *t) CUBE_MUST_CHECK;

/* Asks the thread to end after the epoch under way, or at once: without another attempt. */
void kafka_txn_quit(struct kafka_txn *t, bool at_once);
bool kafka_txn_ended(struct kafka_txn *t);
/* Joins the thread; waits when it has not ended. */
void kafka_txn_close(struct kafka_txn *t);

/* The thread's work on one epoch: attempts until it has landed or cannot. */
enum commit_outcome kafka_txn_carry(struct kafka_txn *t, struct epoch *e);
/* Makes the producer when the group knows us, as producer_port.ready says. The thread's. */
int kafka_txn_ready(struct kafka_txn *t) CUBE_MUST_CHECK;
/* Sleeps unless something changes. The thread's. */
void kafka_txn_pause(struct kafka_txn *t, uint64_t ms);

#endif
