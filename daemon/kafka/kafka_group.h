/* What the group says of itself: its state, its members and what each was given. Asked by the way, without waiting for the answer. */
#ifndef CUBE_KAFKA_GROUP_H
#define CUBE_KAFKA_GROUP_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "config/config.h"

struct kafka_group {
    rd_kafka_queue_t *answers;    /* NULL: nothing was asked */
    void (*answered)(void *arg);  /* told, on any thread, that there is an answer; NULL: nobody waits for it */
    void *arg;
    int32_t coordinator;          /* the broker that is asked first, plus 1; 0: not known */
    uint32_t turn;                /* so many could not say: the next one is asked */
};

struct kafka_group_answer {
    rd_kafka_event_t *event;                          /* to be destroyed */
    const rd_kafka_ConsumerGroupDescription_t *group; /* part of it; NULL: err says why */
    rd_kafka_resp_err_t err;
};

/* Which broker answered last as the coordinator of the group, -1 not known: it is asked first. */
void kafka_group_coordinator(struct kafka_group *g, int32_t broker);

/* Takes the answer to the last question, when there is one, or asks through a client of any sort: about once a second, with the same
 * client. 1: answered; 0: not yet. CUBE_EKAFKA: nobody can be asked now. Blocks for 0.2 s at most, where no broker answers. */
int kafka_group_look(struct kafka_group *g, rd_kafka_t *rk, const struct config *c, struct kafka_group_answer *ret_a);

/* Forgets the question. Before the client goes. */
void kafka_group_close(struct kafka_group *g);

#endif
