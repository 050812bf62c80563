/* Employees as the measures of staff see them: who is here, for how much, absent or not. */
#ifndef CUBE_ENGINE_STAFF_H
#define CUBE_ENGINE_STAFF_H

#include "engine/applying.h"
#include "engine/entity.h"

/* An employee at one instant. Of somebody who is not here all but `present` is false or 0. */
struct staff {
    bool present, absent, productive;
    int64_t hired_ms, absent_since_ms;
    int64_t fte;      /* micro */
    int64_t fraction; /* micro, of the fte that is absent; 0 without a spell */
};

/* The employee as its record stands. */
struct staff staff_of(const struct entity *x);

/* Takes the event into the record of its employee and sets a->presence. Hired twice or gone twice is no
 * change. A spell or a productive hire needs somebody present, and no event older than the hire or the
 * spell speaks of it. An exit ends the open spell. */
void staff_apply(struct applying *a);

#endif
