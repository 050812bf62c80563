/* The end of a client, not waited for without bound. */
#include <pthread.h>
#include <time.h>

#include "kafka/kafka_conf.h"

#define END_PATIENCE_S 3

static void *destroy(void *rk)
{
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

bool kafka_client_end(rd_kafka_t *rk)
{
    pthread_t thread;
    struct timespec until;
    if (!rk) {
        return true;
    }
    if (clock_gettime(CLOCK_REALTIME, &until) || pthread_create(&thread, NULL, destroy, rk)) {
        destroy(rk);
        return true;
    }
    until.tv_sec += END_PATIENCE_S;
    if (pthread_timedjoin_np(thread, NULL, &until)) {
        pthread_detach(thread);
        return false;
    }
    return true;
}
