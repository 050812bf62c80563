/* The alert DeadLetterShare of an entity task (contract, section 2, limits). */
#include <stdio.h>
#include <string.h>

#include "task/entity_inner.h"
#include "task/planted.h"
#include "window/pane.h"

/* The last whole tick that the task's watermark has passed, by its events alone, those of another input that are read again among them;
 * without an event yet, by the time of the record. */
static int64_t tick_of(const struct entity_task *t, const struct record *r)
{
    int64_t min = INT64_MAX, tick_ms = t->model->cube.tick_ms;
    for (uint32_t i = 0; i < t->input_count; i++) {
        const struct task_input *in = &t->inputs[i];
        int64_t max_ms = input_is_replaying(in) && !PLANTED(SHARE_BY_REPLAY) ? in->committed_max_ts_ms : in->max_ts_ms;
        int64_t wm = max_ms == TIME_NONE ? TIME_NONE : max_ms - t->model->time.out_of_order_ms;
        min = wm != TIME_NONE && wm < min ? wm : min;
    }
    if (min == INT64_MAX) {
        min = r->timestamp_ms < 0 ? 0 : r->timestamp_ms;
    }
    return pane_of(min, tick_ms) * tick_ms;
}

/* The alert as told at t, and its key. */
static int alert_write(const struct entity_task *t, bool firing, int64_t t_ms, enum output_format f, struct buf *out, char key[17])
{
    char task[TASK_NAME_MAX], summary[128];
    task_name(t->type, t->index, task);
    snprintf(summary, sizeof summary, "Too many of the last 10,000 records of %s are dead letters", task);
    struct task_alert a = {.name = TEXT_LITERAL(DEAD_SHARE_ALERT), .task = text_of(task), .severity = TEXT_LITERAL("page"),
                           .summary = text_of(summary), .firing = firing, .starts_ms = t->dead.since_ms, .t_ms = t_ms,
                           .value = dead_share_value(&t->dead), .n = dead_share_window(&t->dead)};
    task_alert_fingerprint(&a);
    output_alert_key(a.fingerprint, key);
    return output_task_alert(t->model, &a, f, out);
}

static int alert_put(struct entity_task *t, bool firing, int64_t t_ms)
{
    char key[17];
    struct task_env env = *t->env;
    env.epoch = PLANTED(SHARE_OVERTAKES) && !entity_task_is_replaying(t) ? t->env->epoch : entity_task_outgoing(t);
    buf_clear(&t->bytes);
    int rc = alert_write(t, firing, t_ms, t->env->format, &t->bytes, key);
    return rc ? rc : task_output(&env, ROLE_ALERTS, (struct text){key, 16}, t_ms, &t->bytes);
}

int entity_dead_judge(struct entity_task *t, const struct record *r)
{
    if (t->env->memory_only) {
        return 0; /* a replay judges all its input together */
    }
    int64_t t_ms = tick_of(t, r);
    enum alert_event event = dead_share_judge(&t->dead, t->env->config->dead_letter_share, t_ms);
    return event == ALERT_NOTHING ? 0 : alert_put(t, event == ALERT_FIRED, t_ms);
}

bool entity_task_is_alerting(const struct entity_task *t)
{
    return t->dead.firing;
}

int entity_task_alert(const struct entity_task *t, struct buf *out)
{
    char key[17];
    return t->dead.firing ? alert_write(t, true, t->applied_ms == TIME_NONE ? t->dead.since_ms : t->applied_ms, FORMAT_JSON, out, key)
                          : CUBE_ENOTFOUND;
}

int entity_task_dead_flush(struct entity_task *t)
{
    if (!t->dead.dirty) {
        return 0;
    }
    buf_clear(&t->bytes);
    int rc = dead_share_encode(&t->dead, &t->bytes);
    rc = rc ? rc : epoch_add(t->env->epoch, t->changelog, t->index, t->applied_ms < 0 ? 0 : t->applied_ms, (const uint8_t *)DEAD_SHARE_KEY,
                             strlen(DEAD_SHARE_KEY), t->bytes.at, t->bytes.len, NULL, 0);
    t->dead.dirty = rc != 0;
    return rc;
}

void entity_task_dead_restored(struct entity_task *t)
{
    uint64_t records = 0;
    for (uint32_t i = 0; i < t->input_count; i++) {
        for (int o = 0; o < OUTCOME_COUNT; o++) {
            records += t->inputs[i].counts[o];
        }
    }
    dead_share_advance(&t->dead, records);
}
