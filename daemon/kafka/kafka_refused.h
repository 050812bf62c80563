/* What a broker refuses for its size. It refuses whole batches, so which message of a batch is to blame shows only
 * when that message is a batch of its own: until then batches become smaller. Used by the transaction thread alone. */
#ifndef CUBE_KAFKA_REFUSED_H
#define CUBE_KAFKA_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "port/producer.h"

struct kafka_refused {
    size_t batch_bytes; /* of the client; 0: not known yet */
    bool smaller;       /* batches were made smaller than configured */
    bool any, alone;    /* in this transaction; alone: the client itself refused the message */
    uint32_t message;   /* index of the largest message of those refused */
    size_t len;         /* its bytes: key, value and headers */
    size_t bytes;       /* about as many as all that were refused have together */
};

/* At the start of a transaction. */
void kafka_refused_clear(struct kafka_refused *r);
/* A message came back for its size, by itself or as part of a batch. */
void kafka_refused_note(struct kafka_refused *r, uint32_t message, size_t len, bool alone);

/* What follows once the transaction is aborted. TXN_OK: nothing was refused. TXN_TOO_LARGE: message is to blame.
 * TXN_UNKNOWN: nobody can tell yet, batch_bytes has become smaller and holds for the next client. */
enum txn_verdict kafka_refused_judge(struct kafka_refused *r);

/* Gives a new client the batches it may make, or learns from its configuration what they are. */
void kafka_refused_configure(struct kafka_refused *r, rd_kafka_conf_t *conf);

#endif
