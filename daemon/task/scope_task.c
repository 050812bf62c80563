#include "task/scope_task.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "task/planted.h"
#include "task/scope_inner.h"
#include "window/pane.h"

int scope_task_create(const struct task_env *env, int32_t index, scope_task_decided_fn *decided, void *arg, struct scope_task **ret_t)
{
    struct scope_task *t = calloc(1, sizeof *t);
    if (!t) {
        return CUBE_ENOMEM;
    }
    t->env = env;
    t->model = &env->config->model;
    t->index = index;
    t->input = (struct task_input){.role = ROLE_PARTIALS, .partition = index, .max_ts_ms = TIME_NONE};
    t->done_ms = t->blocked_ms = TIME_NONE;
    t->decided = decided;
    t->decided_arg = arg;
    t->sender_count = (uint32_t)(env->layout.customers + env->layout.employees);
    t->senders = calloc(t->sender_count, sizeof *t->senders);
    t->heard_ms = malloc((t->sender_count + 1) * sizeof *t->heard_ms);
    int rc = t->senders && t->heard_ms ? scope_engine_create(t->model, env->seed, &t->engine) : CUBE_ENOMEM;
    rc = rc ? rc : scope_handover_create(t);
    if (rc) {
        scope_task_destroy(t);
        return rc;
    }
    if (env->memory_only) {
        scope_engine_unlogged(t->engine);
    }
    for (uint32_t i = 0; i < t->sender_count; i++) {
        t->senders[i].watermark_ms = TIME_NONE;
        t->heard_ms[i] = env->now_ms;
    }
    *ret_t = t;
    return 0;
}

void scope_task_destroy(struct scope_task *t)
{
    if (!t) {
        return;
    }
    input_close(&t->input);
    scope_engine_destroy(t->engine);
    commit_last_close(&t->restored);
    records_last_close(&t->records);
    buf_close(&t->bytes);
    free(t->senders);
    free(t->heard_ms);
    free(t->pending);
    row_names_close(&t->names);
    scope_handover_close(t);
    free(t);
}

void scope_task_listen(struct scope_task *t, void (*stated)(void *arg, struct scope_task *t, uint32_t scope, int64_t tick_ms))
{
    t->stated = stated;
}

struct task_input *scope_task_input(struct scope_task *t)
{
    return &t->input;
}

struct scope_engine *scope_task_engine(struct scope_task *t)
{
    return t->engine;
}

/* ---- ticks ------------------------------------------------------------------------------------------ */

int64_t scope_task_watermark(const struct scope_task *t)
{
    int64_t min = INT64_MAX;
    for (uint32_t i = 0; i < t->sender_count; i++) {
        const struct commit_peer *s = &t->senders[i];
        if (PLANTED(SENDER_PASSED_OVER) && i >= (uint32_t)t->env->layout.customers) {
            continue;
        }
        if (!s->heard) {
            return TIME_NONE;
        }
        if (s->state == SENDER_ACTIVE && s->watermark_ms < min) {
            min = s->watermark_ms;
        }
    }
    return min == INT64_MAX ? TIME_NONE : min;
}

static int decision_publish(struct scope_task *t, const struct decision *d)
{
    struct text scope = scope_engine_key(t->engine, d->scope), key = scope;
    char fingerprint[17];
    bool change = d->type == DECISION_CHANGE;
    buf_clear(&t->bytes);
    int rc = change ? output_change(t->model, scope, d, t->env->format, &t->bytes) : output_alert(t->model, scope, d, t->env->format, &t->bytes);
    if (rc) {
        return rc;
    }
    if (!change) {
        output_alert_key(d->fingerprint, fingerprint);
        key = text_of(fingerprint);
    }
    if (t->decided) {
        t->decided(t->decided_arg, d, scope, &t->bytes);
    }
    return task_output(t->env, change ? ROLE_CHANGES : ROLE_ALERTS, key, d->t_ms, &t->bytes);
}

/* Where only the last state of each scope goes out, those that wait and could not say it any more. */
static int overtaken_publish(struct scope_task *t, int64_t tick_ms)
{
    const uint32_t *scopes;
    uint32_t count = scope_engine_overtaken(t->engine, tick_ms, &scopes);
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = scope_task_publish(t, scopes[i], scope_engine_judged(t->engine, scopes[i]));
    }
    return rc;
}

int64_t scope_task_next_tick(const struct scope_task *t)
{
    int64_t engine_ms = scope_engine_next_tick(t->engine), release_ms = scope_handover_next(t);
    return engine_ms < release_ms ? engine_ms : release_ms;
}

int64_t scope_task_slowest(const struct scope_task *t)
{
    return t->blocked_ms != TIME_NONE ? t->blocked_ms : scope_task_watermark(t);
}

bool scope_task_waits(const struct scope_task *t)
{
    return t->blocked_ms != TIME_NONE;
}

static struct overflow_bound bound_of(const struct scope_task *t, char name[TASK_NAME_MAX])
{
    scope_task_name(t->index, name);
    return (struct overflow_bound){name, OVERFLOW_SAYS("limits.scopes"), t->model->limits.scopes};
}

