#include "app_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app_known.h"
#include "os/clock.h"

struct change {
    int64_t at_ms;
    char *scope, *json;
};

struct app_view {
    const struct config *config;
    struct worker *worker;
    const struct checkpoint_files *copies; /* NULL: none are shown */
    struct checkpoint_status copies_seen;
    bool beside; /* others write copies */
    struct change changes[RECENT_CHANGES_MAX]; /* a circle */
    uint64_t change_count;
    struct buf bytes;
    struct app_known known;
    void (*fix_status)(void *arg, struct status *s);
    void *arg;
};

int app_view_create(const struct config *c, struct worker *w, struct app_view **ret_v)
{
    struct app_view *v = calloc(1, sizeof *v);
    if (!v) {
        return CUBE_ENOMEM;
    }
    v->config = c;
    v->worker = w;
    *ret_v = v;
    return 0;
}

void app_view_copies(struct app_view *v, const struct checkpoint_files *copies)
{
    v->copies = copies;
    checkpoint_files_status(copies, &v->copies_seen);
}

void app_view_beside(struct app_view *v, bool beside)
{
    v->beside = beside;
}

void app_view_destroy(struct app_view *v)
{
    if (!v) {
        return;
    }
    for (int i = 0; i < RECENT_CHANGES_MAX; i++) {
        free(v->changes[i].scope);
        free(v->changes[i].json);
    }
    buf_close(&v->bytes);
    app_known_close(&v->known);
    free(v);
}

static char *text_copy(struct text t)
{
    char *z = malloc(t.len + 1);
    if (z) {
        memcpy(z, t.at, t.len);
        z[t.len] = 0;
    }
    return z;
}

int app_view_change(struct app_view *v, int64_t at_ms, struct text scope, struct text json)
{
    struct change fresh = {at_ms, text_copy(scope), text_copy(json)};
    if (!fresh.scope || !fresh.json) {
        free(fresh.scope);
        free(fresh.json);
        return CUBE_ENOMEM;
    }
    struct change *place = &v->changes[v->change_count++ % RECENT_CHANGES_MAX];
    free(place->scope);
    free(place->json);
    *place = fresh;
    return 0;
}

/* ---- the port --------------------------------------------------------------------------------------- */

static void read_status(void *self, struct status *ret_s)
{
    struct app_view *v = self;
    worker_status(v->worker, ret_s);
    if (v->copies && !v->beside) {
        checkpoint_files_status(v->copies, &v->copies_seen);
    }
    ret_s->checkpoint = v->copies_seen;
    v->fix_status(v->arg, ret_s);
    app_known_status(&v->known, ret_s, clock_steady_ms());
}

struct place {
    struct text key;
    struct scope_task *task;
    uint32_t scope;
};

static int place_compare(const void *a, const void *b)
{
    return text_compare(((const struct place *)a)->key, ((const struct place *)b)->key);
}

/* All owned scopes, ascending by key. Free the list. */
static int places(const struct app_view *v, struct place **ret_all, uint32_t *ret_n)
{
    struct scope_task **tasks;
    uint32_t count = worker_scope_tasks(v->worker, &tasks), n = 0;
    for (uint32_t q = 0; q < count; q++) {
        n += tasks[q] ? scope_engine_count(scope_task_engine(tasks[q])) : 0;
    }
    struct place *all = malloc((n + 1) * sizeof *all);
    if (!all) {
        return CUBE_ENOMEM;
    }
    n = 0;
    for (uint32_t q = 0; q < count; q++) {
        for (uint32_t s = 0; tasks[q] && s < scope_engine_count(scope_task_engine(tasks[q])); s++) {
            all[n++] = (struct place){scope_engine_key(scope_task_engine(tasks[q]), s), tasks[q], s};
        }
    }
    qsort(all, n, sizeof *all, place_compare);
    *ret_all = all;
    *ret_n = n;
    return 0;
}

