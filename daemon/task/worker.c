#include "task/worker.h"

#include <stdlib.h>
#include <string.h>

#include "task/layout_told.h"
#include "task/planted.h"
#include "task/worker_copy.h"
#include "task/worker_inner.h"

int worker_create(const struct config *c, struct log *log, const struct worker_events *ev, uint64_t seed, struct worker **ret_w)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w) {
        return CUBE_ENOMEM;
    }
    w->config = c;
    w->log = log;
    w->events = *ev;
    dead_share_narrow(&w->dead, c->dead_letter_window);
    w->env = (struct task_env){.config = c, .seed = seed, .hash_seed = seed, .format = c->format, .epoch = &w->epochs[0],
                              .told = ev->told, .told_arg = ev->arg, .layout_is_told = &w->layout_is_told, .log = log};
    w->alerts = calloc(c->model.alert_count + TASK_ALERTS, sizeof *w->alerts); /* of the rules, and of the tasks */
    w->env.scratch = ev->scratch;
    int rc = ev->scratch ? 0 : decode_scratch_create_with(c->names, &w->env.scratch);
    if (rc || !w->alerts) {
        worker_destroy(w);
        return CUBE_ENOMEM;
    }
    *ret_w = w;
    return 0;
}

void worker_checkpoint(struct worker *w, const struct checkpoint *c)
{
    w->checkpoint = c;
    w->env.notes = c != NULL;
}

void worker_jobs(struct worker *w, const struct jobs *j)
{
    w->jobs = j;
}

static void outcomes_keep(struct worker *w, struct entity_task *t)
{
    for (uint32_t i = 0; i < entity_task_input_count(t); i++) {
        const struct task_input *in = entity_task_input(t, i);
        for (int o = 0; o < OUTCOME_COUNT; o++) {
            w->records[in->role][o] += in->counts[o] - in->counts_restored[o];
        }
    }
}

void worker_tasks_drop(struct worker *w)
{
    worker_halves_drop(w);
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i]) {
            outcomes_keep(w, w->entities[i]);
        }
        entity_task_destroy(w->entities[i]);
        w->entities[i] = NULL;
    }
    for (uint32_t i = 0; i < w->scope_count; i++) {
        scope_task_destroy(w->scope_tasks[i]);
        w->scope_tasks[i] = NULL;
    }
    epoch_clear(w->env.epoch);
    w->is_restored = false;
}

void worker_destroy(struct worker *w)
{
    if (!w) {
        return;
    }
    worker_tasks_drop(w);
    epoch_close(&w->epochs[0]);
    epoch_close(&w->epochs[1]);
    decode_scratch_destroy(w->events.scratch ? NULL : w->env.scratch);
    free(w->entities);
    free(w->scope_tasks);
    free(w->halves);
    free(w->owned);
    free(w->partitions);
    free(w->alerts);
    free(w);
}

void worker_tell(struct worker *w, int severity, const char *event, const char *text)
{
    w->events.told(w->events.arg, severity, event, text);
}

void worker_fail(struct worker *w, int error)
{
    if (!w->failed) {
        w->failed = true;
        w->events.failed(w->events.arg, error);
    }
}

struct entity_task *worker_entity_of(struct worker *w, enum topic_role role, int32_t partition)
{
    uint32_t i = (uint32_t)partition + (role == ROLE_HR ? (uint32_t)w->env.layout.customers : 0);
    return w->entities[i];
}

/* ---- what the log calls ----------------------------------------------------------------------------- */

/* Partitions were added to a topic while this process ran: keys may live elsewhere now. */
static bool beyond_layout(struct worker *w, const struct log_partition *p)
{
    const struct layout_stamp *l = &w->env.layout;
    int32_t count = p->role == ROLE_HR ? l->employees : p->role == ROLE_PARTIALS ? l->scopes : l->customers, now = p->partition + 1;
    if (!w->has_layout || p->partition < count) {
        return false;
    }
    int32_t asked;
    bool known = w->log->partition_count(w->log->self, p->role, &asked) == 0 && asked > now;
    layout_grown_told(&w->env, p->role, count, known ? asked : now);
    return true;
}

static void on_assigned(void *arg, const struct log_partition *p, uint32_t count)
{
    struct worker *w = arg;
    for (uint32_t i = 0; i < count; i++) {
        if (beyond_layout(w, &p[i])) {
            worker_fail(w, CUBE_ELAYOUT);
            return;
        }
    }
    struct log_partition *grown = realloc(w->owned, (w->owned_count + count + 1) * sizeof *grown);
    if (!grown) {
        worker_fail(w, CUBE_ENOMEM);
        return;
    }
    w->owned = grown;
    memcpy(grown + w->owned_count, p, count * sizeof *p);
    w->owned_count += count;
    w->layout_due = true;
    w->is_restored = false;
    w->restore_started_ms = w->elapsed_ms;
    w->waited_ms = 0;
    w->said = INPUTS_UNTOLD;
    w->said_ms = 0;
}

