/* Where a scope stands: scores, axes, sides, octant, probabilities, drivers, levers.
 * Pure functions of the results at a tick and of the position before. */
#ifndef CUBE_CUBE_POSITION_H
#define CUBE_CUBE_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cube/cube_plan.h"
#include "measure/result.h"

enum side { SIDE_UNKNOWN, SIDE_LOW, SIDE_HIGH };

/* Score of a value: piecewise linear from at0 (0) to at100 (100), either direction, clipped. */
double score_of(double value, double at0, double at100);

/* Whose answers an axis rests on: the scope's own, those of the departments that served it, or
 * those of a scope around it. */
enum axis_basis { BASIS_OWN, BASIS_LINKED, BASIS_INHERITED };
extern const struct text axis_basis_names[];

struct axis_now {
    enum axis_basis basis;
    bool known;              /* coverage reached */
    double score;            /* weighted mean; only when known */
    double low, high;        /* interval = score -/+ half width, clipped to 0..100 */
    double half;             /* half width h = sqrt(sum (w_i h_i)^2) / sum w_i */
    double coverage;         /* weight present / total weight */
    double probability_high; /* Phi((score - T) / (h / 1.959964)); with h = 0: 1, 0.5 or 0 */
};

/* One scored measure of an axis at this instant, as the caller has it. */
struct scored {
    uint16_t measure;        /* index in the model */
    enum axis axis;
    double weight;
    bool counts;             /* has a value and n >= min_n */
    double value, score, half; /* half = half the distance of the scores of the interval's bounds; 0 without */
};

/* Scores one result: fills value, score, half, counts. */
void scored_fill(const struct measure *m, const struct result *r, struct scored *ret_s);

/* The axis over its scored measures (those of other axes are passed over). */
void axis_judge(const struct axis_plan *plan, enum axis axis, const struct scored *all, uint32_t count,
                struct axis_now *ret_a);

/* Makes an axis known with this score and half width; its coverage and basis stay as they are. */
void axis_know(const struct axis_plan *plan, double score, double half, struct axis_now *a);

/* What is remembered of one axis between ticks. Zeroes: never judged. */
struct axis_state {
    enum side side;          /* held side; survives a time of unknown */
    bool candidate;          /* the other side's condition holds since candidate_ms */
    int64_t candidate_ms;
    int64_t fresh_ms;        /* tick of the last row of one of its measures that an event made; INT64_MIN never */
    bool undecided, stale, known;
};

/* Judges one axis at tick t: hysteresis, interval, dwell, staleness (a stale axis keeps its side). The
 * caller keeps fresh_ms; the rest of the state is written here. An axis that rests on others is never stale:
 * its own rows do not tell. While the axis is unknown or stale the
 * condition of the other side counts as broken. Returns 1 when the held side changed, the first judgement
 * included, 0 when not. *ret_due_ms: the instant at which, without any new row, the
 * axis must be judged again (end of dwell, becoming stale); INT64_MAX if never. */
int axis_step(const struct cube_plan *plan, enum axis axis, const struct axis_now *now, int64_t t_ms,
              struct axis_state *state, int64_t *ret_due_ms);

/* Contribution of each scored measure to its axis: w / sum(w) x score, in millionths of a point; they add
 * up exactly to the axis score in millionths (rounded), the remainder on the largest, the first of equal
 * ones. Measures that do not count and those of other axes have 0. out[i] belongs to all[i].
 * Returns the axis score in millionths. */
int64_t contributions(enum axis axis, const struct scored *all, uint32_t count, int64_t *out);

/* Probabilities of the octants as products of the axes' probabilities. All three axes must be known. */
void octant_probabilities(const struct axis_now axes[AXIS_COUNT], double out[OCTANT_COUNT]);

struct lever {
    uint16_t measure;
    enum axis axis;
    enum side to;
    double now, needs, effort; /* effort = |needs - now| / |at100 - at0| */
};

/* The levers of a scope: per counting measure the value it would need, alone, to bring its axis to the
 * boundary of the other side (T - h from high, T + h from low). Measures that cannot do it alone (score
 * outside 0..100) are left out. Sorted by effort, ties by measure. Returns how many, at most count. */
uint32_t levers_rank(const struct cube_plan *plan, const struct measure *measures,
                     const struct axis_now axes[AXIS_COUNT], const struct axis_state states[AXIS_COUNT],
                     const struct scored *all, uint32_t count, struct lever *out);

#endif
