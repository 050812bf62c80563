/* The inside of a replay, shared by replay.c and replay_snapshot.c only. */
#ifndef CUBE_TASK_REPLAY_INNER_H
#define CUBE_TASK_REPLAY_INNER_H

#include "task/entity_task.h"
#include "task/replay.h"
#include "task/scope_task.h"

struct replay {
    struct replay_options options;
    int64_t *at_ms;
    uint32_t at_next;
    int64_t every_next_ms;
    struct task_env env;
    struct epoch epoch;
    int64_t max_ts_ms;
    struct entity_task **entities; /* customer tasks, then employee tasks */
    struct scope_task **scopes;
    uint32_t entity_count, scope_count;
    int64_t *next_offset;          /* [role * partitions + partition], partials included */
    int64_t done_tick_ms;
    int64_t batch_from_ms, batch_ms; /* event time that the entity tasks are ahead of the scopes; INT64_MIN: none */
    uint32_t batched;              /* records of that time */
    uint32_t uncommitted;          /* records since the last of those commits */
    struct buf bytes;
    replay_sink_fn *sink;
    void *arg;
};

/* The next snapshot instant; INT64_MAX none. */
int64_t replay_snapshot_next(const struct replay *r);

/* Gives the state of every scope, and of every customer if they are asked for, at an instant to the sink; the
 * next instant is a later one then. CUBE_ENOMEM, or what the sink returned. */
int replay_snapshot(struct replay *r, int64_t at_ms) CUBE_MUST_CHECK;

#endif
