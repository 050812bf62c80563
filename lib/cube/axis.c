#include "cube/position.h"

#include <math.h>

#include "cube/weights.h"
#include "score/bound.h"
#include "score/stat.h"

static double probability_high(double score, double half, double threshold)
{
    if (half > 0) {
        return phi((score - threshold) / (half / STAT_Z));
    }
    return bound_exceeded(score, threshold) ? 1 : bound_reached(score, threshold) ? 0.5 : 0;
}

const struct text axis_basis_names[] = {
    [BASIS_OWN] = TEXT_LITERAL("own"),
    [BASIS_LINKED] = TEXT_LITERAL("linked"),
    [BASIS_INHERITED] = TEXT_LITERAL("inherited"),
};

void axis_know(const struct axis_plan *plan, double score, double half, struct axis_now *a)
{
    a->known = true;
    a->score = score;
    a->half = half;
    a->low = fmax(0, score - half);
    a->high = fmin(100, score + half);
    a->probability_high = probability_high(score, half, plan->threshold);
}

void axis_judge(const struct axis_plan *plan, enum axis axis, const struct scored *all, uint32_t count,
                struct axis_now *ret_a)
{
    struct weights w = weights_of(axis, all, count);
    struct axis_now a = {.coverage = w.total > 0 ? w.present / w.total : 0};
    if (w.present > 0 && bound_reached(a.coverage, plan->min_coverage)) {
        axis_know(plan, w.score, w.half, &a);
    }
    *ret_a = a;
}

void octant_probabilities(const struct axis_now axes[AXIS_COUNT], double out[OCTANT_COUNT])
{
    for (unsigned code = 0; code < OCTANT_COUNT; code++) {
        out[code] = 1;
        for (unsigned i = 0; i < AXIS_COUNT; i++) {
            bool high = code >> (AXIS_COUNT - 1 - i) & 1;
            out[code] *= high ? axes[i].probability_high : 1 - axes[i].probability_high;
        }
    }
}

/* ---- sides ----------------------------------------------------------------------------------- */

/* The side the score asks for. Between T - h and T + h it is the held one; without hysteresis a score
 * of exactly T is high, as in the first judgement, so that it does not flap. */
static enum side side_asked(const struct axis_plan *p, double score, enum side held)
{
    bool high = bound_reached(score, p->threshold);
    if (held == SIDE_HIGH) {
        high = high || bound_exceeded(score, p->threshold - p->hysteresis);
    } else if (held == SIDE_LOW) {
        high = bound_reached(score, p->threshold + p->hysteresis);
    }
    return high ? SIDE_HIGH : SIDE_LOW;
}

static bool interval_clears(const struct cube_plan *plan, const struct axis_plan *p, const struct axis_now *now,
                            enum side side)
{
    if (!plan->by_interval) {
        return true;
    }
    return side == SIDE_HIGH ? bound_exceeded(now->low, p->threshold) : !bound_reached(now->high, p->threshold);
}

/* Follows the condition of the other side. Returns true when it has held for the dwell. */
static bool candidate_step(const struct axis_plan *p, bool holds, int64_t t_ms, struct axis_state *s)
{
    if (holds && !s->candidate) {
        s->candidate_ms = t_ms;
    }
    s->candidate = holds;
    return holds && t_ms - s->candidate_ms >= p->dwell_ms;
}

/* Returns true when the held side changed. */
static bool judge(const struct cube_plan *plan, const struct axis_plan *p, const struct axis_now *now, int64_t t_ms,
                  struct axis_state *s)
{
    enum side asked = side_asked(p, now->score, s->side);
    bool clears = interval_clears(plan, p, now, asked);
    if (asked == s->side) {
        s->candidate = false;
        s->undecided = !clears;
        return false;
    }
    if (s->side == SIDE_UNKNOWN) {
        s->side = asked;
        s->undecided = !clears;
        return true;
    }
    bool moves = candidate_step(p, clears, t_ms, s);
    s->undecided = !moves;
    if (moves) {
        s->side = asked;
        s->candidate = false;
    }
    return moves;
}

static bool is_stale(const struct axis_plan *p, const struct axis_state *s, int64_t t_ms)
{
    bool was_fresh = s->side != SIDE_UNKNOWN && s->fresh_ms != INT64_MIN;
    return was_fresh && t_ms - s->fresh_ms > p->stale_after_ms;
}

static int64_t due(const struct axis_plan *p, const struct axis_state *s, enum axis_basis basis)
{
    int64_t dwelt_ms = s->candidate ? s->candidate_ms + p->dwell_ms : INT64_MAX;
    bool can_stale = basis == BASIS_OWN && !s->stale && s->side != SIDE_UNKNOWN && s->fresh_ms != INT64_MIN;
    int64_t stale_ms = can_stale ? s->fresh_ms + p->stale_after_ms + 1 : INT64_MAX;
    return stale_ms < dwelt_ms ? stale_ms : dwelt_ms;
}

int axis_step(const struct cube_plan *plan, enum axis axis, const struct axis_now *now, int64_t t_ms,
              struct axis_state *state, int64_t *ret_due_ms)
{
    const struct axis_plan *p = &plan->axes[axis];
    bool changed = false;
    state->known = now->known;
    state->stale = now->basis == BASIS_OWN && is_stale(p, state, t_ms);
    if (now->known && !state->stale) {
        changed = judge(plan, p, now, t_ms, state);
    } else {
        state->candidate = false; /* what is not judged has not held without a break */
        state->undecided = state->undecided && state->stale;
    }
    *ret_due_ms = due(p, state, now->basis);
    return changed;
}
