/* Integrals of levels over a window: the head count, shared by headcount and turnover, and what others build
 * on it. A level L and, per pane, D = the sum of its changes and M = the sum of change x its time. Only
 * lib/measure/agg_*.c include it. */
#ifndef CUBE_MEASURE_AGG_PERSON_TIME_H
#define CUBE_MEASURE_AGG_PERSON_TIME_H

#include "measure/agg.h"

/* Slots of a pane: D, then M (wide). More slots may follow. */
enum { PERSON_D, PERSON_M, PERSON_SLOTS = PERSON_M + 2 };

/* The event hired or let go (a->presence): changes the scopes the employee stands in. CUBE_ENOMEM. */
int person_time_apply(const struct measure *m, struct applying *a) CUBE_MUST_CHECK;

/* Somebody was there from a->ts_ms until a->stayed_until_ms, too. The level stays. CUBE_ENOMEM. */
int person_time_stayed(const struct measure *m, struct applying *a) CUBE_MUST_CHECK;

/* Aggregation.move of both. */
int person_time_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                     const struct scope_set *to);

/* The integral of a level over the window, in its unit x ms, from the level now, D and M of the window. */
cube_i128 window_integral(const struct window_view *w, cube_i128 level, cube_i128 d, cube_i128 moment);

/* The time of all persons in the window, in ms. */
cube_i128 person_time(const struct window_view *w);

/* Average over the window, by the integral; false when the window has no length. */
bool person_time_average(const struct window_view *w, double *ret_average);

/* Somebody came or left within the window, so that the average follows time. Then what is counted per person creeps, unless none is
 * counted and there is an average already. */
bool person_time_creeps(const struct window_view *w, int64_t counted);

#endif
