#include "kafka/kafka_txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "kafka/kafka_clock.h"

#define NOT_READY_MS 20 /* between two looks whether the producer can be made */
#define STANDS_MS 15000 /* of a call that should take a second, and is repeated for eight */
#define GRACE_MS 1500  /* for a call to return after giving up: they take a second each */

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

void kafka_txn_pause(struct kafka_txn *t, uint64_t ms)
{
    pthread_mutex_lock(&t->lock);
    if (!atomic_load(&t->give_up)) {
        change_wait(t, ms * 1000000);
    }
    pthread_mutex_unlock(&t->lock);
}

static bool fenced(struct kafka_txn *t)
{
    return atomic_load(&t->member->fenced);
}

static void finish(struct kafka_txn *t, enum commit_outcome outcome, uint64_t began_ns)
{
    pthread_mutex_lock(&t->lock);
    t->result = (struct txn_result){outcome, (int64_t)((uv_hrtime() - began_ns) / 1000), t->error};
    t->epoch = NULL;
    t->finished = !t->orphan;
    rd_kafka_consumer_group_metadata_destroy(t->group);
    t->group = NULL;
    if (t->orphan) {
        t->orphan = false;
        epoch_close(&t->held);
        atomic_store(&t->give_up, t->quit);
    }
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
    t->wake(t->arg);
}

static struct epoch *next_epoch(struct kafka_txn *t, bool *ret_quit)
{
    pthread_mutex_lock(&t->lock);
    if (!t->epoch && !t->quit) {
        bool idle = t->producer.rk && t->producer.topics[ROLE_PARTIALS];
        change_wait(t, (idle ? 1000 : NOT_READY_MS) * UINT64_C(1000000));
    }
    struct epoch *e = t->finished ? NULL : t->epoch;
    *ret_quit = t->quit && !e;
    pthread_mutex_unlock(&t->lock);
    return e;
}

/* The end of a thread that was left: nobody else has anything of it. */
static void *left_end(struct kafka_txn *t)
{
    kafka_producer_drop(&t->producer);
    rd_kafka_consumer_group_metadata_destroy(t->group);
    epoch_close(&t->held);
    pthread_cond_destroy(&t->change);
    pthread_mutex_destroy(&t->lock);
    free(t);
    return NULL;
}

static void *thread_run(void *arg)
{
    struct kafka_txn *t = arg;
    bool quit = false;
    prctl(PR_SET_NAME, "cubed-txn");
    int ready = kafka_txn_ready(t);
    while (!quit) {
        struct epoch *e = next_epoch(t, &quit);
        if (e) {
            uint64_t began_ns = uv_hrtime();
            enum commit_outcome outcome = kafka_txn_carry(t, e);
            if (atomic_load(&t->call) == TXN_CALL_LEFT) {
                return left_end(t);
            }
            finish(t, outcome, began_ns);
        } else if (!quit && ready != CUBE_ECONFIG && !fenced(t)) {
            ready = kafka_txn_ready(t); /* renewed while idle: the next commit need not wait */
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

static int metadata_copy(const rd_kafka_consumer_group_metadata_t *md, rd_kafka_consumer_group_metadata_t **ret_md)
{
    void *bytes;
    size_t size;
    rd_kafka_error_t *error = rd_kafka_consumer_group_metadata_write(md, &bytes, &size);
    if (!error) {
        error = rd_kafka_consumer_group_metadata_read(ret_md, bytes, size);
        rd_kafka_mem_free(NULL, bytes);
    }
    if (error) {
        rd_kafka_error_destroy(error);
        return CUBE_ENOMEM;
    }
    return 0;
}

int kafka_txn_hand_over(struct kafka_txn *t, struct epoch *e, const rd_kafka_consumer_group_metadata_t *group)
{
    rd_kafka_consumer_group_metadata_t *copy;
    int rc = metadata_copy(group, &copy);
    if (rc) {
        return rc;
    }
    pthread_mutex_lock(&t->lock);
    t->held = *e;
    *e = (struct epoch){.number = t->held.number};
    t->lender = e;
    t->epoch = &t->held;
    t->group = copy;
    t->finished = false;
    pthread_cond_broadcast(&t->change);
    pthread_mutex_unlock(&t->lock);
    return 0;
}

bool kafka_txn_result(struct kafka_txn *t, struct txn_result *ret_r)
{
    pthread_mutex_lock(&t->lock);
    bool some = t->finished;
    if (some) {
        *ret_r = t->result;
        *t->lender = t->held;
        t->held = (struct epoch){0};
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

bool kafka_txn_waited_for(struct kafka_txn *t)
{
    pthread_mutex_lock(&t->lock);
    bool waited = (t->epoch && !t->orphan) || t->finished;
    pthread_mutex_unlock(&t->lock);
    return waited;
}

bool kafka_txn_wait(struct kafka_txn *t, uint64_t patience_ms)
{
    uint64_t until = uv_hrtime() + patience_ms * 1000000, last = until + GRACE_MS * UINT64_C(1000000);
    pthread_mutex_lock(&t->lock);
    for (uint64_t now; t->epoch && !t->orphan && (now = uv_hrtime()) < last;) {
        if (now < until) {
            change_wait(t, until - now);
        } else {
            atomic_store(&t->give_up, true);
            pthread_cond_broadcast(&t->change);
            change_wait(t, 50000000);
        }
    }
    bool finished = t->epoch == NULL;
    t->orphan = !finished;
    pthread_mutex_unlock(&t->lock);
    return finished;
}

bool kafka_txn_stands(struct kafka_txn *t)
{
    return atomic_load(&t->call) == TXN_CALL_STANDS && kafka_now_ms() - atomic_load(&t->call_ms) > STANDS_MS;
}

bool kafka_txn_leave(struct kafka_txn *t)
{
    int stands = TXN_CALL_STANDS;
    pthread_t thread = t->thread;
    if (!atomic_compare_exchange_strong(&t->call, &stands, TXN_CALL_LEFT)) {
        return false;
    }
    pthread_detach(thread);
    return true;
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
        epoch_close(&t->held);
        t->running = false;
    }
}
