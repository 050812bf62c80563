/* Time zone files: whatever stands in one is refused, or its steps rise, are no further from UTC than any clock, are read
 * again when they are written as a file, and are what the C library makes of the same rule. */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"
#include "config/duration.h"
#include "config/tzif.h"

/* What begins with TZif is a file. Anything else is the rule in one whose clock shows UTC: two halves with a `!` between
 * them, before which the names of standard time and of summer are put. */
#define TYPE "\0\0\0\0\0\0UTC"
#define COUNTS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
#define EMPTY "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" COUNTS TYPE "\0"
#define TWO_STEPS "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\2\0\0\0\4"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED(EMPTY EMPTY "\nCET-1CEST,M3.5.0,M10.5.0/3\n"),
    FUZZ_SEED(EMPTY TWO_STEPS "\0\0\0\0\1\0\0\0\0\0\0\0\1\1\0\0\1\0\0\0\0\0\0\0\0\0\x0e\x10\1\0UTC\0\n<+01>-1\n"),
    FUZZ_SEED("-1!,M3.5.0,M10.5.0/3"), FUZZ_SEED("3!2,M3.4.0/-1,M10.4.0/0"), FUZZ_SEED("-10:30!-11,M10.1.0,M4.1.0"), FUZZ_SEED("-1!,J60/2:30,J300/3"),
    FUZZ_SEED("5!,0/0,J365/25"), FUZZ_SEED("-1!0,M10.5.0,M3.5.0/1"),
    {NULL, 0},
};

enum { FILE_MAX = 8192,
       RULE_TEXT_MAX = 120 };

struct clock {
    int64_t from_ms[ZONE_STEPS_MAX];
    int32_t offset_ms[ZONE_STEPS_MAX];
    struct zone_steps steps;
};

static bool clock_read(const uint8_t *at, size_t len, struct clock *c)
{
    c->steps = (struct zone_steps){.from_ms = c->from_ms, .offset_ms = c->offset_ms};
    int rc = tzif_read(at, len, &c->steps);
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT);
    return rc == 0;
}

static void check_steps(const struct clock *c)
{
    FUZZ_CHECK(c->steps.count > 0 && c->steps.count <= ZONE_STEPS_MAX && c->from_ms[0] == INT64_MIN);
    for (uint32_t i = 0; i < c->steps.count; i++) {
        FUZZ_CHECK(i == 0 || (c->from_ms[i] > c->from_ms[i - 1] && c->offset_ms[i] != c->offset_ms[i - 1]));
        FUZZ_CHECK(c->offset_ms[i] > -26 * 3600000 && c->offset_ms[i] < 26 * 3600000);
    }
}

/* ---- written and read ------------------------------------------------------------------------------- */

struct file {
    uint8_t at[FILE_MAX];
    size_t len;
};

static void put(struct file *f, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        f->at[f->len++] = (uint8_t)(v >> 8 * i);
    }
}

static void put_bytes(struct file *f, const char *at, size_t len)
{
    memcpy(f->at + f->len, at, len);
    f->len += len;
}

/* Each step with a type of its own, as long as there are so many. */
static void file_write(const struct clock *c, struct file *f)
{
    uint32_t n = c->steps.count;
    f->len = 0;
    put_bytes(f, EMPTY, sizeof EMPTY - 1);
    put_bytes(f, EMPTY, 20);
    put(f, 0, 8), put(f, 0, 4), put(f, n - 1, 4), put(f, n, 4), put(f, 0, 4);
    for (uint32_t i = 1; i < n; i++) {
        put(f, (uint64_t)(c->from_ms[i] / 1000), 8);
    }
    for (uint32_t i = 1; i < n; i++) {
        put(f, i, 1);
    }
    for (uint32_t i = 0; i < n; i++) {
        put(f, (uint64_t)(int64_t)(c->offset_ms[i] / 1000), 4), put(f, 0, 2);
    }
    put_bytes(f, "\n\n", 2);
}

