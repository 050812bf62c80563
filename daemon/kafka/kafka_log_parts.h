/* What a Kafka log is made of. Only kafka_log.c and kafka_log_port.c look inside. */
#ifndef CUBE_KAFKA_LOG_PARTS_H
#define CUBE_KAFKA_LOG_PARTS_H

#include "kafka/kafka_doubt.h"
#include "kafka/kafka_fetch.h"
#include "kafka/kafka_log.h"
#include "kafka/kafka_member.h"
#include "kafka/kafka_offsets.h"
#include "kafka/kafka_txn.h"

struct kafka_log {
    uv_loop_t *loop;
    const struct config *config;
    struct log_events events;
    struct kafka_log_options options;
    struct kafka_told told;
    struct kafka_member member;
    struct kafka_doubt doubt;
    struct kafka_fetch fetch;
    struct kafka_offsets offsets;
    struct kafka_txn txn;
    uv_async_t wake;
    uv_timer_t tick;
    bool started, failed, fenced_told;
    bool refused;               /* a commit nobody could take: its outcome is told in the next turn */
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

#endif
