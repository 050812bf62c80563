#include "cli/verify_scopes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "cube/cube_plan.h"

int verify_scopes_init(struct verify_scopes *v, const struct verify_world *w, struct verify_report *report)
{
    *v = (struct verify_scopes){.world = w, .report = report};
    v->env = (struct task_env){.config = w->config, .layout = w->layout, .format = FORMAT_JSON, .now_ms = TIME_NONE};
    size_t n = (size_t)w->layout.scopes;
    v->tasks = calloc(n + 1, sizeof *v->tasks);
    v->done_ms = malloc((n + 1) * sizeof *v->done_ms);
    int rc = v->tasks && v->done_ms ? 0 : CUBE_ENOMEM;
    for (int32_t q = 0; !rc && q < w->layout.scopes; q++) {
        v->done_ms[q] = TIME_NONE;
        rc = scope_task_create(&v->env, q, NULL, NULL, &v->tasks[q].task);
    }
    if (rc) {
        verify_scopes_close(v);
    }
    return rc;
}

void verify_scopes_close(struct verify_scopes *v)
{
    for (int32_t q = 0; v->tasks && q < v->world->layout.scopes; q++) {
        scope_task_destroy(v->tasks[q].task);
    }
    free(v->tasks);
    free(v->done_ms);
    v->tasks = NULL;
    v->done_ms = NULL;
}

int verify_scopes_record(struct verify_scopes *v, const struct record *r)
{
    struct verify_scope_task *t = &v->tasks[r->partition];
    bool commit = verify_is_commit(r);
    int rc = scope_task_restore(t->task, r);
    if (rc == CUBE_ENOMEM) {
        return rc;
    }
    if (rc && !commit) { /* commit records are judged by themselves */
        struct verify_place at = verify_place_of(r);
        verify_violated(v->report, VERIFY_RECORDS, &at, "a record of a scope's state", err_text(rc));
    }
    t->open = !commit;
    t->offset = r->offset;
    return t->open;
}

/* Of each key the last record counts: no others are looked at. */
static int records_read(struct verify_scopes *v, int32_t q)
{
    struct verify_place at = {ROLE_CHANGELOG_SCOPES, q, 0, {0}};
    int rc;
    while ((rc = scope_task_records_read(v->tasks[q].task, &at.offset)) != 0 && rc != CUBE_ENOMEM) {
        verify_violated(v->report, VERIFY_RECORDS, &at, "a record of a scope's state", err_text(rc));
    }
    return rc;
}

static int task_restored(struct verify_scopes *v, const struct verify_commits *commits, int32_t q)
{
    struct verify_scope_task *t = &v->tasks[q];
    const struct commit_record *c = verify_commits_last(commits, ROLE_CHANGELOG_SCOPES, q);
    struct verify_place at = {ROLE_CHANGELOG_SCOPES, q, t->offset, {0}};
    int64_t from;
    int rc = records_read(v, q);
    if (rc) {
        return rc;
    }
    if (t->open) {
        verify_violated(v->report, VERIFY_COMMITS, &at, "a commit record as the last one of a commit", "a record of state");
    }
    if (!c || t->open) {
        return 0;
    }
    rc = scope_task_restored(t->task, c->inputs[0].next, &from);
    if (rc && rc != CUBE_ENOMEM) {
        verify_violated(v->report, VERIFY_STATES, &at, "state that a scope task can start from", err_text(rc));
        return 0;
    }
    t->restored = !rc;
    v->done_ms[q] = rc ? TIME_NONE : c->watermark_ms;
    return rc;
}

int verify_scopes_restored(struct verify_scopes *v, const struct verify_commits *commits)
{
    int rc = 0;
    for (int32_t q = 0; q < v->world->layout.scopes && !rc; q++) {
        rc = task_restored(v, commits, q);
    }
    return rc;
}

/* ---- states ----------------------------------------------------------------------------------------- */

static const json_t *figure_of(const json_t *state, const struct measure *m, uint32_t horizon)
{
    const json_t *measure = json_object_get(json_object_get(state, "measures"), m->name.at);
    return horizon == 0 ? measure : json_object_get(json_object_get(measure, "horizons"), m->horizons[horizon].name);
}

