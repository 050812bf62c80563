#include "support/unit.h"

#include <stdlib.h>

#include "os/log.h"

struct sink {
    int64_t now_ms;
    char at[65536];
    size_t len;
    uint32_t lines;
};

static int64_t sink_now(void *arg)
{
    return ((struct sink *)arg)->now_ms;
}

static void sink_write(void *arg, const char *line, size_t len)
{
    struct sink *s = arg;
    assert_true(s->len + len < sizeof(s->at));
    memcpy(s->at + s->len, line, len);
    s->len += len;
    s->at[s->len] = 0;
    s->lines++;
}

static void logger_open(struct logger *l, struct sink *s, enum log_level level)
{
    memset(s, 0, sizeof(*s));
    s->now_ms = INT64_C(1795502462123);
    *l = (struct logger){.level = level, .now_ms = sink_now, .write = sink_write, .arg = s};
}

static void log_warn_writes_time_level_object_event_and_fields(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    log_warn(&l, "kafka", "broker_down",
             LOG_WITH(log_text("broker", "10.0.0.7:9092"), log_int("tries", -3),
                      log_real("seconds", 1.5)));
    assert_string_equal(s.at, "2026-11-24T06:41:02.123Z warning kafka broker_down "
                              "broker=\"10.0.0.7:9092\" tries=-3 seconds=1.5\n");
}

static void log_error_without_fields_is_a_line(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_ERROR);
    log_error(&l, "app", "out_of_memory", NULL);
    assert_string_equal(s.at, "2026-11-24T06:41:02.123Z error app out_of_memory\n");
}

static void log_escapes_what_would_break_the_line(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    log_info(&l, "app", "e",
             LOG_WITH(log_text("t", "a\"b\\c\nd\x01"), log_bytes("none", (struct text){0})));
    assert_string_equal(
        s.at, "2026-11-24T06:41:02.123Z info app e t=\"a\\\"b\\\\c\\nd\\u0001\" none=\"\"\n");
}

static void log_drops_levels_above_its_own(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_WARNING);
    log_info(&l, "app", "a", NULL);
    log_debug(&l, "app", "b", NULL);
    assert_int_equal(s.lines, 0);
    log_warn(&l, "app", "c", NULL);
    log_error(&l, "app", "d", NULL);
    assert_int_equal(s.lines, 2);
}

static void log_prefixes_the_priority_for_the_journal(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_DEBUG);
    l.journal = true;
    log_warn(&l, "a", "b", NULL);
    assert_memory_equal(s.at, "<4>2026", 7);
}

static void log_suppresses_an_event_over_its_budget_and_counts_it(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    for (int i = 0; i < 25; i++) {
        log_warn(&l, "task", "decode_refused", NULL);
    }
    assert_int_equal(s.lines, 10);
    log_warn(&l, "task", "other_event", NULL);
    assert_int_equal(s.lines, 11);
    s.len = 0;
    s.now_ms += 10000;
    log_settle(&l, false);
    assert_string_equal(
        s.at,
        "2026-11-24T06:41:12.123Z warning log suppressed event=\"decode_refused\" lines=15\n");
    log_warn(&l, "task", "decode_refused", NULL);
    assert_int_equal(s.lines, 13);
}

static void log_says_the_suppressed_ones_before_the_next_line_of_that_event(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    for (int i = 0; i < 12; i++) {
        log_warn(&l, "task", "late", NULL);
    }
    s.now_ms += 11000;
    s.len = 0;
    log_warn(&l, "task", "late", NULL);
    assert_string_equal(s.at,
                        "2026-11-24T06:41:13.123Z warning log suppressed event=\"late\" lines=2\n"
                        "2026-11-24T06:41:13.123Z warning task late\n");
}

static void log_tells_events_apart_whose_names_lie_in_the_same_place_after_each_other(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    char name[16];
    logger_open(&l, &s, LEVEL_INFO);
    for (int i = 0; i < 2 * (LOG_BURST + 1); i++) {
        snprintf(name, sizeof(name), "%s", i % 2 ? "odd" : "even");
        log_told(&l, "kafka", 4, name, "x");
    }
    assert_int_equal(s.lines, 2 * LOG_BURST);
    s.len = 0;
    memset(name, 0xd8, sizeof(name) - 1);
    log_settle(&l, true);
    assert_string_equal(s.at, "2026-11-24T06:41:02.123Z warning log suppressed event=\"even\" lines=1\n"
                              "2026-11-24T06:41:02.123Z warning log suppressed event=\"odd\" lines=1\n");
}

static void log_more_event_names_than_slots_share_one_budget(void **state)
{
    (void)state;
    static char names[LOG_EVENTS_MAX + 20][16];
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    for (int i = 0; i < LOG_EVENTS_MAX + 20; i++) {
        snprintf(names[i], sizeof(names[i]), "e%d", i);
        log_warn(&l, "task", names[i], NULL);
    }
    assert_int_equal(s.lines, LOG_EVENTS_MAX + LOG_BURST);
    log_settle(&l, true);
    assert_int_equal(s.lines, LOG_EVENTS_MAX + LOG_BURST + 1);
}

static void log_cuts_a_line_that_is_too_long(void **state)
{
    (void)state;
    static char text[8192];
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    memset(text, 'x', sizeof(text) - 1);
    log_info(&l, "a", "b", LOG_WITH(log_text("t", text)));
    assert_true(s.len <= LOG_LINE_MAX);
    assert_string_equal(s.at + s.len - 4, "...\n");
}

static void log_told_maps_the_severities_of_syslog(void **state)
{
    (void)state;
    struct logger l;
    struct sink s;
    logger_open(&l, &s, LEVEL_INFO);
    log_told(&l, "kafka", 3, "fatal", "gone");
    log_told(&l, "kafka", 4, "slow", "x");
    log_told(&l, "kafka", 6, "joined", "x");
    log_told(&l, "kafka", 7, "detail", "x");
    assert_int_equal(s.lines, 3);
    assert_memory_equal(s.at, "2026-11-24T06:41:02.123Z error kafka fatal text=\"gone\"\n", 52);
}

static void log_level_parse_knows_four_levels(void **state)
{
    (void)state;
    enum log_level level = LEVEL_ERROR;
    assert_int_equal(log_level_parse("debug", &level), 0);
    assert_int_equal(level, LEVEL_DEBUG);
    assert_int_equal(log_level_parse("warn", &level), 0);
    assert_int_equal(level, LEVEL_WARNING);
    assert_int_equal(log_level_parse("loud", &level), CUBE_EFORMAT);
    assert_int_equal(level, LEVEL_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_warn_writes_time_level_object_event_and_fields),
        cmocka_unit_test(log_error_without_fields_is_a_line),
        cmocka_unit_test(log_escapes_what_would_break_the_line),
        cmocka_unit_test(log_drops_levels_above_its_own),
        cmocka_unit_test(log_prefixes_the_priority_for_the_journal),
        cmocka_unit_test(log_suppresses_an_event_over_its_budget_and_counts_it),
        cmocka_unit_test(log_says_the_suppressed_ones_before_the_next_line_of_that_event),
        cmocka_unit_test(log_tells_events_apart_whose_names_lie_in_the_same_place_after_each_other),
        cmocka_unit_test(log_more_event_names_than_slots_share_one_budget),
        cmocka_unit_test(log_cuts_a_line_that_is_too_long),
        cmocka_unit_test(log_told_maps_the_severities_of_syslog),
        cmocka_unit_test(log_level_parse_knows_four_levels),
    };
    return RUN_TESTS(tests);
}
