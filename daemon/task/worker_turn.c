/* One turn of the worker: layout, restore, event time, pacing, commit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/worker_inner.h"

enum { TURN_MS = 10, IDLE_TURN_MS = 200 };
/* From so many records on an epoch waits for more, if there are more. */
enum { CROWD_RECORDS = 500 };

/* ---- layout ----------------------------------------------------------------------------------------- */

static int layout_read(struct worker *w, struct layout_stamp *ret_l)
{
    int32_t n[INPUT_ROLES];
    char text[256];
    for (int role = 0; role < INPUT_ROLES; role++) {
        int rc = w->log->partition_count(w->log->self, (enum topic_role)role, &n[role]);
        if (rc == CUBE_ENOTFOUND) {
            snprintf(text, sizeof text, "topic %s is not there; cubed topics --create makes what is missing", w->config->topics[role]);
            worker_tell(w, 4, "topic_missing", text);
        } else if (rc) {
            worker_tell(w, 4, "broker_away", "no broker answers; it is asked again until one does");
        }
        if (rc) {
            return CUBE_EAGAIN;
        }
    }
    if (n[ROLE_INTERACTIONS] != n[ROLE_CPI]) {
        snprintf(text, sizeof text, "%s has %d partitions and %s has %d: they must be equal", w->config->topics[ROLE_INTERACTIONS],
                 (int)n[ROLE_INTERACTIONS], w->config->topics[ROLE_CPI], (int)n[ROLE_CPI]);
        worker_tell(w, 3, "layout_refused", text);
        return CUBE_ELAYOUT;
    }
    uint32_t digest = (uint32_t)strtoul(w->config->model.digest.at, NULL, 16);
    *ret_l = (struct layout_stamp){n[ROLE_INTERACTIONS], n[ROLE_HR], n[ROLE_PARTIALS], digest};
    return 0;
}

static int tables_create(struct worker *w)
{
    size_t entities = (size_t)w->env.layout.customers + (size_t)w->env.layout.employees, scopes = (size_t)w->env.layout.scopes;
    w->entities = calloc(entities, sizeof(struct entity_task *));
    w->scope_tasks = calloc(scopes, sizeof(struct scope_task *));
    w->partitions = calloc(entities * 2 + scopes, sizeof *w->partitions);
    if (!w->entities || !w->scope_tasks || !w->partitions) {
        return CUBE_ENOMEM;
    }
    w->entity_count = (uint32_t)entities;
    w->scope_count = (uint32_t)scopes;
    return 0;
}

static int layout_ensure(struct worker *w)
{
    if (w->has_layout) {
        return 0;
    }
    if (w->now_ms < w->layout_retry_ms) {
        return CUBE_EAGAIN;
    }
    w->layout_retry_ms = w->now_ms + LAYOUT_RETRY_MS;
    int rc = layout_read(w, &w->env.layout);
    rc = rc ? rc : tables_create(w);
    w->has_layout = !rc;
    w->env.headers = w->log->headers;
    return rc;
}

/* ---- restore ---------------------------------------------------------------------------------------- */

static bool is_owned(const struct worker *w, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < w->owned_count; i++) {
        if (w->owned[i].role == role && w->owned[i].partition == partition) {
            return true;
        }
    }
    return false;
}

static int entity_each(void *arg, const struct record *r)
{
    return entity_task_restore(arg, r);
}

