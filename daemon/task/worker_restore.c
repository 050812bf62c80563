/* Tasks put back from their changelogs. */
#include <string.h>

#include "task/record_told.h"
#include "task/worker_copy.h"

static bool is_owned(const struct worker *w, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < w->owned_count; i++) {
        if (w->owned[i].role == role && w->owned[i].partition == partition) {
            return true;
        }
    }
    return false;
}

/* From so many records of changelogs on the next task waits for the next turn: heartbeats, page and signals go on. */
enum { TURN_RECORDS = 20000 };

/* ---- tasks by number: entities, then scopes --------------------------------------------------------- */

static bool is_entity(const struct worker *w, uint32_t n)
{
    return n < w->entity_count;
}

static bool is_customers(const struct worker *w, uint32_t n)
{
    return n < (uint32_t)w->env.layout.customers;
}

static struct log_partition changelog_of(const struct worker *w, uint32_t n)
{
    uint32_t customers = (uint32_t)w->env.layout.customers;
    return is_customers(w, n) ? (struct log_partition){ROLE_CHANGELOG_CUSTOMERS, (int32_t)n}
           : is_entity(w, n)  ? (struct log_partition){ROLE_CHANGELOG_EMPLOYEES, (int32_t)(n - customers)}
                              : (struct log_partition){ROLE_CHANGELOG_SCOPES, (int32_t)(n - w->entity_count)};
}

static bool is_restored(const struct worker *w, uint32_t n)
{
    return is_entity(w, n) ? w->entities[n] != NULL : w->scope_tasks[n - w->entity_count] != NULL;
}

static int task_make(struct worker *w, uint32_t n, void **ret_task)
{
    struct entity_task *entities = NULL;
    struct scope_task *scopes = NULL;
    int32_t index = changelog_of(w, n).partition;
    int rc = is_entity(w, n) ? entity_task_create(&w->env, is_customers(w, n) ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, index, &entities)
                             : scope_task_create(&w->env, index, w->events.decided, w->events.arg, &scopes);
    *ret_task = is_entity(w, n) ? (void *)entities : (void *)scopes;
    return rc;
}

static void half_drop(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    if (is_entity(w, n)) {
        entity_task_destroy(h->task);
    } else {
        scope_task_destroy(h->task);
    }
    h->task = NULL;
}

static void half_close(struct worker *w, uint32_t n)
{
    struct log_partition c = changelog_of(w, n);
    half_drop(w, n);
    copy_close(w, c.role, c.partition);
}

void worker_halves_drop(struct worker *w)
{
    for (uint32_t n = 0; w->halves && n < w->entity_count + w->scope_count; n++) {
        half_close(w, n);
    }
}

/* ---- reading ---------------------------------------------------------------------------------------- */

struct restoring {
    struct worker *worker;
    void *task;
    bool is_told; /* a record that is refused */
    bool took;    /* the task was given a record */
};

static int entity_each(void *arg, const struct record *r)
{
    struct restoring *x = arg;
    x->worker->restore_records++;
    x->took = true;
    int rc = entity_task_restore(x->task, r);
    record_told(&x->worker->env, "changelog_refused", r, x->is_told ? rc : 0);
    return rc;
}

static int scope_each(void *arg, const struct record *r)
{
    struct restoring *x = arg;
    x->worker->restore_records++;
    x->took = true;
    int rc = scope_task_restore(x->task, r);
    record_told(&x->worker->env, "changelog_refused", r, x->is_told ? rc : 0);
    return rc;
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
    struct log_partition c = changelog_of(w, n);
    copy_refuse(w, c.role, c.partition);
    return half_new(w, n);
}

static bool is_copys_fault(int rc)
{
    return rc && rc != CUBE_ENOMEM && rc != CUBE_EAGAIN;
}

