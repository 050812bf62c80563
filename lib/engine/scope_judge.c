#include "engine/scope_state.h"

void scope_derive(struct scope *s)
{
    unsigned code = 0;
    bool known = true;
    s->undecided = s->stale = false;
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        const struct axis_state *state = &s->axes[a];
        known &= state->known && state->side != SIDE_UNKNOWN;
        code = code * 2 + (state->side == SIDE_HIGH);
        if (state->side != SIDE_UNKNOWN) {
            s->undecided |= state->undecided;
            s->stale |= state->stale;
        }
    }
    s->octant = known ? (uint8_t)code : OCTANT_NONE;
}

int64_t due_tick(const struct scope_engine *e, int64_t instant_ms, int64_t t_ms)
{
    if (instant_ms == NO_DUE) {
        return NO_DUE;
    }
    int64_t tick_ms = e->model->cube.tick_ms;
    return tick_after(instant_ms > t_ms ? instant_ms - 1 : t_ms, tick_ms);
}

void scope_schedule(struct scope_engine *e, struct scope *s)
{
    int64_t tick_ms = e->model->cube.tick_ms, due_ms = s->timer_ms;
    int64_t edge_ms = scope_edge(s);
    if (edge_ms != NO_DUE && tick_after(edge_ms, tick_ms) < due_ms) {
        due_ms = tick_after(edge_ms, tick_ms);
    }
    s->creeps_ms = due_tick(e, scope_creeps(e, s), s->tick_ms);
    due_ms = s->creeps_ms < due_ms ? s->creeps_ms : due_ms;
    due_heap_set(&e->due, s->id, due_ms);
}

static bool states_differ(const struct axis_state *a, const struct axis_state *b)
{
    return a->side != b->side || a->undecided != b->undecided || a->stale != b->stale ||
           a->known != b->known;
}

void scope_axes(struct scope_engine *e, const struct scope *s, struct axis_now axes[AXIS_COUNT])
{
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        axis_judge(&e->model->cube.axes[a], (enum axis)a, e->scored, e->scored_count, &axes[a]);
    }
    scope_given(e, s, &axes[AXIS_E]);
}

/* Steps the three axes. Returns true when something that is published of them is different now. */
static bool step_axes(struct scope_engine *e, struct scope *s, int64_t t_ms,
                      struct axis_now axes[AXIS_COUNT], int64_t *due_ms)
{
    const struct cube_plan *plan = &e->model->cube;
    bool differs = false;
    scope_axes(e, s, axes);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        struct axis_state before = s->axes[a];
        int64_t due;
        axis_step(plan, (enum axis)a, &axes[a], t_ms, &s->axes[a], &due);
        *due_ms = due < *due_ms ? due : *due_ms;
        differs |= states_differ(&before, &s->axes[a]);
    }
    return differs;
}

/* Remembers E where it is taken from others. Returns true when it is another one than before. */
static bool given_note(struct scope *s, const struct axis_now *now)
{
    struct axis_now own = {.basis = BASIS_OWN};
    bool differs = axis_given_differs(&s->given, now);
    s->given = now->basis == BASIS_OWN ? own : *now;
    return differs;
}

int scope_judge(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    struct axis_now axes[AXIS_COUNT];
    int64_t due_ms = NO_DUE;
    uint32_t decided = e->outbox.count;
    int rc, rolled = scope_cells_roll(e, s, t_ms);
    if (rolled < 0) {
        return rolled;
    }
    int left = scope_links_roll(e, s, t_ms);
    if (left < 0) {
        return left;
    }
    bool changed = s->has_rows || rolled || left || s->let_out || s->creeps_ms <= t_ms;
    s->let_out = false;
    scope_results(e, s, t_ms);
    scope_scored(e, s);
    changed |= step_axes(e, s, t_ms, axes, &due_ms);
    changed |= given_note(s, &axes[AXIS_E]);
    scope_derive(s);
    rc = scope_change(e, s, axes[AXIS_E].basis, t_ms);
    int shows = rc ? rc : scope_alerts_step(e, s, axes, t_ms, &due_ms);
    if (shows < 0) {
        return shows;
    }
    changed |= shows;
    s->tick_ms = t_ms;
    s->timer_ms = due_tick(e, due_ms, t_ms);
    scope_schedule(e, s);
    scope_mark_dirty(e, s);
    if (changed || e->outbox.count > decided) {
        scope_mark_changed(e, s, t_ms);
    }
    return 0;
}
