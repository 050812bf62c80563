/* The inside of an entity task, shared by the entity_*.c of this room only, and by tests that act as a version before. */
#ifndef CUBE_TASK_ENTITY_INNER_H
#define CUBE_TASK_ENTITY_INNER_H

#include "engine/dedup.h"
#include "engine/entity_engine.h"
#include "engine/hold.h"
#include "engine/record_words.h"
#include "task/commit_last.h"
#include "task/dead_share.h"
#include "task/entity_catch_up.h"
#include "task/entity_notes.h"
#include "task/entity_parts.h"
#include "task/entity_redo.h"
#include "task/entity_retention.h"
#include "task/entity_task.h"
#include "task/overflow.h"
#include "task/publish_queue.h"
#include "task/row_routes.h"
#include "task/row_spread.h"

/* Entity keys in the changelog carry this byte in front, so that none can be "!commit". */
#define ENTITY_KEY_MARK 'k'

/* Customer records that wait for publication carry this one. Their value: version, turn, ts, 1 for a record
 * or 0 for a tombstone, and the record's bytes. */
#define WAITING_KEY_MARK 'q'
#define WAITING_VERSION 1

/* Words of its records (engine/record_words.h), by number. */
#define WORD_KEY_MARK 'w'

/* Offsets of an input that a replay must pass over (task/input_refused.h), by its number and that of the part. */
#define REFUSED_KEY_MARK 'f'

struct entity_task {
    const struct task_env *env;
    const struct model *model;
    enum sender_type type;
    int32_t index;
    char name[TASK_NAME_MAX];    /* its bundles' key */
    enum topic_role changelog;
    struct task_input inputs[COMMIT_INPUTS_MAX];
    uint32_t input_count;
    struct entity_engine *engine;
    struct hold *hold;
    int64_t watermark_ms;        /* never falls; TIME_NONE */
    int64_t applied_ms;          /* a bucket edge; TIME_NONE */
    int64_t tick_ms;             /* of the rows in the delta table */
    bool ever_held;              /* some input has held an accepted record */
    uint64_t commits;            /* seq of the last commit */
    uint64_t lineage;            /* 0 before the first */
    struct overflow overflow;    /* entities beyond the limit */
    struct overflow ids[COMMIT_INPUTS_MAX]; /* ids beyond the limit, by input */
    struct dead_share dead;      /* letters among the last records */
    struct row_routes routes;    /* of its scopes */
    struct row_spread spread;
    struct bundle_writer *writers; /* one per scope task */
    uint64_t runs;               /* of rows, told to the writers */
    struct bundle_writer guarded; /* rows of private measures, for the guard */
    uint32_t guard_task;         /* the scope task that has it */
    int64_t release_from_ms;     /* tick of the first row since the start that releases may change; TIME_NONE */
    bool release_untold;         /* not told to everybody yet */
    uint64_t *seqs;              /* of the last bundle sent, per scope task */
    int64_t *told_tick_ms;       /* tick up to which each scope task was told; TIME_NONE. Whole ticks: it is only ever what entity_task_tells says,
                                  * and a commit record of another tick is of another digest, so that nobody is restored from it */
    uint8_t *told_state;         /* enum sender_state + 1 last told; 0 never */
    struct publish_queue *waiting; /* customers only */
    struct epoch kept;           /* what goes out of records that are read while another input is replayed: with the next commit */
    struct entity_retention retention;
    struct entity_parts *parts;  /* of entities too large for one changelog record */
    struct record_words *words;  /* of the engine's records */
    uint32_t words_written;      /* of them, to the changelog */
    struct buf bytes, key;       /* scratch */
    struct buf stamp;            /* of the records of the commit at hand */
    struct commit_last restored; /* while restoring */
    struct catch_up catch_up;
    int64_t committed_ms;        /* applied_ms with the last commit; TIME_NONE */
    struct notes notes;          /* of its local copy */
    struct redo redo;            /* last: most of a new task, and its generations are of no meaning yet */
};

/* Moves the rows of the open tick into the bundles and, when the tick is complete, its customers into the
 * queue: what is published of a customer is exactly over the events before a tick. CUBE_ENOMEM. */
int entity_task_seal(struct entity_task *t, bool complete) CUBE_MUST_CHECK;

/* Seals when the rows in the delta table are of another tick than this one. CUBE_ENOMEM. */
int entity_task_tick(struct entity_task *t, int64_t tick_ms) CUBE_MUST_CHECK;

/* Runs the timers due at or before until_ms. CUBE_ENOMEM. */
int entity_task_timers(struct entity_task *t, int64_t until_ms) CUBE_MUST_CHECK;

/* Applies every held event below an edge of buckets and runs every timer before it. CUBE_ENOMEM. */
int entity_task_apply_to(struct entity_task *t, int64_t limit_ms) CUBE_MUST_CHECK;

/* Applies an event that is older than what was applied already. CUBE_ENOMEM. */
int entity_task_straggler(struct entity_task *t, const struct event *e, uint64_t hash) CUBE_MUST_CHECK;

/* Writes a changelog record; at: its value, NULL a tombstone. CUBE_ENOMEM. */
int entity_changelog_put(struct entity_task *t, char mark, struct text key, const uint8_t *at, size_t len) CUBE_MUST_CHECK;

