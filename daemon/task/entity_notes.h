/* What the local copy of a task's changelog has besides its records: entities that the changelog lacks, noted as they stood at a commit, under
 * their own keys, so that of an entity whatever came last holds, its record or its note. A restart with the copy reads the inputs again from the
 * notes on, not from the oldest record that is still to be written. What was noted stays dirty, in its place and generation: what later commit
 * records say of redo holds for the changelog as ever. */
#ifndef CUBE_TASK_ENTITY_NOTES_H
#define CUBE_TASK_ENTITY_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/varint.h"
#include "task/entity_noted_ids.h"
#include "task/entity_redo.h"

struct record;

/* Zeroes are one of a task without a copy. */
struct notes {
    struct redo *redo;   /* generations of what is to be noted; NULL: there is no copy that takes them */
    bool goes_on;        /* what was due was too much for one commit */
    uint64_t until;      /* place in the list of what is to be noted, behind the last that is due */
    int64_t noted_ms;    /* wall clock: when all that was due had been noted the last time; TIME_NONE */
    uint64_t commit;     /* seq of the last commit with notes; 0: there is none */
    struct redo_place from[COMMIT_INPUTS_MAX]; /* where it said that the inputs are to be read again */
    struct noted_ids ids[COMMIT_INPUTS_MAX];
    bool ids_go_on;      /* there were too many for one commit */
    struct buf ids_head; /* while restoring: of the ids, as it was read last */
    struct buf head;     /* while restoring: of the notes, as it was read last */
    uint64_t *places;    /* likewise, by number of the entity: its place in the dirty queue + 1; 0: its record is the last */
    uint32_t capacity;
};

/* Begins to note, of a task that nothing has happened to. CUBE_ENOMEM. */
int notes_open(struct entity_task *t) CUBE_MUST_CHECK;
void notes_close(struct notes *n);

/* A generation may begin here, of what is to be noted, too. */
void notes_begin(struct entity_task *t, const struct generation *here);

/* Notes what is due into the open epoch: every some seconds all that something has happened to, some of it with each commit, with the last
 * one far more. *ret_noted: any. CUBE_ENOMEM. */
int notes_write(struct entity_task *t, bool *ret_noted) CUBE_MUST_CHECK;
/* Behind that and redo_begin: how far they reach, and the generations. CUBE_ENOMEM. */
int notes_head_write(struct entity_task *t) CUBE_MUST_CHECK;

/* From where a restart would read the inputs again: with the local copy, if it has notes. */
const struct redo_place *notes_from(const struct entity_task *t);

/* ---- while restoring ---- */

/* Whether a record is the head of the notes; then it is kept. */
bool notes_is_head(const struct record *r);
int notes_head_take(struct notes *n, const struct record *r) CUBE_MUST_CHECK;

/* Takes what makes it a note off a value from a copy, if it is one. *ret_place: its place + 1; 0: it is none. CUBE_EFORMAT, CUBE_ETRUNCATED. */
int notes_value_get(struct cursor *value, uint64_t *ret_place) CUBE_MUST_CHECK;
/* The entity of this number was put back last by the note of that place, or by none. CUBE_ENOMEM. */
int notes_set(struct notes *n, uint32_t number, uint64_t place) CUBE_MUST_CHECK;

/* All records are back: what was noted is dirty again, and redo of the commit record that was read becomes the notes'. CUBE_EFORMAT,
 * CUBE_ETRUNCATED, CUBE_EVERSION: they do not fit together, or are another version's. CUBE_ENOMEM. */
int notes_restored(struct entity_task *t) CUBE_MUST_CHECK;

#endif
