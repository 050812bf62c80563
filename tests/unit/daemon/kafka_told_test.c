#include "kafka/kafka_told.h"

#include <stdio.h>
#include <string.h>

#include "support/unit.h"

struct heard {
    uint32_t count;
    char last[400];
};

static void hear(void *arg, int severity, const char *event, const char *text)
{
    struct heard *h = arg;
    h->count++;
    snprintf(h->last, sizeof(h->last), "%d %s %s", severity, event, text);
}

static void kafka_told_say_reaches_the_loop_in_order(void **state)
{
    (void)state;
    struct kafka_told t;
    struct heard h = {0};
    struct log_events ev = {.told = hear, .arg = &h};
    assert_int_equal(kafka_told_init(&t), 0);
    kafka_told_say(&t, 4, "one", "text %d", 1);
    kafka_told_say(&t, 3, "two", "text %d", 2);
    kafka_told_deliver(&t, &ev);
    assert_int_equal(h.count, 2);
    assert_string_equal(h.last, "3 two text 2");
    kafka_told_deliver(&t, &ev);
    assert_int_equal(h.count, 2);
    kafka_told_close(&t);
}

static void kafka_told_log_names_the_partition_to_blame(void **state)
{
    (void)state;
    struct kafka_told t;
    struct heard h = {0};
    struct log_events ev = {.told = hear, .arg = &h};
    assert_int_equal(kafka_told_init(&t), 0);
    kafka_told_log(&t, "producer", 3, "ADDPARTS", "failed to add \"good\" [0]: Broker: Operation not attempted");
    kafka_told_log(&t, "producer", 3, "ADDPARTS", "failed to add \"gone\" [0]: Broker: Unknown topic or partition");
    kafka_told_deliver(&t, &ev);
    assert_int_equal(h.count, 1);
    assert_string_equal(h.last, "4 ADDPARTS producer: failed to add \"gone\" [0]: Broker: Unknown topic or partition");
    kafka_told_close(&t);
}

static void kafka_told_say_drops_repetitions_of_one_event(void **state)
{
    (void)state;
    struct kafka_told t;
    struct heard h = {0};
    struct log_events ev = {.told = hear, .arg = &h};
    assert_int_equal(kafka_told_init(&t), 0);
    for (int i = 0; i < 10; i++) {
        kafka_told_say(&t, 4, "again", "text %d", i);
    }
    kafka_told_deliver(&t, &ev);
    assert_int_equal(h.count, 1);
    assert_string_equal(h.last, "4 again text 0");
    assert_int_equal(t.events[0].held_back, 9);
    kafka_told_close(&t);
}

/* How often it is said when it is to be said each half second from `from_ms` on. */
static uint32_t said(struct told_event *e, const char *text, uint64_t from_ms, uint64_t for_ms)
{
    uint32_t count = 0;
    for (uint64_t at_ms = from_ms; at_ms < from_ms + for_ms; at_ms += 500) {
        count += kafka_told_due(e, text, at_ms);
    }
    return count;
}

static void kafka_told_due_says_the_same_less_and_less_often(void **state)
{
    (void)state;
    struct told_event e = {0};
    assert_int_equal(said(&e, "a right is missing", 1000, 300000), 6); /* after 0, 5, 15, 35, 75 and 155 s */
    assert_int_equal(said(&e, "a right is missing", 301000, 3600000), 12); /* 315 s, 635 s, and so on */
    uint64_t at_ms = 3901000;
    assert_true(kafka_told_due(&e, "another is missing", at_ms + TOLD_EVERY_MS)); /* news, though an hour of the other is behind it */
    assert_int_equal(said(&e, "another is missing", at_ms + TOLD_EVERY_MS + 500, TOLD_RARELY_MS - 1000), 0);
    assert_true(kafka_told_due(&e, "another is missing", at_ms + TOLD_EVERY_MS + TOLD_RARELY_MS));
    assert_false(kafka_told_due(&e, "another is missing", at_ms + 2 * TOLD_EVERY_MS + TOLD_RARELY_MS));
    assert_true(kafka_told_due(&e, "another is missing", at_ms + 2 * TOLD_EVERY_MS + TOLD_RARELY_MS + TOLD_CALM_MS)); /* it was over for a while */
}

static void kafka_told_due_takes_texts_in_turn_for_no_news(void **state)
{
    (void)state;
    struct told_event e = {0};
    uint32_t count = 0;
    for (uint64_t at_ms = 1000; at_ms < 3601000; at_ms += 500) {
        count += kafka_told_due(&e, at_ms % 1000 ? "partials: no right" : "state: no right", at_ms);
    }
    assert_int_equal(count, 18); /* both, and what follows upon 5, 10, ... 320 s */
}

static void kafka_told_due_takes_numbers_for_the_same_but_for_partitions(void **state)
{
    (void)state;
    struct told_event e = {0};
    assert_true(kafka_told_due(&e, "partials [1]: no right (after 5 ms)", 1000));
    assert_true(kafka_told_due(&e, "partials [1]: no right (after 12 ms)", 6000));
    assert_false(kafka_told_due(&e, "partials [1]: no right (after 0 ms)", 15999));
    assert_true(kafka_told_due(&e, "partials [10]: no right (after 0 ms)", 15999));
    assert_true(kafka_told_due(&e, "partials [10]: no right (after 0 ms) too", 21000));
    assert_true(kafka_told_due(&e, "partials [2]: no right (after 0 ms)", 26000));
}

static void kafka_told_due_knows_so_many_texts(void **state)
{
    (void)state;
    struct told_event e = {0};
    char text[24];
    for (uint32_t i = 0; i < TOLD_SAID_MAX; i++) {
        snprintf(text, sizeof text, "[%u] is gone", i);
        assert_true(kafka_told_due(&e, text, 1000 + i * UINT64_C(5000)));
    }
    assert_true(kafka_told_due(&e, "[x] is gone", 1000 + TOLD_SAID_MAX * UINT64_C(5000)));
    assert_false(kafka_told_due(&e, "[y] is gone", 6000 + TOLD_SAID_MAX * UINT64_C(5000)));
}

static void kafka_told_say_is_bounded(void **state)
{
    (void)state;
    struct kafka_told t;
    struct heard h = {0};
    struct log_events ev = {.told = hear, .arg = &h};
    assert_int_equal(kafka_told_init(&t), 0);
    for (int i = 0; i < 200; i++) {
        char name[24];
        snprintf(name, sizeof(name), "event%d", i);
        kafka_told_say(&t, 4, name, "x");
    }
    kafka_told_deliver(&t, &ev);
    assert_int_equal(h.count, TOLD_LINES_MAX);
    kafka_told_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_told_say_reaches_the_loop_in_order),
        cmocka_unit_test(kafka_told_log_names_the_partition_to_blame),
        cmocka_unit_test(kafka_told_say_drops_repetitions_of_one_event),
        cmocka_unit_test(kafka_told_due_says_the_same_less_and_less_often),
        cmocka_unit_test(kafka_told_due_takes_texts_in_turn_for_no_news),
        cmocka_unit_test(kafka_told_due_takes_numbers_for_the_same_but_for_partitions),
        cmocka_unit_test(kafka_told_due_knows_so_many_texts),
        cmocka_unit_test(kafka_told_say_is_bounded),
    };
    return RUN_TESTS(tests);
}
