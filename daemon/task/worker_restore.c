/* Tasks put back from their changelogs. */
#include <stdatomic.h>

#include "task/planted.h"
#include "task/worker_half.h"

static bool is_owned(const struct worker *w, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < w->owned_count; i++) {
        if (w->owned[i].role == role && w->owned[i].partition == partition) {
            return true;
        }
    }
    return false;
}

/* From so many records of changelogs on the next tasks wait for the next turn: page and signals go on. */
enum { TURN_RECORDS = 20000 };

static bool is_restored(const struct worker *w, uint32_t n)
{
    return worker_is_entity(w, n) ? w->entities[n] != NULL : w->scope_tasks[n - w->entity_count] != NULL;
}

/* A topic that was made after the group had given its partitions out comes with the next look that its leader takes at all topics. CUBE_EAGAIN;
 * CUBE_ELAYOUT (told): so it was given out, or it would have come. */
static int not_given(struct worker *w, const char *text)
{
    if (worker_given_waits(w)) {
        return CUBE_EAGAIN;
    }
    worker_tell(w, 3, "not_co_partitioned", text);
    return CUBE_ELAYOUT;
}

/* 1: the task is to be restored here; 0: it is not ours. CUBE_EAGAIN. CUBE_ELAYOUT (told). */
static int is_ours(struct worker *w, uint32_t n)
{
    int32_t index = worker_changelog(w, n).partition;
    bool customers = worker_is_customers(w, n);
    if (!is_owned(w, customers ? ROLE_INTERACTIONS : worker_is_entity(w, n) ? ROLE_HR : ROLE_PARTIALS, index)) {
        return 0;
    }
    if (customers && !is_owned(w, ROLE_CPI, index)) {
        return not_given(w, "the group gave a partition of interactions without the same one of cpi");
    }
    if (customers && w->config->model.clv.observed && !is_owned(w, ROLE_PARTIALS, index)) {
        return not_given(w, "the group gave a partition of interactions without the same one of the partials: observed retention comes to "
                            "customers over it");
    }
    return 1;
}

/* ---- side by side ----------------------------------------------------------------------------------- */

/* Tasks that are worked on in one turn, for each processor: changelogs differ in size by what the broker has not compacted yet, so with
 * many of them few processors stand idle at the end. Signals wait meanwhile. */
enum { TASKS_EACH = 8, TASKS_MAX = 64 };

struct group {
    struct worker *worker;
    atomic_bool over; /* one has met trouble that all will meet: nothing more is begun */
    void (*each)(struct worker *w, uint32_t n);
    uint32_t tasks[TASKS_MAX], count;
};

static void group_each(void *arg, uint32_t i)
{
    struct group *g = arg;
    struct half *h = &g->worker->halves[g->tasks[i]];
    if (atomic_load(&g->over)) {
        h->rc = CUBE_EAGAIN;
        return;
    }
    g->each(g->worker, g->tasks[i]);
    half_step(h);
    if (h->rc == CUBE_EAGAIN) {
        atomic_store(&g->over, true);
    }
}

static void group_run(struct group *g, void (*each)(struct worker *w, uint32_t n))
{
    const struct jobs *j = g->worker->jobs;
    const struct worker_events *ev = &g->worker->events;
    g->each = each;
    atomic_store(&g->over, false);
    if (j && j->run_beside && ev->meanwhile) {
        j->run_beside(j->self, g->count, group_each, g, ev->meanwhile, ev->arg);
        return;
    }
    if (j) {
        j->run(j->self, g->count, group_each, g);
        return;
    }
    for (uint32_t i = 0; i < g->count; i++) {
        group_each(g, i);
    }
}

static uint32_t group_max(const struct worker *w)
{
    uint32_t max = w->jobs ? w->jobs->width * TASKS_EACH : 1;
    return max < TASKS_MAX ? max : TASKS_MAX;
}