static int scope_json(void *self, struct text key, struct buf *out)
{
    struct app_view *v = self;
    struct place *all;
    uint32_t n;
    int rc = places(v, &all, &n);
    if (rc) {
        return rc;
    }
    rc = CUBE_ENOTFOUND;
    for (uint32_t i = 0; i < n; i++) {
        if (text_equal(all[i].key, key)) {
            rc = scope_task_state(all[i].task, all[i].scope, scope_engine_last_tick(scope_task_engine(all[i].task)), FORMAT_JSON, &v->bytes);
            rc = rc ? rc : buf_append(out, v->bytes.at, v->bytes.len);
            break;
        }
    }
    free(all);
    return rc;
}

static int scopes_each(void *self, int (*each)(void *arg, struct text key, struct text json), void *arg)
{
    struct app_view *v = self;
    struct place *all;
    uint32_t n;
    int rc = places(v, &all, &n);
    if (rc) {
        return rc;
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        rc = scope_task_state(all[i].task, all[i].scope, scope_engine_last_tick(scope_task_engine(all[i].task)), FORMAT_JSON, &v->bytes);
        rc = rc == CUBE_ENOTFOUND ? 0 : rc ? rc : each(arg, all[i].key, (struct text){(const char *)v->bytes.at, (uint32_t)v->bytes.len});
    }
    free(all);
    return rc;
}

/* The status is a text of its own in an alert object: pending ones say so on the page only. */
static int alert_json(struct app_view *v, struct text scope, const struct decision *d)
{
    static const char firing[] = "\"status\":\"resolved\"", pending[] = "\"status\":\"pending\" ";
    buf_clear(&v->bytes);
    int rc = output_alert(&v->config->model, scope, d, FORMAT_JSON, &v->bytes);
    char *at = rc || d->firing ? NULL : memmem(v->bytes.at, v->bytes.len, firing, sizeof firing - 1);
    if (at) {
        memcpy(at, pending, sizeof pending - 1);
    }
    return rc;
}

/* rc: of writing an alert of a task. */
static int task_alert_give(struct app_view *v, int rc, int (*each)(void *arg, struct text json), void *arg)
{
    return rc == CUBE_ENOTFOUND ? 0 : rc ? rc : each(arg, (struct text){(const char *)v->bytes.at, (uint32_t)v->bytes.len});
}

/* What the tasks themselves say, beside their scopes. */
static int task_alerts_each(struct app_view *v, int (*each)(void *arg, struct text json), void *arg)
{
    struct entity_task **tasks;
    struct scope_task **scopes;
    uint32_t count = worker_entity_tasks(v->worker, &tasks);
    int rc = 0;
    for (uint32_t i = 0; i < count && !rc; i++) {
        buf_clear(&v->bytes);
        rc = tasks[i] ? task_alert_give(v, entity_task_alert(tasks[i], &v->bytes), each, arg) : 0;
        rc = rc || !tasks[i] ? rc : task_alert_give(v, entity_task_overflow_alert(tasks[i], &v->bytes), each, arg);
        for (uint32_t k = 0; !rc && tasks[i] && k < entity_task_input_count(tasks[i]); k++) {
            rc = task_alert_give(v, entity_task_ids_alert(tasks[i], k, &v->bytes), each, arg);
        }
    }
    count = worker_scope_tasks(v->worker, &scopes);
    for (uint32_t q = 0; q < count && !rc; q++) {
        rc = scopes[q] ? task_alert_give(v, scope_task_alert(scopes[q], &v->bytes), each, arg) : 0;
    }
    return rc;
}

struct copies_view {
    struct app_view *v;
    int (*each)(void *arg, struct text json);
    void *arg;
    struct checkpoint_status counts;
};

static int copy_alert(void *arg, const struct checkpoint_ill *i)
{
    struct copies_view *c = arg;
    char summary[160];
    snprintf(summary, sizeof summary, "The local copy of %s %s: the next restart takes longer; the log says why", i->copy,
             i->stopped ? "takes no more" : "could not be made smaller");
    struct task_alert a = {.name = TEXT_LITERAL(CHECKPOINT_ALERT), .task = text_of(i->copy), .severity = TEXT_LITERAL("ticket"),
                           .summary = text_of(summary), .firing = true, .starts_ms = i->since_ms, .t_ms = i->now_ms,
                           .value = c->counts.ill, .n = c->counts.open};
    task_alert_fingerprint(&a);
    buf_clear(&c->v->bytes);
    return task_alert_give(c->v, output_task_alert(&c->v->config->model, &a, FORMAT_JSON, &c->v->bytes), c->each, c->arg);
}

