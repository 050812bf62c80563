/* A scope task: one partition of `partials` and every scope that hashes to it. Bundles come in; once all
 * tasks of the layout have told that they passed a tick, the tick is worked on: panes, positions, alerts.
 * A pure function of its input partition: time reaches it only through the watermarks in the bundles. */
#ifndef CUBE_TASK_SCOPE_TASK_H
#define CUBE_TASK_SCOPE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/scope_engine.h"
#include "task/task.h"

struct scope_task;

/* Told of every change and alert as it is decided, for the page and the terminal. value: what is published. */
typedef void scope_task_decided_fn(void *arg, const struct decision *d, struct text scope, const struct buf *value);

/* env is borrowed. decided may be NULL. CUBE_ENOMEM. */
int scope_task_create(const struct task_env *env, int32_t index, scope_task_decided_fn *decided, void *arg,
                      struct scope_task **ret_t) CUBE_MUST_CHECK;
void scope_task_destroy(struct scope_task *t);

/* Has the owner told of every state record that goes out; arg is that of decided. */
void scope_task_listen(struct scope_task *t, void (*stated)(void *arg, struct scope_task *t, uint32_t scope, int64_t tick_ms));

struct task_input *scope_task_input(struct scope_task *t);
struct scope_engine *scope_task_engine(struct scope_task *t);

/* Takes one bundle, in offset order. CUBE_ELAYOUT: of another layout or configuration (told). CUBE_EFORMAT
 * and the like: not a bundle (told). CUBE_ENOMEM. */
int scope_task_record(struct scope_task *t, const struct record *r) CUBE_MUST_CHECK;

/* Minimum over the watermarks of all tasks of the layout; TIME_NONE until all have been heard of. */
int64_t scope_task_watermark(const struct scope_task *t);

/* The next tick at which there is something to do; INT64_MAX none. */
int64_t scope_task_next_tick(const struct scope_task *t);

/* How far it is, for who must not run ahead of it: the watermark, or the tick that waits for a hand-over. */
int64_t scope_task_slowest(const struct scope_task *t);

/* True while its next tick waits for the hand-over of another scope task. */
bool scope_task_waits(const struct scope_task *t);

/* Memory of the survey cells that it guards. */
uint64_t scope_task_guard_bytes(const struct scope_task *t);

/* Works on every active tick not after the watermark and not after limit_ms; decisions go to the open
 * epoch. Does nothing while replaying. CUBE_ENOMEM: drop and restore the task. */
int scope_task_advance(struct scope_task *t, int64_t limit_ms) CUBE_MUST_CHECK;

/* Ticks up to this one are done; TIME_NONE. */
int64_t scope_task_done(const struct scope_task *t);

bool scope_task_has_work(const struct scope_task *t);

/* True when somebody waits for it: ticks were worked off, or states are to be published. */
bool scope_task_is_urgent(const struct scope_task *t);

/* Writes to the open epoch: at most budget state records, longest waiting first, the changelog, the commit
 * record and the offset. *ret_published: state records written. */
int scope_task_commit(struct scope_task *t, uint32_t budget, uint32_t *ret_published) CUBE_MUST_CHECK;

/* As in entity_task.h, but that a record is kept until all have come: an earlier one of its key is not looked at, whatever it is. Only
 * commit records are. */
int scope_task_restore(struct scope_task *t, const struct record *r) CUBE_MUST_CHECK;
/* Takes the next of what was kept, each key once. 1: there may be more; 0: those were all; else one is refused, as below. */
int scope_task_record_take(struct scope_task *t, int64_t *ret_offset) CUBE_MUST_CHECK;
/* Takes all of them. Not 0: one is refused; *ret_offset is where it stands, and called again it goes on behind that. */
int scope_task_records_read(struct scope_task *t, int64_t *ret_offset) CUBE_MUST_CHECK;
/* As in entity_task.h; restored: all was read. */
int scope_task_commit_read(struct scope_task *t, bool is_told) CUBE_MUST_CHECK;
bool scope_task_is_at(const struct scope_task *t, int64_t committed);
int scope_task_restored(struct scope_task *t, int64_t committed, int64_t *ret_from) CUBE_MUST_CHECK;

/* The cube.state value of a scope as of t_ms (see scope_engine_view), into out (cleared first). */
int scope_task_state(struct scope_task *t, uint32_t scope, int64_t t_ms, enum output_format f, struct buf *out) CUBE_MUST_CHECK;

/* True when some task whose watermark or hand-over is waited for has told nothing for so long; names the first. */
bool scope_task_stalled(const struct scope_task *t, int64_t silent_ms, char ret_name[TASK_NAME_MAX]);

/* The wall clock was set back by so much: what was heard of others was as long ago as before. */
void scope_task_set_back(struct scope_task *t, int64_t by_ms);

/* True while more scopes than limits.scopes are told of: the alert Overflow of the task fires. */
bool scope_task_is_alerting(const struct scope_task *t);
/* That alert as of now, as cube.alerts says it, into out (cleared first). CUBE_ENOTFOUND: it does not fire. CUBE_ENOMEM. */
int scope_task_alert(const struct scope_task *t, struct buf *out) CUBE_MUST_CHECK;

/* What waits for a tick: rows, the places of their bundles, hand-overs. */
uint64_t scope_task_waiting_bytes(const struct scope_task *t);

/* Gaps in the chains of bundles seen so far: 0 for ever, or something was lost. */
uint64_t scope_task_gaps(const struct scope_task *t);

#endif
