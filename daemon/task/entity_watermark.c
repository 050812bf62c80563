/* How far an entity task may apply: by its records, and by the clock where no records come. */
#include "task/entity_inner.h"
#include "task/planted.h"

static bool input_is_idle(const struct entity_task *t, const struct task_input *in, int64_t now_ms)
{
    int64_t idle_after = t->model->time.idle_after_ms;
    bool read = input_is_replaying(in) ? PLANTED(IDLE_IN_REPLAY) : in->at_end || PLANTED(IDLE_UNREAD);
    return idle_after >= 0 && !PLANTED(IDLE_IGNORED) && now_ms != TIME_NONE && read && !in->held && now_ms - in->heard_ms > idle_after;
}

bool entity_task_waits_for(const struct entity_task *t, const struct task_input *in, int64_t now_ms)
{
    return in->max_ts_ms == TIME_NONE ? !in->at_end : !input_is_idle(t, in, now_ms);
}

int64_t entity_task_watermark(struct entity_task *t, int64_t now_ms)
{
    int64_t min = INT64_MAX;
    bool all_idle = true;
    for (uint32_t i = 0; i < t->input_count; i++) {
        const struct task_input *in = &t->inputs[i];
        bool idle = input_is_idle(t, in, now_ms), never = in->max_ts_ms == TIME_NONE;
        all_idle = all_idle && (idle || (never && in->at_end));
        if (!idle && !never) {
            int64_t wm = input_watermark(in, t->model);
            min = wm < min ? wm : min;
        } else if (never && !in->at_end) {
            min = TIME_NONE; /* not known yet whether it is empty */
        }
    }
    if (all_idle && t->ever_held && now_ms != TIME_NONE && t->model->time.idle_after_ms >= 0) {
        min = now_ms - t->model->time.out_of_order_ms - t->model->time.idle_after_ms;
    }
    if (min != INT64_MAX && min > t->watermark_ms) {
        t->watermark_ms = min;
    }
    return t->watermark_ms;
}

/* The earlier of two instants; those that are not in the future do not count. */
static int64_t next_of(int64_t best_ms, int64_t ms, int64_t now_ms)
{
    return ms > now_ms && ms < best_ms ? ms : best_ms;
}

/* A quiet input stops holding the others back, or all are quiet and the clock itself passes the end of the tick. */
int64_t entity_task_moves_ms(const struct entity_task *t, int64_t now_ms)
{
    const struct model *m = t->model;
    int64_t idle_after = m->time.idle_after_ms, next_ms = INT64_MAX;
    if (idle_after < 0 || !t->ever_held || t->applied_ms == TIME_NONE) {
        return INT64_MAX;
    }
    int64_t over_ms = entity_task_tells(t) + m->cube.tick_ms + m->time.out_of_order_ms; /* of a record that ends the tick */
    for (uint32_t i = 0; i < t->input_count; i++) {
        int64_t quiet_ms = t->inputs[i].heard_ms + idle_after + 1;
        next_ms = next_of(next_ms, quiet_ms > over_ms ? quiet_ms : over_ms, now_ms);
    }
    return next_of(next_ms, over_ms + idle_after, now_ms);
}
