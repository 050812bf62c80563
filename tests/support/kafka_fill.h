/* Records in a topic of a cluster inside the process. */
#ifndef CUBE_SUPPORT_KAFKA_FILL_H
#define CUBE_SUPPORT_KAFKA_FILL_H

#include "support/kafka_cluster.h"

/* Writes so many records of a key and a value into each of the first partitions. */
static inline void cluster_fill(struct cluster *k, const char *topic, int32_t partitions, int count)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", k->bootstrap.value, text, sizeof text), RD_KAFKA_CONF_OK);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    assert_non_null(rk);
    for (int i = 0; i < count * partitions; i++) {
        assert_int_equal(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(i % partitions), RD_KAFKA_V_KEY("k", 1),
                                           RD_KAFKA_V_VALUE("v", 1), RD_KAFKA_V_END),
                         RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    assert_int_equal(rd_kafka_flush(rk, 30000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(rk);
}

#endif
