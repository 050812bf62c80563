/* Tells a person which partition counts, or which configuration, something was written with and which are there now. */
#ifndef CUBE_TASK_LAYOUT_TOLD_H
#define CUBE_TASK_LAYOUT_TOLD_H

#include "task/task.h"

/* Says `layout_differs`, once in a process (env.layout_is_told), with what differs in them. what comes from the one that was: "the changelog",
 * "this process". Without anybody to tell it does nothing. */
void layout_told(const struct task_env *env, const char *what, const struct layout_stamp *was, const struct layout_stamp *is);

/* Says `layout_differs` of a topic that has got more partitions than when this process started. */
void layout_grown_told(const struct task_env *env, enum topic_role role, int32_t was, int32_t now);

#endif
