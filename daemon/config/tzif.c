#include "config/tzif.h"

#include <stdbool.h>
#include <string.h>

#include "config/duration.h"

#define HEADER_BYTES 44
#define YEAR_LAST 2100
#define RULE_MAX 128
#define OFFSET_MAX_SECONDS 93599 /* 25:59:59; RFC 8536 lets none be further from UTC */
#define OFFSET_HOURS_MAX 24
#define MOMENT_HOURS_MAX 167 /* a week, as version 3 has them */

/* When, within a year, the clock changes: Mm.w.d, Jn or n, and a time of day. */
struct moment {
    enum { MOMENT_MONTH,
           MOMENT_JULIAN,
           MOMENT_DAY } kind;
    int month, week, day;
    int64_t seconds;
};

struct rule {
    int64_t standard, summer; /* seconds east of UTC */
    bool has_summer;
    struct moment begin, end;
};

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t read32(const uint8_t *at);
static int64_t read64(const uint8_t *at);
static int counts_read(const uint8_t *at, size_t len, struct counts *c);
static size_t body_bytes(const struct counts *c, size_t time_bytes);
static int steps_read(const uint8_t *times, const struct counts *c, struct zone_steps *s, int64_t *ret_last_ms);
static int footer_read(const uint8_t *at, size_t len, int64_t last_ms, struct zone_steps *s);
static int step_add(struct zone_steps *s, int64_t from_ms, int64_t offset_seconds);
static int rule_read(const char *at, struct rule *r);
static int rule_apply(const struct rule *r, int64_t from_ms, struct zone_steps *s);

int tzif_read(const uint8_t *at, size_t len, struct zone_steps *steps)
{
    struct counts first, c;
    steps->count = 0;
    if (counts_read(at, len, &first) || at[4] < '2') {
        return CUBE_EFORMAT;
    }
    size_t skip = HEADER_BYTES + body_bytes(&first, 4);
    if (skip > len || counts_read(at + skip, len - skip, &c) || c.type == 0 || c.leap > 0) {
        return CUBE_EFORMAT; /* clocks that count leap seconds are none of ours */
    }
    size_t end = skip + HEADER_BYTES + body_bytes(&c, 8);
    if (end >= len || at[end] != '\n') {
        return CUBE_EFORMAT;
    }
    int64_t last_ms;
    int rc = steps_read(at + skip + HEADER_BYTES, &c, steps, &last_ms);
    return rc ? rc : footer_read(at + end + 1, len - end - 1, last_ms, steps);
}

static int steps_read(const uint8_t *times, const struct counts *c, struct zone_steps *s, int64_t *ret_last_ms)
{
    const uint8_t *which = times + (size_t)c->time * 8, *types = which + c->time;
    int rc = step_add(s, INT64_MIN, (int32_t)read32(types));
    int64_t last_ms = INT64_MIN;
    for (uint32_t i = 0; i < c->time && !rc; i++) {
        int64_t seconds = read64(times + (size_t)i * 8);
        if (which[i] >= c->type || seconds > INT64_MAX / 1000) {
            return CUBE_EFORMAT;
        }
        last_ms = seconds <= 0 ? INT64_MIN : seconds * 1000;
        rc = step_add(s, last_ms, (int32_t)read32(types + (size_t)which[i] * 6));
    }
    *ret_last_ms = last_ms;
    return rc;
}

/* A rule between two line ends, or nothing. */
static int footer_read(const uint8_t *at, size_t len, int64_t last_ms, struct zone_steps *s)
{
    char text[RULE_MAX];
    const uint8_t *close = len ? memchr(at, '\n', len) : NULL;
    size_t n = close ? (size_t)(close - at) : RULE_MAX;
    if (n >= RULE_MAX || memchr(at, 0, n)) {
        return CUBE_EFORMAT;
    }
    if (n == 0) {
        return 0;
    }
    memcpy(text, at, n);
    text[n] = 0;
    struct rule rule = {0};
    int rc = rule_read(text, &rule);
    return rc ? rc : rule_apply(&rule, last_ms, s);
}

static uint32_t read32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read64(const uint8_t *at)
{
    return (int64_t)((uint64_t)read32(at) << 32 | read32(at + 4));
}

static int counts_read(const uint8_t *at, size_t len, struct counts *c)
{
    if (len < HEADER_BYTES || memcmp(at, "TZif", 4) != 0) {
        return CUBE_EFORMAT;
    }
    *c = (struct counts){read32(at + 20), read32(at + 24), read32(at + 28),
                         read32(at + 32), read32(at + 36), read32(at + 40)};
    return c->isut > 256 || c->isstd > 256 || c->leap > 1000 || c->time > 4000 || c->type > 256 ||
                   c->chars > 1000
               ? CUBE_EFORMAT
               : 0;
}

static size_t body_bytes(const struct counts *c, size_t time_bytes)
{
    return (size_t)c->time * (time_bytes + 1) + (size_t)c->type * 6 + c->chars +
           (size_t)c->leap * (time_bytes + 4) + c->isstd + c->isut;
}