static int scope_each(void *arg, const struct record *r)
{
    return scope_task_restore(arg, r);
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
    rc = rc ? rc : w->log->read_changelog(w->log->self, changelog, index, entity_each, t);
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
    rc = rc ? rc : w->log->read_changelog(w->log->self, ROLE_CHANGELOG_SCOPES, (int32_t)q, scope_each, t);
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

/* Restores the next owned task that is not live. 1: one was restored; 0: all are live. */
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

/* 1: everything owned is live. 0: not yet. */
static int restore_all(struct worker *w)
{
    int rc;
    do {
        rc = restore_next(w);
    } while (rc == 1);
    if (rc) {
        return rc == CUBE_EAGAIN ? 0 : rc;
    }
    if (w->restore_started_ms) {
        w->restore_seconds = (double)(w->now_ms - w->restore_started_ms) / 1e3;
        w->restore_started_ms = 0;
    }
    return 1;
}

/* ---- event time ------------------------------------------------------------------------------------- */

int64_t worker_slowest(const struct worker *w)
{
    int64_t slowest = INT64_MAX;
    for (uint32_t q = 0; q < w->scope_count; q++) {
        int64_t wm = w->scope_tasks[q] ? scope_task_watermark(w->scope_tasks[q]) : TIME_NONE;
        slowest = wm != TIME_NONE && wm < slowest ? wm : slowest;
    }
    return slowest;
}

static int time_advance(struct worker *w)
{
    int rc = 0;
    for (uint32_t i = 0; i < w->entity_count && !rc; i++) {
        struct entity_task *t = w->entities[i];
        rc = t ? entity_task_advance(t, entity_task_watermark(t, w->now_ms)) : 0;
    }
    for (uint32_t q = 0; q < w->scope_count && !rc; q++) {
        rc = w->scope_tasks[q] ? scope_task_advance(w->scope_tasks[q], INT64_MAX) : 0;
    }
    return rc;
}

static void input_hold(struct worker *w, struct task_input *in, bool held)
{
    if (in->held != held) {
        in->held = held;
        w->log->hold(w->log->self, in->role, in->partition, held);
    }
}

/* The largest ts of the input that the others wait for; INT64_MAX none. */
static int64_t least_max_ts(const struct worker *w, struct entity_task *t)
{
    int64_t least = INT64_MAX;
    for (uint32_t k = 0; k < entity_task_input_count(t); k++) {
        const struct task_input *in = entity_task_input(t, k);
        bool waited_for = entity_task_waits_for(t, in, w->now_ms);
        least = waited_for && in->max_ts_ms < least ? in->max_ts_ms : least;
    }
    return least;
}

/* Holds what is too far ahead of the slowest task, and, when a task's held events are at their bound, the
 * input that is ahead of one that is waited for; everything while the open epoch is full. */
static void task_pace(struct worker *w, struct entity_task *t, int64_t slowest_ms, bool full)
{
    struct entity_task_figures f;
    entity_task_figures(t, &f);
    bool crowded = f.held_bytes > w->config->model.limits.held_bytes;
    int64_t least_ms = least_max_ts(w, t), align_ms = w->config->model.time.align_ms;
    for (uint32_t k = 0; k < entity_task_input_count(t); k++) {
        struct task_input *in = entity_task_input(t, k);
        bool ahead = slowest_ms != INT64_MAX && in->max_ts_ms != TIME_NONE && in->max_ts_ms > slowest_ms + align_ms;
        input_hold(w, in, !input_is_replaying(in) && (full || ahead || (crowded && in->max_ts_ms > least_ms)));
    }
}

static void pace(struct worker *w)
{
    bool full = w->env.epoch->bytes.len > EPOCH_BYTES_MAX;
    int64_t slowest_ms = worker_slowest(w);
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i]) {
            task_pace(w, w->entities[i], slowest_ms, full);
        }
    }
}

/* ---- commit ----------------------------------------------------------------------------------------- */

static bool has_work(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i] && entity_task_has_work(w->entities[i])) {
            return true;
        }
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (w->scope_tasks[q] && scope_task_has_work(w->scope_tasks[q])) {
            return true;
        }
    }
    return w->env.epoch->message_count > 0;
}

/* Every transaction carries the offsets of all owned partitions: one without is not fenced. Those of a task
 * that commits nothing stay as they are: they may not run ahead of its commit record. */
static int offset_set(struct worker *w, const struct task_input *in)
{
    return epoch_offset_set(w->env.epoch, in->role, in->partition, in->first);
}

static int entity_commit(struct worker *w, struct entity_task *t, uint32_t *budget)
{
    uint32_t published = 0;
    int rc = entity_task_has_work(t) && !entity_task_is_replaying(t) ? entity_task_commit(t, *budget, &published) : 0;
    *budget -= published;
    for (uint32_t k = 0; k < entity_task_input_count(t) && !rc; k++) {
        rc = offset_set(w, entity_task_input(t, k));
    }
    return rc;
}

