/* The alert Overflow of an entity task: its customers or employees are more than it may keep. Events of those that are not kept
 * count in their scopes all the same. */
#include "task/entity_inner.h"

static struct overflow_bound bound_of(const struct entity_task *t)
{
    bool customers = t->type == SENDER_CUSTOMERS;
    return (struct overflow_bound){t->name, customers ? OVERFLOW_SAYS("limits.customers") : OVERFLOW_SAYS("limits.employees"),
                                   customers ? t->model->limits.customers : t->model->limits.employees};
}

int entity_task_overflow(struct entity_task *t, int64_t t_ms)
{
    if (t->catch_up.on) {
        t->overflow.seen = entity_engine_refused(t->engine); /* judged the first time */
    }
    if (t_ms == TIME_NONE || t->catch_up.on || t->env->memory_only) {
        return 0; /* a replay has as many tasks as it is told to: it does not speak of them */
    }
    struct overflow_bound b = bound_of(t);
    enum alert_event event = overflow_judge(&t->overflow, entity_engine_refused(t->engine), b.limit, t_ms);
    return event == ALERT_NOTHING ? 0 : overflow_tell(&t->overflow, &b, t->env, t_ms, &t->bytes);
}

/* The same of the tick at hand, or the one of which it is still to be judged, if the task has applied all of it: whoever
 * goes on after a restart begins in a later one. */
static int overflow_over(struct entity_task *t)
{
    int64_t tick_ms = t->overflow.pending ? t->overflow.since_ms : t->tick_ms;
    return t->applied_ms >= tick_ms ? entity_task_overflow(t, tick_ms) : 0;
}

int entity_task_overflow_flush(struct entity_task *t)
{
    struct overflow_place at = {OVERFLOW_KEY, t->changelog, t->index, t->applied_ms < 0 ? 0 : t->applied_ms};
    int rc = overflow_over(t);
    return rc ? rc : overflow_flush(&t->overflow, entity_engine_refused(t->engine), t->tick_ms, t->env, &at, &t->bytes);
}

bool entity_task_is_overflowing(const struct entity_task *t)
{
    return t->overflow.firing;
}

int entity_task_overflow_alert(const struct entity_task *t, struct buf *out)
{
    char key[17];
    struct overflow_bound b = bound_of(t);
    int64_t t_ms = t->applied_ms == TIME_NONE ? t->overflow.since_ms : t->applied_ms;
    return t->overflow.firing ? overflow_write(&t->overflow, &b, t->model, t_ms, FORMAT_JSON, out, key) : CUBE_ENOTFOUND;
}