/* All that was before 1970 counts as for ever; a step without a change is none; of two at one instant the later one counts. */
static int step_add(struct zone_steps *s, int64_t from_ms, int64_t offset_seconds)
{
    if (offset_seconds > OFFSET_MAX_SECONDS || offset_seconds < -OFFSET_MAX_SECONDS) {
        return CUBE_EFORMAT;
    }
    int32_t offset_ms = (int32_t)offset_seconds * 1000;
    if (from_ms == INT64_MIN) {
        s->count = 0;
    } else if (from_ms < s->from_ms[s->count - 1]) {
        return CUBE_EFORMAT;
    } else if (from_ms == s->from_ms[s->count - 1]) {
        s->count--;
    }
    if (s->count > 0 && s->offset_ms[s->count - 1] == offset_ms) {
        return 0;
    }
    if (s->count == ZONE_STEPS_MAX) {
        return CUBE_EFORMAT;
    }
    s->from_ms[s->count] = from_ms;
    s->offset_ms[s->count++] = offset_ms;
    return 0;
}

static const char *name_skip(const char *at)
{
    if (*at == '<') {
        const char *close = strchr(at, '>');
        return close ? close + 1 : NULL;
    }
    size_t len = 0;
    while ((at[len] >= 'A' && at[len] <= 'Z') || (at[len] >= 'a' && at[len] <= 'z')) {
        len++;
    }
    return len >= 3 ? at + len : NULL;
}

/* Digits alone. NULL: none, or a number that is not from low to high. */
static const char *number_read(const char *at, int low, int high, int *ret_number)
{
    int number = 0;
    const char *from = at;
    for (; *at >= '0' && *at <= '9' && number <= high; at++) {
        number = number * 10 + (*at - '0');
    }
    if (at == from || number < low || number > high) {
        return NULL;
    }
    *ret_number = number;
    return at;
}

/* [+-]hh[:mm[:ss]] */
static const char *clock_read(const char *at, int hours_max, int64_t *ret_seconds)
{
    int sign = *at == '-' ? -1 : 1, parts[3] = {0};
    at += *at == '-' || *at == '+';
    for (int i = 0; i < 3; i++) {
        if ((at = number_read(at, 0, i == 0 ? hours_max : 59, &parts[i])) == NULL) {
            return NULL;
        }
        if (i == 2 || *at != ':') {
            break;
        }
        at++;
    }
    *ret_seconds = sign * (parts[0] * INT64_C(3600) + parts[1] * 60 + parts[2]);
    return at;
}

/* n.n.n behind M, else one number. */
static const char *day_read(const char *at, struct moment *m)
{
    if (m->kind != MOMENT_MONTH) {
        bool julian = m->kind == MOMENT_JULIAN;
        return number_read(at, julian, 365, &m->day);
    }
    if ((at = number_read(at, 1, 12, &m->month)) == NULL || *at++ != '.' || (at = number_read(at, 1, 5, &m->week)) == NULL || *at++ != '.') {
        return NULL;
    }
    return number_read(at, 0, 6, &m->day);
}

static const char *moment_read(const char *at, struct moment *m)
{
    if (*at++ != ',') {
        return NULL;
    }
    m->kind = *at == 'M' ? MOMENT_MONTH : *at == 'J' ? MOMENT_JULIAN
                                                     : MOMENT_DAY;
    m->seconds = 7200;
    at = day_read(at + (m->kind != MOMENT_DAY), m);
    return at && *at == '/' ? clock_read(at + 1, MOMENT_HOURS_MAX, &m->seconds) : at;
}

static int rule_read(const char *at, struct rule *r)
{
    int64_t seconds;
    if ((at = name_skip(at)) == NULL || (at = clock_read(at, OFFSET_HOURS_MAX, &seconds)) == NULL) {
        return CUBE_EFORMAT;
    }
    r->standard = -seconds;
    if (*at == 0) {
        return 0;
    }
    r->has_summer = true;
    r->summer = r->standard + 3600;
    if ((at = name_skip(at)) == NULL) {
        return CUBE_EFORMAT;
    }
    if (*at != ',') {
        if ((at = clock_read(at, OFFSET_HOURS_MAX, &seconds)) == NULL) {
            return CUBE_EFORMAT;
        }
        r->summer = -seconds;
    }
    if ((at = moment_read(at, &r->begin)) == NULL || (at = moment_read(at, &r->end)) == NULL || *at != 0) {
        return CUBE_EFORMAT;
    }
    return 0;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Seconds since the epoch of a moment, by the clock that shows local time without offset. */
static int64_t moment_seconds(const struct moment *m, int64_t year)
{
    int64_t day;
    if (m->kind == MOMENT_MONTH) {
        int64_t first = days_from_civil(year, m->month, 1);
        int64_t next =
            m->month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, m->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* the epoch was a Thursday */
        day = first + (m->day - weekday + 7) % 7 + (m->week - 1) * 7;
        day = day >= next ? day - 7 : day;
    } else {
        int64_t skip = m->kind == MOMENT_JULIAN ? m->day - 1 + (is_leap(year) && m->day >= 60) : m->day;
        day = days_from_civil(year, 1, 1) + skip;
    }
    return day * 86400 + m->seconds;
}

static int rule_apply(const struct rule *r, int64_t from_ms, struct zone_steps *s)
{
    int rc = 0;
    for (int64_t year = 1970; r->has_summer && year <= YEAR_LAST && !rc; year++) {
        int64_t begin = (moment_seconds(&r->begin, year) - r->standard) * 1000;
        int64_t end = (moment_seconds(&r->end, year) - r->summer) * 1000;
        bool north = begin < end;
        int64_t one = north ? begin : end, two = north ? end : begin;
        rc = one > from_ms ? step_add(s, one, north ? r->summer : r->standard) : 0;
        rc = rc || two <= from_ms ? rc : step_add(s, two, north ? r->standard : r->summer);
    }
    return rc;
}
