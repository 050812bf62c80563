/* The ends of a partition that has no leader for a while, on a cluster inside the process. */
#include "kafka/kafka_offsets.h"

#include "support/kafka_cluster.h"

#define TOPIC "marks-interactions"

struct world {
    struct cluster cluster;
    struct config config;
    struct kafka_told told;
    struct kafka_offsets offsets;
};

static void world_open(struct world *w)
{
    char text[KAFKA_TEXT_MAX];
    *w = (struct world){.config = {.name = "marks", .instance = "1"}};
    cluster_open(&w->cluster, TOPIC, &w->config);
    w->config.topics[ROLE_INTERACTIONS] = TOPIC;
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->offsets = (struct kafka_offsets){.config = &w->config, .told = &w->told};
    assert_int_equal(kafka_offsets_init(&w->offsets, text), 0);
}

static void world_close(struct world *w)
{
    rd_kafka_destroy(kafka_offsets_close(&w->offsets));
    kafka_told_close(&w->told);
    cluster_close(&w->cluster);
}

static void leader_set(struct world *w, int32_t broker)
{
    assert_int_equal(rd_kafka_mock_partition_set_leader(w->cluster.kafka, TOPIC, 0, broker), 0);
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
    return RUN_TESTS(tests);
}
