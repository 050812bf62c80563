/* How positions are decided, and the octants' names (domain 1). */
#ifndef CUBE_CUBE_CUBE_PLAN_H
#define CUBE_CUBE_CUBE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "measure/measure.h"
#include "window/pane.h"

#define OCTANT_COUNT 8
#define OCTANT_NONE 255

/* Names by code = 4 E + 2 X + V, high = 1: urgency, cash, burnout, stress, incrowd, target, happy, engagement. */
extern const struct text octant_names[OCTANT_COUNT];
uint8_t octant_find(struct text name); /* or OCTANT_NONE */

extern const struct text axis_names[AXIS_COUNT]; /* "E", "X", "V" */

/* The name of a move along one axis, "value lost" from stress to burnout; each of the 24 has its own. Empty
 * for a jump and where nothing moves. Both are octants. */
struct text octant_move_name(uint8_t from, uint8_t to);

struct axis_plan {
    double threshold, hysteresis;
    int64_t dwell_ms;
    double min_coverage;
    int64_t stale_after_ms;
};

struct cube_plan {
    int64_t tick_ms;
    struct horizon linked; /* contacts by which departments give their E; panes 0: they do not */
    uint8_t linked_kind;   /* of scopes: the departments; only with linked.panes */
    bool by_interval; /* confidence: 0.95; false = confidence: none, sides by score alone */
    struct axis_plan axes[AXIS_COUNT];
};

#endif
