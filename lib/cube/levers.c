#include "cube/position.h"

#include <math.h>

#include "cube/weights.h"

/* The boundary at which the axis would leave its side. */
static double boundary(const struct axis_plan *p, enum side side)
{
    return side == SIDE_HIGH ? p->threshold - p->hysteresis : p->threshold + p->hysteresis;
}

/* The value that moves the axis by `by` points, alone. False when no score within 0..100 does. */
static bool lever_of(const struct measure *m, const struct scored *s, double by, struct lever *ret_l)
{
    double score = s->score + by;
    if (!(score >= 0 && score <= 100)) {
        return false;
    }
    double span = m->at100 - m->at0;
    ret_l->measure = s->measure;
    ret_l->axis = s->axis;
    ret_l->now = s->value;
    ret_l->needs = m->at0 + score / 100 * span;
    ret_l->effort = fabs(ret_l->needs - s->value) / fabs(span);
    return true;
}

static bool comes_before(const struct lever *a, const struct lever *b)
{
    return a->effort < b->effort || (a->effort == b->effort && a->measure < b->measure);
}

static void insert(struct lever *out, uint32_t n, const struct lever *l)
{
    while (n > 0 && comes_before(l, &out[n - 1])) {
        out[n] = out[n - 1];
        n--;
    }
    out[n] = *l;
}

uint32_t levers_rank(const struct cube_plan *plan, const struct measure *measures,
                     const struct axis_now axes[AXIS_COUNT], const struct axis_state states[AXIS_COUNT],
                     const struct scored *all, uint32_t count, struct lever *out)
{
    uint32_t n = 0;
    for (unsigned axis = 0; axis < AXIS_COUNT; axis++) {
        enum side held = states[axis].side;
        if (!axes[axis].known || held == SIDE_UNKNOWN) {
            continue;
        }
        struct weights w = weights_of(axis, all, count);
        double by = boundary(&plan->axes[axis], held) - w.score;
        for (uint32_t i = 0; i < count; i++) {
            struct lever l = {.to = held == SIDE_HIGH ? SIDE_LOW : SIDE_HIGH};
            const struct scored *s = &all[i];
            if (!weighs(axis, s)) {
                continue;
            }
            if (lever_of(&measures[s->measure], s, by * w.present / s->weight, &l)) {
                insert(out, n++, &l);
            }
        }
    }
    return n;
}
