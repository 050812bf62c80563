/* The end of clients, not waited for without bound. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "kafka/kafka_conf.h"

#define END_PATIENCE_S 3 /* for all together */

/* Shared by who waits and the threads that destroy a client each; the last one frees it. */
struct ending {
    pthread_mutex_t lock;
    pthread_cond_t change;
    uint32_t users;
};

struct ending_client {
    struct ending *ending;
    rd_kafka_t *rk;
};

static void destroy(rd_kafka_t *rk)
{
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void let_go(struct ending *e)
{
    pthread_mutex_lock(&e->lock);
    bool last = --e->users == 0;
    pthread_cond_broadcast(&e->change);
    pthread_mutex_unlock(&e->lock);
    if (last) {
        pthread_cond_destroy(&e->change);
        pthread_mutex_destroy(&e->lock);
        free(e);
    }
}

static void *thread_run(void *arg)
{
    struct ending_client *c = arg;
    destroy(c->rk);
    let_go(c->ending);
    free(c);
    return NULL;
}

/* NULL without memory. */
static struct ending *ending_create(void)
{
    pthread_condattr_t monotonic;
    struct ending *e = calloc(1, sizeof(*e));
    if (!e || pthread_condattr_init(&monotonic)) {
        free(e);
        return NULL;
    }
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    bool good = pthread_cond_init(&e->change, &monotonic) == 0;
    pthread_condattr_destroy(&monotonic);
    if (!good || pthread_mutex_init(&e->lock, NULL)) {
        free(e);
        return NULL;
    }
    e->users = 1;
    return e;
}

static bool thread_start(struct ending *e, rd_kafka_t *rk)
{
    pthread_t thread;
    struct ending_client *c = malloc(sizeof(*c));
    if (!c) {
        return false;
    }
    *c = (struct ending_client){e, rk};
    pthread_mutex_lock(&e->lock);
    e->users++;
    pthread_mutex_unlock(&e->lock);
    if (pthread_create(&thread, NULL, thread_run, c)) {
        let_go(e);
        free(c);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static bool all_ended(struct ending *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += END_PATIENCE_S;
    pthread_mutex_lock(&e->lock);
    while (e->users > 1 && pthread_cond_timedwait(&e->change, &e->lock, &until) == 0) {
    }
    bool ended = e->users == 1;
    pthread_mutex_unlock(&e->lock);
    return ended;
}

bool kafka_clients_end(rd_kafka_t *const *rk, uint32_t count)
{
    struct ending *e = ending_create();
    for (uint32_t i = 0; i < count; i++) {
        if (rk[i] && (!e || !thread_start(e, rk[i]))) {
            destroy(rk[i]); /* without memory for a thread it is waited for */
        }
    }
    bool ended = !e || all_ended(e);
    if (e) {
        let_go(e);
    }
    return ended;
}
