/* A restored task whose records were written late: silently it does once more what it did since, up to the commit it is
 * restored from. */
#ifndef CUBE_TASK_ENTITY_CATCH_UP_H
#define CUBE_TASK_ENTITY_CATCH_UP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/hold.h"
#include "task/entity_stamps.h"

struct entity_task;

/* A straggler that came before everything was read again: it is applied when the task has caught up. */
struct deferred {
    uint64_t hash;
    size_t at; /* packed event in the bytes */
};

struct catch_up {
    bool on;
    int64_t until_ms;     /* watermark of the commit; INT64_MIN: nothing was applied */
    struct stamps stamps; /* what is in the records */
    uint64_t applied;     /* events since the last generation began, those about to be applied included */
    uint64_t turn_events; /* likewise in this turn */
    struct buf bytes;     /* of the deferred */
    struct deferred *deferred;
    uint32_t count, capacity;
};

/* All records are back, with their stamps and the watermark: the task goes back to where redo begins. */
void catch_up_begin(struct entity_task *t, int64_t from_ms, int64_t until_ms);

/* Takes an event that is neither duplicate nor late while the task catches up. CUBE_ENOMEM. */
int catch_up_take(struct entity_task *t, const struct event *e, uint64_t hash, const struct hold_origin *o, bool straggler) CUBE_MUST_CHECK;

/* Catches up if everything is read again, some of it in each call. 1: there is more. CUBE_ENOMEM: drop and restore the
 * task. */
int catch_up_run(struct entity_task *t) CUBE_MUST_CHECK;

/* The events from bucket_ms on are next: begins a generation now and then. CUBE_ENOMEM. */
int catch_up_step(struct entity_task *t, int64_t bucket_ms) CUBE_MUST_CHECK;

void catch_up_close(struct catch_up *c);

#endif
