/* One turn of the worker: event time, pacing, commit. */
#include "task/planted.h"
#include "task/scope_retention.h"
#include "task/worker_copy.h"
#include "task/worker_half.h"

enum { TURN_MS = 10, IDLE_TURN_MS = 200 };

/* ---- event time ------------------------------------------------------------------------------------- */

int64_t worker_slowest(const struct worker *w)
{
    int64_t slowest = INT64_MAX;
    for (uint32_t q = 0; q < w->scope_count; q++) {
        int64_t wm = w->scope_tasks[q] ? scope_task_slowest(w->scope_tasks[q]) : TIME_NONE;
        slowest = wm != TIME_NONE && wm < slowest ? wm : slowest;
    }
    return slowest;
}

/* Customer tasks take what their scope tasks have been told; both commit with the same transaction. */
static int retention_pass(struct worker *w)
{
    int rc = 0;
    for (uint32_t q = 0; q < w->scope_count && w->config->model.clv.observed && !rc; q++) {
        rc = w->scope_tasks[q] && w->entities[q] ? scope_retention_pass(w->scope_tasks[q], w->entities[q]) : 0;
    }
    return rc;
}

/* Who does something once more has had its part of this turn. */
static int entities_advance(struct worker *w)
{
    bool catching_up = false;
    int rc = worker_catch_up(w);
    for (uint32_t i = 0; i < w->entity_count && rc >= 0; i++) {
        struct entity_task *t = w->entities[i];
        if (t && entity_task_redoes(t)) {
            catching_up = true;
        } else if (t) {
            rc = entity_task_advance(t, entity_task_watermark(t, w->now_ms));
        }
    }
    w->goes_on = catching_up;
    return rc < 0 ? rc : 0;
}

static int time_advance(struct worker *w)
{
    int rc = retention_pass(w);
    rc = rc ? rc : entities_advance(w);
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

/* What a task tells of is out_of_order behind its newest record, and in whole ticks. */
static int64_t lead_ms(const struct worker *w)
{
    return w->config->model.time.out_of_order_ms + 2 * w->config->model.cube.tick_ms;
}

/* How far ahead of the slowest task an input may be read: as far as that one reads itself at least, or it would wait for itself. With
 * too much waiting for ticks no further than that; one that stands still has nothing to read, perhaps. */
static int64_t reach_ms(struct worker *w, int64_t slowest_ms, bool crowded)
{
    const struct model *m = &w->config->model;
    int64_t least_ms = lead_ms(w);
    int64_t align_ms = m->time.align_ms > least_ms ? m->time.align_ms : least_ms;
    if (slowest_ms != w->slowest_ms) {
        w->slowest_ms = slowest_ms;
        w->slowest_since_ms = w->elapsed_ms;
    }
    bool moves = w->elapsed_ms - w->slowest_since_ms < m->time.task_stall_ms;
    return crowded && moves ? least_ms : align_ms;
}

/* How far an input of a task may be read that holds so many bytes of events: ahead of one that is waited for they only add to them. */
static int64_t farthest_ms(const struct worker *w, struct entity_task *t, uint64_t held_bytes)
{
    bool crowded = held_bytes > w->config->model.limits.held_bytes;
    int64_t least_ms = crowded || held_bytes > HELD_EASY_BYTES ? least_max_ts(w, t) : INT64_MAX;
    int64_t more_ms = crowded ? 0 : lead_ms(w);
    return least_ms > INT64_MAX - more_ms ? INT64_MAX : least_ms + more_ms;
}

/* Holds what is further ahead of the slowest task than align_ms, and the input of a task that is ahead of another of it: when
 * many events are held by some ticks, when they are at their bound by anything; everything while the open epoch is full. True: they
 * are at their bound. */
static bool task_pace(struct worker *w, struct entity_task *t, int64_t slowest_ms, int64_t align_ms, bool full)
{
    uint64_t held_bytes = entity_task_held_bytes(t);
    int64_t most_ms = farthest_ms(w, t, held_bytes);
    for (uint32_t k = 0; k < entity_task_input_count(t); k++) {
        struct task_input *in = entity_task_input(t, k);
        bool ahead = slowest_ms != INT64_MAX && in->max_ts_ms != TIME_NONE && in->max_ts_ms > slowest_ms + align_ms;
        bool waits = entity_task_is_replaying(t); /* for the others: what comes now can only be kept */
        input_hold(w, in, !input_is_replaying(in) && (full || ahead || waits || in->max_ts_ms > most_ms));
    }
    return held_bytes > w->config->model.limits.held_bytes;
}

static bool is_waiting_full(const struct worker *w)
{
    bool crowded = false;
    for (uint32_t q = 0; q < w->scope_count && !crowded; q++) {
        crowded = w->scope_tasks[q] && scope_task_waiting_bytes(w->scope_tasks[q]) > w->config->model.limits.waiting_bytes;
    }
    return crowded;
}

static void bound_note(struct worker *w, enum status_bound bound, bool reached, const char *event, const char *text)
{
    if (reached && !w->bounded[bound]) {
        w->bounds_reached[bound]++;
        worker_tell(w, 5, event, text);
    }
    w->bounded[bound] = reached;
}

/* Of the next commit, what can neither be refused nor wait. */
static uint64_t epoch_bytes(const struct worker *w)
{
    uint64_t bytes = w->env.epoch->bytes.len;
    for (uint32_t i = 0; i < w->entity_count; i++) {
        bytes += w->entities[i] ? entity_task_urgent_bytes(w->entities[i]) : 0;
    }
    return bytes;
}

static void pace(struct worker *w)
{
    bool full = epoch_bytes(w) > EPOCH_BYTES_MAX;
    bool held = false, waiting = is_waiting_full(w);
    int64_t slowest_ms = worker_slowest(w), align_ms = reach_ms(w, slowest_ms, waiting);
    for (uint32_t i = 0; i < w->entity_count; i++) {
        held = (w->entities[i] && task_pace(w, w->entities[i], slowest_ms, align_ms, full)) || held;
    }
    bound_note(w, BOUND_HELD, held, "held_bound", "events that wait for their order are at limits.held_bytes: the input that is ahead waits");
    bound_note(w, BOUND_WAITING, waiting, "waiting_bound",
               "what waits for its tick is at limits.waiting_bytes: nothing is read ahead of the slowest task");
}

/* ---- commit ----------------------------------------------------------------------------------------- */

bool worker_has_work(const struct worker *w)
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
    return epoch_offset_set(w->env.epoch, in->role, in->partition, PLANTED(OFFSETS_AHEAD) ? in->next : in->first);
}

