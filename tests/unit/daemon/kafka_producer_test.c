/* A transaction that takes the broker longer than the usual time, on a cluster inside the process. */
#include "kafka/kafka_producer.h"

#include "support/kafka_cluster.h"

#define USUAL_MS 2000
#define SLOW_MS 700       /* each answer: partitions added, messages taken, transaction ended */
#define LESS_SLOW_MS 450  /* with two more before them, of a producer just made */

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
    assert_int_equal(kafka_producer_produce(&w->producer, &w->epoch, NULL), TXN_OK);
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
    assert_int_equal(kafka_producer_produce(&w.producer, &w.epoch, NULL), TXN_OK);
    assert_int_not_equal(kafka_producer_commit(&w.producer), TXN_OK);
    assert_int_equal(w.producer.timeout.next_ms, 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_producer_gets_more_time_for_what_the_broker_takes_slowly),
        cmocka_unit_test(kafka_producer_gets_no_more_time_when_the_broker_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
