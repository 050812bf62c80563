/* The inside of a scope task, shared by scope_task.c and scope_commit.c only. */
#ifndef CUBE_TASK_SCOPE_INNER_H
#define CUBE_TASK_SCOPE_INNER_H

#include "task/row_names.h"
#include "task/scope_task.h"

/* A bundle whose rows may still wait for their tick. */
struct pending_bundle {
    int64_t offset, last_tick_ms;
    int64_t late_tick_ms; /* rows that came after their tick was done wait for this one; TIME_NONE: no such rows */
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
    struct pending_bundle *pending; /* a circle, by offset */
    uint32_t pending_first, pending_count, pending_capacity;
    struct row_names names;        /* what the bundle being read calls scopes and sets */
    bool dirty;                    /* something to commit beside records read */
    scope_task_decided_fn *decided;
    void *decided_arg;
    void (*stated)(void *arg, struct scope_task *t, uint32_t scope, int64_t tick_ms);
    struct buf bytes;
    struct commit_record restored;
    bool has_restored;
};

/* Writes the state of a scope at a tick to the outputs. CUBE_ENOMEM. */
int scope_task_publish(struct scope_task *t, uint32_t scope, int64_t tick_ms) CUBE_MUST_CHECK;

#endif
