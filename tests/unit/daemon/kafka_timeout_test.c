#include "kafka/kafka_timeout.h"

#include "support/unit.h"

static void kafka_timeout_doubles_while_messages_are_taken(void **state)
{
    (void)state;
    struct kafka_timeout t = {0};
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 10000);
    assert_int_equal(kafka_timeout_step_ms(&t), 8000);
    kafka_timeout_late(&t, false);
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 10000);
    kafka_timeout_late(&t, true);
    assert_int_equal(t.own_ms, 10000); /* until another is made */
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 20000);
    for (int i = 0; i < 10; i++) {
        kafka_timeout_late(&t, true);
        kafka_timeout_open(&t);
    }
    assert_int_equal(t.own_ms, 300000);
}

static void kafka_timeout_is_the_usual_again_after_a_quick_transaction(void **state)
{
    (void)state;
    struct kafka_timeout t = {.own_ms = 20000, .next_ms = 20000};
    kafka_timeout_done(&t, 9000);
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 20000);
    kafka_timeout_done(&t, 40);
    assert_int_equal(t.own_ms, 20000);
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 10000);
}

static void kafka_timeout_falls_to_what_the_broker_allows(void **state)
{
    (void)state;
    struct kafka_timeout t = {.next_ms = 40000};
    kafka_timeout_open(&t);
    kafka_timeout_refused(&t);
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 20000);
    kafka_timeout_refused(&t);
    kafka_timeout_open(&t);
    assert_int_equal(t.own_ms, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_timeout_doubles_while_messages_are_taken),
        cmocka_unit_test(kafka_timeout_is_the_usual_again_after_a_quick_transaction),
        cmocka_unit_test(kafka_timeout_falls_to_what_the_broker_allows),
    };
    return RUN_TESTS(tests);
}
