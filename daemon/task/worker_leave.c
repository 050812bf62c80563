/* The clean stop: a last commit of what there is. What its changelogs lack goes into their local copies, for the next process on this machine. */
#include "task/worker_inner.h"

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
        moved = moved || (w->entities[i] && (entity_task_has_moved(w->entities[i]) || entity_task_has_to_note(w->entities[i])));
    }
    return moved || worker_has_work(w);
}

void worker_leave_turn(struct worker *w)
{
    if (w->has_left || (w->committing && w->elapsed_ms < w->leave_by_ms)) {
        return;
    }
    w->has_left = true;
    bool due = !w->committing && w->is_restored && has_moved(w);
    w->env.leaves = true;
    int rc = due ? worker_commit(w) : 0;
    if (rc) {
        worker_fail(w, rc);
    }
}
