/* Time zone files: those of this machine say what its C library says of them, and what is no time zone is refused. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"
#include "config/tzif.h"

static int64_t from_ms[ZONE_STEPS_MAX];
static int32_t offset_ms[ZONE_STEPS_MAX];

static int read_bytes(const uint8_t *at, size_t len, struct zone *ret_z)
{
    struct zone_steps steps = {.from_ms = from_ms, .offset_ms = offset_ms};
    int rc = tzif_read(at, len, &steps);
    *ret_z = (struct zone){.from_ms = from_ms, .offset_ms = offset_ms, .count = steps.count};
    return rc;
}

static struct zone zone_of_machine(const char *name)
{
    static uint8_t bytes[65536];
    char path[128];
    struct zone z;
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    assert_int_equal(read_bytes(bytes, len, &z), 0);
    return z;
}

/* Ones with odd rules: of half an hour, of two hours, with winter as the exception, over new year, given up and taken up again. */
static void tzif_read_says_of_zones_what_the_c_library_says(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Amsterdam", "Europe/Dublin", "Africa/Casablanca", "America/Nuuk", "America/Santiago",
                                        "Asia/Jerusalem", "Asia/Gaza", "Asia/Kolkata", "Australia/Lord_Howe", "Antarctica/Troll",
                                        "Pacific/Apia", "America/Sao_Paulo"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone z = zone_of_machine(names[i]);
        assert_int_equal(setenv("TZ", names[i], 1), 0);
        tzset();
        for (time_t t = 0; t < INT64_C(4102444800); t += 6 * 3600 + 61) {
            struct tm tm;
            assert_non_null(localtime_r(&t, &tm));
            if (zone_offset_ms(&z, (int64_t)t * 1000) != (int64_t)tm.tm_gmtoff * 1000) {
                fail_msg("%s at %lld: %lld ms, the C library %ld s", names[i], (long long)t, (long long)zone_offset_ms(&z, (int64_t)t * 1000),
                         tm.tm_gmtoff);
            }
        }
    }
    unsetenv("TZ");
    tzset();
}

/* ---- files made here -------------------------------------------------------------------------------- */

struct made {
    uint8_t at[16384];
    size_t len;
};

static void put(struct made *m, const void *at, size_t len)
{
    assert_true(m->len + len <= sizeof m->at);
    memcpy(m->at + m->len, at, len);
    m->len += len;
}

static void put_number(struct made *m, uint64_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(v >> 8 * i);
        put(m, &byte, 1);
    }
}

static void put_head(struct made *m, uint32_t leap, uint32_t times, uint32_t types)
{
    static const uint8_t reserved[15];
    const uint32_t counts[] = {0, 0, leap, times, types, 4};
    put(m, "TZif2", 5);
    put(m, reserved, sizeof reserved);
    for (int i = 0; i < 6; i++) {
        put_number(m, counts[i], 4);
    }
}

/* Of the types 0: standard, 1: summer; times at these seconds, every second one a summer. */
static struct made *made(uint32_t leap, int64_t standard, const int64_t *times, uint32_t count, const char *footer)
{
    static struct made m;
    m.len = 0;
    put_head(&m, 0, 0, 1);
    put(&m, "\0\0\0\0\0\0UTC", 10);
    put_head(&m, leap, count, 2);
    for (uint32_t i = 0; i < count; i++) {
        put_number(&m, (uint64_t)times[i], 8);
    }
    for (uint32_t i = 0; i < count; i++) {
        put_number(&m, i % 2 == 0, 1);
    }
    put_number(&m, (uint64_t)standard, 4);
    put(&m, "\0\0", 2);
    put_number(&m, (uint64_t)(standard + 3600), 4);
    put(&m, "\1\0UTC", 6);
    for (uint32_t i = 0; i < leap; i++) {
        put_number(&m, 1, 8);
        put_number(&m, 1, 4);
    }
    put(&m, footer, strlen(footer));
    return &m;
}

static int read_made(const struct made *m)
{
    struct zone z;
    return read_bytes(m->at, m->len, &z);
}

