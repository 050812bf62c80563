/* A transaction that takes the broker longer than the usual time, on a cluster inside the process. */
#include "kafka/kafka_producer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "port/letter.h"
#include "support/kafka_cluster.h"

#define USUAL_MS 4000
#define SLOW_MS 1400      /* each answer: partitions added, messages taken, transaction ended */
#define LESS_SLOW_MS 900  /* with two more before them, of a producer just made */

struct world {
    struct cluster cluster;
    struct config config;
    struct kafka_told told;
    atomic_bool give_up;
    struct kafka_producer producer;
    struct epoch epoch;
};

static void world_open(struct world *w)
{
    *w = (struct world){.config = {.name = "slow", .instance = "1"}};
    cluster_open(&w->cluster, "slow-state", &w->config);
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = "slow-state";
    }
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->producer = (struct kafka_producer){.config = &w->config, .told = &w->told, .give_up = &w->give_up, .timeout = {.usual_ms = USUAL_MS}};
    assert_int_equal(epoch_add(&w->epoch, ROLE_STATE, 0, 1, NULL, 0, (const uint8_t *)"{}", 2, NULL, 0), 0);
}

static void world_close(struct world *w)
{
    kafka_producer_drop(&w->producer);
    epoch_close(&w->epoch);
    kafka_told_close(&w->told);
    cluster_close(&w->cluster);
}

static void producer_make(struct world *w)
{
    int rc = CUBE_EAGAIN;
    for (int i = 0; i < 30 && rc == CUBE_EAGAIN; i++) {
        rc = kafka_producer_ready(&w->producer);
    }
    assert_int_equal(rc, 0);
}

static enum txn_verdict epoch_sent(struct world *w, int answer_ms)
{
    assert_int_equal(rd_kafka_mock_broker_set_rtt(w->cluster.kafka, 1, answer_ms), 0);
    assert_int_equal(kafka_producer_begin(&w->producer), TXN_OK);
    assert_int_equal(kafka_producer_produce(&w->producer, &w->epoch), TXN_OK);
    enum txn_verdict v = kafka_producer_commit(&w->producer);
    assert_int_equal(rd_kafka_mock_broker_set_rtt(w->cluster.kafka, 1, 0), 0);
    return v;
}

static void kafka_producer_gets_more_time_for_what_the_broker_takes_slowly(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    producer_make(&w);
    assert_int_equal(w.producer.timeout.own_ms, USUAL_MS);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    assert_int_equal(epoch_sent(&w, SLOW_MS), TXN_UNKNOWN);
    kafka_producer_drop(&w.producer);
    producer_make(&w);
    assert_int_equal(w.producer.timeout.own_ms, 2 * USUAL_MS);
    assert_int_equal(epoch_sent(&w, LESS_SLOW_MS), TXN_OK);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    kafka_producer_drop(&w.producer);
    producer_make(&w);
    assert_int_equal(w.producer.timeout.own_ms, USUAL_MS);
    world_close(&w);
}

/* It is away, not slow: more time would not help. */
static void kafka_producer_gets_no_more_time_when_the_broker_takes_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    producer_make(&w);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    assert_int_equal(kafka_producer_begin(&w.producer), TXN_OK);
    assert_int_equal(rd_kafka_mock_broker_set_down(w.cluster.kafka, 1), 0);
    assert_int_equal(kafka_producer_produce(&w.producer, &w.epoch), TXN_OK);
    assert_int_not_equal(kafka_producer_commit(&w.producer), TXN_OK);
    assert_int_equal(w.producer.timeout.next_ms, 0);
    world_close(&w);
}

/* The first record of the topic, read by somebody else. */
static rd_kafka_message_t *first_record(struct world *w, rd_kafka_t **ret_reader)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", w->cluster.bootstrap.value, text, sizeof text), RD_KAFKA_CONF_OK);
    assert_int_equal(rd_kafka_conf_set(conf, "group.id", "reader", text, sizeof text), RD_KAFKA_CONF_OK);
    *ret_reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    assert_non_null(*ret_reader);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(all, "slow-state", 0)->offset = 0;
    assert_int_equal(rd_kafka_assign(*ret_reader, all), 0);
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_message_t *m = rd_kafka_consumer_poll(*ret_reader, 10000);
    assert_non_null(m);
    assert_int_equal(m->err, 0);
    return m;
}

