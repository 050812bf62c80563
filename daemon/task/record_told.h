/* Tells a person which of cubed's own records is damaged, and where it stands. */
#ifndef CUBE_TASK_RECORD_TOLD_H
#define CUBE_TASK_RECORD_TOLD_H

#include "engine/scope_engine.h"
#include "task/task.h"

/* Says event of a record that a task refuses with rc: topic, partition, offset, and what is wrong. Lack of memory and a layout that
 * differs are not the record's: nothing is said. */
void record_told(const struct task_env *env, const char *event, const struct record *r, int rc);

/* Says `sums_refused` where an engine met sums of no events in what a partition holds from offset `from` to before `next`; for a
 * compacted topic, whose offsets say nothing, next is 0. Nothing where it met none. */
void sums_told(const struct task_env *env, const struct scope_engine *e, enum topic_role role, int32_t partition, int64_t from, int64_t next);

#endif
