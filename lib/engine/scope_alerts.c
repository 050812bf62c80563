#include <stdlib.h>

#include "engine/scope_gone.h"

int scope_alerts_init(struct scope_engine *e, struct scope *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->model->alert_count; i++) {
        count += alert_applies(&e->model->alerts[i], s->kind, s->key);
    }
    if (count == 0) {
        return 0;
    }
    s->alerts = calloc(count, sizeof *s->alerts);
    if (!s->alerts) {
        return CUBE_ENOMEM;
    }
    e->bytes += count * sizeof *s->alerts;
    for (uint32_t i = 0; i < e->model->alert_count; i++) {
        if (alert_applies(&e->model->alerts[i], s->kind, s->key)) {
            s->alerts[s->alert_count++].rule = i;
        }
    }
    return 0;
}

struct scope_alert *scope_alert_find(const struct scope_engine *e, struct scope *s, struct text name)
{
    for (uint32_t i = 0; i < s->alert_count; i++) {
        if (text_equal(e->model->alerts[s->alerts[i].rule].name, name)) {
            return &s->alerts[i];
        }
    }
    return NULL;
}

void scope_alert_tally(struct scope_engine *e, const struct scope_alert *alert, int32_t by)
{
    struct alert_tally *t = &e->tallies[alert->rule];
    t->pending += alert->state.status == ALERT_PENDING ? (uint32_t)by : 0;
    t->firing += alert->state.status == ALERT_FIRING ? (uint32_t)by : 0;
}

struct alert_tally scope_engine_alerts(const struct scope_engine *e, uint32_t rule)
{
    return e->tallies[rule];
}

void scope_alerts_close(struct scope *s)
{
    for (uint32_t i = 0; i < s->alert_count; i++) {
        alert_memory_close(&s->alerts[i].memory);
    }
    free(s->alerts);
}

static void view_measure(const struct scope_engine *e, const struct scope *s,
                         const struct alert_rule *r, struct condition_view *v)
{
    const struct measure *m = &e->model->measures[r->measure];
    const struct scope_cell *c = s->cells[r->measure];
    v->measure = m;
    v->horizons = c ? c->results : scope_nothing;
    v->measure_fresh_ms = c ? c->fresh_ms : NEVER_MS;
    v->measure_stale = m->axis != AXIS_NONE && s->axes[m->axis].stale;
}

static int64_t due_of(const struct condition_answer *a, int64_t step_due_ms)
{
    return a->due_ms < step_due_ms ? a->due_ms : step_due_ms;
}

uint32_t scope_alert_labels(struct scope_engine *e, const struct alert_rule *r, struct text scope)
{
    struct text measure = {0};
    if (r->measure != UINT16_MAX) {
        measure = e->model->measures[r->measure].name;
    }
    return alert_labels(r, scope, measure, e->labels);
}

static uint64_t fingerprint(struct scope_engine *e, const struct scope *s,
                            const struct alert_rule *r)
{
    uint32_t count = scope_alert_labels(e, r, s->key);
    return alert_fingerprint(e->labels, count);
}

struct decision scope_alert_decision(const struct scope *s, const struct alert_rule *r, int64_t starts_ms, bool firing, int64_t t_ms)
{
    return (struct decision){
        .type = DECISION_ALERT,
        .scope = s->id,
        .t_ms = t_ms,
        .revision = s->revision,
        .from = s->before,
        .to = s->before == OCTANT_NONE ? OCTANT_NONE : s->held,
        .rule = r,
        .firing = firing,
        .starts_ms = starts_ms,
        .ends_ms = firing ? 0 : t_ms,
        .octant = s->octant,
    };
}

static struct decision decision_of(struct scope_engine *e, const struct scope *s,
                                   const struct alert_rule *r, const struct condition_answer *a,
                                   const struct alert_state *state, bool firing, int64_t t_ms)
{
    struct decision d = scope_alert_decision(s, r, state->since_ms, firing, t_ms);
    d.fingerprint = fingerprint(e, s, r);
    d.answer = *a;
    return d;
}

static int decide(struct scope_engine *e, const struct scope *s, const struct alert_rule *r,
                  const struct condition_answer *a, const struct alert_state *state, bool firing,
                  int64_t t_ms)
{
    struct decision d = decision_of(e, s, r, a, state, firing, t_ms);
    bool tells_moves = firing && r->condition == alert_condition_find("octant");
    return outbox_add(&e->outbox, &d, tells_moves ? s->moves : NULL);
}

static int64_t newest_ms(const struct alert_memory *m)
{
    return m->count > 0 ? m->at[m->first + m->count - 1].t_ms : NEVER_MS;
}

/* Lets the condition take down what it needs later. Returns as its `remember` does. */
static int remember(struct scope_engine *e, struct scope *s, struct alert_memory *m,
                    const struct alert_rule *r, const struct condition_view *v)
{
    if (!r->condition->remember) {
        return 0;
    }
    struct alert_memory before = *m;
    int64_t before_ms = newest_ms(m);
    int rc = r->condition->remember(r, v, m);
    e->bytes += (m->capacity - before.capacity) * sizeof *m->at;
    /* Samples that are forgotten need no record: after a restart they are forgotten again. */
    s->memory_dirty |= newest_ms(m) != before_ms || m->has_z != before.has_z || m->z != before.z;
    return rc;
}

