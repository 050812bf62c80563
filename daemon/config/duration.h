/* Days and dates. Durations and times as texts stand in config.h. */
#ifndef CUBE_CONFIG_DURATION_H
#define CUBE_CONFIG_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DAY_MS INT64_C(86400000)

/* Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible
 * low-level date algorithms"). */
int64_t days_from_civil(int64_t year, int month, int day);

/* Writes days since 1970-01-01, of the years 0 to 9999, as a date: 20458 -> "2026-01-05". */
#define DATE_TEXT_MAX 48
void date_text(int32_t days, char out[DATE_TEXT_MAX]);

#endif
