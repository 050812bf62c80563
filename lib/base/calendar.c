#include "base/calendar.h"

#include <stdbool.h>

/* Opening hours of one day as instants. */
struct opening {
    int64_t from_ms, to_ms;
};

static int64_t floor_day(int64_t local_ms)
{
    int64_t q = local_ms / CALENDAR_DAY_MS;
    return q - (local_ms % CALENDAR_DAY_MS < 0);
}

/* A day is looked at even when the clock was turned back over midnight, hence one before. */
static int64_t first_day(const struct calendar *c, int64_t t_ms)
{
    return floor_day(t_ms + zone_offset_ms(c->zone, t_ms)) - 1;
}

static bool is_holiday(const struct calendar *c, int64_t day)
{
    uint32_t low = 0, high = c->holiday_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->holidays[middle] < day) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < c->holiday_count && c->holidays[low] == day;
}

/* The epoch was a Thursday. */
static bool is_open(const struct calendar *c, int64_t day)
{
    int64_t weekday = ((day + 3) % 7 + 7) % 7;
    return (c->days >> weekday & 1) && !is_holiday(c, day);
}

/* Where the day's opening hours and the time from from_ms on meet; empty when from >= to. */
static struct opening opening_of(const struct calendar *c, int64_t day, int64_t from_ms)
{
    if (!is_open(c, day)) {
        return (struct opening){from_ms, from_ms};
    }
    int64_t open = zone_instant_ms(c->zone, day * CALENDAR_DAY_MS + c->open_ms);
    int64_t close = zone_instant_ms(c->zone, day * CALENDAR_DAY_MS + c->close_ms);
    return (struct opening){open > from_ms ? open : from_ms, close};
}

int64_t calendar_between(const struct calendar *c, int64_t from_ms, int64_t to_ms)
{
    int64_t total = 0, last = first_day(c, to_ms) + 2;
    for (int64_t day = first_day(c, from_ms); from_ms < to_ms && day <= last; day++) {
        struct opening o = opening_of(c, day, from_ms);
        int64_t to = o.to_ms < to_ms ? o.to_ms : to_ms;
        total += to > o.from_ms ? to - o.from_ms : 0;
    }
    return total;
}

/* The instant at which so much time has passed within opening hours. later: of the closed time that may
 * follow, the end, else its begin. */
static int64_t calendar_reach(const struct calendar *c, int64_t from_ms, int64_t ms, int64_t latest_ms, bool later)
{
    int64_t last = first_day(c, latest_ms) + 2;
    for (int64_t day = first_day(c, from_ms); day <= last; day++) {
        struct opening o = opening_of(c, day, from_ms);
        int64_t length = o.to_ms > o.from_ms ? o.to_ms - o.from_ms : 0;
        if (length > 0 && (later ? ms < length : ms <= length)) {
            return o.from_ms + ms < latest_ms ? o.from_ms + ms : latest_ms;
        }
        ms -= length;
    }
    return latest_ms;
}

int64_t calendar_last(const struct calendar *c, int64_t from_ms, int64_t ms, int64_t latest_ms)
{
    return calendar_reach(c, from_ms, ms, latest_ms, true);
}

int64_t calendar_first(const struct calendar *c, int64_t from_ms, int64_t ms, int64_t latest_ms)
{
    return ms <= 0 ? from_ms : calendar_reach(c, from_ms, ms, latest_ms, false);
}
