/* A business calendar: the opening hours of a week in a time zone, less holidays. */
#ifndef CUBE_BASE_CALENDAR_H
#define CUBE_BASE_CALENDAR_H

#include "base/zone.h"

#define CALENDAR_DAY_MS INT64_C(86400000)

struct calendar {
    const struct zone *zone;
    uint8_t days;            /* bit per weekday, Monday = 1 << 0; at least one */
    int32_t open_ms;         /* time of the local day, 0 <= open_ms < close_ms <= CALENDAR_DAY_MS */
    int32_t close_ms;
    const int32_t *holidays; /* local days since 1970-01-01, ascending */
    uint32_t holiday_count;
};

/* Time within opening hours from one instant to another, in ms; 0 when the second is not the later one.
 * Takes a step per day between them. */
int64_t calendar_between(const struct calendar *c, int64_t from_ms, int64_t to_ms);

/* The last instant t with calendar_between(from_ms, t) <= ms, but not later than latest_ms. ms >= 0. */
int64_t calendar_last(const struct calendar *c, int64_t from_ms, int64_t ms, int64_t latest_ms);

/* The first instant t >= from_ms with calendar_between(from_ms, t) >= ms, but not later than latest_ms. */
int64_t calendar_first(const struct calendar *c, int64_t from_ms, int64_t ms, int64_t latest_ms);

#endif
