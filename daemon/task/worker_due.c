/* When the worker commits, and when it wants its next turn. */
#include "task/worker_inner.h"

/* At the latest; while tasks are restored, with something to commit and without. */
enum { REST_MS = 1000, RESTORE_TURN_MS = 10, IDLE_TURN_MS = 200 };
/* From so many records on an epoch waits for more, if there are more. */
enum { CROWD_RECORDS = 500 };

/* Not at its end for a moment is no backlog: at a steady rate more is always on its way. */
static bool input_is_behind(const struct worker *w, const struct task_input *in)
{
    int64_t lag = in->at_end || !w->log->lag ? -1 : w->log->lag(w->log->self, in->role, in->partition);
    return !in->at_end && (lag < 0 || lag > CROWD_RECORDS);
}

static bool is_behind(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        struct entity_task *t = w->entities[i];
        for (uint32_t k = 0; t && k < entity_task_input_count(t); k++) {
            if (input_is_behind(w, entity_task_input(t, k))) {
                return true;
            }
        }
    }
    return false;
}

/* Scope tasks wait for the slowest task: what the others have to tell of their ticks can go along with what it has. */
static bool slowest_moved(const struct worker *w)
{
    int64_t tells_ms = INT64_MAX, told_ms = INT64_MAX;
    for (uint32_t i = 0; i < w->entity_count; i++) {
        const struct entity_task *t = w->entities[i];
        if (t && !(entity_task_knows_state(t) && entity_task_state(t) == SENDER_EMPTY)) {
            int64_t tells = entity_task_tells(t), told = entity_task_told(t);
            tells_ms = tells < tells_ms ? tells : tells_ms;
            told_ms = told < told_ms ? told : told_ms;
        }
    }
    return tells_ms > told_ms;
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
    return w->env.epoch->message_count > 0 || slowest_moved(w);
}

void worker_open_note(struct worker *w)
{
    bool open = worker_has_work(w);
    w->opened_at_ms = open && !w->is_open ? w->elapsed_ms : w->opened_at_ms;
    w->is_open = open;
}

/* Records alone wait for max_interval: a transaction under way would only be in the way of the tick they
 * complete. What a commit costs grows with the entities touched, not with the records: in a backlog an epoch gathers
 * records up to the largest interval, otherwise it goes as soon as it may. Of elapsed_ms; INT64_MAX: something must happen first. */
static int64_t commit_at_ms(const struct worker *w)
{
    if (w->committing || !w->is_open) {
        return INT64_MAX;
    }
    int64_t least_ms = w->committed_at_ms + w->config->commit_min_ms, most_ms = w->opened_at_ms + w->config->commit_max_ms;
    bool waits = most_ms > least_ms && (!is_urgent(w) || (w->taken >= CROWD_RECORDS && is_behind(w)));
    return waits ? most_ms : least_ms;
}

bool worker_commit_due(const struct worker *w)
{
    return commit_at_ms(w) <= w->elapsed_ms;
}

/* ---- the next turn ---------------------------------------------------------------------------------- */

/* Of the wall clock: when quiet inputs let a task pass the end of a tick. */
static int64_t moves_ms(const struct worker *w)
{
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; i < w->entity_count; i++) {
        int64_t ms = w->entities[i] ? entity_task_moves_ms(w->entities[i], w->now_ms) : INT64_MAX;
        next_ms = ms < next_ms ? ms : next_ms;
    }
    return next_ms;
}

int64_t worker_rest_ms(const struct worker *w)
{
    if (w->goes_on && !w->failed) {
        return 0;
    }
    if (!w->is_restored || w->failed) {
        return worker_has_work(w) ? RESTORE_TURN_MS : IDLE_TURN_MS;
    }
    int64_t commit_ms = commit_at_ms(w), moved_ms = moves_ms(w);
    int64_t rest_ms = REST_MS;
    rest_ms = commit_ms != INT64_MAX && commit_ms - w->elapsed_ms < rest_ms ? commit_ms - w->elapsed_ms : rest_ms;
    rest_ms = moved_ms != INT64_MAX && moved_ms - w->now_ms < rest_ms ? moved_ms - w->now_ms : rest_ms;
    return rest_ms > 0 ? rest_ms : 1;
}
