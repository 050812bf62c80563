/* All tasks of one process over one log: assignment, restore, watermarks, pacing, commits.
 * Driven from outside: the log calls in with records and outcomes, the owner calls worker_turn. */
#ifndef CUBE_TASK_WORKER_H
#define CUBE_TASK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "port/checkpoint.h"
#include "port/jobs.h"
#include "port/log.h"
#include "port/status.h"
#include "task/entity_task.h"
#include "task/scope_task.h"

struct worker;

struct worker_events {
    /* A change or an alert was decided; value is what is published. */
    scope_task_decided_fn *decided;
    /* The state of a scope goes out. */
    void (*stated)(void *arg, struct scope_task *task, uint32_t scope, int64_t tick_ms);
    void (*told)(void *arg, int severity, const char *event, const char *text);
    /* The worker cannot go on: leave with the exit code of this error. */
    void (*failed)(void *arg, int error);
    void *arg;
    struct decode_scratch *scratch; /* lent by who has several workers in one thread; NULL: it makes its own */
    /* Called within a turn, again and again, while tasks are put back on other threads: may look at the worker and at tasks that it
     * shows, ask for worker_restore_steps, and do nothing else with it. NULL: nobody waits. */
    void (*meanwhile)(void *arg);
};

/* log and config are borrowed; the log may be filled in after this call and before worker_start. seed keys
 * hash tables. CUBE_ENOMEM. */
int worker_create(const struct config *c, struct log *log, const struct worker_events *ev, uint64_t seed, struct worker **ret_w) CUBE_MUST_CHECK;
void worker_destroy(struct worker *w);

/* Gives it local copies of changelogs to read tasks back from, before its first turn. Borrowed. */
void worker_checkpoint(struct worker *w, const struct checkpoint *c);

/* Lets it restore tasks side by side, likewise. told may then be called on any of the threads, on several at once; read of the
 * copies, too. */
void worker_jobs(struct worker *w, const struct jobs *j);

/* What has been done to put tasks back, in steps that take no time to speak of: records, and ends of what is done side by side. Who works
 * stands still when it does not change. For meanwhile, too. */
uint64_t worker_restore_steps(struct worker *w);

/* What the log port is to call; arg is the worker. */
struct log_events worker_log_events(struct worker *w);

/* Does what is due: restores, applies, works on ticks, commits. now_ms: wall clock. Returns the milliseconds
 * after which it wants to be called again at the latest. */
int64_t worker_turn(struct worker *w, int64_t now_ms);

/* No more commits are begun; the one under way is finished by the log. */
void worker_stop(struct worker *w);

/* The clean stop: takes nothing any more, and in its next turns waits for the commit under way, not for long, and commits what
 * it has. With it local copies get what their changelogs lack, if it lands. worker_has_left: no more commits are begun. */
void worker_leave(struct worker *w);
bool worker_has_left(const struct worker *w);
bool worker_is_committing(const struct worker *w);

/* Scope tasks owned now, for the page: NULL entries are not owned. */
uint32_t worker_scope_tasks(const struct worker *w, struct scope_task ***ret_tasks);

/* Likewise the entity tasks. */
uint32_t worker_entity_tasks(const struct worker *w, struct entity_task ***ret_tasks);

void worker_status(struct worker *w, struct status *ret_s);

#endif
