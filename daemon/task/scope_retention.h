/* Observed retention between tasks: the guard tells at each release what was observed until then, over `partials`, to
 * every scope task; that one hands it in memory to the customer task of the same number, which the same process owns,
 * and keeps the record to be read again until it has. A part of the scope task; scope_handover.c calls it. */
#ifndef CUBE_TASK_SCOPE_RETENTION_H
#define CUBE_TASK_SCOPE_RETENTION_H

#include "engine/retention.h"
#include "proto/handover.h"
#include "task/task.h"

struct scope_task;
struct entity_task;

/* Tables in the order told. Zeroes are valid. */
struct scope_retention {
    struct retention_table *waiting; /* for the customer task; the last one may still be told */
    uint32_t count, capacity;
    bool open;                       /* it is */
    int64_t passed_ms;               /* release of the last one handed on since the start; TIME_NONE */
};

void scope_retention_close(struct scope_retention *r);

/* The guard's last decision was the release of tick t_ms: tells it. CUBE_ENOMEM. */
int scope_retention_tell(struct scope_task *t, int64_t t_ms) CUBE_MUST_CHECK;

/* Takes a record of this part, which has been opened. CUBE_EFORMAT and the like: refused; CUBE_ENOMEM. */
int scope_retention_record(struct scope_task *t, int64_t offset, struct handover_reader *reader, const struct handover_head *head) CUBE_MUST_CHECK;

/* Hands what has been told whole to a customer task that is live; nothing when there is nothing. CUBE_ENOMEM: drop and
 * restore both. */
int scope_retention_pass(struct scope_task *t, struct entity_task *customers) CUBE_MUST_CHECK;

#endif
