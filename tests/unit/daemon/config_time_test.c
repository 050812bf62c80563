/* Durations, times and time zones. */
#include "unit/daemon/config_support.h"

#include "config/duration.h"

static int64_t ms_of(const char *text)
{
    int64_t ms = -7;
    assert_int_equal(duration_parse(text, &ms), 0);
    return ms;
}

static int64_t time_of(const char *text)
{
    int64_t ms = -7;
    assert_int_equal(time_parse(text, &ms), 0);
    return ms;
}

static void duration_parse_reads_five_units(void **state)
{
    (void)state;
    assert_int_equal(ms_of("250ms"), 250);
    assert_int_equal(ms_of("30s"), 30000);
    assert_int_equal(ms_of("5m"), 300000);
    assert_int_equal(ms_of("1h"), 3600000);
    assert_int_equal(ms_of("7d"), INT64_C(604800000));
    assert_int_equal(ms_of("0s"), 0);
}

static void duration_parse_refuses_the_rest(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "5", "s", "-1s", "1.5h", "1h30m",
                                      " 1h", "1h ", "1w", "1H", "0x10s"};
    int64_t ms;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(duration_parse(bad[i], &ms), CUBE_EFORMAT);
    }
    assert_int_equal(duration_parse("9223372036854775808ms", &ms), CUBE_ERANGE);
    assert_int_equal(duration_parse("200000000000d", &ms), CUBE_ERANGE);
}

static void duration_text_takes_the_largest_unit_that_divides(void **state)
{
    (void)state;
    char text[DURATION_TEXT_MAX];
    static const char *const texts[] = {"30d", "36h", "90m", "61s", "1001ms", "0ms"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        duration_text(ms_of(texts[i]), text);
        assert_string_equal(text, texts[i]);
    }
}

static void time_parse_reads_rfc_3339(void **state)
{
    (void)state;
    assert_int_equal(time_of("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(time_of("2026-01-01T00:00:00Z"), INT64_C(1767225600000));
    assert_int_equal(time_of("2026-01-01T02:30:00+02:30"), INT64_C(1767225600000));
    assert_int_equal(time_of("2025-12-31t19:00:00.1239-05:00"), INT64_C(1767225600123));
    assert_int_equal(time_of("2024-02-29 12:00:00.5z"), INT64_C(1709208000500));
    assert_int_equal(time_of("9999-12-31T23:59:59.999Z"), INT64_C(253402300799999));
}

static void time_parse_refuses_what_is_no_instant(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2026-01-01",
                                      "2026-01-01T00:00:00",
                                      "2026-1-1T00:00:00Z",
                                      "2026-01-01T00:00:00Zx",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00Z",
                                      "yesterday"};
    static const char *const beyond[] = {"2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                                         "2026-01-01T24:00:00Z", "2026-04-31T00:00:00Z",
                                         "1900-02-29T00:00:00Z"};
    int64_t ms;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(time_parse(bad[i], &ms), CUBE_EFORMAT);
    }
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        assert_int_equal(time_parse(beyond[i], &ms), CUBE_ERANGE);
    }
}

static int32_t offset_at(const struct zone *z, const char *time)
{
    int64_t ms = time_of(time);
    int32_t offset = z->offset_ms[0];
    for (uint32_t i = 0; i < z->count && z->from_ms[i] <= ms; i++) {
        offset = z->offset_ms[i];
    }
    return offset / 60000;
}

static void zone_amsterdam_changes_at_one_o_clock_utc_until_2100(void **state)
{
    (void)state;
    struct config *c = config_of("time_zone: Europe/Amsterdam\n");
    const struct zone *z = &c->model.zone;
    assert_true(z->from_ms[0] == INT64_MIN);
    assert_int_equal(offset_at(z, "1970-06-01T00:00:00Z"), 60);
    assert_int_equal(offset_at(z, "2026-03-29T00:59:59Z"), 60);
    assert_int_equal(offset_at(z, "2026-03-29T01:00:00Z"), 120);
    assert_int_equal(offset_at(z, "2026-10-25T00:59:59Z"), 120);
    assert_int_equal(offset_at(z, "2026-10-25T01:00:00Z"), 60);
    assert_int_equal(offset_at(z, "2099-03-29T00:59:59Z"), 60);
    assert_int_equal(offset_at(z, "2099-03-29T01:00:00Z"), 120);
    assert_int_equal(offset_at(z, "2099-10-25T00:59:59Z"), 120);
    assert_int_equal(offset_at(z, "2099-10-25T01:00:00Z"), 60);
    assert_int_equal(offset_at(z, "2100-12-31T00:00:00Z"), 60);
    for (uint32_t i = 1; i < z->count; i++) {
        assert_true(z->from_ms[i] > z->from_ms[i - 1]);
    }
    config_destroy(c);
}

static void zone_of_the_south_has_summer_over_new_year(void **state)
{
    (void)state;
    struct config *c = config_of("time_zone: Australia/Sydney\n");
    assert_int_equal(offset_at(&c->model.zone, "2026-01-01T00:00:00Z"), 660);
    assert_int_equal(offset_at(&c->model.zone, "2026-07-01T00:00:00Z"), 600);
    assert_int_equal(offset_at(&c->model.zone, "2090-01-01T00:00:00Z"), 660);
    assert_int_equal(offset_at(&c->model.zone, "2090-07-01T00:00:00Z"), 600);
    config_destroy(c);
}

static void zone_without_summer_has_one_offset(void **state)
{
    (void)state;
    struct config *c = config_of("time_zone: Asia/Kolkata\n");
    assert_int_equal(offset_at(&c->model.zone, "2026-07-01T00:00:00Z"), 330);
    assert_int_equal(offset_at(&c->model.zone, "2099-01-01T00:00:00Z"), 330);
    config_destroy(c);
    c = config_of("");
    assert_int_equal(c->model.zone.count, 1);
    assert_int_equal(c->model.zone.offset_ms[0], 0);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duration_parse_reads_five_units),
        cmocka_unit_test(duration_parse_refuses_the_rest),
        cmocka_unit_test(duration_text_takes_the_largest_unit_that_divides),
        cmocka_unit_test(time_parse_reads_rfc_3339),
        cmocka_unit_test(time_parse_refuses_what_is_no_instant),
        cmocka_unit_test(zone_amsterdam_changes_at_one_o_clock_utc_until_2100),
        cmocka_unit_test(zone_of_the_south_has_summer_over_new_year),
        cmocka_unit_test(zone_without_summer_has_one_offset),
    };
    return RUN_TESTS(tests);
}
