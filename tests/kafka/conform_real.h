/* A world on a real broker, as its files see it. */
#ifndef CUBE_TESTS_CONFORM_REAL_H
#define CUBE_TESTS_CONFORM_REAL_H

#include <pthread.h>

#include "conform.h"
#include "kafka/kafka_log.h"
#include "kafka/kafka_log_parts.h"

struct real_producer {
    struct real *real;
    struct config config; /* its instance is another one */
    struct kafka_producer kafka;
};

struct real {
    struct conform_world world;
    struct config config;
    struct kafka_property property;
    char topics[ROLE_COUNT][64];
    char name[40];
    uv_loop_t loop;
    struct kafka_log *kafka_log;
    struct log_events events;
    struct real_producer producers[PRODUCERS];
    atomic_bool give_up;
    bool owned, other_ends, compacts;
    pthread_t meanwhile;
    struct config newcomer_config;
    struct log newcomer_port;
    struct kafka_log *newcomer;                    /* NULL: none came */
    rd_kafka_consumer_group_metadata_t *kept;      /* NULL: that of now */
    int stopped;                                   /* logs */
};

/* Fills what of the world is done to the broker, or by somebody else on it. */
void conform_real_broker(struct real *r);

#endif
