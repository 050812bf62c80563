/* The scopes as the changelogs of the scope tasks hold them, put back by the engine itself: what was published of
 * them, and whether finer scopes add up to the ones around them. */
#ifndef CUBE_CLI_VERIFY_SCOPES_H
#define CUBE_CLI_VERIFY_SCOPES_H

#include "cli/verify_commits.h"
#include "cli/verify_outputs.h"
#include "task/scope_task.h"

struct verify_scopes {
    const struct verify_world *world;
    struct verify_report *report;
    struct task_env env;
    struct verify_scope_task {
        struct scope_task *task;
        bool open;      /* records of a commit whose commit record is still to come */
        bool restored;
        int64_t offset; /* of the last record */
    } *tasks;
    int64_t *done_ms; /* by task: its scopes stand at this tick; TIME_NONE: they cannot be looked at */
};

/* CUBE_ENOMEM. */
int verify_scopes_init(struct verify_scopes *v, const struct verify_world *w, struct verify_report *report) CUBE_MUST_CHECK;
void verify_scopes_close(struct verify_scopes *v);

/* Takes a record of the changelog of scopes, in offset order per partition. 1: it is in the middle of a commit.
 * CUBE_ENOMEM. */
int verify_scopes_record(struct verify_scopes *v, const struct record *r) CUBE_MUST_CHECK;

/* The changelogs were read; commits has seen their commit records, too. Fills done_ms. CUBE_ENOMEM. */
int verify_scopes_restored(struct verify_scopes *v, const struct verify_commits *commits) CUBE_MUST_CHECK;

/* Compares the last states with what the tasks keep. Once. CUBE_ENOMEM. */
int verify_scopes_states(struct verify_scopes *v, const struct verify_outputs *outputs) CUBE_MUST_CHECK;

/* verify_children.c: adds finer scopes up. CUBE_ENOMEM. */
int verify_scopes_children(struct verify_scopes *v) CUBE_MUST_CHECK;

#endif
