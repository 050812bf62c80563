/* The log's side of the transaction thread: its results, and another one when it does not come back. */
#include <stdlib.h>

#include "kafka/kafka_log_parts.h"

#define REVOKE_ROUNDS 4 /* commits that follow one another while partitions are taken back */

int kafka_log_txn_make(struct kafka_log *self)
{
    struct kafka_txn *t = calloc(1, sizeof(*t));
    if (!t) {
        return CUBE_ENOMEM;
    }
    t->config = self->config;
    t->told = &self->told;
    t->offsets = &self->offsets;
    t->member = &self->member;
    t->wake = kafka_log_wake;
    t->arg = self;
    self->txn = t;
    return 0;
}

void kafka_log_result(struct kafka_log *self)
{
    struct txn_result r;
    if (self->refused) {
        self->refused = false;
        self->events.committed(self->events.arg, COMMIT_LOST, 0);
    }
    if (!self->txn->running || !kafka_txn_result(self->txn, &r)) {
        return;
    }
    kafka_told_deliver(&self->told, &self->events);
    if (r.error) {
        kafka_log_fail(self, r.error, err_text(r.error));
    }
    if (r.outcome == COMMIT_FENCED) {
        kafka_log_fail(self, CUBE_EFENCED, err_text(CUBE_EFENCED));
    }
    self->events.committed(self->events.arg, r.outcome, r.took_us);
}

void kafka_log_await(struct kafka_log *self, uint64_t patience_ms)
{
    for (int round = 0; kafka_txn_waited_for(self->txn) && !self->abandoned; round++) {
        if (kafka_txn_wait(self->txn, round < REVOKE_ROUNDS ? patience_ms : 0)) {
            kafka_log_result(self);
        } else {
            kafka_told_say(&self->told, 4, "transaction_orphaned", "the broker is away and the partitions go: not waited for");
            self->events.committed(self->events.arg, COMMIT_LOST, (int64_t)patience_ms * 1000);
        }
    }
}

/* Another thread under the same name: it makes its producer when the group still knows us, as after any producer that was
 * thrown away. That resolves what the last one left open. */
static int txn_replace(struct kafka_log *self, struct kafka_txn *last)
{
    int rc = kafka_log_txn_make(self);
    if (rc) {
        return rc;
    }
    struct kafka_txn *t = self->txn;
    t->renewing = true;
    t->heartbeats = atomic_load(&self->member.heartbeats);
    atomic_init(&t->retried, atomic_load(&last->retried));
    atomic_init(&t->renewed, atomic_load(&last->renewed) + 1);
    rc = kafka_txn_start(t);
    if (rc || !kafka_txn_leave(last)) { /* it has come back just now */
        kafka_txn_close(t);
        free(t);
        self->txn = last;
    }
    return rc;
}

void kafka_log_txn_serve(struct kafka_log *self)
{
    struct kafka_txn *last = self->txn;
    if (!kafka_txn_stands(last)) {
        return;
    }
    bool waited = kafka_txn_waited_for(last);
    int rc = txn_replace(self, last);
    if (rc) {
        kafka_log_fail(self, rc, err_text(rc));
    } else if (self->txn != last) {
        self->txn_left = true;
        self->refused |= waited;
        kafka_told_say(&self->told, 4, "transaction_abandoned", "a call of librdkafka does not return: another producer is made");
    }
}
