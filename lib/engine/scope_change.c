/* A change of octant and what drove it: per axis that moved the contribution of every measure now less
 * the same at the last change (domain 4.5). */
#include <stdlib.h>

#include "engine/scope_state.h"

void move_set_release(struct move_set *m)
{
    if (m && --m->refs == 0) {
        free(m);
    }
}

static int64_t magnitude(int64_t v)
{
    return v < 0 ? -v : v;
}

/* Largest magnitude first, ties by measure. */
static bool driver_before(const struct driver *a, const struct driver *b)
{
    int64_t x = magnitude(a->contribution), y = magnitude(b->contribution);
    return x != y ? x > y : a->measure < b->measure;
}

static void driver_insert(struct driver *all, uint32_t count, struct driver d)
{
    for (; count > 0 && driver_before(&d, &all[count - 1]); count--) {
        all[count] = all[count - 1];
    }
    all[count] = d;
}

static int64_t baseline_of(const struct scope *s, uint32_t scored)
{
    return s->baseline ? s->baseline[scored] : 0;
}

/* Fills the move of one axis; its drivers go to `at`. e->contributions holds those of now. */
static void axis_move_fill(const struct scope_engine *e, const struct scope *s, enum axis axis,
                           struct driver *at, struct axis_move *ret_m)
{
    *ret_m = (struct axis_move){.axis = axis, .drivers = at};
    for (uint32_t i = 0; i < e->scored_count; i++) {
        uint16_t measure = e->scored_measures[i];
        if (e->model->measures[measure].axis != axis) {
            continue;
        }
        int64_t was = baseline_of(s, i), is = e->contributions[i];
        ret_m->from += was;
        ret_m->to += is;
        if (is != was) {
            driver_insert(at, ret_m->driver_count++, (struct driver){measure, is - was});
        }
    }
}

static struct move_set *moves_make(const struct scope_engine *e, const struct scope *s)
{
    struct move_set *m = calloc(1, sizeof *m + e->scored_count * sizeof m->drivers[0]);
    if (!m) {
        return NULL;
    }
    m->refs = 1;
    uint32_t used = 0;
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        unsigned bit = 1u << (AXIS_COUNT - 1 - a);
        if ((s->held ^ s->octant) & bit) {
            struct axis_move *move = &m->moves[m->count++];
            axis_move_fill(e, s, (enum axis)a, m->drivers + used, move);
            used += move->driver_count;
        }
    }
    return m;
}

/* Contributions of all axes; e->scored is of this scope, and e->given unless E is its own. */
static void contributions_now(struct scope_engine *e, enum axis_basis basis)
{
    for (uint32_t i = 0; i < e->scored_count; i++) {
        e->contributions[i] = 0;
    }
    int64_t *one = e->contributions + e->scored_count;
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        bool given = a == AXIS_E && basis != BASIS_OWN;
        contributions((enum axis)a, e->scored, e->scored_count, one);
        for (uint32_t i = 0; i < e->scored_count; i++) {
            if (e->scored[i].axis == a) {
                e->contributions[i] = given ? e->given[i] : one[i];
            }
        }
    }
}

static void baseline_set(struct scope_engine *e, struct scope *s, int64_t t_ms)
{
    memcpy(s->baseline, e->contributions, e->scored_count * sizeof *s->baseline);
    s->held = s->octant;
    s->since_ms = t_ms;
    s->head_holds = false;
}

int scope_baseline_make(struct scope_engine *e, struct scope *s)
{
    if (!s->baseline) {
        s->baseline = calloc(e->scored_count + 1, sizeof *s->baseline);
        e->bytes += s->baseline ? e->scored_count * sizeof *s->baseline : 0;
    }
    return s->baseline ? 0 : CUBE_ENOMEM;
}

int scope_change(struct scope_engine *e, struct scope *s, enum axis_basis basis, int64_t t_ms)
{
    if (s->octant == OCTANT_NONE || s->octant == s->held) {
        return 0;
    }
    if (scope_baseline_make(e, s)) {
        return CUBE_ENOMEM;
    }
    contributions_now(e, basis);
    if (s->held == OCTANT_NONE) {
        baseline_set(e, s, t_ms);
        return 0;
    }
    struct move_set *moves = moves_make(e, s);
    if (!moves) {
        return CUBE_ENOMEM;
    }
    struct decision d = {
        .type = DECISION_CHANGE,
        .scope = s->id,
        .t_ms = t_ms,
        .revision = s->revision,
        .from = s->held,
        .to = s->octant,
        .octant = s->octant,
        .jump = (uint8_t)moves->count,
    };
    move_set_release(s->moves);
    s->moves = moves;
    s->before = s->held;
    baseline_set(e, s, t_ms);
    return outbox_add(&e->outbox, &d, moves);
}
