#include "base/digits.h"
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

/* A number and what stands behind it; returns where that ends. */
static char *put_part(char *at, int64_t v, unsigned width, char behind)
{
    digits_pad((uint64_t)v, width, at);
    at[width] = behind;
    return at + width + 1;
}

size_t time_text(int64_t ms, char at[TIME_TEXT_MAX])
{
    ms = clamped(ms);
    int64_t day = pane_of(ms, DAY_MS);
    int64_t rest = ms - day * DAY_MS, fraction = rest % 1000;
    int year, month, dom;
    civil(day, &year, &month, &dom);
    char *end = put_part(at, year, 4, '-');
    end = put_part(end, month, 2, '-');
    end = put_part(end, dom, 2, 'T');
    end = put_part(end, rest / 3600000, 2, ':');
    end = put_part(end, rest / 60000 % 60, 2, ':');
    end = put_part(end, rest / 1000 % 60, 2, fraction ? '.' : 'Z');
    end = fraction ? put_part(end, fraction, 3, 'Z') : end;
    *end = '\0';
    return (size_t)(end - at);
}
