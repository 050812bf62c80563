/* What a task keeps at a clean stop beside its changelog: its dirty entities as they stand. They stay dirty after the restart,
 * in their generations, so what later commit records say of redo holds for the changelog as ever. */
#ifndef CUBE_TASK_ENTITY_KEEP_H
#define CUBE_TASK_ENTITY_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "task/entity_redo.h"

/* What was kept, while it is put back. */
struct keep {
    bool is;             /* something was */
    int64_t applied_ms;  /* of the task */
    uint64_t missing;    /* entities that are still to come */
    struct redo_place inputs[COMMIT_INPUTS_MAX]; /* from where they are read again, for what is held and for the ids */
};

/* All records are back: what was kept takes the place of redo. CUBE_EFORMAT: it is not whole, or of another watermark. */
int keep_restored(struct entity_task *t) CUBE_MUST_CHECK;

#endif
