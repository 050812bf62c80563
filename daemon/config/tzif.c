#include "config/tzif.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/duration.h"

#define HEADER_BYTES 44
#define YEAR_LAST 2100
#define RULE_MAX 128

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
static void step_add(struct zone_steps *s, int64_t from_ms, int64_t offset_seconds);
static int rule_read(const char *at, struct rule *r);
static void rule_apply(const struct rule *r, int64_t from_ms, struct zone_steps *s);

int tzif_read(const uint8_t *at, size_t len, struct zone_steps *steps)
{
    struct counts first, c;
    steps->count = 0;
    if (counts_read(at, len, &first) || at[4] < '2') {
        return CUBE_EFORMAT;
    }
    size_t skip = HEADER_BYTES + body_bytes(&first, 4);
    if (skip > len || counts_read(at + skip, len - skip, &c) || c.type == 0) {
        return CUBE_EFORMAT;
    }
    size_t body = body_bytes(&c, 8), end = skip + HEADER_BYTES + body;
    const uint8_t *times = at + skip + HEADER_BYTES, *which = times + (size_t)c.time * 8,
                  *types = which + c.time;
    if (end >= len || at[end] != '\n') {
        return CUBE_EFORMAT;
    }
    step_add(steps, INT64_MIN, (int32_t)read32(types));
    int64_t last_ms = INT64_MIN;
    for (uint32_t i = 0; i < c.time; i++) {
        if (which[i] >= c.type) {
            return CUBE_EFORMAT;
        }
        int64_t seconds = read64(times + (size_t)i * 8);
        last_ms = seconds * 1000;
        step_add(steps, seconds <= 0 ? INT64_MIN : last_ms, (int32_t)read32(types + (size_t)which[i] * 6));
    }
    char footer[RULE_MAX];
    const uint8_t *close = memchr(at + end + 1, '\n', len - end - 1);
    size_t footer_len = close ? (size_t)(close - (at + end + 1)) : 0;
    if (footer_len == 0 || footer_len >= RULE_MAX) {
        return 0;
    }
    memcpy(footer, at + end + 1, footer_len);
    footer[footer_len] = 0;
    struct rule rule = {0};
    if (rule_read(footer, &rule)) {
        return CUBE_EFORMAT;
    }
    rule_apply(&rule, last_ms, steps);
    return 0;
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

/* All that was before 1970 counts as for ever; a step without a change is none. */
static void step_add(struct zone_steps *s, int64_t from_ms, int64_t offset_seconds)
{
    int32_t offset_ms = (int32_t)(offset_seconds * 1000);
    if (from_ms == INT64_MIN) {
        s->count = 0;
    } else if (s->count == ZONE_STEPS_MAX || s->offset_ms[s->count - 1] == offset_ms) {
        return;
    }
    s->from_ms[s->count] = from_ms;
    s->offset_ms[s->count++] = offset_ms;
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

/* [+-]hh[:mm[:ss]] */
static const char *clock_read(const char *at, int64_t *ret_seconds)
{
    int sign = *at == '-' ? -1 : 1;
    int64_t total = 0, unit = 3600;
    at += *at == '-' || *at == '+';
    for (int part = 0; part < 3; part++, unit /= 60) {
        char *end;
        if (*at < '0' || *at > '9') {
            return NULL;
        }
        total += strtol(at, &end, 10) * unit;
        at = end;
        if (*at != ':') {
            break;
        }
        at++;
    }
    *ret_seconds = sign * total;
    return at;
}

static const char *moment_read(const char *at, struct moment *m)
{
    char *end;
    if (*at != ',') {
        return NULL;
    }
    at++;
    m->kind = *at == 'M' ? MOMENT_MONTH : *at == 'J' ? MOMENT_JULIAN
                                                     : MOMENT_DAY;
    at += m->kind != MOMENT_DAY;
    int *parts[3] = {&m->month, &m->week, &m->day};
    for (int i = m->kind == MOMENT_MONTH ? 0 : 2; i < 3; i++) {
        *parts[i] = (int)strtol(at, &end, 10);
        if (end == at || (i < 2 && *end != '.')) {
            return NULL;
        }
        at = end + (i < 2);
    }
    m->seconds = 7200;
    return *at == '/' ? clock_read(at + 1, &m->seconds) : at;
}

static int rule_read(const char *at, struct rule *r)
{
    int64_t seconds;
    if ((at = name_skip(at)) == NULL || (at = clock_read(at, &seconds)) == NULL) {
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
        if ((at = clock_read(at, &seconds)) == NULL) {
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

static void rule_apply(const struct rule *r, int64_t from_ms, struct zone_steps *s)
{
    for (int64_t year = 1970; r->has_summer && year <= YEAR_LAST; year++) {
        int64_t begin = (moment_seconds(&r->begin, year) - r->standard) * 1000;
        int64_t end = (moment_seconds(&r->end, year) - r->summer) * 1000;
        bool north = begin < end;
        if ((north ? begin : end) > from_ms) {
            step_add(s, north ? begin : end, north ? r->summer : r->standard);
        }
        if ((north ? end : begin) > from_ms) {
            step_add(s, north ? end : begin, north ? r->standard : r->summer);
        }
    }
}
