/* The alert Overflow of an input partition: more ids came within dedup.horizon than are remembered. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "task/entity_inner.h"
#include "window/pane.h"

#define SAYS "remembers as many ids as limits.ids allows: events of older ones count again, though dedup.horizon is not over"

static struct overflow_bound bound_of(const struct entity_task *t, uint32_t i, char name[TASK_NAME_MAX])
{
    static const char *const of_roles[] = {[ROLE_INTERACTIONS] = "interactions", [ROLE_CPI] = "cpi", [ROLE_HR] = "hr"};
    snprintf(name, TASK_NAME_MAX, "%s-%d", of_roles[t->inputs[i].role], (int)t->index);
    return (struct overflow_bound){name, SAYS, t->model->limits.ids};
}

/* By number of the input: names of topics may change. */
static const char *key_of(uint32_t i)
{
    static const char *const keys[COMMIT_INPUTS_MAX] = {OVERFLOW_KEY "-ids-0", OVERFLOW_KEY "-ids-1"};
    CHECK_PRE(i < COMMIT_INPUTS_MAX);
    return keys[i];
}

/* The last whole tick that the input's own watermark has passed: it follows from its records alone. */
static int64_t tick_of(const struct entity_task *t, const struct task_input *in)
{
    int64_t tick_ms = t->model->cube.tick_ms;
    return pane_of(input_watermark(in, t->model), tick_ms) * tick_ms;
}

static int judge(struct entity_task *t, const struct task_input *in, uint32_t i)
{
    if (overflow_judge(&t->ids[i], dedup_lost(in->dedup), t->model->limits.ids, tick_of(t, in)) == ALERT_NOTHING) {
        return 0;
    }
    char name[TASK_NAME_MAX];
    struct overflow_bound b = bound_of(t, i, name);
    struct task_env env = *t->env;
    env.epoch = entity_task_outgoing(t);
    return overflow_tell(&t->ids[i], &b, &env, tick_of(t, in), &t->bytes);
}

int entity_ids_changed(struct entity_task *t, uint32_t i)
{
    const struct task_input *in = &t->inputs[i];
    if (input_is_replaying(in) || t->env->memory_only) {
        t->ids[i].seen = dedup_lost(in->dedup); /* judged the first time; a replay has as many partitions as it is told to */
        return 0;
    }
    return judge(t, in, i);
}

int entity_ids_flush(struct entity_task *t)
{
    int rc = 0;
    for (uint32_t i = 0; i < t->input_count && !rc; i++) {
        struct overflow_place at = {key_of(i), t->changelog, t->index, t->applied_ms < 0 ? 0 : t->applied_ms};
        rc = overflow_flush(&t->ids[i], t->ids[i].seen, 0, t->env, &at, &t->bytes);
    }
    return rc;
}

int entity_ids_restore(struct entity_task *t, const struct record *r)
{
    bool own = r->key_len >= strlen(OVERFLOW_KEY) && memcmp(r->key, OVERFLOW_KEY, strlen(OVERFLOW_KEY)) == 0;
    for (uint32_t i = 0; own && i < t->input_count; i++) { /* nearly all records are of entities */
        if (text_equal((struct text){(const char *)r->key, (uint32_t)r->key_len}, text_of(key_of(i)))) {
            return r->value ? overflow_restore(&t->ids[i], r->value, r->value_len) : 0;
        }
    }
    return CUBE_ENOTFOUND;
}

bool entity_task_forgets_ids(const struct entity_task *t, uint32_t i)
{
    return t->ids[i].firing;
}

int entity_task_ids_alert(const struct entity_task *t, uint32_t i, struct buf *out)
{
    char name[TASK_NAME_MAX], key[17];
    struct overflow_bound b = bound_of(t, i, name);
    const struct task_input *in = &t->inputs[i];
    int64_t t_ms = in->max_ts_ms == TIME_NONE ? t->ids[i].since_ms : tick_of(t, in);
    return t->ids[i].firing ? overflow_write(&t->ids[i], &b, t->model, t_ms, FORMAT_JSON, out, key) : CUBE_ENOTFOUND;
}
