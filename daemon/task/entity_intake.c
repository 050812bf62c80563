/* What becomes of a record that an entity task reads: applied, held, duplicate, late, dead letter or ignored. */
#include "base/check.h"
#include "task/entity_inner.h"
#include "task/planted.h"

/* Customers have two inputs, employees one. */
static inline uint32_t input_number(enum topic_role role)
{
    return role == ROLE_CPI;
}

static inline struct task_input *input_of(struct entity_task *t, const struct record *r)
{
    struct task_input *in = &t->inputs[input_number(r->role)];
    CHECK_PRE(in->role == r->role && in->partition == r->partition);
    return in;
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
    if (input_is_replaying(in) && !PLANTED(FUTURE_BY_CLOCK)) {
        return input_refused_has(&in->refused, offset);
    }
    return now_ms != TIME_NONE && ts_ms > now_ms + t->model->time.max_skew_ms;
}

/* A replay must pass over it. So it may over what is neither applied nor a duplicate: what lies between two of them without one of those is
 * part of their run. counted: the record itself will be a duplicate. */
static __attribute__((cold)) int refused_remember(const struct entity_task *t, struct task_input *in, int64_t offset, bool counted)
{
    uint64_t came = in->counts[OUTCOME_APPLIED] + in->counts[OUTCOME_DUPLICATE];
    bool joins = came == in->refused_after;
    in->refused_after = came + counted;
    return t->env->memory_only ? 0 : input_refused_add(&in->refused, offset, joins);
}

/* In what order stragglers are applied their time does not say, nor do the timers they leave overdue: the record is
 * written at once. */
int entity_task_straggler(struct entity_task *t, const struct event *e, uint64_t hash)
{
    int rc = entity_task_tick(t, tick_after(t->applied_ms, t->model->cube.tick_ms));
    entity_engine_passed(t->engine, t->applied_ms);
    rc = rc ? rc : entity_engine_apply(t->engine, e, hash, true);
    rc = rc == CUBE_ELIMIT ? 0 : rc;
    rc = rc ? rc : entity_task_timers(t, t->applied_ms - 1);
    return rc || PLANTED(STRAGGLER_LATER) ? rc : entity_engine_urgent(t->engine, e->entity, hash);
}

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

/* An event that is neither duplicate nor late: into the hold, or applied at once when it is a straggler. place: in dedup. */
static int event_accept(struct entity_task *t, const struct record *r, const struct record_ahead *a, uint32_t place, int64_t wm_ms)
{
    struct task_input *in = a->in;
    const struct event *e = &a->e;
    struct hold_origin origin = {input_number(in->role), r->offset, in->max_ts_ms};
    bool forgets = PLANTED(IDS_FORGOTTEN) && input_is_replaying(in);
    int rc = forgets ? 0 : dedup_add(in->dedup, place, a->name, e->ts_ms, r->offset, in->max_ts_ms);
    rc = rc ? rc : event_take(t, e, a->entity_hash, &origin, wm_ms != TIME_NONE && e->ts_ms < wm_ms);
    if (rc) {
        return rc;
    }
    accepted_ts(t, in, e->ts_ms);
    dedup_expire(in->dedup, judging_watermark(t, in), r->offset + 1);
    return 0;
}

static bool is_late(const struct entity_task *t, int64_t wm_ms, int64_t ts_ms)
{
    int64_t late_by_ms = PLANTED(LATE_BY_TASK) ? entity_task_applied(t) : wm_ms;
    return late_by_ms != TIME_NONE && ts_ms < late_by_ms - t->model->time.lateness_ms;
}

/* One that is late would be late once more if its id were forgotten: it keeps no id alive. Nor does one of another time than the first:
 * it may be read again without that one, and what the id's time is would not be known then. */
static int duplicate_take(const struct entity_task *t, struct task_input *in, const struct record *r, uint32_t place, int64_t ts_ms, bool late)
{
    bool odd = ts_ms != dedup_ts(in->dedup, place);
    if (odd && !PLANTED(ODD_KEEPS_ID)) {
        return input_is_replaying(in) ? 0 : refused_remember(t, in, r->offset, true);
    }
    int rc = odd && !input_is_replaying(in) ? refused_remember(t, in, r->offset, true) : 0;
    rc = rc || late || PLANTED(IDS_GO_EARLY) ? rc : dedup_again(in->dedup, place, r->offset);
    dedup_expire(in->dedup, judging_watermark(t, in), r->offset + 1);
    return rc;
}

