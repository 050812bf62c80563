/* Hand-overs that have come and wait for their tick: copies of the records, in the order they came. */
#ifndef CUBE_TASK_HANDOVER_QUEUE_H
#define CUBE_TASK_HANDOVER_QUEUE_H

#include "proto/handover.h"

struct waiting_handover {
    enum handover_part part;
    int64_t t_ms;    /* tick of the release */
    int64_t tick_ms; /* at which it is to be taken: that one, or a later one when it came late */
    uint8_t *at;
    size_t len;
};

/* Zeroes are a valid empty one. */
struct handover_queue {
    struct waiting_handover *at;
    uint32_t count, capacity;
    uint64_t bytes; /* of the records */
};

/* Copies a record. CUBE_ENOMEM: nothing changed. */
int handover_queue_add(struct handover_queue *q, const struct waiting_handover *h) CUBE_MUST_CHECK;

/* Calls take for each record of a part whose tick is not later than t_ms, in the order they came, and drops it.
 * Returns the first non-zero of take; that record and those behind it stay. */
int handover_queue_take(struct handover_queue *q, enum handover_part part, int64_t t_ms,
                        int (*take)(void *arg, const struct waiting_handover *h), void *arg) CUBE_MUST_CHECK;

/* The earliest tick of a part; INT64_MAX when none waits. */
int64_t handover_queue_first(const struct handover_queue *q, enum handover_part part);

void handover_queue_close(struct handover_queue *q);

#endif
