/* The state of a scope as cube.state says it. At its own last tick it is what was judged; at a later
 * instant nothing has rolled meanwhile (else that tick would have been active), so only what follows time
 * itself is computed anew, and beside the engine's own results. */
#include "base/check.h"
#include "engine/scope_state.h"

static void view_release(const struct scope_cell *c, struct measure_view *v)
{
    v->withheld_horizons = 0;
    for (uint32_t h = 0; c->releases && h < c->measure->horizon_count; h++) {
        v->withheld_horizons |= (uint8_t)(c->releases[h].withheld << h);
        v->horizon_published_ms[h] = c->releases[h].published_ms;
    }
    v->withheld = v->withheld_horizons & 1;
    v->released = c->releases && !v->withheld;
    v->published_ms = v->released ? v->horizon_published_ms[0] : 0;
}

static const struct result *results_anew(struct scope_engine *e, const struct scope *s, const struct scope_cell *c, int64_t t_ms)
{
    struct result *r = e->view_results + (size_t)c->measure->index * HORIZONS_MAX;
    for (uint32_t h = 0; h < c->measure->horizon_count; h++) {
        cell_live_result(e, s, c, h, t_ms, &r[h]);
    }
    return r;
}

static void view_measure(struct scope_engine *e, const struct scope *s, const struct scope_cell *c,
                         int64_t t_ms, struct measure_view *v)
{
    bool anew = !c->releases && t_ms != s->tick_ms && cell_follows_time(c);
    v->measure = c->measure;
    view_release(c, v);
    v->horizons = anew ? results_anew(e, s, c, t_ms) : c->results;
    v->has_drift = false;
    v->scored = c->scored;
    if (anew && c->measure->scored) {
        scored_fill(c->measure, &v->horizons[0], &v->scored);
    }
}

static void view_measures(struct scope_engine *e, const struct scope *s, int64_t t_ms,
                          struct scope_view *v)
{
    uint32_t count = 0, scored = 0;
    scope_scored(e, s);
    for (uint32_t i = 0; i < e->model->measure_count; i++) {
        if (s->cells[i]) {
            cell_results(e, s, s->cells[i], UINT8_MAX, s->tick_ms);
            view_measure(e, s, s->cells[i], t_ms, &e->view_measures[count]);
        }
        if (scored < e->scored_count && e->scored_measures[scored] == i) {
            if (s->cells[i]) {
                e->scored[scored] = e->view_measures[count].scored;
            }
            scored++;
        }
        count += s->cells[i] != NULL;
    }
    scope_alerts_view(e, s, e->view_measures, count);
    v->measures = e->view_measures;
    v->measure_count = count;
}

static void view_position(struct scope_engine *e, const struct scope *s, struct scope_view *v)
{
    const struct cube_plan *plan = &e->model->cube;
    v->has_probabilities = true;
    scope_axes(e, s, v->axes);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        v->states[a] = s->axes[a];
        v->has_probabilities &= v->axes[a].known;
    }
    if (v->has_probabilities) {
        octant_probabilities(v->axes, v->probabilities);
    }
    v->levers = e->levers;
    v->lever_count = levers_rank(plan, e->model->measures, v->axes, v->states, e->scored,
                                 e->scored_count, e->levers);
}

int scope_engine_view(struct scope_engine *e, uint32_t scope, int64_t t_ms,
                      struct scope_view *ret_v)
{
    CHECK_PRE(scope < e->count);
    const struct scope *s = e->scopes[scope];
    if (s->tick_ms == NEVER_MS || t_ms < s->tick_ms) {
        return CUBE_ENOTFOUND;
    }
    *ret_v = (struct scope_view){
        .key = s->key,
        .kind = s->kind,
        .as_of_ms = t_ms,
        .revision = s->revision,
        .octant = s->octant,
        .since_ms = s->since_ms,
        .undecided = s->undecided,
        .stale = s->stale,
    };
    view_measures(e, s, t_ms, ret_v);
    view_position(e, s, ret_v);
    return 0;
}