static void check_written(const struct clock *c)
{
    static struct file f;
    static struct clock again;
    if (c->steps.count > 256 || (c->steps.count > 1 && c->from_ms[1] <= 0)) {
        return; /* types are numbered by a byte; what is from before 1970 counts as for ever */
    }
    file_write(c, &f);
    FUZZ_CHECK(clock_read(f.at, f.len, &again) && again.steps.count == c->steps.count);
    FUZZ_CHECK(memcmp(again.from_ms, c->from_ms, c->steps.count * sizeof c->from_ms[0]) == 0);
    FUZZ_CHECK(memcmp(again.offset_ms, c->offset_ms, c->steps.count * sizeof c->offset_ms[0]) == 0);
}

/* ---- the C library ---------------------------------------------------------------------------------- */

static void check_instant(const struct clock *c, int64_t ms)
{
    const struct zone z = {.from_ms = c->from_ms, .offset_ms = c->offset_ms, .count = c->steps.count};
    time_t t = (time_t)(ms / 1000);
    struct tm tm;
    FUZZ_CHECK(localtime_r(&t, &tm) && zone_offset_ms(&z, ms) == (int64_t)tm.tm_gmtoff * 1000);
}

/* Around the steps of a year that has both of them well within itself: the library looks at the year of the instant alone. */
static void check_year(const struct clock *c, int year)
{
    int64_t from = days_from_civil(year, 1, 1) * DAY_MS, to = days_from_civil(year + 1, 1, 1) * DAY_MS;
    uint32_t first = 0;
    while (first < c->steps.count && c->from_ms[first] < from - 8 * DAY_MS) {
        first++;
    }
    uint32_t end = first;
    while (end < c->steps.count && c->from_ms[end] < to + 8 * DAY_MS) {
        end++;
    }
    bool within = end - first == 2 && c->from_ms[first] > from + DAY_MS && c->from_ms[first + 1] < to - DAY_MS;
    for (uint32_t i = first; within && i < end; i++) {
        check_instant(c, c->from_ms[i] - 1000);
        check_instant(c, c->from_ms[i]);
    }
}

static void check_library(const struct clock *c, const char *rule)
{
    static char variable[RULE_TEXT_MAX + 32];
    snprintf(variable, sizeof variable, "TZ=%s", rule);
    FUZZ_CHECK(putenv(variable) == 0);
    tzset();
    for (int year = 2000; year < 2008; year++) {
        check_year(c, year);
    }
}

/* The library keeps each name that it ever saw. */
static bool is_named_so(const char *half, size_t len)
{
    return len > 0 && strchr(",+-:0123456789", half[0]);
}

static void rule_try(const uint8_t *at, size_t len)
{
    static struct clock c;
    struct file f = {.len = 0};
    char rule[RULE_TEXT_MAX + 16];
    const uint8_t *half = len ? memchr(at, '!', len) : NULL;
    size_t before = half ? (size_t)(half - at) : len;
    int n = snprintf(rule, sizeof rule, "STD%.*s%s%.*s", (int)before, (const char *)at, half ? "DST" : "",
                     half ? (int)(len - before - 1) : 0, half ? (const char *)half + 1 : "");
    put_bytes(&f, EMPTY, sizeof EMPTY - 1);
    put_bytes(&f, EMPTY "\n", sizeof EMPTY);
    put_bytes(&f, rule, (size_t)n);
    put_bytes(&f, "\n", 1);
    if (clock_read(f.at, f.len, &c)) {
        check_steps(&c);
        check_written(&c);
        if (half && is_named_so((const char *)at, before) && is_named_so((const char *)half + 1, len - before - 1)) {
            check_library(&c, rule);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    static struct clock c;
    if (len >= 4 && memcmp(at, "TZif", 4) == 0) {
        if (clock_read(at, len, &c)) {
            check_steps(&c);
            check_written(&c);
        }
    } else if (len <= RULE_TEXT_MAX && !memchr(at, 0, len) && !memchr(at, '\n', len)) {
        rule_try(at, len);
    }
    return 0;
}
