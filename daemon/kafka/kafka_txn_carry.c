/* The producer port on librdkafka, and the transaction thread's drive of one epoch. */
#include <stdio.h>

#include "kafka/crash_point.h"
#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_txn.h"
#include "task/carry.h"

/* So many heartbeats must be answered after an event: the answer to one of them was sent after it. */
#define HEARTBEATS_SURE 2

static bool group_knows_us(struct kafka_txn *t)
{
    if (!atomic_load(&t->member->joined) || atomic_load(&t->member->doubted) || atomic_load(&t->member->fenced)) {
        return false;
    }
    return !t->renewing || atomic_load(&t->member->heartbeats) - t->heartbeats >= HEARTBEATS_SURE;
}

/* While its coordinator is away librdkafka goes on asking by itself for a producer that is not there yet: not any more for a process
 * whose place was taken meanwhile, for that would fence its successor. */
int kafka_txn_ready(struct kafka_txn *t)
{
    bool made = t->producer.rk && t->producer.topics[ROLE_PARTIALS];
    if (!made && !group_knows_us(t)) {
        kafka_producer_drop(&t->producer);
        return CUBE_EAGAIN;
    }
    t->renewing = false;
    return kafka_producer_ready(&t->producer);
}

static int port_ready(void *self)
{
    return kafka_txn_ready(self);
}

static void port_renew(void *self, const char *why)
{
    struct kafka_txn *t = self;
    kafka_told_say(t->told, 4, "producer_renewed", "%s", why);
    kafka_producer_drop(&t->producer);
    t->renewing = true;
    t->heartbeats = atomic_load(&t->member->heartbeats);
    atomic_fetch_add(&t->renewed, 1);
}

static enum txn_verdict port_begin(void *self)
{
    crash_point("before_begin");
    enum txn_verdict v = kafka_producer_begin(&((struct kafka_txn *)self)->producer);
    crash_point("after_begin");
    return v;
}

static enum txn_verdict port_produce(void *self, struct epoch *e)
{
    crash_point("before_produce");
    enum txn_verdict v = kafka_producer_produce(&((struct kafka_txn *)self)->producer, e);
    crash_point("after_produce");
    return v;
}

static enum txn_verdict port_offsets(void *self, const struct epoch *e, const char *mark)
{
    struct kafka_txn *t = self;
    int stands = TXN_CALL_STANDS;
    atomic_store(&t->call_ms, kafka_now_ms());
    atomic_store(&t->call, TXN_CALL_STANDS);
    crash_point("before_offsets");
    enum txn_verdict v = kafka_producer_offsets(&t->producer, e, mark, t->group);
    if (!atomic_compare_exchange_strong(&t->call, &stands, TXN_CALL_NONE)) {
        return TXN_FENCED; /* another producer of our name has been made meanwhile */
    }
    crash_point("after_offsets");
    return v;
}

static enum txn_verdict port_commit(void *self)
{
    crash_point("before_commit");
    enum txn_verdict v = kafka_producer_commit(&((struct kafka_txn *)self)->producer);
    crash_point("after_commit");
    return v;
}

static enum txn_verdict port_abort(void *self)
{
    return kafka_producer_abort(&((struct kafka_txn *)self)->producer);
}

static bool port_clean(void *self)
{
    return kafka_producer_clean(&((struct kafka_txn *)self)->producer);
}

static uint32_t port_too_large(void *self)
{
    return ((struct kafka_txn *)self)->producer.refused.message;
}

static int port_landed(void *self, const struct epoch *e, const char *mark)
{
    return kafka_offsets_landed(((struct kafka_txn *)self)->offsets, e, mark);
}

static bool port_replaced(void *self)
{
    struct kafka_txn *t = self;
    return atomic_load(&t->member->fenced) || atomic_load(&t->call) == TXN_CALL_LEFT;
}

static bool port_given_up(void *self)
{
    return atomic_load(&((struct kafka_txn *)self)->give_up);
}

static void port_told(void *self, int severity, const char *event, const char *text)
{
    kafka_told_say(((struct kafka_txn *)self)->told, severity, event, "%s", text);
}

/* The first attempt in vain is the one that counts. */
static void vain_note(struct kafka_txn *t)
{
    if (atomic_load(&t->vain_ms) == 0) {
        atomic_store(&t->vain_ms, kafka_now_ms());
    }
}

enum commit_outcome kafka_txn_carry(struct kafka_txn *t, struct epoch *e)
{
    const struct producer_port port = {t, port_ready, port_renew, port_begin, port_produce, port_offsets, port_commit, port_abort, port_clean,
                                       port_too_large, port_landed, port_replaced, port_given_up, port_told};
    char mark[CARRY_MARK_MAX];
    struct carry c;
    if (t->error) {
        return COMMIT_LOST; /* the log is ending */
    }
    snprintf(mark, sizeof(mark), "%s-%llu", t->nonce, (unsigned long long)e->number);
    carry_open(&c, &port, t->config, e, mark);
    while (carry_step(&c) != CARRY_ENDED) {
        if (c.state == CARRY_PAUSE) {
            atomic_fetch_add(&t->retried, 1);
            vain_note(t);
            kafka_txn_pause(t, c.pause_ms);
        }
    }
    t->error = c.error;
    atomic_store(&t->vain_ms, 0);
    return c.outcome;
}
