#include "support/unit.h"

#include <stdbool.h>

#include "base/calendar.h"
#include "support/random.h"

#define DAY CALENDAR_DAY_MS
#define HOUR INT64_C(3600000)
#define MINUTE INT64_C(60000)

/* Amsterdam in 2026: summer time from 29 March to 25 October, 01:00 UTC. */
#define SPRING_MS INT64_C(1774746000000)
#define AUTUMN_MS INT64_C(1792890000000)
static const int64_t steps_ms[] = {INT64_MIN, SPRING_MS, AUTUMN_MS};
static const int32_t offsets_ms[] = {3600000, 7200000, 3600000};
static const struct zone amsterdam = {steps_ms, offsets_ms, 3};
static const struct zone utc;

#define MONDAY_TO_FRIDAY 0x1f
#define EVERY_DAY 0x7f

static struct calendar office_in(const struct zone *z)
{
    return (struct calendar){.zone = z, .days = MONDAY_TO_FRIDAY, .open_ms = 9 * 3600000, .close_ms = 17 * 3600000};
}

/* 2026-01-05 was a Monday. */
static int64_t at(int day_of_january, int hour, int minute)
{
    return INT64_C(1767225600000) + (day_of_january - 1) * DAY + hour * HOUR + minute * MINUTE;
}

static void zone_reads_times_that_are_skipped_or_come_twice(void **state)
{
    (void)state;
    assert_int_equal(zone_offset_ms(&amsterdam, SPRING_MS - 1), HOUR);
    assert_int_equal(zone_offset_ms(&amsterdam, SPRING_MS), 2 * HOUR);
    assert_int_equal(zone_offset_ms(&utc, SPRING_MS), 0);
    assert_int_equal(zone_instant_ms(&utc, 5), 5);
    /* 01:59:59.999 and 03:00 are a millisecond apart; 02:30 is read by the clock before, as 03:30 */
    assert_int_equal(zone_instant_ms(&amsterdam, SPRING_MS + HOUR - 1), SPRING_MS - 1);
    assert_int_equal(zone_instant_ms(&amsterdam, SPRING_MS + 2 * HOUR), SPRING_MS);
    assert_int_equal(zone_instant_ms(&amsterdam, SPRING_MS + HOUR + HOUR / 2), SPRING_MS + HOUR / 2);
    /* 02:30 comes twice: the first; 03:00 comes once */
    assert_int_equal(zone_instant_ms(&amsterdam, AUTUMN_MS + HOUR + HOUR / 2), AUTUMN_MS - HOUR / 2);
    assert_int_equal(zone_instant_ms(&amsterdam, AUTUMN_MS + 2 * HOUR), AUTUMN_MS + HOUR);
    assert_int_equal(zone_instant_ms(&amsterdam, 0), -HOUR);
}

static void nights_and_weekends_do_not_count(void **state)
{
    (void)state;
    struct calendar c = office_in(&utc);
    assert_int_equal(calendar_between(&c, at(5, 10, 0), at(5, 12, 30)), 2 * HOUR + 30 * MINUTE);
    assert_int_equal(calendar_between(&c, at(5, 16, 0), at(6, 10, 0)), 2 * HOUR);
    assert_int_equal(calendar_between(&c, at(9, 16, 0), at(12, 10, 0)), 2 * HOUR); /* Friday to Monday */
    assert_int_equal(calendar_between(&c, at(10, 10, 0), at(11, 16, 0)), 0);
    assert_int_equal(calendar_between(&c, at(9, 17, 0), at(12, 9, 0)), 0);
    assert_int_equal(calendar_between(&c, at(5, 3, 0), at(5, 23, 0)), 8 * HOUR);
    assert_int_equal(calendar_between(&c, at(5, 0, 0), at(12, 0, 0)), 40 * HOUR);
    assert_int_equal(calendar_between(&c, at(6, 0, 0), at(5, 0, 0)), 0);
}

static void holidays_do_not_count(void **state)
{
    (void)state;
    static const int32_t days[] = {20458, 20459, 20462}; /* 5, 6 and 9 January */
    struct calendar c = office_in(&utc);
    c.holidays = days;
    c.holiday_count = 3;
    assert_int_equal(calendar_between(&c, at(5, 0, 0), at(12, 0, 0)), 16 * HOUR);
    assert_int_equal(calendar_last(&c, at(5, 10, 0), HOUR, at(31, 0, 0)), at(7, 10, 0));
    assert_int_equal(calendar_last(&c, at(8, 16, 0), HOUR, at(31, 0, 0)), at(12, 9, 0));
}

