/* What becomes of a record that an entity task reads: applied, held, duplicate, late, dead letter or ignored. */
#include "base/check.h"
#include "task/entity_inner.h"
#include "task/planted.h"

static struct task_input *input_of(struct entity_task *t, const struct record *r)
{
    for (struct task_input *in = t->inputs; in < t->inputs + t->input_count; in++) {
        if (in->role == r->role && in->partition == r->partition) {
            return in;
        }
    }
    CHECK_NEVER("a record of an input that this task does not own");
}

/* Watermark by which late and duplicate are judged: event-driven only. */
static int64_t judging_watermark(const struct entity_task *t, const struct task_input *in)
{
    if (!t->env->common_max_ts_ms) {
        return input_watermark(in, t->model);
    }
    int64_t max = *t->env->common_max_ts_ms;
    return max == TIME_NONE ? TIME_NONE : max - t->model->time.out_of_order_ms;
}

static bool is_future(struct task_input *in, const struct entity_task *t, int64_t offset, int64_t ts_ms, int64_t now_ms)
{
    if (input_is_replaying(in)) {
        return input_refused_has(in, offset);
    }
    return now_ms != TIME_NONE && ts_ms > now_ms + t->model->time.max_skew_ms;
}

/* In what order stragglers are applied their time does not say, nor do the timers they leave overdue: the record is
 * written at once. */
int entity_task_straggler(struct entity_task *t, const struct event *e, uint64_t hash)
{
    int rc = entity_task_tick(t, tick_after(t->applied_ms, t->model->cube.tick_ms));
    rc = rc ? rc : entity_engine_apply(t->engine, e, hash, true);
    rc = rc == CUBE_ELIMIT ? 0 : rc;
    rc = rc ? rc : entity_task_timers(t, t->applied_ms - 1);
    return rc || PLANTED(STRAGGLER_LATER) ? rc : entity_engine_urgent(t->engine, e->entity, hash);
}

/* What an event is called: found once, used on its whole way in. */
struct called {
    uint64_t entity_hash;
    struct hash128 name;
    uint32_t place; /* in the input's dedup */
};

static int event_take(struct entity_task *t, const struct event *e, uint64_t hash, const struct hold_origin *o, bool straggler)
{
    if (t->catch_up.on) {
        return catch_up_take(t, e, hash, o, straggler);
    }
    bool applied = t->applied_ms != TIME_NONE && e->ts_ms < t->applied_ms;
    return applied ? entity_task_straggler(t, e, hash) : hold_add(t->hold, e, hash, o, straggler);
}

static void accepted_ts(struct entity_task *t, struct task_input *in, int64_t ts_ms)
{
    t->ever_held = true;
    in->max_ts_ms = ts_ms > in->max_ts_ms ? ts_ms : in->max_ts_ms;
    if (t->env->common_max_ts_ms && ts_ms > *t->env->common_max_ts_ms) {
        *t->env->common_max_ts_ms = ts_ms;
    }
}

/* An event that is neither duplicate nor late: into the hold, or applied at once when it is a straggler. */
static int event_accept(struct entity_task *t, struct task_input *in, const struct record *r, const struct event *e, const struct called *c,
                        int64_t wm_ms)
{
    struct hold_origin origin = {(uint32_t)(in - t->inputs), r->offset, in->max_ts_ms};
    bool forgets = PLANTED(IDS_FORGOTTEN) && input_is_replaying(in);
    int rc = forgets ? 0 : dedup_add(in->dedup, c->place, c->name, e->ts_ms, r->offset, in->max_ts_ms);
    rc = rc ? rc : event_take(t, e, c->entity_hash, &origin, wm_ms != TIME_NONE && e->ts_ms < wm_ms);
    if (rc) {
        return rc;
    }
    accepted_ts(t, in, e->ts_ms);
    dedup_expire(in->dedup, judging_watermark(t, in));
    return 0;
}

static __attribute__((cold)) int refuse(struct entity_task *t, struct task_input *in, const struct record *r, enum refusal_reason reason,
                                        const char *detail)
{
    if (input_is_replaying(in) && !PLANTED(REFUSED_AGAIN)) {
        return 0;
    }
    /* While another input is replayed the task commits nothing, so nothing of it may be in the open epoch. */
    struct task_env env = *t->env;
    env.epoch = entity_task_is_replaying(t) && !PLANTED(REFUSED_EARLY) ? &t->kept : t->env->epoch;
    int rc = reason == REFUSAL_FUTURE ? input_refused_add(in, r->offset) : 0;
    return rc ? rc : task_refuse(&env, r, reason, detail);
}

static __attribute__((cold)) int refuse_late(struct entity_task *t, struct task_input *in, const struct record *r, int64_t ts_ms)
{
    struct record late = *r;
    late.timestamp_ms = ts_ms; /* as all outputs, whatever its producer or the broker stamped */
    return refuse(t, in, &late, REFUSAL_LATE, "ts is older than the watermark less time.lateness");
}

static int event_judge(struct entity_task *t, struct task_input *in, const struct record *r, const struct event *e, int64_t now_ms,
                       enum record_outcome *ret_o)
{
    int64_t wm_ms = judging_watermark(t, in);
    if (is_future(in, t, r->offset, e->ts_ms, now_ms)) {
        *ret_o = OUTCOME_DEAD_LETTER;
        return refuse(t, in, r, REFUSAL_FUTURE, "ts is further ahead of the clock than time.max_skew");
    }
    struct called c = {.entity_hash = entity_engine_hash(t->engine, e->entity)};
    c.name = dedup_name(c.entity_hash, e->id);
    c.place = dedup_place(in->dedup, c.name);
    if (dedup_has(in->dedup, c.place, wm_ms)) {
        *ret_o = OUTCOME_DUPLICATE;
        return 0;
    }
    int64_t late_by_ms = PLANTED(LATE_BY_TASK) ? entity_task_applied(t) : wm_ms;
    if (late_by_ms != TIME_NONE && e->ts_ms < late_by_ms - t->model->time.lateness_ms) {
        *ret_o = OUTCOME_LATE;
        return refuse_late(t, in, r, e->ts_ms);
    }
    *ret_o = OUTCOME_APPLIED;
    return event_accept(t, in, r, e, &c, wm_ms);
}

int entity_task_record(struct entity_task *t, const struct record *r, int64_t now_ms, enum record_outcome *ret_outcome)
{
    struct task_input *in = input_of(t, r);
    CHECK_PRE(r->offset >= in->next);
    in->base = in->next ? in->base : r->offset;
    in->next = r->offset; /* replaying is judged by this record's own offset */
    struct event e;
    struct refusal why;
    enum record_outcome outcome = OUTCOME_IGNORED;
    int rc = 0;
    switch (event_decode(t->env->scratch, (enum event_topic)r->role, r->key, r->key_len, r->value, r->value_len, &e, &why)) {
    case DECODED_EVENT:
        rc = event_judge(t, in, r, &e, now_ms, &outcome);
        break;
    case DECODED_REFUSED:
        outcome = OUTCOME_DEAD_LETTER;
        rc = refuse(t, in, r, why.reason, why.detail);
        break;
    case DECODED_IGNORED:
        break;
    }
    if (rc) {
        return rc;
    }
    if (!input_is_replaying(in) || PLANTED(COUNTED_AGAIN)) {
        in->counts[outcome]++;
        rc = entity_task_dead(t, r, outcome == OUTCOME_DEAD_LETTER);
    }
    if (rc) {
        return rc;
    }
    in->next = r->offset + 1;
    in->at_end = false;
    in->heard_ms = now_ms;
    *ret_outcome = outcome;
    return 0;
}
