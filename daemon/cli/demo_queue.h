/* What is going to happen in the demo company, in the order of its time. */
#ifndef CUBE_CLI_DEMO_QUEUE_H
#define CUBE_CLI_DEMO_QUEUE_H

#include <stdint.h>

#include "base/error.h"

struct demo_item {
    int64_t at_ms;
    uint64_t order; /* ties: first in, first out */
    uint8_t what;   /* enum demo_act */
    uint8_t step;   /* of a case: contacts so far; else free */
    int16_t value;
    uint32_t who;    /* customer or employee */
    uint32_t number; /* case, order, issue, ... */
};

struct demo_queue {
    struct demo_item *items;
    uint32_t count, capacity;
    uint64_t pushed;
};

/* CUBE_ENOMEM: nothing changed. Sets item.order. */
int demo_queue_push(struct demo_queue *q, struct demo_item item) CUBE_MUST_CHECK;

/* Takes the earliest; the queue must not be empty. */
struct demo_item demo_queue_pop(struct demo_queue *q);
void demo_queue_close(struct demo_queue *q);

#endif
