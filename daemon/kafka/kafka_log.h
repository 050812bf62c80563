/* The log port (port/log.h) on Kafka. Four kinds of client: a member that owns the partitions, a fetcher
 * with one queue per partition, another one while changelogs are read, and a transactional producer in a thread of its own. */
#ifndef CUBE_KAFKA_LOG_H
#define CUBE_KAFKA_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "config/config.h"
#include "port/log.h"

struct kafka_log;

struct kafka_log_options {
    /* The log cannot go on; leave with the exit code of this error: CUBE_EFENCED (77), CUBE_ELIMIT (a record
     * the broker refuses for its size), CUBE_ERANGE (records deleted before they were read), CUBE_ECONFIG,
     * CUBE_ENOMEM. Called once, on the loop, before the outcome of a commit that fell with it. May be NULL. */
    void (*failed)(void *arg, int code, const char *text);
    void *arg; /* of both */
    /* A call of the port blocks the loop and gets on: called every ten seconds at least, on the loop or, one at a time, on the threads that
     * it waits for. False: the loop is wanted, and no changelog is read further (CUBE_EAGAIN). May be NULL. */
    bool (*progressed)(void *arg);
};

struct kafka_log_counts {
    uint64_t retried; /* transactions that had to be made again */
    uint64_t renewed; /* producers renewed: doubled or unanswered requests, unknown outcomes */
    int64_t vain_ms;  /* how long the commit under way has been tried in vain; 0: it has not */
};

/* Creates the clients; nothing is sent before kafka_log_start. The configuration must outlive the log, ev and
 * o are copied. CUBE_ECONFIG: a Kafka property was refused, or CUBE_EVERSION: this librdkafka is not fit; the
 * reason went to ev->told. CUBE_ENOMEM. On failure nothing is left behind. */
int kafka_log_create(uv_loop_t *loop, const struct config *c, const struct log_events *ev, const struct kafka_log_options *o,
                     struct log *ret_log, struct kafka_log **ret_self) CUBE_MUST_CHECK;

/* Joins the group and starts the transaction thread. A broker that is away is waited for. CUBE_EKAFKA,
 * CUBE_ENOMEM. Once. */
int kafka_log_start(struct kafka_log *self) CUBE_MUST_CHECK;

/* Finishes the transaction under way (its outcome is still told), or gives it up after 5 s, ends the thread and
 * the clients, then calls cb on the loop. A call of librdkafka that has not returned after 10 s (a broker that
 * is away) is left alone: the memory then stays, for a process that ends. A second call gives the transaction up
 * at once; its cb is ignored. The place in the group is kept for session.timeout.ms, as for any static member. */
void kafka_log_stop(struct kafka_log *self, void (*cb)(void *arg), void *arg);

/* Frees the memory. Only in or after the callback of stop, or without a start. NULL does nothing. */
void kafka_log_destroy(struct kafka_log *self);

/* A broker has answered lately. */
bool kafka_log_broker_up(struct kafka_log *self);

void kafka_log_counts_read(struct kafka_log *self, struct kafka_log_counts *ret_c);

#endif
