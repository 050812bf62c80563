/* Records waiting for publication, each key once, longest waiting first. A newer record of a key takes the
 * place of the older one and keeps its turn. What still waits at a commit is stored in the changelog. */
#ifndef CUBE_TASK_PUBLISH_QUEUE_H
#define CUBE_TASK_PUBLISH_QUEUE_H

#include <stdbool.h>
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
    uint64_t turn; /* the smaller, the earlier; given by the queue */
    bool stored;   /* the changelog holds this key: it must be taken out there */
};

/* CUBE_ENOMEM. */
int publish_queue_create(uint64_t seed, struct publish_queue **ret_q) CUBE_MUST_CHECK;
void publish_queue_destroy(struct publish_queue *q);

/* Copies key and value in; turn and stored are the queue's. CUBE_ENOMEM: nothing changed. */
int publish_queue_put(struct publish_queue *q, const struct waiting *w) CUBE_MUST_CHECK;

/* The record whose turn it is, borrowed until the next put or drop. CUBE_ENOTFOUND: none waits. */
int publish_queue_first(const struct publish_queue *q, struct waiting *ret_w) CUBE_MUST_CHECK;
void publish_queue_drop_first(struct publish_queue *q);

uint32_t publish_queue_count(const struct publish_queue *q);

/* Calls store for every waiting record that is new or newer since the last call; they count as stored when 0
 * is returned. Returns the first non-zero of store. */
int publish_queue_store(struct publish_queue *q, int (*store)(void *arg, const struct waiting *w), void *arg) CUBE_MUST_CHECK;

/* Puts back one stored record with its turn, or takes back a key that was taken out. Before anything is put,
 * in the order of the changelog. CUBE_ENOMEM: nothing changed. */
int publish_queue_restore(struct publish_queue *q, const struct waiting *w) CUBE_MUST_CHECK;
void publish_queue_restore_none(struct publish_queue *q, struct text key);

/* All stored records are back: they stand in the order of their turns. */
void publish_queue_restored(struct publish_queue *q);

#endif
