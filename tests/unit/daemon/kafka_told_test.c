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
        cmocka_unit_test(kafka_told_say_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