/* A rule may speak of some octants only; what is frozen stays so wherever the scope stands. */
static void judge(const struct alert_rule *r, const struct condition_view *v,
                  struct condition_answer *ret_a)
{
    r->condition->judge(r, v, ret_a);
    bool outside = r->when && (v->octant == OCTANT_NONE || !(r->when >> v->octant & 1));
    if (outside && ret_a->verdict == VERDICT_YES) {
        ret_a->verdict = VERDICT_NO;
    }
}

static int step_one(struct scope_engine *e, struct scope *s, struct scope_alert *alert,
                    struct condition_view *v, int64_t *due_ms)
{
    const struct alert_rule *r = &e->model->alerts[alert->rule];
    struct alert_state *state = &alert->state;
    v->firing = state->status == ALERT_FIRING;
    v->active = state->status != ALERT_INACTIVE;
    v->measure = NULL;
    if (r->measure != UINT16_MAX) {
        view_measure(e, s, r, v);
    }
    if (v->firing && state->last_yes && v->t_ms - e->model->cube.tick_ms > state->last_true_ms) {
        state->last_true_ms = v->t_ms - e->model->cube.tick_ms; /* it held through the idle ticks */
    }
    int shows = remember(e, s, &alert->memory, r, v);
    if (shows < 0) {
        return shows;
    }
    struct condition_answer answer;
    int64_t due;
    v->memory = &alert->memory;
    judge(r, v, &answer);
    scope_alert_tally(e, alert, -1);
    enum alert_event event = alert_step(r, &answer, v->t_ms, state, &due);
    scope_alert_tally(e, alert, 1);
    due = due_of(&answer, due);
    *due_ms = due < *due_ms ? due : *due_ms;
    int rc = event == ALERT_NOTHING
                 ? 0
                 : decide(e, s, r, &answer, state, event == ALERT_FIRED, v->t_ms);
    return rc ? rc : shows;
}

int scope_alerts_step(struct scope_engine *e, struct scope *s,
                      const struct axis_now axes[AXIS_COUNT], int64_t t_ms, int64_t *due_ms)
{
    struct condition_view view = {
        .t_ms = t_ms,
        .axes = axes,
        .states = s->axes,
        .octant = s->octant,
        .octant_before = s->before,
    };
    int shows = scope_gone_resolve(e, s, t_ms);
    for (uint32_t i = 0; i < s->alert_count && shows >= 0; i++) {
        int rc = step_one(e, s, &s->alerts[i], &view, due_ms);
        shows = rc < 0 ? rc : shows | rc;
    }
    return shows;
}

static struct measure_view *view_of(const struct scope_engine *e, uint16_t measure,
                                    struct measure_view *views, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].measure == &e->model->measures[measure]) {
            return &views[i];
        }
    }
    return NULL;
}

void scope_alerts_view(const struct scope_engine *e, const struct scope *s,
                       struct measure_view *views, uint32_t count)
{
    const struct alert_condition *drift = s->alert_count ? alert_condition_find("drift") : NULL;
    for (uint32_t i = 0; i < s->alert_count; i++) {
        const struct alert_rule *r = &e->model->alerts[s->alerts[i].rule];
        const struct alert_memory *m = &s->alerts[i].memory;
        struct measure_view *v =
            r->condition == drift ? view_of(e, r->measure, views, count) : NULL;
        if (v && !v->has_drift) { /* of several rules the first */
            v->has_drift = true;
            v->drift_z = m->has_z ? m->z : r->with.drift.mean;
            drift_limits(&r->with.drift, &v->drift_low, &v->drift_high);
        }
    }
}

/* They stand in the model's order, so that of a rule stands no further on than its number. */
static const struct scope_alert *alert_of(const struct scope *s, uint32_t rule)
{
    uint32_t i = rule < s->alert_count ? rule + 1 : s->alert_count;
    while (i > 0 && s->alerts[i - 1].rule > rule) {
        i--;
    }
    return i > 0 && s->alerts[i - 1].rule == rule ? &s->alerts[i - 1] : NULL;
}

const struct alert_state *scope_engine_alert(const struct scope_engine *e, uint32_t scope,
                                             uint32_t rule)
{
    const struct scope_alert *alert = alert_of(e->scopes[scope], rule);
    return alert ? &alert->state : NULL;
}

const struct alert_state *scope_engine_alert_at(const struct scope_engine *e, uint32_t scope, uint32_t i, uint32_t *ret_rule)
{
    const struct scope *s = e->scopes[scope];
    if (i >= s->alert_count) {
        return NULL;
    }
    *ret_rule = s->alerts[i].rule;
    return &s->alerts[i].state;
}

int scope_engine_alert_now(struct scope_engine *e, uint32_t scope, uint32_t rule,
                           struct decision *ret_d)
{
    const struct scope *s = e->scopes[scope];
    const struct scope_alert *alert = alert_of(s, rule);
    if (!alert || alert->state.status == ALERT_INACTIVE) {
        return CUBE_ENOTFOUND;
    }
    const struct alert_rule *r = &e->model->alerts[rule];
    struct axis_now axes[AXIS_COUNT];
    scope_scored(e, s);
    scope_axes(e, s, axes);
    struct condition_view view = {.t_ms = scope_engine_last_tick(e),
                                  .axes = axes,
                                  .states = s->axes,
                                  .octant = s->octant,
                                  .octant_before = s->before,
                                  .firing = alert->state.status == ALERT_FIRING,
                                  .active = true,
                                  .memory = &alert->memory};
    struct condition_answer answer;
    if (r->measure != UINT16_MAX) {
        view_measure(e, s, r, &view);
    }
    r->condition->judge(r, &view, &answer);
    *ret_d = decision_of(e, s, r, &answer, &alert->state, view.firing, view.t_ms);
    return 0;
}
