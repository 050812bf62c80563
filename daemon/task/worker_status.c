/* Figures of the worker, for metrics, readiness and the page. */
#include <stdio.h>
#include <string.h>

#include "task/dead_share.h"
#include "task/overflow.h"
#include "task/planted.h"
#include "task/worker_inner.h"

enum { COMMIT_STALL_MS = 15000 }; /* longer than the broker lets a transaction stand open */

static void input_status(struct worker *w, struct status *s, const struct task_input *in)
{
    int64_t lag = w->log->lag ? w->log->lag(w->log->self, in->role, in->partition) : -1;
    w->partitions[s->partition_count++] = (struct partition_status){in->role, in->partition, input_watermark(in, &w->config->model), lag};
    if (in->role == ROLE_PARTIALS) {
        return;
    }
    s->lag_records += lag > 0 ? lag : 0;
    double seconds = in->max_ts_ms == TIME_NONE || lag <= 0 ? 0 : (double)(w->now_ms - in->max_ts_ms) / 1e3;
    s->lag_seconds = seconds > s->lag_seconds ? seconds : s->lag_seconds;
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        s->records[in->role][o] += in->counts[o] - in->counts_restored[o];
    }
}

static void entities_status(struct worker *w, struct status *s)
{
    struct alert_count *alert = &w->alerts[w->config->model.alert_count], *overflow = alert + 1;
    *alert = (struct alert_count){DEAD_SHARE_ALERT, 0, 0};
    *overflow = (struct alert_count){OVERFLOW_ALERT, 0, 0};
    for (uint32_t i = 0; i < w->entity_count; i++) {
        struct entity_task *t = w->entities[i];
        struct entity_task_figures f;
        if (!t) {
            continue;
        }
        entity_task_figures(t, &f);
        bool customers = i < (uint32_t)w->env.layout.customers;
        *(customers ? &s->customers : &s->employees) += f.entities;
        *(customers ? &s->memory_customers : &s->memory_employees) += f.entity_bytes;
        s->memory_held += f.held_bytes;
        s->memory_dedup += f.dedup_bytes;
        s->dirty += f.dirty;
        s->redo += f.redo;
        s->redo_noted += f.redo_noted;
        *(customers ? &s->overflow_customers : &s->overflow_employees) += f.refused;
        alert->firing += entity_task_is_alerting(t);
        s->overflow_ids += f.ids_lost;
        s->releases = f.releases > s->releases ? f.releases : s->releases;
        overflow->firing += entity_task_is_overflowing(t);
        for (uint32_t k = 0; k < entity_task_input_count(t); k++) {
            overflow->firing += entity_task_forgets_ids(t, k);
            input_status(w, s, entity_task_input(t, k));
        }
    }
}

static void alerts_status(struct worker *w, const struct scope_engine *e)
{
    for (uint32_t r = 0; r < w->config->model.alert_count; r++) {
        struct alert_tally now = scope_engine_alerts(e, r);
        w->alerts[r].pending += now.pending;
        w->alerts[r].firing += now.firing;
    }
}

static void scopes_status(struct worker *w, struct status *s)
{
    for (uint32_t r = 0; r < w->config->model.alert_count; r++) {
        w->alerts[r] = (struct alert_count){w->config->model.alerts[r].name.at, 0, 0};
    }
    struct alert_count *overflow = &w->alerts[w->config->model.alert_count + 1];
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (!w->scope_tasks[q]) {
            continue;
        }
        overflow->firing += scope_task_is_alerting(w->scope_tasks[q]);
        struct scope_engine *e = scope_task_engine(w->scope_tasks[q]);
        s->scopes += scope_engine_count(e);
        s->overflow_scopes += scope_engine_overflowed(e);
        s->memory_scopes += scope_engine_bytes(e) + scope_task_guard_bytes(w->scope_tasks[q]);
        s->memory_waiting += scope_task_waiting_bytes(w->scope_tasks[q]);
        s->bundle_gaps += scope_task_gaps(w->scope_tasks[q]);
        input_status(w, s, scope_task_input(w->scope_tasks[q]));
        alerts_status(w, e);
    }
}

/* Tasks tell at every tick while their watermark follows the clock; where it does not, silence says
 * nothing. */
static bool stalled_task(const struct worker *w, char name[TASK_NAME_MAX])
{
    const struct model *m = &w->config->model;
    int64_t silent_ms = m->time.task_stall_ms + m->time.idle_after_ms + 2 * m->cube.tick_ms;
    for (uint32_t q = 0; q < w->scope_count && m->time.idle_after_ms >= 0; q++) {
        if (w->scope_tasks[q] && scope_task_stalled(w->scope_tasks[q], silent_ms, name)) {
            return true;
        }
    }
    return false;
}

static bool all_live(const struct worker *w)
{
    return w->has_layout && w->owned_count && w->is_restored && !w->restore_started_ms && worker_is_live(w);
}

static void readiness(const struct worker *w, struct status *s)
{
    char name[TASK_NAME_MAX];
    const char *why = "", *lacks = worker_given_lacks(w);
    if (!w->has_layout) {
        why = "the topics have not been seen yet";
    } else if (w->layout_due && w->owned_count) {
        why = "the topics are not all seen: is one missing?";
    } else if (!all_live(w)) {
        why = w->owned_count ? "restoring" : "no partitions are assigned to this instance";
    } else if (*lacks) {
        why = lacks;
    } else if (w->committing && w->elapsed_ms - w->begun_at_ms > COMMIT_STALL_MS) {
        why = "a commit does not end: the log says why";
    } else if (w->share_over || worker_is_alerting(w)) {
        why = "too many dead letters";
    }
    snprintf(s->not_ready, sizeof s->not_ready, "%s", why);
    if (!*why && stalled_task(w, name)) {
        snprintf(s->stalled_task, sizeof s->stalled_task, "%s", name);
        snprintf(s->not_ready, sizeof s->not_ready, "task %s has told nothing: is an instance missing?", name);
    }
    s->ready = !s->not_ready[0];
}

void worker_status(struct worker *w, struct status *ret_s)
{
    struct status s = {.live = !w->failed, .restore_seconds = w->restore_seconds, .transactions_done = w->transactions_done,
                       .transactions_lost = w->transactions_lost, .commits = w->transactions_done, .commit_seconds_sum = w->commit_seconds_sum};
    memcpy(s.commit_bucket, w->commit_bucket, sizeof s.commit_bucket);
    memcpy(s.bounds_reached, w->bounds_reached, sizeof s.bounds_reached);
    memcpy(s.records, w->records, sizeof s.records);
    entities_status(w, &s);
    scopes_status(w, &s);
    s.memory_epoch = w->epochs[0].bytes.capacity + w->epochs[1].bytes.capacity;
    s.partitions = w->partitions;
    s.alerts = w->alerts;
    s.alert_count = w->config->model.alert_count + TASK_ALERTS;
    s.complete = all_live(w);
    s.assigned = w->owned_count > 0;
    s.broker_up = true;
    readiness(w, &s);
    *ret_s = s;
}