static void kafka_producer_makes_the_headers_of_outputs(void **state)
{
    (void)state;
    struct world w;
    rd_kafka_t *reader;
    rd_kafka_headers_t *h;
    const void *value;
    size_t size;
    world_open(&w);
    producer_make(&w);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    rd_kafka_message_t *m = first_record(&w, &reader);
    assert_int_equal(rd_kafka_message_headers(m, &h), 0);
    assert_int_equal(rd_kafka_header_cnt(h), OUTPUT_HEADERS);
    assert_int_equal(rd_kafka_header_get(h, 0, "ce_type", &value, &size), 0);
    assert_true(text_equal((struct text){value, (uint32_t)size}, TEXT_LITERAL("io.cubed.state")));
    assert_int_equal(rd_kafka_header_get(h, 0, "ce_source", &value, &size), 0);
    assert_true(text_equal((struct text){value, (uint32_t)size}, TEXT_LITERAL("/cubed/slow")));
    assert_int_equal(rd_kafka_header_get(h, 0, "ce_time", &value, &size), 0);
    assert_true(text_equal((struct text){value, (uint32_t)size}, TEXT_LITERAL("1970-01-01T00:00:00.001Z")));
    rd_kafka_message_destroy(m);
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    world_close(&w);
}

static void letter_add(struct world *w, const uint8_t *bytes, size_t key_len, size_t value_len, uint32_t headers_len)
{
    const struct header h[] = {{TEXT_LITERAL("trace"), {(const char *)bytes, headers_len}},
                               {TEXT_LITERAL("cubed.reason"), TEXT_LITERAL("too_large")},
                               {TEXT_LITERAL("cubed.detail"), TEXT_LITERAL("")}, {TEXT_LITERAL("cubed.source.topic"), TEXT_LITERAL("hr")},
                               {TEXT_LITERAL("cubed.source.partition"), TEXT_LITERAL("3")},
                               {TEXT_LITERAL("cubed.source.offset"), TEXT_LITERAL("17")}};
    assert_int_equal(epoch_add(&w->epoch, ROLE_DEAD_LETTERS, 0, 1, bytes, key_len, bytes, value_len, h, 6), 0);
}

/* Within one transaction, which the broker then takes. */
static void kafka_producer_cuts_of_a_letter_what_the_client_does_not_take(void **state)
{
    (void)state;
    enum { LARGE = 2000000 };
    uint8_t *bytes = calloc(LARGE, 1);
    struct world w;
    world_open(&w);
    producer_make(&w);
    letter_add(&w, bytes, 9, 9, LARGE);
    letter_add(&w, bytes, LARGE, LARGE, LARGE);
    letter_add(&w, bytes, 9, LARGE, 9);
    letter_add(&w, bytes, 9, 9, 9);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    static const uint8_t cut[] = {0, CUT_HEADERS, CUT_VALUE | CUT_HEADERS | CUT_KEY, CUT_VALUE, 0};
    for (uint32_t i = 0; i < sizeof cut; i++) {
        assert_int_equal(w.epoch.messages[i].cut, cut[i]);
    }
    world_close(&w);
    free(bytes);
}

static void secret_write(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("tell nobody\n", f);
    assert_int_equal(fclose(f), 0);
}

/* A value in a file that whoever changes it removes first. */
static void kafka_producer_waits_for_a_secret_that_is_gone_between_two_reads(void **state)
{
    (void)state;
    struct world w;
    char path[] = "/tmp/cubed-producer-XXXXXX";
    assert_int_equal(close(mkstemp(path)), 0);
    world_open(&w);
    struct kafka_property properties[] = {w.cluster.bootstrap, {"client.rack", path, PROPERTY_FILE}};
    w.config.kafka = properties;
    w.config.kafka_count = 2;
    unlink(path);
    assert_int_equal(kafka_producer_ready(&w.producer), CUBE_ECONFIG); /* at the start it is a mistake */
    secret_write(path);
    producer_make(&w);
    kafka_producer_drop(&w.producer);
    unlink(path);
    assert_int_equal(kafka_producer_ready(&w.producer), CUBE_EAGAIN);
    assert_int_equal(kafka_producer_ready(&w.producer), CUBE_EAGAIN);
    secret_write(path);
    producer_make(&w);
    assert_int_equal(epoch_sent(&w, 0), TXN_OK);
    unlink(path);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_producer_gets_more_time_for_what_the_broker_takes_slowly),
        cmocka_unit_test(kafka_producer_gets_no_more_time_when_the_broker_takes_nothing),
        cmocka_unit_test(kafka_producer_makes_the_headers_of_outputs),
        cmocka_unit_test(kafka_producer_cuts_of_a_letter_what_the_client_does_not_take),
        cmocka_unit_test(kafka_producer_waits_for_a_secret_that_is_gone_between_two_reads),
    };
    return RUN_TESTS(tests);
}
