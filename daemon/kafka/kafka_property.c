#include "kafka/kafka_property.h"

#include <stdbool.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "base/error.h"

/* These are looked at only when an idempotent producer is made: NULL ends the list. */
static const char *const idempotence_asks[] = {"acks", "request.required.acks", "retries", "message.send.max.retries", "max.in.flight",
                                               "max.in.flight.requests.per.connection", "queuing.strategy", NULL};

/* Takes the configuration over. */
static bool producer_allows(rd_kafka_conf_t *conf, char *why, size_t size)
{
    bool good = rd_kafka_conf_set(conf, "transactional.id", "judged", why, size) == RD_KAFKA_CONF_OK;
    rd_kafka_t *rk = good ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, size) : NULL;
    if (rk) {
        rd_kafka_destroy(rk);
    } else {
        rd_kafka_conf_destroy(conf);
    }
    return rk != NULL;
}

int kafka_property_judge(const char *name, const char *value, char *why, size_t size)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!conf) {
        return CUBE_ENOMEM;
    }
    if (rd_kafka_conf_set(conf, name, value, why, size) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return CUBE_ECONFIG;
    }
    const char *const *asked = idempotence_asks;
    while (*asked && strcmp(*asked, name) != 0) {
        asked++;
    }
    if (*asked) {
        return producer_allows(conf, why, size) ? 0 : CUBE_ECONFIG;
    }
    rd_kafka_conf_destroy(conf);
    return 0;
}
