/* What kafka_admin.c and kafka_admin_create.c share. */
#ifndef CUBE_KAFKA_ADMIN_INNER_H
#define CUBE_KAFKA_ADMIN_INNER_H

#include "kafka/kafka_admin.h"
#include "kafka/kafka_reason.h"

/* A client that notes why no broker answers. */
struct kafka_admin {
    rd_kafka_t *rk;
    struct kafka_reason reason;
};

/* CUBE_ECONFIG with text, CUBE_ENOMEM. */
int kafka_admin_open(const struct config *c, char text[512], struct kafka_admin **ret_a) CUBE_MUST_CHECK;
void kafka_admin_close(struct kafka_admin *a);

rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *rk, rd_kafka_admin_op_t op, int timeout_ms);

/* Waits for the result of a request. NULL: none in time. */
rd_kafka_event_t *kafka_admin_answer(rd_kafka_queue_t *q, int timeout_ms);

#endif
