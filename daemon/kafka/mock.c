#include "kafka/mock.h"

#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

struct mock_cluster {
    rd_kafka_t *rk; /* only carries the cluster */
    rd_kafka_mock_cluster_t *cluster;
};

static void quiet(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)rk, (void)level, (void)fac, (void)buf;
}

static int cluster_start(struct mock_cluster *m)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    m->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (!m->rk) {
        rd_kafka_conf_destroy(conf);
        return CUBE_EKAFKA;
    }
    m->cluster = rd_kafka_mock_cluster_new(m->rk, 1);
    return m->cluster ? 0 : CUBE_EKAFKA;
}

int mock_cluster_create(int partitions, const struct config *c, struct mock_cluster **ret_m, char *ret_bootstrap, size_t n)
{
    struct mock_cluster *m = calloc(1, sizeof(*m));
    if (!m) {
        return CUBE_ENOMEM;
    }
    int rc = cluster_start(m);
    for (int r = 0; r < ROLE_COUNT && rc == 0; r++) {
        rc = rd_kafka_mock_topic_create(m->cluster, c->topics[r], partitions, 1) ? CUBE_EKAFKA : 0;
    }
    if (rc) {
        mock_cluster_destroy(m);
        return rc;
    }
    snprintf(ret_bootstrap, n, "%s", rd_kafka_mock_cluster_bootstraps(m->cluster));
    *ret_m = m;
    return 0;
}

void mock_cluster_destroy(struct mock_cluster *m)
{
    if (!m) {
        return;
    }
    if (m->cluster) {
        rd_kafka_mock_cluster_destroy(m->cluster);
    }
    if (m->rk) {
        rd_kafka_destroy(m->rk);
    }
    free(m);
}
