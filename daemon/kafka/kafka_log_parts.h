/* What a Kafka log is made of. Only kafka_log*.c look inside. */
#ifndef CUBE_KAFKA_LOG_PARTS_H
#define CUBE_KAFKA_LOG_PARTS_H

#include "kafka/kafka_changelog.h"
#include "kafka/kafka_doubt.h"
#include "kafka/kafka_fetch.h"
#include "kafka/kafka_given.h"
#include "kafka/kafka_log.h"
#include "kafka/kafka_member.h"
#include "kafka/kafka_offsets.h"
#include "kafka/kafka_txn.h"

/* Readers that are there for a restart only are made early, and kept for so many seconds in which nothing is to be restored. */
#define READER_REST_TICKS 10

struct kafka_log {
    uv_loop_t *loop;
    const struct config *config;
    struct log_events events;
    struct kafka_log_options options;
    struct kafka_told told;
    struct kafka_member member;
    struct kafka_doubt doubt;
    struct kafka_given given;
    struct kafka_fetch fetch;
    struct kafka_fetch again; /* of what is read again after a restart; no client while nothing is */
    struct kafka_changelogs restore;
    struct kafka_offsets offsets;
    struct kafka_txn *txn;
    uv_async_t wake;
    uv_timer_t tick;
    bool started, failed, fenced_told;
    bool refused;               /* a commit nobody could take: its outcome is told in the next turn */
    uint32_t restore_rests, again_rests; /* ticks since each fetched last */
    bool restore_left;          /* the end of an earlier client of it was not waited for */
    bool txn_left;              /* a transaction thread was left to itself: it may still use what it was given */
    bool abandoned;             /* a thread sits in a call of librdkafka that does not return: nothing is freed */
    struct log_partition *owned;
    uint32_t owned_count;
    void (*stopped)(void *arg); /* set: stopping */
    void *stopped_arg;
    uint64_t stop_ms;           /* when the stop was asked for */
    int handles;                /* open handles of the loop */
};

/* Fills the functions of the port. */
void kafka_log_port(struct kafka_log *self, struct log *ret_log);

/* Tells the user, once, why the log cannot go on. */
void kafka_log_fail(struct kafka_log *self, int code, const char *text);
/* Destroys the client that reads changelogs, while nobody reads; the next reading makes another, which goes on with what was fetched ahead. */
void kafka_log_restore_end(struct kafka_log *self);
/* Begins delivery as the port says: much that is read again comes from a client of its own. */
int kafka_log_input_start(struct kafka_log *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to) CUBE_MUST_CHECK;
/* kafka_fetch.reached of that client; arg: the log. */
void kafka_log_again_reached(void *arg, enum topic_role role, int32_t partition, int64_t until, bool held);
/* Who delivers a partition. */
struct kafka_fetch *kafka_log_fetch_of(struct kafka_log *self, enum topic_role role, int32_t partition);

/* Call once a second. */
void kafka_log_restore_serve(struct kafka_log *self);
void kafka_log_again_serve(struct kafka_log *self);
void kafka_log_given_serve(struct kafka_log *self);
/* In every turn: it asks the group, or takes the answer. */
void kafka_log_given_turn(struct kafka_log *self);
/* Asks for a turn; arg: the log. Any thread. */
void kafka_log_wake(void *arg);

/* Makes self->txn, not started. CUBE_ENOMEM. */
int kafka_log_txn_make(struct kafka_log *self) CUBE_MUST_CHECK;
/* Tells the outcome of the commit under way, if there is one. */
void kafka_log_result(struct kafka_log *self);
/* Waits for the commit under way, before partitions are given back. The user may commit once more in `committed`: what it
 * has gathered is then in as well. */
void kafka_log_await(struct kafka_log *self, uint64_t patience_ms);
/* Puts another thread in the place of one that sits in a call which does not return; its commit is lost. */
void kafka_log_txn_serve(struct kafka_log *self);

#endif
