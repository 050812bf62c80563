/* Membership of the consumer group: which partitions are ours. Fetches nothing itself; its assignment in
 * librdkafka is always empty. */
#ifndef CUBE_KAFKA_MEMBER_H
#define CUBE_KAFKA_MEMBER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "config/config.h"
#include "kafka/kafka_told.h"
#include "port/log.h"

enum member_change { MEMBER_SAME, MEMBER_ASSIGNED, MEMBER_REVOKED, MEMBER_LOST };

struct kafka_member {
    rd_kafka_t *rk;
    const struct config *config;
    struct kafka_told *told;
    void (*wake)(void *arg); /* any thread */
    void *arg;
    bool (*progressed)(void *arg); /* kafka_log_options; NULL: nobody asks */
    void *progressed_arg;
    rd_kafka_queue_t *queue; /* rebalances and errors */
    rd_kafka_queue_t *quiet; /* always empty: polling it keeps us a member */
    enum member_change change;
    bool closing;
    struct log_partition *partitions; /* of the assignment that holds or begins */
    uint32_t count;
    rd_kafka_consumer_group_metadata_t *metadata; /* captured in the assign callback; NULL: none owned */
    atomic_bool ready;       /* the queue may hold something */
    atomic_bool doubted;     /* somebody took group.instance.id: a process, or an earlier request of ours (kafka_doubt) */
    atomic_bool fenced;      /* another process took it */
    bool missed;             /* an input was not to be had when the topics were looked at: whoever looks at it takes the sign down */
    bool broken;             /* librdkafka gave this client up for another reason */
    bool left_behind;        /* the end of an earlier client was not waited for: what its callbacks touch must stay */
    uint64_t session_ms;
    atomic_bool down;        /* no broker answers */
    atomic_bool joined;      /* the group has taken us in at least once */
    atomic_uint heartbeats;  /* answers to heartbeats */
    atomic_int coordinator;  /* the broker that sent the last of them, or took us in, plus 1; 0: not known */
    atomic_ullong answered_ms; /* uv time of the last answer of a broker */
};

/* CUBE_ECONFIG with text, CUBE_ENOMEM. */
int kafka_member_init(struct kafka_member *m, char *text) CUBE_MUST_CHECK;
/* Returns its client, which is for kafka_clients_end. */
rd_kafka_t *kafka_member_close(struct kafka_member *m) CUBE_MUST_CHECK;

/* Joins, or joins again with what topics there are now: what is owned is taken back first. CUBE_EKAFKA with text. */
int kafka_member_join(struct kafka_member *m, char *text) CUBE_MUST_CHECK;

/* Ends the client and joins with a new one: the doubt is over, our place is free. Nothing is owned any more.
 * CUBE_ECONFIG, CUBE_EKAFKA with text, CUBE_ENOMEM. */
int kafka_member_again(struct kafka_member *m, char *text) CUBE_MUST_CHECK;

/* Serves librdkafka until a change of ownership turns up; that one must be settled before the next call. */
enum member_change kafka_member_poll(struct kafka_member *m);
void kafka_member_settle(struct kafka_member *m);
/* Settles as after a loss that librdkafka did not tell. */
void kafka_member_lose(struct kafka_member *m);

/* Keeps the membership without serving anything, and tells that it gets on: for long blocking work on the loop. False: the loop is wanted. */
bool kafka_member_keep_alive(struct kafka_member *m);

/* A broker has answered within the last ten seconds. */
bool kafka_member_broker_up(struct kafka_member *m);

#endif