/* A whole number that a figure must have, or must not. */
static void count_check(struct verify_scopes *v, const struct verify_place *at, const json_t *figure, const struct measure *m,
                        const char *name, bool has, int64_t expected)
{
    const json_t *j = json_object_get(figure, name);
    if ((j != NULL) == has && (!has || json_integer_value(j) == expected)) {
        return;
    }
    char what[VERIFY_TEXT_MAX];
    snprintf(what, sizeof what, "%s of %s", name, m->name.at);
    if (has && j) {
        verify_differs(v->report, VERIFY_STATES, at, what, expected, (int64_t)json_integer_value(j));
    } else {
        verify_violated(v->report, VERIFY_STATES, at, has ? what : "no number", has ? "none" : what);
    }
}

/* Figures that run with time alone, and those that privacy holds back, are not as old as the state. */
static void measures_check(struct verify_scopes *v, const struct verify_place *at, const json_t *state, const struct scope_view *view)
{
    for (uint32_t i = 0; i < view->measure_count; i++) {
        const struct measure *m = view->measures[i].measure;
        if (m->is_private || m->aggregation->follows_time) {
            continue;
        }
        for (uint32_t h = 0; h < m->horizon_count; h++) {
            const struct result *r = &view->measures[i].horizons[h];
            const json_t *figure = figure_of(state, m, h);
            count_check(v, at, figure, m, "n", true, r->n);
            count_check(v, at, figure, m, "hits", r->present >> RESULT_HITS & 1, r->field[RESULT_HITS].i);
        }
    }
}

static void state_check(struct verify_scopes *v, const struct verify_output *o, const struct scope_view *view)
{
    struct verify_place at = {ROLE_STATE, o->partition, o->offset, view->key};
    const json_t *state = o->kept;
    const char *octant = json_string_value(json_object_get(state, "octant"));
    const char *kept = view->octant == OCTANT_NONE ? NULL : octant_names[view->octant].at;
    if (!text_equal(text_of(octant), text_of(kept))) {
        verify_violated(v->report, VERIFY_STATES, &at, kept ? kept : "no octant", octant ? octant : "none");
    }
    int64_t revision = (int64_t)json_integer_value(json_object_get(state, "revision"));
    if (revision != view->revision) {
        verify_differs(v->report, VERIFY_STATES, &at, "revision", view->revision, revision);
    }
    measures_check(v, &at, state, view);
}

/* A scope that does not wait for publication: its last state says what it is now. */
static void scope_check(struct verify_scopes *v, const struct verify_outputs *outputs, int32_t q, uint32_t scope)
{
    struct scope_engine *e = scope_task_engine(v->tasks[q].task);
    const struct verify_output *o = verify_outputs_find(outputs, VERIFY_TABLE_STATES, scope_engine_key(e, scope));
    struct scope_view view;
    if (scope_engine_view(e, scope, v->done_ms[q], &view) != 0) {
        return; /* no tick has looked at it yet */
    }
    v->report->checked[VERIFY_STATES]++;
    if (o && o->kept) {
        state_check(v, o, &view);
    } else if (o) {
        v->report->unchecked[VERIFY_STATES]++; /* a newer one has taken its place */
    } else {
        struct verify_place at = {ROLE_STATE, -1, -1, view.key};
        verify_violated(v->report, VERIFY_STATES, &at, "a state of the scope", "none");
    }
}

static int task_states(struct verify_scopes *v, const struct verify_outputs *outputs, int32_t q)
{
    struct scope_engine *e = scope_task_engine(v->tasks[q].task);
    uint32_t n = scope_engine_count(e), scope;
    int64_t tick_ms;
    bool *waits = calloc((size_t)n + 1, sizeof *waits);
    if (!waits) {
        return CUBE_ENOMEM;
    }
    while (scope_engine_changed_pop(e, &scope, &tick_ms) == 0) {
        waits[scope] = true;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!waits[i]) {
            scope_check(v, outputs, q, i);
        }
    }
    free(waits);
    return 0;
}

int verify_scopes_states(struct verify_scopes *v, const struct verify_outputs *outputs)
{
    int rc = 0;
    for (int32_t q = 0; q < v->world->layout.scopes && !rc; q++) {
        rc = v->tasks[q].restored && v->done_ms[q] != TIME_NONE ? task_states(v, outputs, q) : 0;
    }
    return rc;
}