/* Makes a task, gives it what its copy has, and lets the rest be fetched. */
static int half_make(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = changelog_of(w, n);
    int rc = half_new(w, n);
    if (rc) {
        return rc;
    }
    struct restoring x = {.worker = w, .task = h->task};
    rc = copy_read(w, c.role, c.partition, is_entity(w, n) ? entity_each : scope_each, &x, &h->place);
    rc = rc == CUBE_ENOTFOUND ? (x.took ? half_new(w, n) : 0) : is_copys_fault(rc) ? half_again(w, n) : rc;
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

static int kept_each(void *arg, const struct record *r)
{
    struct restoring *x = arg;
    x->worker->restore_records++;
    return entity_task_kept(x->task, r);
}

/* What the last process kept is as good as what the changelog has only when nobody has committed since. */
static int half_kept(struct worker *w, uint32_t n)
{
    struct half *h = &w->halves[n];
    struct log_partition c = changelog_of(w, n);
    struct checkpoint_place place;
    if (!is_entity(w, n) || h->place.at < 0 || !entity_task_read_to(h->task, &place)) {
        return 0;
    }
    int rc = copy_kept(w, c.role, c.partition, &place, kept_each, &(struct restoring){.worker = w, .task = h->task});
    return rc == CUBE_ENOTFOUND ? 0 : rc;
}

/* Reads what is missing. ret_from: where to read the inputs. */
static int half_complete(struct worker *w, uint32_t n, const int64_t *committed, int64_t *ret_from)
{
    struct half *h = &w->halves[n];
    struct log_partition c = changelog_of(w, n);
    struct restoring x = {.worker = w, .task = h->task, .is_told = h->place.at < 0};
    int rc = copy_read_on(w, c.role, c.partition, is_entity(w, n) ? entity_each : scope_each, &x, &h->place);
    rc = rc ? rc : half_kept(w, n);
    if (rc) {
        return rc;
    }
    return is_entity(w, n) ? entity_task_restored(h->task, committed, ret_from) : scope_task_restored(h->task, committed[0], ret_from);
}

static uint32_t inputs_of(const struct worker *w, uint32_t n, struct log_partition p[COMMIT_INPUTS_MAX])
{
    struct log_partition c = changelog_of(w, n);
    struct entity_task *t = is_entity(w, n) ? w->halves[n].task : NULL;
    p[0] = (struct log_partition){ROLE_PARTIALS, c.partition};
    for (uint32_t i = 0; t && i < entity_task_input_count(t); i++) {
        p[i] = (struct log_partition){entity_task_input(t, i)->role, c.partition};
    }
    return t ? entity_task_input_count(t) : 1;
}

static void half_take(struct worker *w, uint32_t n)
{
    struct entity_task *t = is_entity(w, n) ? w->halves[n].task : NULL;
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

/* Reads the rest of a task and starts its inputs. The offsets come first: what they count is in the changelog. */
static int half_finish(struct worker *w, uint32_t n)
{
    struct log_partition p[COMMIT_INPUTS_MAX];
    int64_t committed[COMMIT_INPUTS_MAX], from[COMMIT_INPUTS_MAX];
    uint32_t inputs = inputs_of(w, n, p);
    int rc = w->log->committed_offsets(w->log->self, p, inputs, committed);
    if (rc == CUBE_EAGAIN) {
        return rc; /* what was read is kept */
    }
    rc = rc ? rc : half_complete(w, n, committed, from);
    if (is_copys_fault(rc) && w->halves[n].place.at >= 0) {
        rc = half_again(w, n);
        rc = rc ? rc : half_complete(w, n, committed, from);
    }
    for (uint32_t i = 0; i < inputs && !rc; i++) {
        rc = w->log->start(w->log->self, p[i].role, p[i].partition, from[i]);
    }
    if (rc) {
        half_close(w, n);
        return rc;
    }
    half_take(w, n);
    return 0;
}

/* 1: the task is to be restored here; 0: it is not ours. CUBE_ELAYOUT (told). */
static int is_ours(struct worker *w, uint32_t n)
{
    int32_t index = changelog_of(w, n).partition;
    bool customers = is_customers(w, n);
    if (!is_owned(w, customers ? ROLE_INTERACTIONS : is_entity(w, n) ? ROLE_HR : ROLE_PARTIALS, index)) {
        return 0;
    }
    if (customers && !is_owned(w, ROLE_CPI, index)) {
        worker_tell(w, 3, "not_co_partitioned", "the group gave a partition of interactions without the same one of cpi");
        return CUBE_ELAYOUT;
    }
    if (customers && w->config->model.clv.observed && !is_owned(w, ROLE_PARTIALS, index)) {
        worker_tell(w, 3, "not_co_partitioned", "the group gave a partition of interactions without the same one of the partials: observed "
                    "retention comes to customers over it");
        return CUBE_ELAYOUT;
    }
    return 1;
}

/* Does the next step of restoring what is owned and has no memory: first all copies, so that what is behind them is
 * fetched while the first is read. 1: something was done; 0: all are restored. */
static int restore_next(struct worker *w)
{
    uint32_t count = w->entity_count + w->scope_count;
    for (uint32_t i = 0; i < 2 * count; i++) {
        uint32_t n = i % count;
        bool due = !is_restored(w, n) && (i >= count || !w->halves[n].task);
        int rc = due ? is_ours(w, n) : 0;
        if (rc == 1) {
            rc = i < count ? half_make(w, n) : half_finish(w, n);
            return rc ? rc : 1;
        }
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int worker_restore_all(struct worker *w)
{
    int rc;
    w->restore_records = 0;
    do {
        rc = restore_next(w);
    } while (rc == 1 && w->restore_records < TURN_RECORDS);
    w->goes_on = rc == 1;
    return rc == 0 ? 1 : rc == 1 || rc == CUBE_EAGAIN ? 0 : rc;
}

bool worker_is_live(const struct worker *w)
{
    for (uint32_t i = 0; i < w->entity_count; i++) {
        if (w->entities[i] && entity_task_is_replaying(w->entities[i])) {
            return false;
        }
    }
    for (uint32_t q = 0; q < w->scope_count; q++) {
        if (w->scope_tasks[q] && input_is_replaying(scope_task_input(w->scope_tasks[q]))) {
            return false;
        }
    }
    return true;
}

void worker_restore_ended(struct worker *w)
{
    if (w->restore_started_ms && worker_is_live(w)) {
        w->restore_seconds = (double)(w->elapsed_ms - w->restore_started_ms) / 1e3;
        w->restore_started_ms = 0;
    }
}
