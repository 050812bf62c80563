/* The last commit record of a task that is put back. A changelog may have one of every commit, and only the last counts: each is
 * kept as bytes until the next one comes, and the one that stays is read; of the others damage behind the head is not looked for. */
#ifndef CUBE_TASK_COMMIT_LAST_H
#define CUBE_TASK_COMMIT_LAST_H

#include "proto/commit_record.h"
#include "task/task.h"

/* Zeroes: no commit record came. */
struct commit_last {
    bool has;
    struct commit_record record; /* once it is read */
    struct buf bytes;            /* of one that is not; empty otherwise */
    struct record place;         /* of that one: role, partition and offset */
};

/* Keeps a commit record instead of the one before. CUBE_ELAYOUT: written by another layout (told). CUBE_ETRUNCATED, CUBE_EFORMAT,
 * CUBE_EVERSION: its head is not one; CUBE_ENOMEM. */
int commit_last_keep(struct commit_last *c, const struct task_env *env, const struct record *r) CUBE_MUST_CHECK;

/* Reads the one that was kept, if it was not. CUBE_ETRUNCATED, CUBE_EFORMAT (told when is_told says so), CUBE_ENOMEM. */
int commit_last_read(struct commit_last *c, const struct task_env *env, bool is_told) CUBE_MUST_CHECK;

void commit_last_close(struct commit_last *c);

#endif
