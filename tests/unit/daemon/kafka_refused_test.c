#include "support/unit.h"

#include "kafka/kafka_refused.h"

static struct kafka_refused batches_of(size_t bytes)
{
    return (struct kafka_refused){.batch_bytes = bytes};
}

static void kafka_refused_judge_blames_nobody_when_nothing_was_refused(void **state)
{
    (void)state;
    struct kafka_refused r = batches_of(1000);
    assert_int_equal(kafka_refused_judge(&r), TXN_OK);
}

static void note_three(struct kafka_refused *r, size_t largest)
{
    kafka_refused_clear(r);
    kafka_refused_note(r, 4, 20, false);
    kafka_refused_note(r, 7, largest, false);
    kafka_refused_note(r, 9, 40, false);
}

static void kafka_refused_judge_makes_batches_smaller_until_a_message_is_alone(void **state)
{
    (void)state;
    struct kafka_refused r = batches_of(1000);
    note_three(&r, 600);
    assert_int_equal(kafka_refused_judge(&r), TXN_UNKNOWN);
    assert_int_equal(r.batch_bytes, 600);
    assert_true(r.smaller);
    note_three(&r, 600);
    assert_int_equal(kafka_refused_judge(&r), TXN_TOO_LARGE);
    assert_int_equal(r.message, 7);
    assert_int_equal(r.len, 600);
}

static void kafka_refused_judge_halves_what_was_refused(void **state)
{
    (void)state;
    struct kafka_refused r = batches_of(1000000);
    note_three(&r, 60);
    assert_int_equal(kafka_refused_judge(&r), TXN_UNKNOWN);
    assert_int_equal(r.batch_bytes, (20 + 60 + 40 + 3 * 64) / 2);
}

static void kafka_refused_judge_ends_with_messages_that_have_nothing(void **state)
{
    (void)state;
    struct kafka_refused r = batches_of(1000);
    int rounds = 0;
    do {
        kafka_refused_clear(&r);
        for (int i = 0; i < 100; i++) {
            kafka_refused_note(&r, 3, 0, false);
        }
        rounds++;
    } while (kafka_refused_judge(&r) == TXN_UNKNOWN);
    assert_in_range(rounds, 9, 11);
    assert_int_equal(r.len, 0);
}

static void kafka_refused_judge_believes_the_client_about_a_single_message(void **state)
{
    (void)state;
    struct kafka_refused r = batches_of(1000);
    kafka_refused_note(&r, 1, 500, false);
    kafka_refused_note(&r, 2, 10, true);
    assert_int_equal(kafka_refused_judge(&r), TXN_TOO_LARGE);
    assert_int_equal(r.message, 2);
}

static void kafka_refused_configure_learns_and_then_sets_the_size(void **state)
{
    (void)state;
    char text[32];
    size_t size = sizeof(text);
    struct kafka_refused r = {0};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "batch.size", "4000", NULL, 0), RD_KAFKA_CONF_OK);
    kafka_refused_configure(&r, conf);
    assert_int_equal(r.batch_bytes, 4000);
    kafka_refused_note(&r, 1, 2000, false);
    assert_int_equal(kafka_refused_judge(&r), TXN_UNKNOWN);
    kafka_refused_configure(&r, conf);
    assert_int_equal(rd_kafka_conf_get(conf, "batch.size", text, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(text, "2000");
    rd_kafka_conf_destroy(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_refused_judge_blames_nobody_when_nothing_was_refused),
        cmocka_unit_test(kafka_refused_judge_makes_batches_smaller_until_a_message_is_alone),
        cmocka_unit_test(kafka_refused_judge_halves_what_was_refused),
        cmocka_unit_test(kafka_refused_judge_ends_with_messages_that_have_nothing),
        cmocka_unit_test(kafka_refused_judge_believes_the_client_about_a_single_message),
        cmocka_unit_test(kafka_refused_configure_learns_and_then_sets_the_size),
    };
    return RUN_TESTS(tests);
}