static void tzif_read_refuses_a_rule_that_no_zone_has(void **state)
{
    (void)state;
    static const char *const good[] = {"\n\n", "\nUTC0\n", "\n<+01>-1\n", "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "\nAAA-24BBB,0/-23,J360/119:59:59\n"};
    static const char *const bad[] = {"", "\n", "\nUTC0", "\nUT0\n", "\nUTC\n", "\nUTC0 \n", "\nUTC25\n", "\nUTC0:60\n",
                                      "\nUTC99999999999999999999\n",
                                      "\nCET-1CEST\n", "\nCET-1CEST,M3.5.0\n", "\nCET-1CEST,M0.5.0,M10.5.0\n", "\nCET-1CEST,M13.5.0,M10.5.0\n",
                                      "\nCET-1CEST,M3.6.0,M10.5.0\n", "\nCET-1CEST,M3.5.7,M10.5.0\n", "\nCET-1CEST,J0,M10.5.0\n",
                                      "\nCET-1CEST,M-3.5.0,M10.5.0\n", "\nCET-1CEST,M3.5.0/168,M10.5.0\n", "\nCET-1CEST,366,M10.5.0\n", "\n<abc0\n",
                                      "\nCET-1CEST,4294967299,M10.5.0\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(read_made(made(0, 0, NULL, 0, good[i])), 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_made(made(0, 0, NULL, 0, bad[i])) != CUBE_EFORMAT) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    char longer[200] = "\n<";
    memset(longer + 2, 'a', 150);
    strcpy(longer + 152, ">0\n");
    assert_int_equal(read_made(made(0, 0, NULL, 0, longer)), CUBE_EFORMAT);
}

static void tzif_read_refuses_steps_that_no_clock_has(void **state)
{
    (void)state;
    static const int64_t rising[] = {-576460752303423488, 1000, 2000}, falling[] = {2000, 1000}, beyond[] = {INT64_MAX / 1000 + 1};
    static int64_t many[ZONE_STEPS_MAX];
    for (int i = 0; i < ZONE_STEPS_MAX; i++) {
        many[i] = 1000 * (i + 1);
    }
    assert_int_equal(read_made(made(0, 0, rising, 3, "\n\n")), 0);
    assert_int_equal(read_made(made(0, 0, falling, 2, "\n\n")), CUBE_EFORMAT);
    assert_int_equal(read_made(made(0, 0, beyond, 1, "\n\n")), CUBE_EFORMAT);
    assert_int_equal(read_made(made(0, 0, many, ZONE_STEPS_MAX - 1, "\n\n")), 0);
    assert_int_equal(read_made(made(0, 0, many, ZONE_STEPS_MAX, "\n\n")), CUBE_EFORMAT);
    assert_int_equal(read_made(made(0, 93599, NULL, 0, "\n\n")), 0);
    assert_int_equal(read_made(made(0, 93600, NULL, 0, "\n\n")), CUBE_EFORMAT);
    assert_int_equal(read_made(made(1, 0, NULL, 0, "\n\n")), CUBE_EFORMAT);
}

static void tzif_read_takes_the_later_of_two_steps_at_one_instant(void **state)
{
    (void)state;
    struct zone z;
    static const int64_t same[] = {1000, 2000, 2000};
    struct made *m = made(0, 0, same, 3, "\nAAA5BBB,0/0,J365/25\n"); /* summer all year */
    assert_int_equal(read_bytes(m->at, m->len, &z), 0);
    assert_int_equal(z.count, 4); /* the last one ends the year 2100 */
    assert_int_equal(z.offset_ms[1], 3600000);
    assert_int_equal(z.offset_ms[2], -4 * 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tzif_read_says_of_zones_what_the_c_library_says),
        cmocka_unit_test(tzif_read_refuses_a_rule_that_no_zone_has),
        cmocka_unit_test(tzif_read_refuses_steps_that_no_clock_has),
        cmocka_unit_test(tzif_read_takes_the_later_of_two_steps_at_one_instant),
    };
    return RUN_TESTS(tests);
}
