/* How long a transaction may take. An epoch may hold more than the broker takes in the usual time, and sent once more with the same time it
 * would fail once more, for ever. So when the broker was taking it until the end, the next producer gets twice the time, until a
 * transaction is quick again. Not always so much: what a process that dies leaves open holds up all readers for as long. */
#ifndef CUBE_KAFKA_TIMEOUT_H
#define CUBE_KAFKA_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

#define TRANSACTION_TIMEOUT_MS 10000      /* the usual */
#define TRANSACTION_TIMEOUT_MAX_MS 300000 /* a third of what brokers allow, unless told otherwise */

/* In milliseconds; zeroed: the usual. */
struct kafka_timeout {
    uint64_t usual_ms; /* 0: TRANSACTION_TIMEOUT_MS */
    uint64_t own_ms;   /* of the producer at hand: its transaction.timeout.ms */
    uint64_t next_ms;  /* of the next one; 0: the usual */
};

/* A producer is made: own_ms is its time. */
void kafka_timeout_open(struct kafka_timeout *t);

/* Of own_ms, what one step with its repeated calls may take: the broker must not end the transaction before. */
uint64_t kafka_timeout_step_ms(const struct kafka_timeout *t);

/* A step was not done in its time. is_taken: the broker took messages until then. */
void kafka_timeout_late(struct kafka_timeout *t, bool is_taken);

/* A transaction is done that took so long. */
void kafka_timeout_done(struct kafka_timeout *t, uint64_t took_ms);

/* The broker allows less than own_ms. */
void kafka_timeout_refused(struct kafka_timeout *t);

#endif
