/* An entity task: one partition of customers (interactions and cpi) or of employees (hr).
 * Records come in, events wait for the watermark, are applied in event-time order, and leave as bundles of
 * summed rows, changelog records and customer records at each commit. */
#ifndef CUBE_TASK_ENTITY_TASK_H
#define CUBE_TASK_ENTITY_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "proto/event_decode.h"
#include "task/task.h"

struct entity_task;

/* env is borrowed. CUBE_ENOMEM. */
int entity_task_create(const struct task_env *env, enum sender_type type, int32_t index, struct entity_task **ret_t) CUBE_MUST_CHECK;
void entity_task_destroy(struct entity_task *t);

uint32_t entity_task_input_count(const struct entity_task *t);
struct task_input *entity_task_input(struct entity_task *t, uint32_t i);

/* Takes one record of one of its inputs, in offset order. now_ms: the wall clock, TIME_NONE = no clock
 * (nothing is `future`). *ret_outcome: what became of it (counted already). CUBE_ENOMEM. */
int entity_task_record(struct entity_task *t, const struct record *r, int64_t now_ms, enum record_outcome *ret_outcome) CUBE_MUST_CHECK;

/* A record that is read ahead of its turn. What it is called is found once, used on its whole way in. */
struct record_ahead {
    struct task_input *in;
    enum decode_outcome decoded;
    uint64_t entity_hash;
    struct hash128 name; /* in the input's dedup */
    struct event e;
    struct refusal why;
};

#define RECORDS_AHEAD_MAX DECODED_AHEAD_MAX

/* The two halves of entity_task_record, for a batch of up to RECORDS_AHEAD_MAX records: read some, then take them in their
 * order. Reading changes nothing of the task, and what taking will look for is in the cache by then. False: the next record
 * may be read only when this one is taken. *ret_a holds texts of the record. */
bool entity_task_read(struct entity_task *t, const struct record *r, struct record_ahead *ret_a);
int entity_task_take(struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms,
                     enum record_outcome *ret_outcome) CUBE_MUST_CHECK;
/* Of records that were read: brings the entities into the cache, too, when the task catches up and will look for them. */
void entity_task_read_all(const struct entity_task *t, const struct record_ahead *a, uint32_t count);

/* The watermark of the task at this wall clock: the minimum over inputs that are not idle and have held a
 * record; TIME_NONE when there is none. Never falls. */
int64_t entity_task_watermark(struct entity_task *t, int64_t now_ms);

/* True while an input holds that watermark back: it has held a record or may yet, and is not idle. */
bool entity_task_waits_for(const struct entity_task *t, const struct task_input *in, int64_t now_ms);

/* The next instant of the wall clock at which that watermark may pass the end of a tick though no record comes; INT64_MAX: none. */
int64_t entity_task_moves_ms(const struct entity_task *t, int64_t now_ms);

/* Applies every held event with ts below watermark_ms (rounded down to a bucket) and runs every timer
 * before it. Does nothing while an input is replaying. 1: a restored task does once more what it did since its records
 * were written, and this was a part of it: call again. CUBE_ENOMEM: drop and restore the task. */
int entity_task_advance(struct entity_task *t, int64_t watermark_ms) CUBE_MUST_CHECK;

/* A restored task has read all that it does once more, and has not done all of it. */
bool entity_task_redoes(const struct entity_task *t);

/* Does such a part of it as entity_task_advance, which then goes on from there. Touches nothing but the task: several may do so side by side.
 * 1: there is more. CUBE_ENOMEM: drop and restore the task. */
int entity_task_redo(struct entity_task *t) CUBE_MUST_CHECK;

/* Takes over what was observed of retention until a release, to be applied from there on; what it knows already is
 * dropped. Only of a task of customers. CUBE_ENOMEM: drop and restore the task. */
struct retention_table; /* engine/retention.h */
int entity_task_retention(struct entity_task *t, struct retention_table *table) CUBE_MUST_CHECK;

/* The release at which it waits to be told that; INT64_MAX: it does not wait. */
int64_t entity_task_awaits(const struct entity_task *t);

/* Applied up to here; TIME_NONE before the first advance. */
int64_t entity_task_applied(const struct entity_task *t);

/* The next instant of event time at which something waits: the earliest held event or timer; a straggler's
 * rows not sent yet count with their tick less 1. INT64_MAX: nothing. */
int64_t entity_task_next(const struct entity_task *t);

/* True while offsets that were committed before are read again; nothing may be committed meanwhile. */
bool entity_task_is_replaying(const struct entity_task *t);

/* True when a commit would carry something of this task. */
bool entity_task_has_work(const struct entity_task *t);