/* Encodes how much of the inputs all records hold that are written while the task stands as it does. CUBE_ENOMEM. */
int entity_stamp_encode(struct entity_task *t) CUBE_MUST_CHECK;

/* Appends the value of a dirty entity to t->bytes: what entity_stamp_encode has, and its record. CUBE_ENOMEM. */
int entity_value_append(struct entity_task *t, uint32_t i) CUBE_MUST_CHECK;

/* Puts back the entities whose values were written in parts, once, when all records are back. CUBE_EFORMAT and the like, CUBE_ENOMEM. */
int entity_parts_restore(struct entity_task *t) CUBE_MUST_CHECK;

/* Forgets the ids of an input that need no longer be remembered. */
void entity_task_ids_expire(const struct entity_task *t, const struct task_input *in);

/* Sends the bundle being filled for scope task q. CUBE_ENOMEM. */
int entity_task_send(struct entity_task *t, uint32_t q, bool last) CUBE_MUST_CHECK;

/* entity_rows.c: moves the rows of a tick, and what was summed by scope, into the bundles. CUBE_ENOMEM. */
int entity_rows_seal(struct entity_task *t, const struct row_list *rows) CUBE_MUST_CHECK;
/* Sends what is being filled for the guard, if anything. CUBE_ENOMEM. */
int entity_guarded_send(struct entity_task *t) CUBE_MUST_CHECK;

/* ---- entity_words.c: words of the records of entities ---- */

/* Writes those that are new; entity_words_flush has looked whether there are any. CUBE_ENOMEM. */
int entity_words_write(struct entity_task *t) CUBE_MUST_CHECK;
CUBE_MUST_CHECK static inline int entity_words_flush(struct entity_task *t)
{
    return t->words_written < record_words_count(t->words) ? entity_words_write(t) : 0;
}
/* Puts one back. key: without its mark. CUBE_EFORMAT and the like. */
int entity_words_restore(struct entity_task *t, struct text key, const struct record *r) CUBE_MUST_CHECK;

/* ---- entity_refused.c: what a replay must pass over ---- */

/* Forgets what nothing is read again of, and writes what is new. CUBE_ENOMEM. */
int entity_refused_flush(struct entity_task *t) CUBE_MUST_CHECK;
/* Puts one back. key: without its mark. CUBE_EFORMAT and the like. */
int entity_refused_restore(struct entity_task *t, struct text key, const struct record *r) CUBE_MUST_CHECK;

/* ---- entity_overflow.c: the alert on entities beyond the limit ---- */

/* Judges at the end of tick t_ms; the alert goes into the open epoch. CUBE_ENOMEM. */
int entity_task_overflow(struct entity_task *t, int64_t t_ms) CUBE_MUST_CHECK;
/* Writes what must outlive a restart to the changelog, if it changed. CUBE_ENOMEM. */
int entity_task_overflow_flush(struct entity_task *t) CUBE_MUST_CHECK;

/* ---- entity_ids.c: the alert on more ids than are remembered ---- */

/* As below, when ids were lost or the alert fires. */
int entity_ids_changed(struct entity_task *t, uint32_t input) CUBE_MUST_CHECK;
/* Judges after a record of an input; the alert goes out with its commit. CUBE_ENOMEM. */
CUBE_MUST_CHECK static inline int entity_ids_judge(struct entity_task *t, uint32_t input)
{
    const struct overflow *o = &t->ids[input];
    return dedup_lost(t->inputs[input].dedup) == o->seen && !o->firing ? 0 : entity_ids_changed(t, input);
}
/* Writes what must outlive a restart to the changelog, if it changed. CUBE_ENOMEM. */
int entity_ids_flush(struct entity_task *t) CUBE_MUST_CHECK;
/* Puts it back. CUBE_ENOTFOUND: the record is something else's. CUBE_EFORMAT and the like. */
int entity_ids_restore(struct entity_task *t, const struct record *r) CUBE_MUST_CHECK;

/* ---- what goes out as records are read ---- */

/* While an input is replayed the task commits nothing, so nothing of it may be in the open epoch; and what comes behind something that waits
 * for that waits, too: it would overtake it. */
static inline struct epoch *entity_task_outgoing(struct entity_task *t)
{
    return entity_task_is_replaying(t) || t->kept.message_count > 0 ? &t->kept : t->env->epoch;
}

/* ---- entity_dead.c: the alert on too many dead letters ---- */

/* As below, when it is time. */
int entity_dead_judge(struct entity_task *t, const struct record *r) CUBE_MUST_CHECK;
/* Counts a record that was read for the first time; the alert goes into the open epoch. CUBE_ENOMEM. */
CUBE_MUST_CHECK static inline int entity_task_dead(struct entity_task *t, const struct record *r, bool is_dead)
{
    dead_share_add(&t->dead, is_dead);
    return dead_share_is_due(&t->dead) ? entity_dead_judge(t, r) : 0;
}

/* Writes what must outlive a restart to the changelog, if it changed. CUBE_ENOMEM. */
int entity_task_dead_flush(struct entity_task *t) CUBE_MUST_CHECK;

/* The inputs are restored: goes on from the number of their records. */
void entity_task_dead_restored(struct entity_task *t);

#endif
