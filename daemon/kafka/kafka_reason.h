/* Why no broker answers: what librdkafka logs of connections that fail, kept for the command that gives up. */
#ifndef CUBE_KAFKA_REASON_H
#define CUBE_KAFKA_REASON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "kafka/kafka_conf.h"

struct kafka_reason {
    pthread_mutex_t lock;
    int rank; /* of the text: a certificate that is refused says more than the connection that ends for it */
    char text[KAFKA_TEXT_MAX];
};

void kafka_reason_init(struct kafka_reason *r);
void kafka_reason_close(struct kafka_reason *r);

/* A line of librdkafka's log. Any thread. */
void kafka_reason_note(struct kafka_reason *r, const char *fac, const char *buf);
/* The log callback of a client whose opaque is a reason. */
void kafka_reason_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf);

/* "WHAT: the last reason", or what the error says where none was logged. */
void kafka_reason_tell(struct kafka_reason *r, const char *what, rd_kafka_resp_err_t err, char *text, size_t size);

/* A topic that was just made has no leader for a moment, and its broker may not know yet that it is the one. */
bool kafka_error_of_leader(rd_kafka_resp_err_t err);

/* Trouble that passes: that, a broker that is away or starts, and one that is not the coordinator or the leader yet, or any more. */
bool kafka_error_passes(rd_kafka_resp_err_t err);

/* How many partitions a topic has. CUBE_ETIMEOUT: no broker answered; CUBE_ENOTFOUND: it is not there; CUBE_EKAFKA: it may not be
 * looked at; all with text. CUBE_ENOMEM. r may be NULL. */
int kafka_topic_ask(rd_kafka_t *rk, const char *name, int timeout_ms, struct kafka_reason *r, int32_t *ret_count, char *text,
                    size_t size) CUBE_MUST_CHECK;

#endif
