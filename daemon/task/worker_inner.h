/* The inside of the worker, shared by worker*.c only. */
#ifndef CUBE_TASK_WORKER_INNER_H
#define CUBE_TASK_WORKER_INNER_H

#include <stdatomic.h>

#include "task/dead_share.h"
#include "task/entity_task.h"
#include "task/worker.h"

/* Above this an open epoch, with the records of stragglers that must go into it, takes no more input until it is handed over. */
#define EPOCH_BYTES_MAX (64u << 20)
/* A task that holds more than this does not read one of its inputs far ahead of another. */
#define HELD_EASY_BYTES (1u << 20)
#define LAYOUT_RETRY_MS 1000

#define TASK_ALERTS 2 /* DeadLetterShare and Overflow */

/* A task that is being put back: what its copy had is in it, the changelog behind that is still to be read. */
struct half {
    void *task;                    /* NULL: none */
    struct checkpoint_place place; /* of the copy; at -1: the task is empty */
    struct checkpoint_place last;  /* of the commit record read last behind it; no lineage: none */
    int64_t refused_at;            /* offset of the record of its changelog that rc is about */
    int64_t committed[COMMIT_INPUTS_MAX], from[COMMIT_INPUTS_MAX]; /* of its inputs: where the group is; where to read on */
    uint32_t records;              /* given to it and not counted yet */
    atomic_ullong steps;           /* worker_restore_steps: whoever works on it counts, and the loop's thread looks */
    bool differs;                  /* the group is elsewhere than the changelog says: to be told on the loop's thread */
    int rc;                        /* of what was done side by side with others */
};

struct worker {
    const struct config *config;
    struct log *log;
    const struct checkpoint *checkpoint; /* NULL: no copies are kept */
    const struct jobs *jobs;         /* NULL: one after the other */
    struct worker_events events;
    struct task_env env;
    bool has_layout, stopping, failed;
    bool is_restored;                /* everything owned is */
    bool leaving, has_left;          /* nothing is taken any more; no commit will be begun */
    int64_t leave_by_ms;             /* of elapsed_ms: then at the latest */
    bool layout_is_told;             /* that it is another than what was written with */
    bool layout_due;                 /* is looked at again: partitions were assigned */
    int64_t now_ms;                  /* wall clock of this turn */
    int64_t elapsed_ms;              /* counts with it, but never back: what intervals are measured by */
    uint32_t layout_tries;           /* in which the same was missing */
    int layout_told;                 /* the topic; ROLE_COUNT: the broker */
    int64_t layout_retry_ms;         /* of elapsed_ms, like the three below */
    struct log_partition *owned;
    uint32_t owned_count;
    int64_t waited_ms;               /* for the rest of what the group gives out (worker_given) */
    enum inputs_given said;          /* what the log says of it */
    int64_t said_ms;                 /* so long, counted as waited_ms */
    /* By task number, NULL where not owned or not restored yet; entities: customers, then employees. */
    struct entity_task **entities;
    uint32_t entity_count;
    struct scope_task **scope_tasks;
    uint32_t scope_count;
    struct half *halves;             /* by number: entities, then scopes */
    struct epoch epochs[2];
    uint32_t open;                   /* index of the open epoch */
    bool committing;
    bool goes_on;                    /* this turn was long enough for a restore: there is more to do at once */
    int64_t committed_at_ms, begun_at_ms; /* the last commit: its end, its begin */
    bool is_open;                    /* the open epoch has something, or tasks have something for it */
    int64_t opened_at_ms;            /* since when */
    uint64_t taken;                  /* input records since the last commit began */
    uint64_t epoch_number;
    int64_t restore_started_ms;
    double restore_seconds;
    uint32_t restore_records;        /* of changelogs and copies, read in this turn */
    struct dead_share dead;          /* letters among the last records of all tasks, each once */
    bool share_over, share_told;     /* of what this process read; of that or by the alert of a task, which a restart does not end */
    bool bounded[BOUND_COUNT];                    /* reading is slowed down for it */
    uint64_t bounds_reached[BOUND_COUNT];
    int64_t slowest_ms, slowest_since_ms;         /* how far the slowest task is, and since when, of elapsed_ms */
    uint64_t records[TOPIC_COUNT][OUTCOME_COUNT]; /* of tasks given away meanwhile */
    uint64_t transactions_done, transactions_lost;
    uint64_t commit_bucket[COMMIT_BUCKETS + 1];
    double commit_seconds_sum;
    struct partition_status *partitions;
    struct alert_count *alerts; /* of the rules, then of the tasks */
};

void worker_tell(struct worker *w, int severity, const char *event, const char *text);

/* The alert DeadLetterShare of some task fires. */
bool worker_is_alerting(const struct worker *w);
void worker_fail(struct worker *w, int error);
struct entity_task *worker_entity_of(struct worker *w, enum topic_role role, int32_t partition);
void worker_tasks_drop(struct worker *w);

/* The watermark of the slowest task that any owned scope task has heard of, or the tick at which one waits for a
 * hand-over; INT64_MAX unknown. */
int64_t worker_slowest(const struct worker *w);

/* Reads the partition counts after each assignment and, the first time, makes the tables of tasks. CUBE_EAGAIN: not all topics are seen yet.
 * CUBE_ELAYOUT (told), CUBE_ENOMEM. */
int worker_layout_ensure(struct worker *w) CUBE_MUST_CHECK;

/* True when a commit would carry something. */
bool worker_has_work(const struct worker *w);

/* Freezes the open epoch with what all tasks have and hands it to the log. */
int worker_commit(struct worker *w) CUBE_MUST_CHECK;

/* Notes whether there is something to commit, and since when. To be called before the two below. */
void worker_open_note(struct worker *w);

/* True when a commit is to be begun now. */
bool worker_commit_due(const struct worker *w);

/* Milliseconds after which the next turn is wanted at the latest. */
int64_t worker_rest_ms(const struct worker *w);

/* One turn of a worker that is leaving. */
void worker_leave_turn(struct worker *w);

/* Counts the time since partitions were assigned and all topics seen, as far as it had turns. Says when the group does not tell what it has
 * given out (an input was missing: for a minute, else for ten seconds). */
void worker_given_turn(struct worker *w, int64_t passed_ms);
/* True while a part of the inputs of a task may be followed by the rest: for a minute, longer while it is not known what others were
 * given, and as long as the group gives an input to nobody. */
bool worker_given_waits(const struct worker *w);
/* Why it is not ready for what the group has given out, or has not told so far; empty: it is, or the group does not tell. */
const char *worker_given_lacks(const struct worker *w);

/* Forgets tasks that were being put back, and closes the copies of all. */
void worker_halves_drop(struct worker *w);

/* Restores what is owned and was not. 1: everything owned has its records back; 0: not yet. */
int worker_restore_all(struct worker *w) CUBE_MUST_CHECK;

/* Restored tasks that have read again what they do once more do a part of it, some at once. CUBE_ENOMEM. */
int worker_catch_up(struct worker *w) CUBE_MUST_CHECK;

/* True when all that is restored has read its inputs again and caught up with what it had done. */
bool worker_is_live(const struct worker *w);
/* Notes how long the restore took, once that is so. */
void worker_restore_ended(struct worker *w);

#endif
