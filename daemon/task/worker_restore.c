/* Tasks put back from their changelogs. */
#include <string.h>

#include "task/record_told.h"
#include "task/worker_inner.h"

static bool is_owned(const struct worker *w, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < w->owned_count; i++) {
        if (w->owned[i].role == role && w->owned[i].partition == partition) {
            return true;
        }
    }
    return false;
}

/* From so many records of changelogs on the next task waits for the next turn: heartbeats, page and signals go on. */
enum { TURN_RECORDS = 20000 };

struct restoring {
    struct worker *worker;
    void *task;
};

static int entity_each(void *arg, const struct record *r)
{
    struct restoring *x = arg;
    x->worker->restore_records++;
    int rc = entity_task_restore(x->task, r);
    record_told(&x->worker->env, "changelog_refused", r, rc);
    return rc;
}

static int scope_each(void *arg, const struct record *r)
{
    struct restoring *x = arg;
    x->worker->restore_records++;
    int rc = scope_task_restore(x->task, r);
    record_told(&x->worker->env, "changelog_refused", r, rc);
    return rc;
}

/* Restores one entity task and starts its inputs. */
static int entity_restore(struct worker *w, struct entity_task **place, enum sender_type type, int32_t index)
{
    struct log_partition p[COMMIT_INPUTS_MAX];
    int64_t committed[COMMIT_INPUTS_MAX], from[COMMIT_INPUTS_MAX];
    enum topic_role changelog = type == SENDER_CUSTOMERS ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES;
    struct entity_task *t;
    int rc = entity_task_create(&w->env, type, index, &t);
    if (rc) {
        return rc;
    }
    uint32_t n = entity_task_input_count(t);
    for (uint32_t i = 0; i < n; i++) {
        p[i] = (struct log_partition){entity_task_input(t, i)->role, index};
    }
    rc = w->log->committed_offsets(w->log->self, p, n, committed);
    rc = rc ? rc : w->log->read_changelog(w->log->self, changelog, index, -1, entity_each, &(struct restoring){w, t});
    rc = rc ? rc : entity_task_restored(t, committed, from);
    for (uint32_t i = 0; i < n && !rc; i++) {
        memcpy(entity_task_input(t, i)->counts_restored, entity_task_input(t, i)->counts, sizeof entity_task_input(t, i)->counts);
        entity_task_input(t, i)->heard_ms = w->now_ms;
        rc = w->log->start(w->log->self, p[i].role, index, from[i]);
    }
    if (rc) {
        entity_task_destroy(t);
        return rc;
    }
    *place = t;
    return 0;
}

static int scope_restore(struct worker *w, uint32_t q)
{
    struct log_partition p = {ROLE_PARTIALS, (int32_t)q};
    int64_t committed, from;
    struct scope_task *t;
    int rc = scope_task_create(&w->env, (int32_t)q, w->events.decided, w->events.arg, &t);
    if (rc) {
        return rc;
    }
    rc = w->log->committed_offsets(w->log->self, &p, 1, &committed);
    rc = rc ? rc : w->log->read_changelog(w->log->self, ROLE_CHANGELOG_SCOPES, (int32_t)q, -1, scope_each, &(struct restoring){w, t});
    rc = rc ? rc : scope_task_restored(t, committed, &from);
    rc = rc ? rc : w->log->start(w->log->self, ROLE_PARTIALS, (int32_t)q, from);
    if (rc) {
        scope_task_destroy(t);
        return rc;
    }
    scope_task_listen(t, w->events.stated);
    w->scope_tasks[q] = t;
    return 0;
}

/* Restores the next owned task that has no memory. 1: one was restored; 0: all are. */
static int restore_next(struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        bool customers = i < (uint32_t)w->env.layout.customers;
        int32_t index = (int32_t)(customers ? i : i - (uint32_t)w->env.layout.customers);
        if (w->entities[i] || !is_owned(w, customers ? ROLE_INTERACTIONS : ROLE_HR, index)) {
            continue;
        }
        if (customers && !is_owned(w, ROLE_CPI, index)) {
            worker_tell(w, 3, "not_co_partitioned", "the group gave a partition of interactions without the same one of cpi");
            return CUBE_ELAYOUT;
        }
        if (customers && w->config->model.clv.observed && !is_owned(w, ROLE_PARTIALS, index)) {
            worker_tell(w, 3, "not_co_partitioned", "the group gave a partition of interactions without the same one of the partials: observed "
                        "retention comes to customers over it");
            return CUBE_ELAYOUT;
        }
        int rc = entity_restore(w, &w->entities[i], customers ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, index);
        return rc ? rc : 1;
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (!w->scope_tasks[q] && is_owned(w, ROLE_PARTIALS, (int32_t)q)) {
            int rc = scope_restore(w, q);
            return rc ? rc : 1;
        }
    }
    return 0;
}

int worker_restore_all(struct worker *w)
{
    int rc;
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
