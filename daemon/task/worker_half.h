/* One task on its way back, step by step, shared by worker*.c only. Tasks have numbers: those of entities, customers first, then
 * those of scopes. What is done side by side touches nothing but the half, and its
 * partitions of copies and changelogs. */
#ifndef CUBE_TASK_WORKER_HALF_H
#define CUBE_TASK_WORKER_HALF_H

#include "task/worker_inner.h"

/* Whether the task of this number is one of entities. */
static inline bool worker_is_entity(const struct worker *w, uint32_t n)
{
    return n < w->entity_count;
}

/* Whether it is one of customers. */
static inline bool worker_is_customers(const struct worker *w, uint32_t n)
{
    return n < (uint32_t)w->env.layout.customers;
}

/* The changelog of a task. */
struct log_partition worker_changelog(const struct worker *w, uint32_t n);

/* Counts a step of worker_restore_steps. */
void half_step(struct half *h);

/* Makes the task, empty. */
int half_make(struct worker *w, uint32_t n) CUBE_MUST_CHECK;

/* Side by side: gives it what its copy has. */
void half_copy_read(struct worker *w, uint32_t n);

/* Behind that: whatever is wrong with a copy, the changelog has it all. Lets what is missing be fetched. */
int half_copy_taken(struct worker *w, uint32_t n) CUBE_MUST_CHECK;

/* Asks for the committed offsets of the task. This comes before its changelog is read: what they count is in it then. CUBE_EAGAIN:
 * nothing changed. */
int half_offsets_ask(struct worker *w, uint32_t n) CUBE_MUST_CHECK;

/* Side by side: reads what the changelog has behind the copy. */
void half_changelog_read(struct worker *w, uint32_t n);

/* Behind that: whether what was read fits together, and to the offsets. CUBE_EAGAIN: nothing was read, or the task is to be made
 * anew, because the broker is in trouble or others have committed meanwhile. */
int half_changelog_taken(struct worker *w, uint32_t n) CUBE_MUST_CHECK;

/* Side by side: what follows from all that was read. */
void half_settle(struct worker *w, uint32_t n);

/* Behind that: starts its inputs; the task is one of the worker's. CUBE_EAGAIN: as above. */
int half_finish(struct worker *w, uint32_t n) CUBE_MUST_CHECK;

/* Forgets the task and closes its copy. */
void half_close(struct worker *w, uint32_t n);

#endif
