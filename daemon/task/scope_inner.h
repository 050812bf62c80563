/* The inside of a scope task, shared by scope_task.c, scope_handover.c and scope_commit.c only. */
#ifndef CUBE_TASK_SCOPE_INNER_H
#define CUBE_TASK_SCOPE_INNER_H

#include "task/commit_last.h"
#include "task/overflow.h"
#include "task/records_last.h"
#include "task/row_names.h"
#include "task/scope_handover.h"
#include "task/scope_task.h"

/* A bundle whose rows, or a hand-over that may still wait for its tick. */
struct pending_bundle {
    int64_t offset, last_tick_ms;
    int64_t late_tick_ms; /* rows that came after their tick was done wait for this one; TIME_NONE: no such rows */
    bool guarded;         /* its rows are the guard's, whose ticks run ahead */
    bool valued;          /* it is for the customer task, and over when that has it */
};

struct scope_task {
    const struct task_env *env;
    const struct model *model;
    int32_t index;
    struct task_input input;
    struct scope_engine *engine;
    struct commit_peer *senders;   /* customer tasks, then employee tasks */
    int64_t *heard_ms;             /* wall clock of the last bundle, per sender */
    uint32_t sender_count;
    int64_t done_ms;               /* last tick done; TIME_NONE */
    uint64_t commits, gaps;
    uint64_t lineage;            /* of its commits; 0 before the first */
    struct pending_bundle *pending; /* a circle, by offset */
    uint32_t pending_first, pending_count, pending_capacity;
    struct scope_handover handover;
    int64_t working_ms;            /* the tick at hand */
    int64_t blocked_ms;            /* the tick that waits for a hand-over; TIME_NONE */
    int64_t blocked_since_ms;      /* wall clock */
    struct overflow overflow;      /* scopes beyond limits.scopes */
    struct row_names names;        /* what the bundle being read calls scopes and sets */
    bool dirty;                    /* something to commit beside records read */
    scope_task_decided_fn *decided;
    void *decided_arg;
    void (*stated)(void *arg, struct scope_task *t, uint32_t scope, int64_t tick_ms);
    struct buf bytes;
    struct commit_last restored;
    struct records_last records; /* of the changelog, the others */
};

/* Writes the state of a scope at a tick to the outputs. CUBE_ENOMEM. */
int scope_task_publish(struct scope_task *t, uint32_t scope, int64_t tick_ms) CUBE_MUST_CHECK;
/* Remembers a record whose rows wait, by offset. CUBE_ENOMEM. */
int scope_pending_add(struct scope_task *t, const struct pending_bundle *p) CUBE_MUST_CHECK;
/* The tick up to which rows of such a record have been taken in. */
int64_t scope_pending_done(const struct scope_task *t, const struct pending_bundle *p);
/* Tells of sums of no events, if the task met any: in records of its input from one offset to before another; of its changelog
 * where there are none between them. */
void scope_sums_told(const struct scope_task *t, int64_t from, int64_t next);
/* Forgets the oldest bundles whose ticks are done. */
void scope_pending_trim(struct scope_task *t);

#endif