static void days_of_a_clock_change_have_the_hours_they_have(void **state)
{
    (void)state;
    struct calendar c = office_in(&amsterdam);
    c.days = EVERY_DAY;
    c.open_ms = 0;
    c.close_ms = (int32_t)DAY;
    int64_t spring = zone_instant_ms(&amsterdam, SPRING_MS - HOUR), autumn = zone_instant_ms(&amsterdam, AUTUMN_MS - HOUR);
    assert_int_equal(calendar_between(&c, spring - DAY, spring + 3 * DAY), 4 * DAY);
    c.open_ms = (int32_t)HOUR;
    c.close_ms = 5 * (int32_t)HOUR;
    assert_int_equal(calendar_between(&c, spring, spring + 23 * HOUR), 3 * HOUR);
    assert_int_equal(calendar_between(&c, autumn, autumn + 25 * HOUR), 5 * HOUR);
    /* office hours follow the local clock: 09:00 is 08:00 UTC before and 07:00 UTC after */
    c = office_in(&amsterdam);
    assert_int_equal(calendar_last(&c, SPRING_MS - 2 * DAY, 8 * HOUR, SPRING_MS + 9 * DAY), SPRING_MS + DAY + 6 * HOUR);
    assert_int_equal(calendar_between(&c, SPRING_MS - 2 * DAY, SPRING_MS + DAY + 7 * HOUR), 9 * HOUR);
}

static void promise_ends_at_the_last_instant_that_keeps_it(void **state)
{
    (void)state;
    struct calendar c = office_in(&utc);
    int64_t latest = at(31, 0, 0);
    assert_int_equal(calendar_last(&c, at(5, 10, 0), 4 * HOUR, latest), at(5, 14, 0));
    assert_int_equal(calendar_last(&c, at(5, 10, 0), 7 * HOUR, latest), at(6, 9, 0));
    assert_int_equal(calendar_first(&c, at(5, 10, 0), 7 * HOUR, latest), at(5, 17, 0));
    assert_int_equal(calendar_last(&c, at(9, 16, 0), 2 * HOUR, latest), at(12, 10, 0));
    assert_int_equal(calendar_last(&c, at(10, 12, 0), 0, latest), at(12, 9, 0)); /* opened on a Saturday */
    assert_int_equal(calendar_first(&c, at(10, 12, 0), 0, latest), at(10, 12, 0));
    assert_int_equal(calendar_first(&c, at(10, 12, 0), 1, latest), at(12, 9, 0) + 1);
    assert_int_equal(calendar_last(&c, at(5, 10, 0), 4000 * HOUR, latest), latest);
    assert_int_equal(calendar_first(&c, at(5, 10, 0), 4000 * HOUR, latest), latest);
}

/* An instant is within opening hours when local clocks say so: counted minute by minute. */
static int64_t naive_between(const struct calendar *c, int64_t from_ms, int64_t to_ms)
{
    int64_t total = 0;
    for (int64_t t = from_ms; t < to_ms; t += MINUTE) {
        int64_t local = t + zone_offset_ms(c->zone, t), day = local / DAY, time = local % DAY;
        bool open = c->days >> (day + 3) % 7 & 1;
        for (uint32_t i = 0; i < c->holiday_count; i++) {
            open = open && c->holidays[i] != day;
        }
        total += open && time >= c->open_ms && time < c->close_ms ? MINUTE : 0;
    }
    return total;
}

static void any_span_equals_a_count_of_its_minutes(void **state)
{
    (void)state;
    static const int32_t holidays[] = {20536, 20540, 20547, 20748};
    static const int32_t hours[][2] = {{9, 17}, {0, 24}, {1, 5}, {8, 12}, {0, 1}};
    struct random r = {7};
    for (int i = 0; i < 300; i++) {
        struct calendar c = {.zone = &amsterdam, .holidays = holidays, .holiday_count = 4};
        c.days = (uint8_t)random_between(&r, 1, EVERY_DAY);
        int64_t k = random_between(&r, 0, 4);
        c.open_ms = hours[k][0] * (int32_t)HOUR;
        c.close_ms = hours[k][1] * (int32_t)HOUR;
        int64_t near = random_between(&r, 0, 1) ? SPRING_MS : AUTUMN_MS;
        int64_t from = near - 8 * DAY + random_between(&r, 0, 16 * 1440) * MINUTE, to = from + random_between(&r, 0, 9 * 1440) * MINUTE;
        int64_t between = calendar_between(&c, from, to);
        assert_int_equal(between, naive_between(&c, from, to));
        int64_t last = calendar_last(&c, from, between, to + 400 * DAY), first = calendar_first(&c, from, between, to + 400 * DAY);
        assert_true(first <= to && to <= last);
        assert_int_equal(calendar_between(&c, from, last), between);
        assert_int_equal(calendar_between(&c, from, last + 1), between + 1);
        assert_int_equal(calendar_between(&c, from, first), between);
        assert_true(between == 0 || calendar_between(&c, from, first - 1) == between - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_reads_times_that_are_skipped_or_come_twice),
        cmocka_unit_test(nights_and_weekends_do_not_count),
        cmocka_unit_test(holidays_do_not_count),
        cmocka_unit_test(days_of_a_clock_change_have_the_hours_they_have),
        cmocka_unit_test(promise_ends_at_the_last_instant_that_keeps_it),
        cmocka_unit_test(any_span_equals_a_count_of_its_minutes),
    };
    return RUN_TESTS(tests);
}
