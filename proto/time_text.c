#include <stdio.h>

#include "proto/output.h"

#define DAY_MS INT64_C(86400000)
#define FIRST_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define LAST_MS INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Civil date of a day since 1970-01-01, for days of the proleptic Gregorian calendar from year 1 on
 * (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static void civil(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = day + 719468;
    int64_t era = z / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = (int)(yoe + era * 400 + (*ret_month <= 2));
}

/* No event is from outside these years; a damaged record may be. */
static int64_t clamped(int64_t ms)
{
    return ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
}

size_t time_text(int64_t ms, char at[TIME_TEXT_MAX])
{
    ms = clamped(ms);
    int64_t day = pane_of(ms, DAY_MS);
    int64_t rest = ms - day * DAY_MS;
    int year, month, dom;
    civil(day, &year, &month, &dom);
    int n = snprintf(at, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, dom,
                     (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60));
    int fraction = (int)(rest % 1000);
    n += fraction ? snprintf(at + n, TIME_TEXT_MAX - (size_t)n, ".%03dZ", fraction)
                  : snprintf(at + n, TIME_TEXT_MAX - (size_t)n, "Z");
    return (size_t)n;
}
