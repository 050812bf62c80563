/* Observed retention in a customer task: what happens from a release on is valued by what was observed until it, so the
 * task applies nothing from there on before its scope task has handed it that. What it still needs stands in its
 * changelog. A part of the entity task; the other entity_*.c call it. */
#ifndef CUBE_TASK_ENTITY_RETENTION_H
#define CUBE_TASK_ENTITY_RETENTION_H

#include "engine/retention.h"
#include "task/task.h"

struct entity_task;

/* The keys of tables in the changelog: this byte and the tick of the release in decimal digits. */
#define RETENTION_KEY_MARK 'r'

/* Tables by release, from the one on that holds where a restart would go on; of a task that has not begun, the last two told. Zeroes are valid. */
struct entity_retention {
    struct retention_table **tables; /* each in a place of its own: the engine borrows one */
    uint32_t count, capacity;
    bool waits;                      /* the task stands at a release that it was not told of */
    uint32_t stored;                 /* of these, how many the changelog has */
    int64_t *over;                   /* releases whose tables are to be taken out of it */
    uint32_t over_count, over_capacity;
};

void entity_retention_close(struct entity_retention *r);

/* Applies everything below an edge of buckets, release by release; stops at one of which the task was not told yet.
 * CUBE_ENOMEM. */
int entity_retention_go(struct entity_task *t, int64_t limit_ms) CUBE_MUST_CHECK;

/* True while something of it is not in the changelog. */
bool entity_retention_has_work(const struct entity_task *t);

/* Writes what is new to the changelog and takes out what is over; forgets what no event will need. CUBE_ENOMEM. */
int entity_retention_flush(struct entity_task *t) CUBE_MUST_CHECK;

/* Takes a table from the changelog, its key without the mark; a tombstone is none. CUBE_EFORMAT and the like. */
int entity_retention_restore(struct entity_task *t, const struct record *r) CUBE_MUST_CHECK;
/* All are back, and t->applied_ms: where the task goes on. */
void entity_retention_restored(struct entity_task *t);

#endif
