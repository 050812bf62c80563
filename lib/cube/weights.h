/* The weighted mean of an axis, shared by the axis and by its contributions, which must agree to the
 * last bit. Only lib/cube uses it. */
#ifndef CUBE_CUBE_WEIGHTS_H
#define CUBE_CUBE_WEIGHTS_H

#include "cube/position.h"

struct weights {
    double total;   /* of all the axis's scored measures */
    double present; /* of those that count */
    double score;   /* weighted mean of those; 0 without any */
    double half;    /* its half width */
};

struct weights weights_of(enum axis axis, const struct scored *all, uint32_t count);

static inline bool weighs(enum axis axis, const struct scored *s)
{
    return s->axis == axis && s->counts && s->weight > 0;
}

#endif
