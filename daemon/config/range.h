/* What numbers can be: the values of measures, the scores of axes, the ends of their intervals. Conditions that ask
 * for another one can never hold. */
#ifndef CUBE_CONFIG_RANGE_H
#define CUBE_CONFIG_RANGE_H

#include "config/whole.h"

/* Both ends included; low > high: there is no such number. */
struct range {
    double low, high;
};

/* "at least 0", "0 to 1"; in the memory of w. */
const char *range_text(struct whole *w, struct range r);

/* The value of a measure, or an end of its interval. */
struct range range_of_measure(const struct measure *m, enum bound bound);

/* The values that events of these kinds and conditions can have in a field. */
struct range range_of_field(uint64_t kinds, const struct predicate *where, enum event_field field);

/* What a measure adds up or compares, of each event. */
struct range range_of_events(const struct source *s);

/* The score of a measure that has at0 and at100. */
struct range range_of_score(const struct measure *m);

/* The score of an axis, or an end of its interval: none when nothing is scored on it. */
struct range range_of_axis(const struct whole *w, enum axis axis, enum bound bound);

/* Why no scope can ever stand in an octant, in the memory of w; NULL: one can. */
const char *octant_never(struct whole *w, uint8_t octant);

#endif
