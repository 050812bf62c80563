/* Records waiting for publication, each key once, longest waiting first. A newer record of a key takes the
 * place of the older one and keeps its turn. */
#ifndef CUBE_TASK_PUBLISH_QUEUE_H
#define CUBE_TASK_PUBLISH_QUEUE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

struct publish_queue;

struct waiting {
    struct text key;
    int64_t ts_ms;
    const uint8_t *value; /* NULL: a tombstone */
    size_t value_len;
};

/* CUBE_ENOMEM. */
int publish_queue_create(uint64_t seed, struct publish_queue **ret_q) CUBE_MUST_CHECK;
void publish_queue_destroy(struct publish_queue *q);

/* Copies key and value in. CUBE_ENOMEM: nothing changed. */
int publish_queue_put(struct publish_queue *q, const struct waiting *w) CUBE_MUST_CHECK;

/* The record whose turn it is, borrowed until the next put or drop. CUBE_ENOTFOUND: none waits. */
int publish_queue_first(const struct publish_queue *q, struct waiting *ret_w) CUBE_MUST_CHECK;
void publish_queue_drop_first(struct publish_queue *q);

uint32_t publish_queue_count(const struct publish_queue *q);

#endif
