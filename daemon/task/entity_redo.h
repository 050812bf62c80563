/* From where a task must read its inputs again after a restart: the changelog records of entities are written late,
 * oldest first, and what came since is read again instead. */
#ifndef CUBE_TASK_ENTITY_REDO_H
#define CUBE_TASK_ENTITY_REDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/commit_record.h"

struct entity_task;

/* Where an input must be read again, and the largest ts it had accepted before that; INT64_MIN none. */
struct redo_place {
    int64_t offset, max_ts_ms;
};

/* Entities that became dirty after one commit and before the next that began a generation. With their records as they
 * were before it, the task at that commit is restored; what it did since follows from its inputs. */
struct generation {
    uint64_t first;       /* place of its first entity in the dirty queue */
    int64_t applied_ms;   /* of the task at that commit; INT64_MIN: nothing was applied */
    int64_t opened_ms;    /* wall clock */
    int64_t read;         /* offsets of all inputs together, of records it had taken by then */
    struct redo_place inputs[COMMIT_INPUTS_MAX];
    struct redo_place held[COMMIT_INPUTS_MAX]; /* the same for who knows the ids of before; of what is to be noted only */
};

#define GENERATIONS_MAX 256

struct redo {
    uint32_t count;
    uint64_t bounded; /* of entity_engine_bounded */
    struct generation all[GENERATIONS_MAX]; /* oldest first */
};

/* How many of the oldest places of the dirty queue must be written with this commit: whole generations. *ret_at_once: nothing of that can wait
 * for the next commit. */
uint32_t redo_due(struct entity_task *t, bool *ret_at_once);

/* Bytes of records that may go into one commit where the others can wait: a generation may hold every entity there is, and a broker must take a
 * transaction in good time. */
size_t redo_share(const struct entity_task *t);

/* What is due is written: forgets the generations that are done and begins a new one where the task stands; likewise of what is noted. */
void redo_begin(struct entity_task *t);

/* The same of the generations of any queue whose first place this is; now.first is the place behind its last. Generations are this far apart at
 * least, in records. */
void redo_add(struct redo *r, uint64_t first, const struct generation *now, int64_t apart);
int64_t redo_apart(const struct entity_task *t);

/* The generation that would begin where the task stands. */
void redo_here(const struct entity_task *t, struct generation *ret_g);

/* Something is dirty for so long that it must be written although nothing else happens. */
bool redo_is_old(const struct entity_task *t);

/* The oldest generation; there is always one. */
const struct generation *redo_oldest(const struct entity_task *t);

/* From which offset input i is read again as things stand: nothing below it is needed. */
int64_t redo_from(const struct entity_task *t, uint32_t i);

/* Records that a restart would read again from these places on, by input. */
int64_t redo_length(const struct entity_task *t, const struct redo_place *from);

#endif
