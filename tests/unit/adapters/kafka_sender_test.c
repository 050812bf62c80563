/* Records that librdkafka says nothing of, on a cluster inside the process. */
#include "kafka/kafka_sender.h"

#include "kafka/kafka_conf.h"

#include "support/kafka_cluster.h"

#define TOPIC "sent-interactions"

/* In place of librdkafka's: they return without a word on what was queued. */
rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t *rk, int timeout_ms)
{
    (void)rk, (void)timeout_ms;
    return RD_KAFKA_RESP_ERR__TIMED_OUT;
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *rk, int flags)
{
    (void)rk, (void)flags;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void kafka_sender_finish_counts_what_is_untold_as_failed(void **state)
{
    (void)state;
    struct cluster cluster;
    struct config config = {.name = "sent", .instance = "1"};
    struct kafka_sender *s;
    struct kafka_sent sent;
    char text[SENDER_TEXT_MAX] = "";
    config.topics[ROLE_INTERACTIONS] = TOPIC;
    cluster_open(&cluster, TOPIC, &config);
    assert_int_equal(kafka_sender_create(&config, 30000, text, &s), 0);
    assert_int_equal(kafka_sender_topic(s, ROLE_INTERACTIONS, text), 0);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(kafka_sender_send(s, ROLE_INTERACTIONS, (const uint8_t *)"k", 1, (const uint8_t *)"v", 1, 1000, i), 0);
    }
    assert_int_equal(kafka_sender_finish(s, &sent, text), CUBE_EKAFKA);
    assert_int_equal(sent.delivered[ROLE_INTERACTIONS], 0);
    assert_int_equal(sent.failed, 3);
    assert_int_equal(sent.untold, 3);
    assert_string_equal(text, "librdkafka does not say what became of them");
    kafka_sender_destroy(s);
    cluster_close(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_sender_finish_counts_what_is_untold_as_failed),
    };
    return RUN_TESTS(tests);
}
