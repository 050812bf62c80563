#include <stdio.h>
#include <stdlib.h>

#include "kafka/crash_point.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_txn.h"

#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 500
#define VERIFY_MS 15000 /* how long to wait for the group to say whether we were replaced */

static bool given_up(struct kafka_txn *t)
{
    return atomic_load(&t->give_up);
}

static bool fenced(struct kafka_txn *t)
{
    return atomic_load(&t->member->fenced);
}

static void renew(struct kafka_txn *t, const char *why)
{
    kafka_told_say(t->told, 4, "producer_renewed", "%s", why);
    kafka_producer_drop(&t->producer);
    atomic_fetch_add(&t->renewed, 1);
}

static enum txn_verdict steps(struct kafka_txn *t, const struct epoch *e, const char *mark)
{
    struct kafka_producer *p = &t->producer;
    crash_point("before_begin");
    enum txn_verdict v = kafka_producer_begin(p);
    crash_point("after_begin");
    if (v == TXN_OK) {
        crash_point("before_produce");
        v = kafka_producer_produce(p, e, t->cut);
        crash_point("after_produce");
    }
    if (v == TXN_OK) {
        crash_point("before_offsets");
        v = kafka_producer_offsets(p, e, mark, t->group);
        crash_point("after_offsets");
    }
    if (v == TXN_OK && given_up(t)) {
        v = TXN_LOST; /* told to be lost already, maybe */
    }
    if (v == TXN_OK) {
        crash_point("before_commit");
        v = kafka_producer_commit(p);
        crash_point("after_commit");
    }
    return v;
}

/* What the broker refuses for its size and is only kept for people goes without its value; anything else
 * would be a loss, so the log stops. Returns false when it must stop. */
static bool substitute(struct kafka_txn *t, const struct epoch *e)
{
    uint32_t i = t->producer.too_large - 1;
    enum topic_role role = e->messages[i].role;
    const char *topic = t->config->topics[role];
    if ((role != ROLE_LATE && role != ROLE_DEAD_LETTERS) || t->producer.too_large_len == 0) {
        kafka_told_say(t->told, 3, "message_too_large", "%s refuses a record of %u bytes: raise its max.message.bytes",
                       topic, e->messages[i].value_len);
        t->error = CUBE_ELIMIT;
        return false;
    }
    t->cut = t->cut ? t->cut : calloc(e->message_count / 8 + 1, 1);
    if (!t->cut) {
        t->error = CUBE_ENOMEM;
        return false;
    }
    t->cut[i / 8] |= (uint8_t)(1u << i % 8);
    kafka_told_say(t->told, 4, "value_cut", "%s refuses a record of %u bytes: it goes without its value", topic,
                   e->messages[i].value_len);
    return true;
}

/* A transaction that stood open longer than its timeout was fenced by the broker itself, as after a long
 * stop of the process. Only when the group then still knows us may the producer be renewed: a process that
 * replaced us must not be fenced in turn. */
static bool timed_out_only(struct kafka_txn *t)
{
    uint64_t now = uv_hrtime() / 1000000;
    if (now - t->producer.begun_ms < TRANSACTION_TIMEOUT_MS) {
        return false;
    }
    unsigned heartbeats = atomic_load(&t->member->heartbeats);
    while (!fenced(t) && !given_up(t) && uv_hrtime() / 1000000 - now < VERIFY_MS) {
        if (atomic_load(&t->member->heartbeats) - heartbeats >= 2) {
            return true;
        }
        kafka_txn_pause(t, 50);
    }
    return !fenced(t) && given_up(t);
}

/* Aborts as far as that can be done; an abort that fails makes the outcome unknown. */
static enum txn_verdict undo(struct kafka_txn *t, enum txn_verdict v)
{
    enum txn_verdict a = kafka_producer_abort(&t->producer);
    return a == TXN_OK ? v : a;
}

/* What came of one attempt. */
enum attempt { ATTEMPT_DONE, ATTEMPT_AGAIN, ATTEMPT_UNKNOWN, ATTEMPT_LOST, ATTEMPT_FENCED };

static enum attempt attempt(struct kafka_txn *t, const struct epoch *e, const char *mark)
{
    enum txn_verdict v = steps(t, e, mark);
    if (v == TXN_ABORT || v == TXN_LOST || v == TXN_TOO_LARGE) {
        v = undo(t, v);
    }
    switch (v) {
    case TXN_OK:
        if (!kafka_producer_clean(&t->producer)) {
            renew(t, "a request of the last transaction was doubled or not answered");
        }
        return ATTEMPT_DONE;
    case TXN_ABORT:
        return ATTEMPT_AGAIN;
    case TXN_LOST:
        return ATTEMPT_LOST;
    case TXN_TOO_LARGE:
        return substitute(t, e) ? ATTEMPT_AGAIN : ATTEMPT_LOST;
    case TXN_FENCED:
        if (!timed_out_only(t)) {
            return ATTEMPT_FENCED;
        }
        renew(t, "the broker ended a transaction that stood open too long");
        return ATTEMPT_UNKNOWN;
    case TXN_UNKNOWN:
        break;
    }
    renew(t, "the outcome of a transaction is unknown");
    return ATTEMPT_UNKNOWN;
}

/* 1 landed, 0 make another attempt, CUBE_EAGAIN: nothing can be said yet. */
static int prepare(struct kafka_txn *t, const struct epoch *e, const char *mark, bool *unknown)
{
    int rc = kafka_producer_ready(&t->producer);
    if (rc == CUBE_ECONFIG) {
        t->error = rc;
    }
    if (rc || !*unknown) {
        return rc;
    }
    rc = kafka_offsets_landed(t->offsets, e, mark);
    *unknown = rc < 0;
    return rc;
}

enum commit_outcome kafka_txn_carry(struct kafka_txn *t, const struct epoch *e)
{
    char mark[TXN_MARK_MAX];
    bool unknown = false;
    uint64_t wait_ms = PAUSE_MIN_MS;
    snprintf(mark, sizeof(mark), "%s-%llu", t->nonce, (unsigned long long)e->number);
    while (!given_up(t) && !t->error) {
        if (fenced(t)) {
            return COMMIT_FENCED;
        }
        int rc = prepare(t, e, mark, &unknown);
        if (rc == 1) {
            return COMMIT_DONE;
        }
        enum attempt a = rc == 0 ? attempt(t, e, mark) : ATTEMPT_AGAIN;
        if (a == ATTEMPT_DONE || a == ATTEMPT_LOST || a == ATTEMPT_FENCED) {
            return a == ATTEMPT_DONE ? COMMIT_DONE : a == ATTEMPT_LOST ? COMMIT_LOST : COMMIT_FENCED;
        }
        unknown = unknown || a == ATTEMPT_UNKNOWN;
        atomic_fetch_add(&t->retried, 1);
        kafka_txn_pause(t, wait_ms);
        wait_ms = wait_ms * 2 < PAUSE_MAX_MS ? wait_ms * 2 : PAUSE_MAX_MS;
    }
    return COMMIT_LOST;
}