/* Lists what is to be restored here next: what has a task already, or what has none. Scopes come first: their tasks differ most. */
static int group_fill(struct group *g, struct worker *w, bool has_task)
{
    *g = (struct group){.worker = w};
    for (uint32_t n = w->entity_count + w->scope_count; n-- > 0 && g->count < group_max(w);) {
        bool due = !is_restored(w, n) && (w->halves[n].task != NULL) == has_task;
        int rc = due ? is_ours(w, n) : 0;
        if (rc < 0) {
            return rc;
        }
        if (rc) {
            g->tasks[g->count++] = n;
        }
    }
    return 0;
}

/* Does a step on the loop's thread with the tasks of the group, up to the first that fails or with all; those that got
 * through are the group then. */
static int group_step(struct group *g, int (*step)(struct worker *w, uint32_t n), bool all)
{
    uint32_t done = 0;
    int failed = 0;
    for (uint32_t i = 0; i < g->count && (all || !failed); i++) {
        int rc = step(g->worker, g->tasks[i]);
        failed = failed ? failed : rc;
        if (!rc) {
            g->tasks[done++] = g->tasks[i];
        }
    }
    g->count = done;
    return failed;
}

static void group_count(const struct group *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        struct half *h = &g->worker->halves[g->tasks[i]];
        g->worker->restore_records += h->records;
        h->records = 0;
    }
}

/* Makes tasks and gives them what their copies have. */
static int copies_take(struct group *g)
{
    int rc = group_step(g, half_make, false);
    group_run(g, half_copy_read);
    int taken = group_step(g, half_copy_taken, true);
    group_count(g);
    return rc ? rc : taken;
}

/* Reads the rest of tasks and starts their inputs. */
static int rest_take(struct group *g)
{
    if (PLANTED(CHANGELOG_FIRST)) {
        group_run(g, half_changelog_read);
    }
    int rc = group_step(g, half_offsets_ask, false);
    if (!PLANTED(CHANGELOG_FIRST)) {
        group_run(g, half_changelog_read);
    }
    int taken = group_step(g, half_changelog_taken, true);
    group_run(g, half_settle);
    group_count(g);
    int finished = group_step(g, half_finish, true);
    rc = rc ? rc : taken;
    return rc ? rc : finished;
}

/* Does the next step of restoring what is owned and has no memory: first all copies, so that what is behind them is
 * fetched while the first is read. 1: something was done; 0: all are restored. */
static int restore_next(struct worker *w)
{
    struct group g;
    int rc = group_fill(&g, w, false);
    if (rc || g.count) {
        rc = rc ? rc : copies_take(&g);
        return rc ? rc : 1;
    }
    rc = group_fill(&g, w, true);
    if (rc || !g.count) {
        return rc;
    }
    rc = rest_take(&g);
    return rc ? rc : 1;
}

uint64_t worker_restore_steps(struct worker *w)
{
    uint64_t steps = 0;
    for (uint32_t n = 0; w->halves && n < w->entity_count + w->scope_count; n++) {
        steps += atomic_load_explicit(&w->halves[n].steps, memory_order_relaxed);
    }
    return steps;
}

void worker_halves_drop(struct worker *w)
{
    for (uint32_t n = 0; w->halves && n < w->entity_count + w->scope_count; n++) {
        half_close(w, n);
    }
}

int worker_restore_all(struct worker *w)
{
    int rc;
    if (w->is_restored) {
        return 1;
    }
    w->restore_records = 0;
    do {
        rc = restore_next(w);
    } while (rc == 1 && w->restore_records < TURN_RECORDS);
    w->goes_on = rc == 1;
    return rc == 0 ? 1 : rc == 1 || rc == CUBE_EAGAIN ? 0 : rc;
}

bool worker_is_live(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i] && entity_task_is_replaying(w->entities[i])) {
            return false;
        }
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (w->scope_tasks[q] && input_is_replaying(scope_task_input(w->scope_tasks[q]))) {
            return false;
        }
    }
    return true;
}

void worker_restore_ended(struct worker *w)
{
    if (w->restore_started_ms && worker_is_live(w)) {
        w->restore_seconds = (double)(w->elapsed_ms - w->restore_started_ms) / 1e3;
        w->restore_started_ms = 0;
    }
}
