/* The ids that a task remembers, as part of the notes in its local copy (entity_notes.h): what an input is read again for, for as long as
 * dedup.horizon, once its entities are noted. Each id is noted once, in parts of some hundred under keys of their own, in the order of offsets;
 * a part whose ids are all forgotten leaves with a tombstone. A head says up to which offset they are all noted. A restart that finds them whole
 * puts them back and reads the input from there on; else it reads again what the notes alone would have it read. */
#ifndef CUBE_TASK_ENTITY_NOTED_IDS_H
#define CUBE_TASK_ENTITY_NOTED_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "task/entity_redo.h"

struct record;
struct entity_task;

/* Parts carry this byte in front of their input and number. */
#define IDS_KEY_MARK 'i'

/* Of one input. Zeroes: nothing is noted. */
struct noted_ids {
    struct redo_place until; /* of what is read below, all that is remembered is noted */
    uint64_t first, next;    /* numbers of the parts that hold something yet */
    uint64_t gone;           /* no part before this one is in the copy */
    int64_t *lasts;          /* the last offset of each, the first at begin */
    uint32_t begin, capacity;
    bool seen;               /* while restoring: some part */
    struct redo_place start; /* of a task that is put back: where it began to read */
};

/* Notes what came since the last notes, as far as a commit may, below where the notes need the input. *ret_goes_on: there is more.
 * CUBE_ENOMEM. */
int noted_ids_write(struct entity_task *t, const struct generation *from, bool *ret_goes_on) CUBE_MUST_CHECK;
void noted_ids_close(struct noted_ids *n);

/* ---- what both halves of this share: entity_noted_ids.c, entity_noted_back.c ---- */

/* The head: by which seed, and of which table; and by input how far the parts reach. */
#define NOTED_IDS_KEY "!ids"
#define NOTED_IDS_VERSION 1

/* Tells seeds apart. */
uint64_t noted_ids_fingerprint(const struct entity_task *t);

/* Another part, whose last offset this is. CUBE_ENOMEM. */
int noted_ids_part_add(struct noted_ids *n, int64_t last) CUBE_MUST_CHECK;

/* The last offset of the first part, where there is one; and it is none of them any more. */
static inline int64_t noted_ids_first_last(const struct noted_ids *n)
{
    return n->lasts[n->begin];
}
static inline void noted_ids_first_drop(struct noted_ids *n)
{
    n->begin++;
    n->first++;
}

/* ---- while restoring ---- */

/* Puts the ids of a part back; key: without its mark. One that was hashed by another seed is passed over. CUBE_EFORMAT, CUBE_ETRUNCATED;
 * CUBE_ENOMEM. */
int noted_ids_take(struct entity_task *t, struct text key, const struct record *r) CUBE_MUST_CHECK;
/* Whether a record is the head; then it is kept. */
bool noted_ids_is_head(const struct record *r);
int noted_ids_head_take(struct entity_task *t, const struct record *r) CUBE_MUST_CHECK;

/* All records are back, and what the commit record says of redo holds with the notes, if there are any: decides from where each input is read,
 * and forgets the ids of those that are read from before. */
void noted_ids_restored(struct entity_task *t, bool with_notes);

#endif
