/* What all tasks of a process share. */
#ifndef CUBE_TASK_TASK_H
#define CUBE_TASK_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "port/epoch.h"
#include "port/log.h"
#include "port/record.h"
#include "port/status.h"
#include "proto/bundle.h"
#include "proto/commit_record.h"
#include "proto/event_decode.h"
#include "task/input_refused.h"

#define TIME_NONE INT64_MIN

/* Borrowed by every task for its whole life. */
struct task_env {
    const struct config *config;
    struct layout_stamp layout;
    uint64_t seed;                 /* of this process: of hash tables and lineages; never shows in results */
    uint64_t hash_seed;            /* of entities' keys and of ids: with local copies it is theirs, and what they have noted by it is known again */
    enum output_format format;
    record_headers_fn *headers;    /* of input records; NULL: they have none */
    struct decode_scratch *scratch;
    int64_t *common_max_ts_ms;     /* replay: one watermark for all partitions; NULL: each its own */
    struct epoch *epoch;           /* the open one: everything tasks write goes here */
    int64_t now_ms;                /* wall clock of this turn; TIME_NONE in a replay */
    bool memory_only;              /* nothing will be restored: write no changelog */
    bool notes;                    /* there are local copies of changelogs: note what these lack */
    bool leaves;                   /* the commit at hand is the last: note all of it */
    bool shows_customers;          /* customers' records are asked for whether they are published or not */
    bool last_states;              /* of every scope only the last state is asked for; the others need not be written */
    void (*told)(void *arg, int severity, const char *event, const char *text);
    void *told_arg;
    bool *layout_is_told;          /* each task would; NULL: whoever asks is told */
    const struct log *log;         /* asked for what is told only; NULL: there is none */
};

/* Name of a task for messages and `missing`: "customers-3". */
#define TASK_NAME_MAX 32
void task_name(enum sender_type type, int32_t index, char ret_name[TASK_NAME_MAX]);
/* Likewise of a scope task: "scopes-3". */
void scope_task_name(int32_t index, char ret_name[TASK_NAME_MAX]);

/* One input partition of a task. */
struct task_input {
    enum topic_role role;
    int32_t partition;
    int64_t first;           /* of the open commit's range */
    int64_t next;            /* next offset to read */
    int64_t committed;       /* offsets below are replayed silently */
    int64_t base;            /* the partition held nothing before when this process began to read it */
    int64_t max_ts_ms;       /* largest accepted ts; TIME_NONE */
    int64_t committed_max_ts_ms; /* what that comes to when what was committed has been replayed */
    int64_t heard_ms;        /* wall clock of the last record, for the idle rule; set back with the clock */
    bool at_end;             /* the end of the partition was reached and nothing came since */
    bool held;               /* back-pressure: not drained now */
    uint64_t counts[OUTCOME_COUNT];
    uint64_t counts_restored[OUTCOME_COUNT]; /* as they were when this process took the input over */
    struct dedup *dedup;     /* NULL for partials */
    struct input_refused refused;
    uint64_t refused_after;  /* how many records a replay does again had come when the last of those was refused */
};

/* True while offsets below the committed one are still to be read. */
static inline bool input_is_replaying(const struct task_input *in)
{
    return in->next < in->committed;
}

/* Event-driven watermark of an input: its largest accepted ts less out_of_order; TIME_NONE. */
static inline int64_t input_watermark(const struct task_input *in, const struct model *m)
{
    return in->max_ts_ms == TIME_NONE ? TIME_NONE : in->max_ts_ms - m->time.out_of_order_ms;
}

void input_close(struct task_input *in);

/* The lineage of a task that commits for the first time: other than that of any task before it, whose changelog it may have
 * had. Never 0. Follows from the seed of the process. */
uint64_t task_lineage(const struct task_env *env, enum topic_role changelog, int32_t partition);

/* Tells the log, where there is one; severity as syslog has them. */
static inline void task_tell(const struct task_env *env, int severity, const char *event, const char *text)
{
    if (env->told) {
        env->told(env->told_arg, severity, event, text);
    }
}

/* Tells that the group's committed offset of a partition is not the one its changelog names; -1 = none. And what it holds now. */
void task_tell_offsets(const struct task_env *env, enum topic_role role, int32_t partition, int64_t committed, int64_t changelog);

/* Writes a record that is not applied to the late or the dead-letter topic, untouched, with its reason. */
int task_refuse(const struct task_env *env, const struct record *r, enum refusal_reason reason, const char *detail) CUBE_MUST_CHECK;

/* Writes an output; who sends it makes its headers. */
int task_output(const struct task_env *env, enum topic_role role, struct text key, int64_t ts_ms, const struct buf *value) CUBE_MUST_CHECK;

#endif
