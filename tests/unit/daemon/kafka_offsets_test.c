/* The ends of a partition that has no leader for a while, on a cluster inside the process. */
#include "kafka/kafka_offsets.h"

#include <librdkafka/rdkafka_mock.h>

#include "kafka/kafka_conf.h"
#include "support/unit.h"

#define TOPIC "marks-interactions"

struct world {
    rd_kafka_t *carrier; /* of the cluster */
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_property bootstrap;
    struct config config;
    struct kafka_told told;
    struct kafka_offsets offsets;
};

static void world_open(struct world *w)
{
    char text[KAFKA_TEXT_MAX];
    *w = (struct world){.config = {.name = "marks", .instance = "1"}};
    w->carrier = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof(text));
    assert_non_null(w->carrier);
    w->cluster = rd_kafka_mock_cluster_new(w->carrier, 1);
    assert_non_null(w->cluster);
    assert_int_equal(rd_kafka_mock_topic_create(w->cluster, TOPIC, 1, 1), 0);
    w->bootstrap = (struct kafka_property){"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(w->cluster)};
    w->config.kafka = &w->bootstrap;
    w->config.kafka_count = 1;
    w->config.topics[ROLE_INTERACTIONS] = TOPIC;
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->offsets = (struct kafka_offsets){.config = &w->config, .told = &w->told};
    assert_int_equal(kafka_offsets_init(&w->offsets, text), 0);
}

static void world_close(struct world *w)
{
    rd_kafka_destroy(kafka_offsets_close(&w->offsets));
    kafka_told_close(&w->told);
    rd_kafka_mock_cluster_destroy(w->cluster);
    rd_kafka_destroy(w->carrier);
}

static void leader_set(struct world *w, int32_t broker)
{
    assert_int_equal(rd_kafka_mock_partition_set_leader(w->cluster, TOPIC, 0, broker), 0);
}

static int ends(struct world *w)
{
    int64_t low, high;
    return kafka_offsets_ends(&w->offsets, ROLE_INTERACTIONS, 0, &low, &high);
}

static void kafka_offsets_ends_finds_the_leader_that_was_away(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    leader_set(&w, -1);
    assert_int_equal(ends(&w), CUBE_EAGAIN);
    assert_int_equal(ends(&w), CUBE_EAGAIN);
    leader_set(&w, 1);
    assert_int_equal(ends(&w), 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_offsets_ends_finds_the_leader_that_was_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
