#include "kafka/kafka_doubt.h"

#include "support/unit.h"

#define SESSION_MS 10000

static void kafka_doubt_judge_calls_it_a_ghost_when_the_place_is_free(void **state)
{
    (void)state;
    struct kafka_doubt d = {0};
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 1000, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 1000 + SESSION_MS + DOUBT_EXTRA_MS, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_FREE, 1001 + SESSION_MS + DOUBT_EXTRA_MS, SESSION_MS), DOUBT_GHOST);
}

static void kafka_doubt_judge_calls_it_a_process_when_it_outlives_a_session(void **state)
{
    (void)state;
    struct kafka_doubt d = {0};
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 1000, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 1001 + SESSION_MS + DOUBT_EXTRA_MS, SESSION_MS), DOUBT_PROCESS);
}

static void kafka_doubt_judge_begins_anew_while_nobody_can_say(void **state)
{
    (void)state;
    struct kafka_doubt d = {0};
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 1000, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_UNKNOWN, 9000, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 10000, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 10000 + SESSION_MS + DOUBT_EXTRA_MS, SESSION_MS), DOUBT_OPEN);
    assert_int_equal(kafka_doubt_judge(&d, PLACE_TAKEN, 10001 + SESSION_MS + DOUBT_EXTRA_MS, SESSION_MS), DOUBT_PROCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_doubt_judge_calls_it_a_ghost_when_the_place_is_free),
        cmocka_unit_test(kafka_doubt_judge_calls_it_a_process_when_it_outlives_a_session),
        cmocka_unit_test(kafka_doubt_judge_begins_anew_while_nobody_can_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