/* Of a copy that takes no more, which stays as it is, a restart takes what it had then: nobody would keep what is noted now. */
static void notes_look(const struct worker *w, uint32_t n)
{
    struct log_partition c = worker_changelog(w, n);
    if (!copy_takes(w, c.role, c.partition) && !PLANTED(NOTES_FOR_NOBODY)) {
        entity_task_notes_end(w->entities[n]);
    }
}

static int entity_commit(struct worker *w, uint32_t n, uint32_t *budget)
{
    struct entity_task *t = w->entities[n];
    uint32_t published = 0;
    notes_look(w, n);
    bool due = entity_task_has_work(t) || (w->leaving && (entity_task_has_moved(t) || entity_task_has_to_note(t)));
    int rc = due && (!entity_task_is_replaying(t) || PLANTED(COMMIT_IN_REPLAY)) ? entity_task_commit(t, *budget, &published) : 0;
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
        rc = w->entities[i] ? entity_commit(w, i, &budget) : 0;
    }
    return rc;
}

int worker_commit(struct worker *w)
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
    w->is_open = false;
    w->begun_at_ms = w->elapsed_ms;
    rc = w->log->commit(w->log->self, frozen);
    return rc;
}

/* ---- warnings --------------------------------------------------------------------------------------- */

bool worker_is_alerting(const struct worker *w)
{
    bool any = false;
    for (uint32_t i = 0; i < w->entity_count && !any; i++) {
        any = w->entities[i] && entity_task_is_alerting(w->entities[i]);
    }
    return any;
}

/* What this process read, or what an alert says of a task: not ready. Stopping is of what this process read: else it could not begin again. */
static void share_check(struct worker *w)
{
    bool over = w->dead.records >= dead_share_window(&w->dead) && dead_share_value(&w->dead) > w->config->dead_letter_share;
    bool told = over || worker_is_alerting(w);
    if (told && !w->share_told) {
        worker_tell(w, 3, "dead_letter_share", "more than limits.dead_letter_share of the last 10,000 records are dead letters");
    }
    if (over && !w->share_over && w->config->dead_letter_stop) {
        worker_fail(w, CUBE_EFORMAT);
    }
    w->share_over = over || (w->share_over && PLANTED(SHARE_STAYS));
    w->share_told = told;
}

/* Who was quiet for a while was so by any clock. */
static void clock_set_back(struct worker *w, int64_t by_ms)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        for (uint32_t k = 0; w->entities[i] && k < entity_task_input_count(w->entities[i]); k++) {
            entity_task_input(w->entities[i], k)->heard_ms -= by_ms;
        }
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (w->scope_tasks[q]) {
            scope_task_set_back(w->scope_tasks[q], by_ms);
        }
    }
}

int64_t worker_turn(struct worker *w, int64_t now_ms)
{
    if (now_ms < w->now_ms) {
        clock_set_back(w, w->now_ms - now_ms);
    }
    int64_t passed_ms = now_ms > w->now_ms || PLANTED(CLOCK_BACK) ? now_ms - w->now_ms : 0;
    w->elapsed_ms += passed_ms;
    w->now_ms = w->env.now_ms = now_ms;
    if (w->failed || w->stopping) {
        return IDLE_TURN_MS;
    }
    if (w->leaving) {
        worker_leave_turn(w);
        return TURN_MS;
    }
    worker_given_turn(w, passed_ms);
    int rc = worker_layout_ensure(w);
    if (rc == CUBE_EAGAIN || (!rc && !w->owned_count)) {
        return IDLE_TURN_MS;
    }
    rc = rc ? rc : worker_restore_all(w);
    w->is_restored = rc == 1;
    if (rc == 1) {
        rc = time_advance(w);
        worker_restore_ended(w);
        pace(w);
        share_check(w);
        worker_open_note(w);
        rc = rc ? rc : worker_commit_due(w) ? worker_commit(w) : 0;
    }
    if (rc < 0) {
        worker_fail(w, rc);
    }
    return worker_rest_ms(w);
}
