/* The clean stop: a last commit of what there is, and what no commit has is kept for the next process on this machine. */
#include "task/planted.h"
#include "task/worker_copy.h"

/* A broker that is away must not hold up the end of the process. */
enum { LEAVE_PATIENCE_MS = 5000 };

void worker_leave(struct worker *w)
{
    w->leaving = true;
    w->leave_by_ms = w->elapsed_ms + LEAVE_PATIENCE_MS;
}

bool worker_has_left(const struct worker *w)
{
    return w->has_left || w->failed || w->stopping;
}

static bool has_moved(const struct worker *w)
{
    bool moved = false;
    for (uint32_t i = 0; i < w->entity_count; i++) {
        moved = moved || (w->entities[i] && entity_task_has_moved(w->entities[i]));
    }
    return moved || worker_has_work(w);
}

void worker_leave_turn(struct worker *w)
{
    if (w->has_left || (w->committing && w->elapsed_ms < w->leave_by_ms)) {
        return;
    }
    w->has_left = true;
    bool due = !w->committing && w->is_restored && has_moved(w) && !PLANTED(KEPT_EARLY);
    int rc = due ? worker_commit(w) : 0;
    if (rc) {
        worker_fail(w, rc);
    }
}

static void entity_keep(struct worker *w, uint32_t i)
{
    bool customers = i < (uint32_t)w->env.layout.customers;
    int32_t partition = (int32_t)(customers ? i : i - (uint32_t)w->env.layout.customers);
    copy_keep(w, customers ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES, partition, w->entities[i]);
}

void worker_keep(struct worker *w)
{
    bool landed = w && w->has_left && !w->committing && !w->failed && w->checkpoint;
    for (uint32_t i = 0; landed && i < w->entity_count; i++) {
        if (w->entities[i]) {
            entity_keep(w, i);
        }
    }
}
