/* One task put back from its copy and its changelog. */
#include "task/worker_half.h"

#include <string.h>

#include "task/planted.h"
#include "task/record_told.h"
#include "task/worker_copy.h"

struct log_partition worker_changelog(const struct worker *w, uint32_t n)
{
    uint32_t customers = (uint32_t)w->env.layout.customers;
    return worker_is_customers(w, n) ? (struct log_partition){ROLE_CHANGELOG_CUSTOMERS, (int32_t)n}
           : worker_is_entity(w, n)  ? (struct log_partition){ROLE_CHANGELOG_EMPLOYEES, (int32_t)(n - customers)}
                              : (struct log_partition){ROLE_CHANGELOG_SCOPES, (int32_t)(n - w->entity_count)};
}

static int task_make(struct worker *w, uint32_t n, void **ret_task)
{
    struct entity_task *entities = NULL;
    struct scope_task *scopes = NULL;
    int32_t index = worker_changelog(w, n).partition;
    int rc = worker_is_entity(w, n) ? entity_task_create(&w->env, worker_is_customers(w, n) ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, index, &entities)
                             : scope_task_create(&w->env, index, w->events.decided, w->events.arg, &scopes);
    *ret_task = worker_is_entity(w, n) ? (void *)entities : (void *)scopes;
    return rc;
}

static void half_drop(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    if (worker_is_entity(w, n)) {
        entity_task_destroy(h->task);
    } else {
        scope_task_destroy(h->task);
    }
    h->task = NULL;
}

