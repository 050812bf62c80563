/* The worker's use of local copies of changelogs (port/checkpoint.h), shared by worker*.c only. Without copies everything
 * is read from the changelogs. copy_read and copy_read_on of different partitions may be called side by side. */
#ifndef CUBE_TASK_WORKER_COPY_H
#define CUBE_TASK_WORKER_COPY_H

#include "port/checkpoint.h"
#include "task/worker_inner.h"

typedef int copy_each_fn(void *arg, const struct record *r);

/* Tasks that are made from now on hash by the seed of the copies. */
void copy_seed(struct worker *w);

/* Calls each with what the copy of a changelog has, and opens the copy. CUBE_ENOTFOUND: it has nothing of use; then it is
 * empty, and a task that was given anything is to be made anew. Else the first non-zero of each. */
int copy_read(struct worker *w, enum topic_role changelog, int32_t partition, copy_each_fn *each, void *arg,
              struct checkpoint_place *ret_place) CUBE_MUST_CHECK;

/* Calls each with what the changelog has from a place on (at -1: all), and appends it to the copy, which is not good to there before
 * copy_mark. ret_last: of the commit record read last, no lineage: none. Fails as log.read_changelog. */
int copy_read_on(struct worker *w, enum topic_role changelog, int32_t partition, copy_each_fn *each, void *arg,
                 const struct checkpoint_place *from, struct checkpoint_place *ret_last) CUBE_MUST_CHECK;

/* Whether the changelog goes on from a place, by the commit record read last behind it. If not, the task is to be made anew and the
 * copy refused. */
bool copy_goes_on(const struct checkpoint_place *from, const struct checkpoint_place *last);

/* Whether there is a copy that takes what lands. */
bool copy_takes(const struct worker *w, enum topic_role changelog, int32_t partition);

/* What was read is good up to this commit record. */
void copy_mark(struct worker *w, enum topic_role changelog, int32_t partition, const struct checkpoint_place *last);

/* The copy is not of this changelog: begins an empty one. */
void copy_refuse(struct worker *w, enum topic_role changelog, int32_t partition);

/* What was not confirmed by a commit record is forgotten, the rest is written out. */
void copy_close(struct worker *w, enum topic_role changelog, int32_t partition);

/* Appends what landed with an epoch, and what was noted with it, to the copies of its tasks. */
void copy_append(struct worker *w, const struct epoch *e);

#endif
