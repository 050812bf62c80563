#include "kafka/kafka_given.h"

#include "support/unit.h"

static const int32_t counts[INPUT_ROLES] = {4, 4, 3, 4};

static void kafka_given_judge_names_the_first_input_that_is_not_given_out(void **state)
{
    (void)state;
    enum topic_role lacking;
    for (int r = 0; r < INPUT_ROLES; r++) {
        int32_t given[INPUT_ROLES] = {4, 4, 3, 4};
        given[r]--;
        assert_int_equal(kafka_given_judge(counts, given, &lacking), GIVEN_LACKS);
        assert_int_equal(lacking, r);
        given[r] = 0;
        assert_int_equal(kafka_given_judge(counts, given, &lacking), GIVEN_LACKS);
        given[r] = 5; /* added meanwhile: refused elsewhere */
        assert_int_equal(kafka_given_judge(counts, given, &lacking), GIVEN_ALL);
    }
    assert_int_equal(kafka_given_judge(counts, counts, &lacking), GIVEN_ALL);
}

static void kafka_given_judge_knows_nothing_while_a_count_is_not_known(void **state)
{
    (void)state;
    enum topic_role lacking;
    for (int r = 0; r < INPUT_ROLES; r++) {
        int32_t seen[INPUT_ROLES] = {4, 4, 3, 4};
        seen[r] = 0;
        assert_int_equal(kafka_given_judge(seen, (int32_t[INPUT_ROLES]){0}, &lacking), GIVEN_UNKNOWN);
    }
}

static void kafka_given_says_that_one_was_missed_until_all_are_given(void **state)
{
    (void)state;
    struct kafka_given g = {0};
    assert_int_equal(kafka_given_says(&g), INPUTS_UNTOLD);
    kafka_given_miss(&g);
    assert_int_equal(kafka_given_says(&g), INPUTS_MISSED);
    kafka_given_anew(&g);
    assert_int_equal(kafka_given_says(&g), INPUTS_MISSED); /* the assignment that follows may still lack it */
    g.verdict = GIVEN_LACKS;
    assert_int_equal(kafka_given_says(&g), INPUTS_LACK);
    g.missed = false;
    kafka_given_anew(&g);
    assert_int_equal(kafka_given_says(&g), INPUTS_UNTOLD);
    g.verdict = GIVEN_ALL;
    assert_int_equal(kafka_given_says(&g), INPUTS_GIVEN);
}

static void kafka_given_tick_asks_until_all_is_given(void **state)
{
    (void)state;
    struct kafka_given g = {.verdict = GIVEN_LACKS};
    kafka_given_tick(&g);
    assert_true(g.due);
    g.verdict = GIVEN_ALL;
    kafka_given_tick(&g);
    assert_false(g.due);
    kafka_given_anew(&g);
    assert_true(g.due); /* at once */
}

static void kafka_given_count_makes_it_judged_anew_where_it_changes(void **state)
{
    (void)state;
    struct kafka_given g = {.verdict = GIVEN_ALL, .counts = {4, 4, 3, 4}};
    kafka_given_count(&g, ROLE_HR, 3);
    assert_int_equal(g.verdict, GIVEN_ALL);
    kafka_given_count(&g, ROLE_HR, 4);
    assert_int_equal(g.verdict, GIVEN_UNKNOWN);
}

static void kafka_given_failed_waits_for_who_may_say_and_for_nobody_else(void **state)
{
    (void)state;
    static const rd_kafka_resp_err_t passing[] = {RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR__TRANSPORT};
    static const rd_kafka_resp_err_t staying[] = {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
                                                  RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
                                                  RD_KAFKA_RESP_ERR_INVALID_REQUEST};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        struct kafka_given g = {.verdict = GIVEN_LACKS, .missed = true};
        kafka_given_failed(&g, passing[i]);
        assert_int_equal(g.verdict, GIVEN_LACKS);
        assert_true(g.missed);
    }
    for (size_t i = 0; i < sizeof staying / sizeof *staying; i++) {
        struct kafka_given g = {.missed = true};
        kafka_given_failed(&g, staying[i]);
        assert_int_equal(kafka_given_says(&g), INPUTS_GIVEN);
        assert_false(g.missed);
    }
}

/* A leader that goes on leaving it out is not asked for a rebalance all the time. */
static void kafka_given_join_due_pauses_longer_when_it_is_in_vain(void **state)
{
    (void)state;
    static const uint64_t pauses[] = {5000, 5000, 5000, 5000, 5000, 5000, 10000, 20000, 40000, 80000, 160000, 320000, 320000};
    struct kafka_given g = {.verdict = GIVEN_LACKS};
    uint64_t now_ms = 1;
    assert_true(kafka_given_join_due(&g, now_ms));
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        kafka_given_joined(&g, now_ms);
        assert_false(kafka_given_join_due(&g, now_ms + pauses[i] - 1));
        now_ms += pauses[i];
        assert_true(kafka_given_join_due(&g, now_ms));
    }
    g.verdict = GIVEN_UNKNOWN;
    assert_false(kafka_given_join_due(&g, now_ms + 1000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_given_judge_names_the_first_input_that_is_not_given_out),
        cmocka_unit_test(kafka_given_judge_knows_nothing_while_a_count_is_not_known),
        cmocka_unit_test(kafka_given_says_that_one_was_missed_until_all_are_given),
        cmocka_unit_test(kafka_given_tick_asks_until_all_is_given),
        cmocka_unit_test(kafka_given_count_makes_it_judged_anew_where_it_changes),
        cmocka_unit_test(kafka_given_failed_waits_for_who_may_say_and_for_nobody_else),
        cmocka_unit_test(kafka_given_join_due_pauses_longer_when_it_is_in_vain),
    };
    return RUN_TESTS(tests);
}
