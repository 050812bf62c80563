#include "config/duration.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"

struct unit {
    const char *name;
    int64_t ms;
};

static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", DAY_MS}};
#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static int digits_read(const char **at, int min, int max, int *ret_value);
static int fraction_read(const char **at, int64_t *ret_ms);
static int offset_read(const char **at, int64_t *ret_ms);

int duration_parse(const char *text, int64_t *ret_ms)
{
    int64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number)) {
            return CUBE_ERANGE;
        }
    }
    for (size_t i = 0; at != text && i < UNIT_COUNT; i++) {
        if (strcmp(at, units[i].name) == 0) {
            return __builtin_mul_overflow(number, units[i].ms, ret_ms) ? CUBE_ERANGE : 0;
        }
    }
    return CUBE_EFORMAT;
}

void duration_text(int64_t ms, char out[DURATION_TEXT_MAX])
{
    size_t i = UNIT_COUNT - 1;
    while (i > 0 && (ms == 0 || ms % units[i].ms != 0)) {
        i--;
    }
    snprintf(out, DURATION_TEXT_MAX, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}

int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void date_text(int32_t days, char out[DATE_TEXT_MAX])
{
    int64_t year = 1970 + days / (days < 0 ? 365 : 366) - 1; /* not too late */
    int month = 12;
    while (days_from_civil(year + 1, 1, 1) <= days) {
        year++;
    }
    while (days_from_civil(year, month, 1) > days) {
        month--;
    }
    snprintf(out, DATE_TEXT_MAX, "%04u-%02d-%02d", (unsigned)year % 10000, month, (int)(days - days_from_civil(year, month, 1)) + 1);
}

int time_parse(const char *text, int64_t *ret_ms)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, hour, minute, second;
    int64_t fraction_ms = 0, offset_ms = 0;
    const char *at = text;
    if (digits_read(&at, 4, 4, &year) || *at++ != '-' || digits_read(&at, 2, 2, &month) || *at++ != '-' ||
        digits_read(&at, 2, 2, &day) || !strchr("Tt ", *at) || *at++ == 0 || digits_read(&at, 2, 2, &hour) ||
        *at++ != ':' || digits_read(&at, 2, 2, &minute) || *at++ != ':' || digits_read(&at, 2, 2, &second) ||
        fraction_read(&at, &fraction_ms) || offset_read(&at, &offset_ms) || *at != 0) {
        return CUBE_EFORMAT;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1] + (month == 2 && leap) ||
        hour > 23 || minute > 59 || second > 60) {
        return CUBE_ERANGE;
    }
    int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *ret_ms = seconds * 1000 + fraction_ms - offset_ms;
    return 0;
}

static int digits_read(const char **at, int min, int max, int *ret_value)
{
    int value = 0, count = 0;
    for (; count < max && **at >= '0' && **at <= '9'; count++) {
        value = value * 10 + (*(*at)++ - '0');
    }
    *ret_value = value;
    return count < min ? CUBE_EFORMAT : 0;
}

/* Digits beyond the milliseconds are cut. */
static int fraction_read(const char **at, int64_t *ret_ms)
{
    if (**at != '.') {
        return 0;
    }
    int64_t value = 0;
    int count = 0;
    for ((*at)++; **at >= '0' && **at <= '9'; (*at)++, count++) {
        value = count < 3 ? value * 10 + (**at - '0') : value;
    }
    for (int i = count; i < 3; i++) {
        value *= 10;
    }
    *ret_ms = value;
    return count == 0 ? CUBE_EFORMAT : 0;
}

static int offset_read(const char **at, int64_t *ret_ms)
{
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
        return 0;
    }
    int sign = **at == '+' ? 1 : **at == '-' ? -1
                                             : 0;
    int hour, minute;
    if (sign == 0) {
        return CUBE_EFORMAT;
    }
    (*at)++;
    if (digits_read(at, 2, 2, &hour) || *(*at)++ != ':' || digits_read(at, 2, 2, &minute) || hour > 23 ||
        minute > 59) {
        return CUBE_EFORMAT;
    }
    *ret_ms = sign * (hour * INT64_C(3600000) + minute * INT64_C(60000));
    return 0;
}
