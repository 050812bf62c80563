#include "kafka/kafka_refused.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES_DEFAULT 1000000 /* of librdkafka */
#define OVERHEAD_BYTES 64           /* of a message */

void kafka_refused_clear(struct kafka_refused *r)
{
    r->any = r->alone = false;
    r->message = 0;
    r->len = r->bytes = 0;
}

void kafka_refused_note(struct kafka_refused *r, uint32_t message, size_t len, bool alone)
{
    if (!r->any || len > r->len || alone) {
        r->message = message;
        r->len = len;
    }
    r->any = true;
    r->bytes += len + OVERHEAD_BYTES;
    r->alone = r->alone || alone;
}

/* The first message of a batch is taken whatever its size, and none is added beyond batch_bytes: one that has as many was by itself. */
enum txn_verdict kafka_refused_judge(struct kafka_refused *r)
{
    if (!r->any) {
        return TXN_OK;
    }
    if (r->alone || r->len >= r->batch_bytes || r->batch_bytes <= 1) {
        return TXN_TOO_LARGE;
    }
    size_t half = (r->bytes < r->batch_bytes ? r->bytes : r->batch_bytes) / 2;
    r->batch_bytes = r->len > half ? r->len : half;
    r->smaller = true;
    return TXN_UNKNOWN;
}

void kafka_refused_configure(struct kafka_refused *r, rd_kafka_conf_t *conf)
{
    char text[32];
    size_t size = sizeof(text);
    if (r->smaller) {
        snprintf(text, sizeof(text), "%zu", r->batch_bytes);
        rd_kafka_conf_set(conf, "batch.size", text, NULL, 0);
    } else {
        bool known = rd_kafka_conf_get(conf, "batch.size", text, &size) == RD_KAFKA_CONF_OK;
        r->batch_bytes = known ? strtoul(text, NULL, 10) : BATCH_BYTES_DEFAULT;
    }
}
