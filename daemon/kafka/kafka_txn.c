#include "kafka/kafka_txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka/crash_point.h"
#include "kafka/kafka_conf.h"

#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 500
#define VERIFY_MS 15000 /* how long to wait for the group to say whether we were replaced */

/* Waits for a change or so many nanoseconds; the lock is held. */
static void change_wait(struct kafka_txn *t, uint64_t ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    ns += (uint64_t)until.tv_nsec;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(&t->change, &t->lock, &until);
}

static int change_init(pthread_cond_t *change)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic)) {
        return CUBE_ENOMEM;
    }
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(change, &monotonic) ? CUBE_ENOMEM : 0;
    pthread_condattr_destroy(&monotonic);
    return rc;
}

static void pause_ms(struct kafka_txn *t, uint64_t ms)
{
    pthread_mutex_lock(&t->lock);
    if (!atomic_load(&t->give_up)) {
        change_wait(t, ms * 1000000);
    }
    pthread_mutex_unlock(&t->lock);
}

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
        pause_ms(t, 50);
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

static enum commit_outcome carry(struct kafka_txn *t, const struct epoch *e)
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
        pause_ms(t, wait_ms);
        wait_ms = wait_ms * 2 < PAUSE_MAX_MS ? wait_ms * 2 : PAUSE_MAX_MS;
    }
    return COMMIT_LOST;
}

static void finish(struct kafka_txn *t, enum commit_outcome outcome, uint64_t began_ns)
{
    pthread_mutex_lock(&t->lock);
    t->result = (struct txn_result){outcome, (int64_t)((uv_hrtime() - began_ns) / 1000), t->error};
    t->epoch = NULL;
    t->finished = true;
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
    t->wake(t->arg);
}

static struct epoch *next_epoch(struct kafka_txn *t, bool *ret_quit)
{
    pthread_mutex_lock(&t->lock);
    if (!t->epoch && !t->quit) {
        bool idle = t->producer.rk && t->producer.topics[ROLE_PARTIALS];
        change_wait(t, (idle ? 1000 : PAUSE_MAX_MS) * UINT64_C(1000000));
    }
    struct epoch *e = t->finished ? NULL : t->epoch;
    *ret_quit = t->quit && !e;
    pthread_mutex_unlock(&t->lock);
    return e;
}

static void *thread_run(void *arg)
{
    struct kafka_txn *t = arg;
    bool quit = false;
    int ready = kafka_producer_ready(&t->producer);
    while (!quit) {
        struct epoch *e = next_epoch(t, &quit);
        if (e) {
            uint64_t began_ns = uv_hrtime();
            enum commit_outcome outcome = carry(t, e);
            free(t->cut);
            t->cut = NULL;
            finish(t, outcome, began_ns);
        } else if (!quit && ready != CUBE_ECONFIG && !fenced(t)) {
            ready = kafka_producer_ready(&t->producer); /* renewed while idle: the next commit need not wait */
        }
        if (t->producer.rk) {
            rd_kafka_poll(t->producer.rk, 0);
        }
    }
    kafka_producer_drop(&t->producer);
    pthread_mutex_lock(&t->lock);
    t->ended = true;
    pthread_mutex_unlock(&t->lock);
    t->wake(t->arg);
    return NULL;
}

int kafka_txn_start(struct kafka_txn *t)
{
    uint64_t random[1];
    if (uv_random(NULL, NULL, random, sizeof(random), 0, NULL)) {
        random[0] = uv_hrtime();
    }
    snprintf(t->nonce, sizeof(t->nonce), "%016llx", (unsigned long long)random[0]);
    t->producer.config = t->config;
    t->producer.told = t->told;
    t->producer.give_up = &t->give_up;
    if (pthread_mutex_init(&t->lock, NULL)) {
        return CUBE_ENOMEM;
    }
    if (change_init(&t->change)) {
        pthread_mutex_destroy(&t->lock);
        return CUBE_ENOMEM;
    }
    if (pthread_create(&t->thread, NULL, thread_run, t)) {
        pthread_cond_destroy(&t->change);
        pthread_mutex_destroy(&t->lock);
        return CUBE_ENOMEM;
    }
    t->running = true;
    return 0;
}

void kafka_txn_hand_over(struct kafka_txn *t, struct epoch *e, const rd_kafka_consumer_group_metadata_t *group)
{
    pthread_mutex_lock(&t->lock);
    t->epoch = e;
    t->group = group;
    t->finished = false;
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
}

bool kafka_txn_result(struct kafka_txn *t, struct txn_result *ret_r)
{
    pthread_mutex_lock(&t->lock);
    bool some = t->finished;
    if (some) {
        *ret_r = t->result;
        t->finished = false;
    }
    pthread_mutex_unlock(&t->lock);
    return some;
}

bool kafka_txn_busy(struct kafka_txn *t)
{
    pthread_mutex_lock(&t->lock);
    bool busy = t->epoch || t->finished;
    pthread_mutex_unlock(&t->lock);
    return busy;
}

void kafka_txn_wait(struct kafka_txn *t, uint64_t patience_ms)
{
    uint64_t until = uv_hrtime() + patience_ms * 1000000;
    pthread_mutex_lock(&t->lock);
    while (t->epoch) {
        uint64_t now = uv_hrtime();
        if (now < until) {
            change_wait(t, until - now);
        } else {
            atomic_store(&t->give_up, true);
            pthread_cond_broadcast(&t->change);
            change_wait(t, 50000000);
        }
    }
    pthread_mutex_unlock(&t->lock);
}

void kafka_txn_quit(struct kafka_txn *t, bool at_once)
{
    pthread_mutex_lock(&t->lock);
    t->quit = true;
    if (at_once) {
        atomic_store(&t->give_up, true);
    }
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
}

bool kafka_txn_ended(struct kafka_txn *t)
{
    if (!t->running) {
        return true;
    }
    pthread_mutex_lock(&t->lock);
    bool ended = t->ended;
    pthread_mutex_unlock(&t->lock);
    return ended;
}

void kafka_txn_close(struct kafka_txn *t)
{
    if (t->running) {
        kafka_txn_quit(t, true);
        pthread_join(t->thread, NULL);
        pthread_cond_destroy(&t->change);
        pthread_mutex_destroy(&t->lock);
        t->running = false;
    }
}