static int epoch_fill(struct worker *w)
{
    uint32_t budget = w->config->publish_per_commit;
    int rc = 0;
    for (uint32_t q = 0; q < w->scope_count && !rc; q++) {
        struct scope_task *t = w->scope_tasks[q];
        uint32_t published = 0;
        if (t) {
            rc = scope_task_has_work(t) && !input_is_replaying(scope_task_input(t)) ? scope_task_commit(t, budget, &published) : 0;
            rc = rc ? rc : offset_set(w, scope_task_input(t));
            budget -= published;
        }
    }
    for (uint32_t i = 0; i < w->entity_count && !rc; i++) {
        rc = w->entities[i] ? entity_commit(w, w->entities[i], &budget) : 0;
    }
    return rc;
}

static int commit_begin(struct worker *w)
{
    int rc = epoch_fill(w);
    if (rc || !w->env.epoch->offset_count) {
        return rc;
    }
    struct epoch *frozen = w->env.epoch;
    frozen->number = ++w->epoch_number;
    w->open = 1 - w->open;
    w->env.epoch = &w->epochs[w->open];
    w->committing = true;
    w->taken = 0;
    w->opened_at_ms = w->now_ms;
    rc = w->log->commit(w->log->self, frozen);
    return rc;
}

static bool is_behind(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        struct entity_task *t = w->entities[i];
        for (uint32_t k = 0; t && k < entity_task_input_count(t); k++) {
            if (!entity_task_input(t, k)->at_end) {
                return true;
            }
        }
    }
    return false;
}

static bool is_urgent(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i] && entity_task_is_urgent(w->entities[i])) {
            return true;
        }
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (w->scope_tasks[q] && scope_task_is_urgent(w->scope_tasks[q])) {
            return true;
        }
    }
    return w->env.epoch->message_count > 0;
}

/* Records alone wait for max_interval: a transaction under way would only be in the way of the tick they
 * complete. What a commit costs grows with the entities touched, not with the records: in a backlog an epoch gathers
 * records up to the largest interval, otherwise it goes as soon as it may. */
static bool commit_due(const struct worker *w)
{
    if (w->committing || w->now_ms - w->committed_at_ms < w->config->commit_min_ms) {
        return false;
    }
    if (w->now_ms - w->opened_at_ms >= w->config->commit_max_ms) {
        return has_work(w);
    }
    return is_urgent(w) && !(w->taken >= CROWD_RECORDS && is_behind(w));
}

/* ---- warnings --------------------------------------------------------------------------------------- */

static void share_check(struct worker *w)
{
    uint64_t n = w->dead_seen < SHARE_WINDOW ? w->dead_seen : SHARE_WINDOW;
    bool over = n == SHARE_WINDOW && (double)w->dead_count > w->config->dead_letter_share * (double)n;
    if (over && !w->share_told) {
        worker_tell(w, 3, "dead_letter_share", "more than limits.dead_letter_share of the last 10,000 records are dead letters");
        if (w->config->dead_letter_stop) {
            worker_fail(w, CUBE_EFORMAT);
        }
    }
    w->share_told = over;
}

int64_t worker_turn(struct worker *w, int64_t now_ms)
{
    w->now_ms = w->env.now_ms = now_ms;
    if (w->failed || w->stopping) {
        return IDLE_TURN_MS;
    }
    int rc = layout_ensure(w);
    if (rc == CUBE_EAGAIN || (!rc && !w->owned_count)) {
        return IDLE_TURN_MS;
    }
    rc = rc ? rc : restore_all(w);
    if (rc == 1) {
        rc = time_advance(w);
        pace(w);
        share_check(w);
        rc = rc ? rc : commit_due(w) ? commit_begin(w) : 0;
    }
    if (rc < 0) {
        worker_fail(w, rc);
    }
    return has_work(w) ? TURN_MS : IDLE_TURN_MS;
}