/* Bytes of events that wait for their order. */
uint64_t entity_task_held_bytes(const struct entity_task *t);

/* About how many bytes of records its next commit carries because of stragglers and erasures, which cannot wait. */
uint64_t entity_task_urgent_bytes(const struct entity_task *t);

/* True when it has something to commit that others wait for, whatever other tasks have: customers' records that are due, and that it
 * has begun to hold events. */
bool entity_task_is_urgent(const struct entity_task *t);

/* Whether scope tasks must wait for it: it holds events, or has applied some. */
enum sender_state entity_task_state(const struct entity_task *t);

/* False while a record or the end of an input is still to come: a task that then told that it holds nobody back
 * would let ticks be judged without the records it is about to read. */
bool entity_task_knows_state(const struct entity_task *t);

/* The tick up to which scope tasks may go by this task, as of now, and as they have been told; TIME_NONE: that is not known, or no tick. */
int64_t entity_task_tells(const struct entity_task *t);
int64_t entity_task_told(const struct entity_task *t);

/* Writes everything since the last commit to the open epoch: bundles, customer records (at most budget;
 * the rest waits), changelog, commit record, offsets. *ret_published: customer records written. */
int entity_task_commit(struct entity_task *t, uint32_t budget, uint32_t *ret_published) CUBE_MUST_CHECK;

/* True while the task itself raises an alert. */
bool entity_task_is_alerting(const struct entity_task *t);

/* Appends the alert that the task itself raises now, as JSON: too many dead letters. CUBE_ENOTFOUND: it raises none.
 * CUBE_ENOMEM. */
int entity_task_alert(const struct entity_task *t, struct buf *out) CUBE_MUST_CHECK;

/* The same of the alert Overflow: more entities than it may keep. */
bool entity_task_is_overflowing(const struct entity_task *t);
int entity_task_overflow_alert(const struct entity_task *t, struct buf *out) CUBE_MUST_CHECK;

/* The same of its input i, of which ids were forgotten before their time. */
bool entity_task_forgets_ids(const struct entity_task *t, uint32_t i);
int entity_task_ids_alert(const struct entity_task *t, uint32_t i, struct buf *out) CUBE_MUST_CHECK;

/* Puts back one changelog record; the commit record comes among them. CUBE_ELAYOUT: written by another
 * layout (told). CUBE_EFORMAT and the like: not ours (told). */
int entity_task_restore(struct entity_task *t, const struct record *r) CUBE_MUST_CHECK;

/* Of commit records only the last is read, when all that come have come back; entity_task_restored does it if nobody has. is_told: of
 * one that is damaged. CUBE_EFORMAT, CUBE_ETRUNCATED, CUBE_ENOMEM. */
int entity_task_commit_read(struct entity_task *t, bool is_told) CUBE_MUST_CHECK;

/* Whether the commit record that was read says of the inputs what the group does: committed[i] as below. */
bool entity_task_is_at(const struct entity_task *t, const int64_t *committed);

/* All changelog records are back. committed[i]: the group's committed offset of input i, -1 none.
 * ret_from[i]: where to start reading it. CUBE_ELAYOUT: the offsets are not those of the changelog (told). */
int entity_task_restored(struct entity_task *t, const int64_t *committed, int64_t *ret_from) CUBE_MUST_CHECK;

/* ---- a clean stop ---- */

/* True when it has gone on since its last commit, if only in event time. */
bool entity_task_has_moved(const struct entity_task *t);

/* True when its local copy lacks something of what is committed: another commit would note it (entity_notes.h). */
bool entity_task_has_to_note(const struct entity_task *t);
/* Its local copy takes no more: nothing is noted from now on, and what was remembered for that is forgotten. A task that is put back with a
 * copy that does begins anew. */
void entity_task_notes_end(struct entity_task *t);

/* Calls visit for the cube.customers record of every customer as of at_ms, ascending by key. */
int entity_task_customers_each(struct entity_task *t, int64_t at_ms, int (*visit)(void *arg, struct text key, const struct buf *value),
                               void *arg) CUBE_MUST_CHECK;

struct entity_task_figures {
    uint64_t entities, entity_bytes, held_bytes, dedup_bytes, refused;
    uint64_t dirty; /* entities whose records are still to be written */
    uint64_t redo;  /* records that a restart reads again */
    uint64_t redo_noted; /* the same with the local copy of its changelog */
    uint64_t releases; /* tables of observed retention */
    uint64_t ids_lost; /* ids forgotten before their time, since the start */
};
void entity_task_figures(const struct entity_task *t, struct entity_task_figures *ret_f);

#endif