static __attribute__((cold)) int refuse(struct entity_task *t, struct task_input *in, const struct record *r, enum refusal_reason reason,
                                        const char *detail)
{
    if (input_is_replaying(in) && !PLANTED(REFUSED_AGAIN)) {
        return 0;
    }
    struct task_env env = *t->env;
    env.epoch = PLANTED(REFUSED_EARLY) ? t->env->epoch : entity_task_outgoing(t);
    int rc = reason == REFUSAL_FUTURE ? refused_remember(t, in, r->offset, false) : 0;
    return rc ? rc : task_refuse(&env, r, reason, detail);
}

static __attribute__((cold)) int refuse_late(struct entity_task *t, struct task_input *in, const struct record *r, int64_t ts_ms)
{
    struct record late = *r;
    late.timestamp_ms = ts_ms; /* as all outputs, whatever its producer or the broker stamped */
    return refuse(t, in, &late, REFUSAL_LATE, "ts is older than the watermark less time.lateness");
}

static int event_judge(struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms, enum record_outcome *ret_o)
{
    struct task_input *in = a->in;
    int64_t wm_ms = judging_watermark(t, in), ts_ms = a->e.ts_ms;
    if (is_future(in, t, r->offset, ts_ms, now_ms)) {
        *ret_o = OUTCOME_DEAD_LETTER;
        return refuse(t, in, r, REFUSAL_FUTURE, "ts is further ahead of the clock than time.max_skew");
    }
    uint32_t place = dedup_place(in->dedup, a->name);
    bool late = is_late(t, wm_ms, ts_ms);
    if (dedup_has(in->dedup, place, wm_ms, r->offset)) {
        *ret_o = OUTCOME_DUPLICATE;
        return duplicate_take(t, in, r, place, ts_ms, late);
    }
    if (late) {
        *ret_o = OUTCOME_LATE;
        return refuse_late(t, in, r, ts_ms);
    }
    *ret_o = OUTCOME_APPLIED;
    return event_accept(t, r, a, place, wm_ms);
}

bool entity_task_read(struct entity_task *t, const struct record *r, struct record_ahead *ret_a)
{
    struct decode_scratch *scratch = t->env->scratch;
    ret_a->in = input_of(t, r);
    ret_a->decoded =
        event_decode(scratch, (enum event_topic)r->role, r->key, r->key_len, r->value, r->value_len, &ret_a->e, &ret_a->why);
    if (ret_a->decoded == DECODED_EVENT) {
        ret_a->entity_hash = entity_engine_hash(t->engine, ret_a->e.entity);
        ret_a->name = dedup_name(ret_a->entity_hash, ret_a->e.id);
        dedup_prefetch(ret_a->in->dedup, ret_a->name);
    }
    return !decode_scratch_is_lent(scratch);
}