/* Assignment is eager: all partitions go at once, and with them all memory. */
static void on_revoked(void *arg, const struct log_partition *p, uint32_t count)
{
    struct worker *w = arg;
    (void)p;
    (void)count;
    if (!PLANTED(KEPT_AFTER_REVOKE)) {
        worker_tasks_drop(w);
    }
    w->owned_count = 0;
}

static struct entity_task *entity_of_record(struct worker *w, const struct record *r)
{
    return r->role == ROLE_PARTIALS ? NULL : worker_entity_of(w, r->role, r->partition);
}

/* ahead: of a record for an entity task. */
static int record_take(struct worker *w, const struct record *r, const struct record_ahead *ahead)
{
    if (r->role == ROLE_PARTIALS) {
        struct scope_task *t = w->scope_tasks[r->partition];
        return t ? scope_task_record(t, r) : 0;
    }
    struct entity_task *t = entity_of_record(w, r);
    enum record_outcome outcome;
    int rc = t ? entity_task_take(t, r, ahead, w->now_ms, &outcome) : 0;
    if (t && !rc) {
        w->taken++;
        if (r->offset >= ahead->in->committed) { /* what became of one that is read again was counted then */
            dead_share_add(&w->dead, outcome == OUTCOME_DEAD_LETTER);
        }
    }
    return rc;
}

/* Reads as many records as may be read before they are taken. Returns their number. */
static uint32_t records_read(struct worker *w, const struct record *r, uint32_t count, struct record_ahead *ahead)
{
    bool more = true;
    uint32_t n = 0;
    for (; n < count && n < RECORDS_AHEAD_MAX && more; n++) {
        struct entity_task *t = entity_of_record(w, &r[n]);
        more = !t || entity_task_read(t, &r[n], &ahead[n]);
    }
    struct entity_task *all = entity_of_record(w, &r[0]);
    if (all) {
        entity_task_read_all(all, ahead, n);
    }
    return n;
}

static void on_records(void *arg, const struct record *r, uint32_t count)
{
    struct worker *w = arg;
    struct record_ahead ahead[RECORDS_AHEAD_MAX];
    for (uint32_t i = 0, n; i < count && !w->failed && !w->leaving; i += n) {
        n = records_read(w, r + i, count - i, ahead);
        for (uint32_t k = 0; k < n && !w->failed; k++) {
            int rc = record_take(w, &r[i + k], &ahead[k]);
            if (rc) {
                worker_fail(w, rc);
            }
        }
    }
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    struct worker *w = arg;
    struct task_input *in = NULL;
    if (w->leaving) {
        return;
    }
    if (role == ROLE_PARTIALS) {
        in = w->scope_tasks[partition] ? scope_task_input(w->scope_tasks[partition]) : NULL;
    } else {
        struct entity_task *t = worker_entity_of(w, role, partition);
        for (uint32_t i = 0; t && i < entity_task_input_count(t); i++) {
            in = entity_task_input(t, i)->role == role ? entity_task_input(t, i) : in;
        }
    }
    if (in) {
        in->at_end = true;
        in->base = in->next ? in->base : next;
        in->next = next > in->next ? next : in->next; /* what lies between are markers of transactions */
    }
}

static void commit_count(struct worker *w, int64_t took_us)
{
    double seconds = (double)took_us / 1e6;
    int i = 0;
    while (i < COMMIT_BUCKETS && seconds > commit_bucket_bounds[i]) {
        i++;
    }
    w->commit_bucket[i]++;
    w->commit_seconds_sum += seconds;
    w->transactions_done++;
}

static void on_committed(void *arg, enum commit_outcome outcome, int64_t took_us)
{
    struct worker *w = arg;
    if (outcome == COMMIT_DONE || PLANTED(COPY_OF_THE_LOST)) {
        copy_append(w, &w->epochs[1 - w->open]);
    }
    epoch_clear(&w->epochs[1 - w->open]);
    w->committing = false;
    w->committed_at_ms = w->elapsed_ms;
    if (outcome == COMMIT_DONE) {
        commit_count(w, took_us);
    } else if (outcome == COMMIT_LOST) {
        w->transactions_lost++;
        if (!PLANTED(KEPT_AFTER_LOST)) {
            worker_tasks_drop(w);
        }
    } else {
        worker_tell(w, 3, "fenced", "another instance of the same name is running: this one leaves");
        worker_fail(w, CUBE_EFENCED);
    }
}

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    worker_tell(arg, severity, event, text);
}

struct log_events worker_log_events(struct worker *w)
{
    return (struct log_events){on_assigned, on_revoked, on_records, on_end, on_committed, on_told, w};
}

void worker_stop(struct worker *w)
{
    w->stopping = true;
}

bool worker_is_committing(const struct worker *w)
{
    return w->committing;
}

uint32_t worker_entity_tasks(const struct worker *w, struct entity_task ***ret_tasks)
{
    *ret_tasks = w->entities;
    return w->entities ? w->entity_count : 0;
}

uint32_t worker_scope_tasks(const struct worker *w, struct scope_task ***ret_tasks)
{
    *ret_tasks = w->scope_tasks;
    return w->scope_count;
}
