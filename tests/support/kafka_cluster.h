/* A Kafka of one broker, or some, inside the process (librdkafka's mock), and a configuration that leads to it. */
#ifndef CUBE_SUPPORT_KAFKA_CLUSTER_H
#define CUBE_SUPPORT_KAFKA_CLUSTER_H

#include <librdkafka/rdkafka_mock.h>

#include "kafka/kafka_conf.h"
#include "support/unit.h"

struct cluster {
    rd_kafka_t *carrier;
    rd_kafka_mock_cluster_t *kafka;
    struct kafka_property bootstrap;
};

/* Starts so many brokers with one topic of one partition and points c to them, whose name is set. */
static inline void cluster_open_of(struct cluster *k, int brokers, const char *topic, struct config *c)
{
    char text[KAFKA_TEXT_MAX];
    k->carrier = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
    assert_non_null(k->carrier);
    k->kafka = rd_kafka_mock_cluster_new(k->carrier, brokers);
    assert_non_null(k->kafka);
    assert_int_equal(rd_kafka_mock_topic_create(k->kafka, topic, 1, 1), 0);
    k->bootstrap = (struct kafka_property){"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(k->kafka), PROPERTY_PLAIN};
    c->kafka = &k->bootstrap;
    c->kafka_count = 1;
}

static inline void cluster_open(struct cluster *k, const char *topic, struct config *c)
{
    cluster_open_of(k, 1, topic, c);
}

/* After the clients that use it. */
static inline void cluster_close(struct cluster *k)
{
    rd_kafka_mock_cluster_destroy(k->kafka);
    rd_kafka_destroy(k->carrier);
}

#endif