void entity_task_read_all(const struct entity_task *t, const struct record_ahead *a, uint32_t count)
{
    struct event_ahead of[RECORDS_AHEAD_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; t->catch_up.on && i < count; i++) {
        if (a[i].decoded == DECODED_EVENT) {
            entity_engine_prefetch(t->engine, a[i].entity_hash);
        }
    }
    for (uint32_t i = 0; t->catch_up.on && i < count; i++) {
        if (a[i].decoded == DECODED_EVENT) {
            entity_engine_prefetch_entity(t->engine, a[i].entity_hash, &of[n++]);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        entity_engine_prefetch_rest(&of[i]);
    }
}

static int record_judge(struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms, enum record_outcome *ret_o)
{
    switch (a->decoded) {
    case DECODED_EVENT: return event_judge(t, r, a, now_ms, ret_o);
    case DECODED_REFUSED: *ret_o = OUTCOME_DEAD_LETTER; return refuse(t, a->in, r, a->why.reason, a->why.detail);
    default: *ret_o = OUTCOME_IGNORED; return 0;
    }
}

static __attribute__((noinline)) int take_step_by_step(struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms,
                                                       enum record_outcome *ret_o)
{
    struct task_input *in = a->in;
    in->base = in->next ? in->base : r->offset;
    in->next = r->offset; /* replaying is judged by this record's own offset */
    int rc = record_judge(t, r, a, now_ms, ret_o);
    if (rc) {
        return rc;
    }
    if (!input_is_replaying(in) || PLANTED(COUNTED_AGAIN)) {
        in->counts[*ret_o]++;
        rc = entity_task_dead(t, r, *ret_o == OUTCOME_DEAD_LETTER);
    }
    return rc ? rc : entity_ids_judge(t, input_number(in->role));
}

/* An event that is in time by the records before it, and raises no question, as long as its id is new. */
static inline bool is_in_time(const struct entity_task *t, const struct record_ahead *a)
{
    const struct task_input *in = a->in;
    const struct model *m = t->model;
    return a->decoded == DECODED_EVENT && in->next && in->max_ts_ms != TIME_NONE &&
           a->e.ts_ms >= in->max_ts_ms - m->time.out_of_order_ms - m->time.lateness_ms && !t->env->common_max_ts_ms &&
           !t->ids[input_number(in->role)].firing && !PLANTED(LATE_BY_TASK);
}

/* And is held. */
static inline bool is_plain(const struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms)
{
    int64_t ts_ms = a->e.ts_ms;
    return is_in_time(t, a) && r->offset >= a->in->committed && ts_ms >= t->applied_ms &&
           (now_ms == TIME_NONE || ts_ms <= now_ms + t->model->time.max_skew_ms) && !t->catch_up.on;
}

/* While the task catches up what is held is asked anyhow. One that is read again came in time by the clock, unless it was refused. */
static bool is_plain_again(const struct entity_task *t, const struct record *r, const struct record_ahead *a)
{
    return is_in_time(t, a) && r->offset < a->in->committed && !input_refused_has(&a->in->refused, r->offset) && !PLANTED(IDS_FORGOTTEN) &&
           !PLANTED(FUTURE_BY_CLOCK) && !PLANTED(COUNTED_AGAIN);
}

/* What becomes of such an event in one go. What is read again was counted when it came first. 0: its id must be looked at, nothing changed.
 * 1: it is taken. */
static inline __attribute__((always_inline)) int take_plainly(struct entity_task *t, const struct record *r, const struct record_ahead *a, bool again)
{
    struct task_input *in = a->in;
    uint32_t number = input_number(in->role);
    int64_t ts_ms = a->e.ts_ms, before_ms = in->max_ts_ms, max_ms = ts_ms > before_ms ? ts_ms : before_ms, late_ms = t->model->time.out_of_order_ms;
    int taken = dedup_take(in->dedup, a->name, ts_ms, r->offset, before_ms, max_ms - late_ms);
    if (!taken) {
        return 0;
    }
    struct hold_origin origin = {number, r->offset, before_ms};
    bool straggler = ts_ms < before_ms - late_ms;
    int rc = again ? catch_up_take(t, &a->e, a->entity_hash, &origin, straggler) : hold_add(t->hold, &a->e, a->entity_hash, &origin, straggler);
    if (rc) {
        return rc;
    }
    t->ever_held = true;
    in->max_ts_ms = max_ms;
    in->next = r->offset; /* as the alerts see it */
    if (!again) {
        in->counts[OUTCOME_APPLIED]++;
        rc = entity_task_dead(t, r, false);
    }
    rc = rc || taken != DEDUP_LOST ? rc : entity_ids_changed(t, number);
    return rc ? rc : 1;
}

static __attribute__((noinline)) int take_again(struct entity_task *t, const struct record *r, const struct record_ahead *a)
{
    return is_plain_again(t, r, a) ? take_plainly(t, r, a, true) : 0;
}

int entity_task_take(struct entity_task *t, const struct record *r, const struct record_ahead *a, int64_t now_ms, enum record_outcome *ret_outcome)
{
    struct task_input *in = a->in;
    CHECK_PRE(r->offset >= in->next);
    enum record_outcome outcome = OUTCOME_APPLIED;
    int rc = is_plain(t, r, a, now_ms) ? take_plainly(t, r, a, false) : t->catch_up.on ? take_again(t, r, a) : 0;
    rc = rc ? rc : take_step_by_step(t, r, a, now_ms, &outcome);
    if (rc < 0) {
        return rc;
    }
    in->next = r->offset + 1;
    in->at_end = false;
    in->heard_ms = now_ms;
    *ret_outcome = outcome;
    return 0;
}

void entity_task_ids_expire(const struct entity_task *t, const struct task_input *in)
{
    dedup_expire(in->dedup, judging_watermark(t, in), 0); /* by time alone: what its offset makes forgotten is lost with an event */
}

int entity_task_record(struct entity_task *t, const struct record *r, int64_t now_ms, enum record_outcome *ret_outcome)
{
    struct record_ahead a;
    (void)entity_task_read(t, r, &a);
    return entity_task_take(t, r, &a, now_ms, ret_outcome);
}
