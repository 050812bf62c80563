/* Releases of a scope task (architecture 1, handover): what it waits for before it works on a tick, and what it
 * tells the others. The guard decides a release as soon as all events before it are known, and waits for nobody;
 * the scopes wait with the tick of a release for what is let out, and with the tick after it for the gifts of all
 * scope tasks, which those give at the tick of the release. So whoever waits, waits for a record of a task that
 * does not wait for it. A part of the scope task; scope_task.c and scope_commit.c call it. */
#ifndef CUBE_TASK_SCOPE_HANDOVER_H
#define CUBE_TASK_SCOPE_HANDOVER_H

#include "engine/guard.h"
#include "task/handover_queue.h"
#include "task/row_names.h"
#include "task/scope_retention.h"
#include "task/task.h"

struct scope_task;

struct scope_handover {
    bool lets_out, gives;       /* the model has survey cells; a scored E */
    bool observes;              /* retention is observed */
    struct guard *guard;        /* of the one task that owns the organisation; NULL otherwise */
    struct row_names names;     /* of the guarded bundle being read */
    struct commit_release how;
    int64_t let_out_ms;         /* the last release of which the guard has told everything */
    int64_t *gifts_ms;          /* the last release of which each scope task has told its gifts */
    struct handover_queue queue;
    struct buf *bodies;         /* by scope task: records being filled */
    struct scope_retention retention;
};

/* The guard of this layout. */
uint32_t guard_task_of(uint32_t scopes);

int scope_handover_create(struct scope_task *t) CUBE_MUST_CHECK;
void scope_handover_close(struct scope_task *t);

/* The first tick that releases make active; INT64_MAX none. */
int64_t scope_handover_next(const struct scope_task *t);

/* False while something that the next active tick needs has not been told yet. */
bool scope_handover_allows(const struct scope_task *t, int64_t tick_ms);

/* The scope task whose hand-over the next active tick waits for; only when it is not allowed. */
int32_t scope_handover_waits_for(const struct scope_task *t);

/* Takes in what tick_ms needs, before it is worked on; tells gifts after it was, when it is that of a release. */
int scope_handover_before(struct scope_task *t, int64_t tick_ms) CUBE_MUST_CHECK;
int scope_handover_after(struct scope_task *t, int64_t tick_ms) CUBE_MUST_CHECK;

/* Lets the guard work up to tick until_ms and tell what it lets out. */
int scope_handover_guard(struct scope_task *t, int64_t until_ms) CUBE_MUST_CHECK;

/* A sender has told rows that releases may change, first at from_ms. Releases that are over here by then, because
 * nobody waited for a task that had never held a record, are told of as empty: others may wait for them. */
int scope_handover_begins(struct scope_task *t, int64_t from_ms) CUBE_MUST_CHECK;

/* A record is sent early when its body has grown beyond this. */
enum { HANDOVER_BODY_MAX = 512 * 1024 };

/* Sends the body that is filled for scope task q; last: it was all of this part of release t_ms. And the last body of
 * everybody. CUBE_ENOMEM. */
int scope_handover_send(struct scope_task *t, uint32_t q, enum handover_part part, int64_t t_ms, bool last) CUBE_MUST_CHECK;
int scope_handover_send_all(struct scope_task *t, enum handover_part part, int64_t t_ms) CUBE_MUST_CHECK;

/* Takes a hand-over from the topic of partials. CUBE_ELAYOUT, CUBE_EFORMAT and the like: refused. */
int scope_handover_record(struct scope_task *t, const struct record *r) CUBE_MUST_CHECK;

/* How far the releases had come, from the commit record. */
void scope_handover_restored(struct scope_task *t, const struct commit_release *how);

#endif