/* What this process says of its own disk. */
static int copies_alerts_each(struct app_view *v, int (*each)(void *arg, struct text json), void *arg)
{
    struct copies_view c = {.v = v, .each = each, .arg = arg};
    if (!v->copies || v->beside) {
        return 0;
    }
    checkpoint_files_status(v->copies, &c.counts);
    return checkpoint_files_ill_each(v->copies, copy_alert, &c);
}

static int alerts_each(void *self, int (*each)(void *arg, struct text json), void *arg)
{
    struct app_view *v = self;
    struct place *all;
    uint32_t n;
    int rc = places(v, &all, &n);
    if (rc) {
        return rc;
    }
    for (uint32_t i = 0; i < n && !rc; i++) {
        for (uint32_t r = 0; r < v->config->model.alert_count && !rc; r++) {
            struct decision d;
            if (scope_engine_alert_now(scope_task_engine(all[i].task), all[i].scope, r, &d) == 0) {
                rc = alert_json(v, all[i].key, &d);
                rc = rc ? rc : each(arg, (struct text){(const char *)v->bytes.at, (uint32_t)v->bytes.len});
            }
        }
    }
    free(all);
    rc = rc ? rc : task_alerts_each(v, each, arg);
    return rc ? rc : copies_alerts_each(v, each, arg);
}

static int changes_each(void *self, struct text scope, int64_t since_ms, int (*each)(void *arg, struct text json), void *arg)
{
    const struct app_view *v = self;
    uint64_t first = v->change_count > RECENT_CHANGES_MAX ? v->change_count - RECENT_CHANGES_MAX : 0;
    for (uint64_t i = v->change_count; i-- > first;) {
        const struct change *c = &v->changes[i % RECENT_CHANGES_MAX];
        if (c->at_ms < since_ms || (scope.at && !text_equal(scope, text_of(c->scope)))) {
            continue;
        }
        int rc = each(arg, text_of(c->json));
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int measures_of(struct app_known *k, const struct scope_view *s, uint32_t *left, known_each_fn *each, void *arg)
{
    for (uint32_t i = 0; i < s->measure_count && *left; i++) {
        const struct measure_view *m = &s->measures[i];
        if (!m->withheld && m->horizons[0].has_value) {
            int rc = each(arg, s->key, m->measure->name, m->horizons[0].value);
            rc = rc ? rc : app_known_series(k, s->key, m->measure->name, m->horizons[0].value);
            if (rc) {
                return rc;
            }
            --*left;
        }
    }
    return 0;
}

static int measures_each(void *self, uint32_t series_max, known_each_fn *each, void *arg)
{
    struct app_view *v = self;
    struct status status;
    struct place *all;
    uint32_t n, left = series_max;
    read_status(v, &status);
    if (!status.complete) {
        return app_known_each(&v->known, series_max, each, arg);
    }
    int rc = places(v, &all, &n);
    if (rc) {
        return rc;
    }
    buf_clear(&v->known.series);
    for (uint32_t i = 0; i < n && !rc && left; i++) {
        struct scope_engine *e = scope_task_engine(all[i].task);
        struct scope_view s;
        rc = scope_engine_view(e, all[i].scope, scope_engine_last_tick(e), &s);
        rc = rc == CUBE_ENOTFOUND ? 0 : rc ? rc : measures_of(&v->known, &s, &left, each, arg);
    }
    free(all);
    return rc;
}

struct status_source app_view_source(struct app_view *v, void (*fix_status)(void *arg, struct status *s), void *arg)
{
    v->fix_status = fix_status;
    v->arg = arg;
    return (struct status_source){v, read_status, scope_json, scopes_each, alerts_each, changes_each, measures_each};
}