void half_close(struct worker *w, uint32_t n)
{
    struct log_partition c = worker_changelog(w, n);
    half_drop(w, n);
    copy_close(w, c.role, c.partition);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

void half_step(struct half *h)
{
    atomic_store_explicit(&h->steps, atomic_load_explicit(&h->steps, memory_order_relaxed) + 1, memory_order_relaxed); /* one counts at a time */
}

static void record_note(struct half *h, const struct record *r)
{
    h->records++;
    h->refused_at = r->offset;
    half_step(h);
}

static int entity_each(void *arg, const struct record *r)
{
    struct half *h = arg;
    record_note(h, r);
    return entity_task_restore(h->task, r);
}

static int scope_each(void *arg, const struct record *r)
{
    struct half *h = arg;
    record_note(h, r);
    return scope_task_restore(h->task, r);
}

static copy_each_fn *each_of(const struct worker *w, uint32_t n)
{
    return worker_is_entity(w, n) ? entity_each : scope_each;
}

static int half_new(struct worker *w, uint32_t n)
{
    half_drop(w, n);
    w->halves[n].place = (struct checkpoint_place){.at = -1};
    return task_make(w, n, &w->halves[n].task);
}

/* Whatever is wrong with a copy, the changelog has it all. */
static int half_again(struct worker *w, uint32_t n)
{
    struct log_partition c = worker_changelog(w, n);
    copy_refuse(w, c.role, c.partition);
    return half_new(w, n);
}

static bool is_copys_fault(int rc)
{
    return rc && rc != CUBE_ENOMEM && rc != CUBE_EAGAIN;
}

int half_make(struct worker *w, uint32_t n)
{
    w->halves[n].records = 0;
    copy_seed(w);
    return half_new(w, n);
}

void half_copy_read(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = worker_changelog(w, n);
    h->rc = copy_read(w, c.role, c.partition, each_of(w, n), h, &h->place);
}

int half_copy_taken(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = worker_changelog(w, n);
    int rc = h->rc == CUBE_ENOTFOUND ? (h->records ? half_new(w, n) : 0) : is_copys_fault(h->rc) ? half_again(w, n) : h->rc;
    if (rc) {
        half_close(w, n);
        return rc;
    }
    if (w->log->fetch_changelog) {
        w->log->fetch_changelog(w->log->self, c.role, c.partition, h->place.at);
    }
    return 0;
}

/* ---- the rest --------------------------------------------------------------------------------------- */

static uint32_t inputs_of(const struct worker *w, uint32_t n, struct log_partition p[COMMIT_INPUTS_MAX])
{
    struct log_partition c = worker_changelog(w, n);
    struct entity_task *t = worker_is_entity(w, n) ? w->halves[n].task : NULL;
    p[0] = (struct log_partition){ROLE_PARTIALS, c.partition};
    for (uint32_t i = 0; t && i < entity_task_input_count(t); i++) {
        p[i] = (struct log_partition){entity_task_input(t, i)->role, c.partition};
    }
    return t ? entity_task_input_count(t) : 1;
}

static void half_take(struct worker *w, uint32_t n)
{
    struct entity_task *t = worker_is_entity(w, n) ? w->halves[n].task : NULL;
    for (uint32_t i = 0; t && i < entity_task_input_count(t); i++) {
        memcpy(entity_task_input(t, i)->counts_restored, entity_task_input(t, i)->counts, sizeof entity_task_input(t, i)->counts);
        entity_task_input(t, i)->heard_ms = w->now_ms;
    }
    if (t) {
        w->entities[n] = t;
    } else {
        struct scope_task *s = w->halves[n].task;
        scope_task_listen(s, w->events.stated);
        w->scope_tasks[n - w->entity_count] = s;
    }
    w->halves[n].task = NULL;
}

/* What was kept of the records of scopes is taken only now: of many that is most of the work. */
static int scope_records_take(struct half *h)
{
    int rc;
    while ((rc = scope_task_record_take(h->task, &h->refused_at)) == 1) {
        half_step(h);
    }
    return rc;
}

void half_changelog_read(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = worker_changelog(w, n);
    h->rc = copy_read_on(w, c.role, c.partition, each_of(w, n), h, &h->place, &h->last);
    h->rc = h->rc || worker_is_entity(w, n) ? h->rc : scope_records_take(h);
}

static int commit_read(struct worker *w, uint32_t n, bool is_told)
{
    void *task = w->halves[n].task;
    return worker_is_entity(w, n) ? entity_task_commit_read(task, is_told) : scope_task_commit_read(task, is_told);
}

/* What a changelog has is as it should be, and is in its copy as well. Without a copy nobody but the changelog is to blame: that is told. */
static int tail_end(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = worker_changelog(w, n);
    bool is_told = h->place.at < 0;
    record_told(&w->env, "changelog_refused", &(struct record){.role = c.role, .partition = c.partition, .offset = h->refused_at},
                is_told ? h->rc : 0);
    int rc = h->rc ? h->rc : copy_goes_on(&h->place, &h->last) ? commit_read(w, n, is_told) : CUBE_ERANGE;
    if (!rc) {
        copy_mark(w, c.role, c.partition, &h->last);
    }
    return rc;
}

/* The same from the changelog alone. */
static int tail_read_again(struct worker *w, uint32_t n)
{
    int rc = half_again(w, n);
    if (!rc) {
        half_changelog_read(w, n);
    }
    return rc ? rc : tail_end(w, n);
}

/* Whether others have committed since the offsets were asked for: this process may have slept between the two, and the group has not yet
 * said that its partitions are theirs. The changelog is ahead of the offsets then, and nothing is wrong. */
static int overtaken(struct worker *w, const struct log_partition *p, uint32_t inputs, const int64_t *committed)
{
    int64_t now[COMMIT_INPUTS_MAX];
    int rc = w->log->committed_offsets(w->log->self, p, inputs, now);
    return rc ? rc : memcmp(now, committed, inputs * sizeof *now) == 0 ? 0 : CUBE_EAGAIN;
}

/* What does not fit may be one half of a commit of others that was under way when the changelog's end was asked for. */
static int unless_overtaken(struct worker *w, uint32_t n, int rc)
{
    struct log_partition p[COMMIT_INPUTS_MAX];
    uint32_t inputs = rc == CUBE_EFORMAT ? inputs_of(w, n, p) : 0;
    int late = inputs ? overtaken(w, p, inputs, w->halves[n].committed) : 0;
    return late ? late : rc;
}

int half_offsets_ask(struct worker *w, uint32_t n)
{
    struct log_partition p[COMMIT_INPUTS_MAX];
    uint32_t inputs = inputs_of(w, n, p);
    int rc = w->log->committed_offsets(w->log->self, p, inputs, w->halves[n].committed);
    if (rc && PLANTED(CHANGELOG_FIRST)) {
        half_close(w, n);
    }
    return rc;
}

int half_changelog_taken(struct worker *w, uint32_t n)
{
    struct log_partition p[COMMIT_INPUTS_MAX];
    struct half *h = &w->halves[n];
    uint32_t inputs = inputs_of(w, n, p);
    if (h->rc == CUBE_EAGAIN && h->records == 0) {
        return h->rc; /* what its copy had is kept */
    }
    int rc = tail_end(w, n);
    rc = is_copys_fault(rc) && h->place.at >= 0 ? tail_read_again(w, n) : rc;
    if (!rc) {
        h->differs = worker_is_entity(w, n) ? !entity_task_is_at(h->task, h->committed) : !scope_task_is_at(h->task, h->committed[0]);
        rc = h->differs && !PLANTED(OVERTAKEN_LEAVES) ? overtaken(w, p, inputs, h->committed) : 0;
    }
    rc = unless_overtaken(w, n, rc);
    if (rc) {
        half_close(w, n);
    }
    return rc;
}

static void settle(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    h->rc = worker_is_entity(w, n) ? entity_task_restored(h->task, h->committed, h->from) : scope_task_restored(h->task, h->committed[0], h->from);
}

void half_settle(struct worker *w, uint32_t n)
{
    if (!w->halves[n].differs) {
        settle(w, n);
    }
}

/* Something of the copy does not fit: the changelog alone decides. */
static int settle_again(struct worker *w, uint32_t n)
{
    int rc = tail_read_again(w, n);
    if (!rc) {
        settle(w, n);
    }
    return rc ? rc : w->halves[n].rc;
}

int half_finish(struct worker *w, uint32_t n)
{
    struct log_partition p[COMMIT_INPUTS_MAX] = {0};
    struct half *h = &w->halves[n];
    if (h->differs) {
        settle(w, n); /* refuses it, and the copy is not to blame: the commit record is the changelog's own */
    }
    int rc = is_copys_fault(h->rc) && h->place.at >= 0 && !h->differs ? settle_again(w, n) : h->rc;
    rc = unless_overtaken(w, n, rc);
    for (uint32_t i = 0, inputs = inputs_of(w, n, p); i < inputs && !rc; i++) {
        rc = w->log->start(w->log->self, p[i].role, p[i].partition, h->from[i], h->committed[i]);
    }
    if (rc) {
        half_close(w, n);
        return rc;
    }
    half_take(w, n);
    return 0;
}
