/* What restored tasks do once more, side by side: they share nothing in it. */
#include "task/worker_inner.h"

/* Tasks that have their part of one turn, for each processor. Page and signals wait meanwhile. */
enum { TASKS_EACH = 2, TASKS_MAX = 64 };

struct redoing {
    struct entity_task *tasks[TASKS_MAX];
    int results[TASKS_MAX];
    uint32_t count;
};

static void redo_each(void *arg, uint32_t i)
{
    struct redoing *r = arg;
    r->results[i] = entity_task_redo(r->tasks[i]);
}

static void redoing_fill(struct redoing *r, const struct worker *w)
{
    uint32_t wanted = w->jobs ? w->jobs->width * TASKS_EACH : 1, max = wanted < TASKS_MAX ? wanted : TASKS_MAX;
    r->count = 0;
    for (uint32_t i = 0; i < w->entity_count && r->count < max; i++) {
        if (w->entities[i] && entity_task_redoes(w->entities[i])) {
            r->tasks[r->count++] = w->entities[i];
        }
    }
}

int worker_catch_up(struct worker *w)
{
    const struct jobs *j = w->jobs;
    struct redoing r;
    int rc = 0;
    redoing_fill(&r, w);
    if (j && r.count > 1) {
        j->run(j->self, r.count, redo_each, &r);
    } else if (r.count) {
        redo_each(&r, 0);
    }
    for (uint32_t i = 0; i < r.count; i++) {
        rc = r.results[i] < 0 ? r.results[i] : rc;
    }
    return rc;
}