/* A replay has as many tasks as it is told to: it does not speak of them. */
static int overflow_look(struct scope_task *t, int64_t tick_ms)
{
    enum alert_event event = overflow_judge(&t->overflow, scope_engine_overflowed(t->engine), t->model->limits.scopes, tick_ms);
    if (event == ALERT_NOTHING || t->env->memory_only) {
        return 0;
    }
    char name[TASK_NAME_MAX];
    struct overflow_bound b = bound_of(t, name);
    return overflow_tell(&t->overflow, &b, t->env, tick_ms, &t->bytes);
}

bool scope_task_is_alerting(const struct scope_task *t)
{
    return t->overflow.firing;
}

int scope_task_alert(const struct scope_task *t, struct buf *out)
{
    char name[TASK_NAME_MAX], key[17];
    struct overflow_bound b = bound_of(t, name);
    return t->overflow.firing ? overflow_write(&t->overflow, &b, t->model, t->done_ms, FORMAT_JSON, out, key) : CUBE_ENOTFOUND;
}

static int tick_work(struct scope_task *t, int64_t tick_ms)
{
    int rc = t->env->last_states ? overtaken_publish(t, tick_ms) : 0;
    rc = rc ? rc : scope_handover_before(t, tick_ms);
    rc = rc ? rc : scope_engine_tick(t->engine, tick_ms);
    t->dirty = true;
    for (uint32_t i = 0; i < scope_engine_decision_count(t->engine) && !rc; i++) {
        rc = decision_publish(t, scope_engine_decision_at(t->engine, i));
    }
    scope_engine_decisions_clear(t->engine);
    rc = rc ? rc : overflow_look(t, tick_ms);
    return rc ? rc : scope_handover_after(t, tick_ms);
}

int scope_task_advance(struct scope_task *t, int64_t limit_ms)
{
    int64_t wm_ms = scope_task_watermark(t);
    if (wm_ms == TIME_NONE || input_is_replaying(&t->input)) {
        return 0;
    }
    int64_t tick_ms = t->model->cube.tick_ms;
    int64_t until_ms = pane_of(wm_ms < limit_ms ? wm_ms : limit_ms, tick_ms) * tick_ms;
    int64_t next_ms;
    int rc = scope_handover_guard(t, until_ms);
    int64_t blocked_ms = TIME_NONE;
    while (!rc && (next_ms = scope_task_next_tick(t)) <= until_ms) {
        if (!scope_handover_allows(t, next_ms)) {
            blocked_ms = next_ms;
            until_ms = next_ms - tick_ms;
            break;
        }
        rc = tick_work(t, next_ms);
    }
    if (blocked_ms != t->blocked_ms) {
        t->blocked_ms = blocked_ms;
        t->blocked_since_ms = t->env->now_ms;
    }
    if (rc) {
        scope_sums_told(t, t->pending_count ? t->pending[t->pending_first].offset : t->input.first, t->input.next);
        return rc;
    }
    t->done_ms = until_ms > t->done_ms ? until_ms : t->done_ms;
    scope_pending_trim(t);
    return 0;
}

int64_t scope_task_done(const struct scope_task *t)
{
    return t->done_ms;
}

bool scope_task_stalled(const struct scope_task *t, int64_t silent_ms, char ret_name[TASK_NAME_MAX])
{
    if (t->blocked_ms != TIME_NONE && t->env->now_ms - t->blocked_since_ms > silent_ms) {
        scope_task_name(scope_handover_waits_for(t), ret_name);
        return true;
    }
    int32_t customers = t->env->layout.customers;
    for (uint32_t i = 0; i < t->sender_count; i++) {
        const struct commit_peer *s = &t->senders[i];
        bool waited_for = !s->heard || s->state == SENDER_ACTIVE;
        if (waited_for && t->env->now_ms - t->heard_ms[i] > silent_ms) {
            bool customer = (int32_t)i < customers;
            task_name(customer ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, (int32_t)i - (customer ? 0 : customers), ret_name);
            return true;
        }
    }
    return false;
}

void scope_task_set_back(struct scope_task *t, int64_t by_ms)
{
    for (uint32_t i = 0; i < t->sender_count; i++) {
        t->heard_ms[i] -= by_ms;
    }
    t->blocked_since_ms -= by_ms;
}

uint64_t scope_task_gaps(const struct scope_task *t)
{
    return t->gaps;
}

uint64_t scope_task_waiting_bytes(const struct scope_task *t)
{
    uint64_t guarded = t->handover.guard ? scope_engine_waiting_bytes(guard_cells(t->handover.guard)) : 0;
    return scope_engine_waiting_bytes(t->engine) + guarded + t->pending_count * sizeof *t->pending + t->handover.queue.bytes;
}

uint64_t scope_task_guard_bytes(const struct scope_task *t)
{
    return t->handover.guard ? guard_bytes(t->handover.guard) : 0;
}
