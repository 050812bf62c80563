/* Changelogs fetched before they are read, on a cluster inside the process. */
#include "kafka/kafka_fetch.h"

#include "support/kafka_cluster.h"

#define TOPIC "ahead-changelog-customers"
#define ROLE ROLE_CHANGELOG_CUSTOMERS

struct world {
    struct cluster cluster;
    struct config config;
    struct kafka_told told;
    struct kafka_fetch fetch;
};

static void world_open(struct world *w)
{
    *w = (struct world){.config = {.name = "ahead", .instance = "1"}};
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = TOPIC;
    }
    cluster_open(&w->cluster, TOPIC, &w->config);
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->fetch = (struct kafka_fetch){.config = &w->config, .told = &w->told, .client = CLIENT_RESTORE};
}

static void world_close(struct world *w)
{
    rd_kafka_t *rk = kafka_fetch_close(&w->fetch);
    assert_true(kafka_clients_end(&rk, 1));
    kafka_told_close(&w->told);
    cluster_close(&w->cluster);
}

static uint32_t fetched(const struct kafka_fetch *f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        n += f->ahead[i].queue != NULL;
    }
    return n;
}

static void read_one(struct kafka_fetch *f, int32_t partition)
{
    rd_kafka_queue_t *queue = kafka_fetch_ahead_take(f, ROLE, partition, -1);
    assert_non_null(queue);
    kafka_fetch_shut(f, ROLE, partition, queue);
}

static void kafka_fetch_ahead_goes_on_with_the_next_client(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    for (int32_t p = 0; p < 5; p++) {
        kafka_fetch_ahead_open(&w.fetch, ROLE, p, -1);
    }
    read_one(&w.fetch, 0);
    assert_int_equal(w.fetch.ahead_count, 4);
    assert_int_equal(fetched(&w.fetch), FETCH_AHEAD_MAX);
    w.fetch.spoilt = true;
    rd_kafka_t *rk = kafka_fetch_client_close(&w.fetch);
    assert_true(kafka_clients_end(&rk, 1));
    assert_null(w.fetch.rk);
    assert_false(w.fetch.spoilt);
    assert_int_equal(w.fetch.ahead_count, 4);
    assert_int_equal(fetched(&w.fetch), 0);
    read_one(&w.fetch, 1);
    assert_int_equal(w.fetch.ahead_count, 3);
    assert_int_equal(fetched(&w.fetch), FETCH_AHEAD_MAX);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_fetch_ahead_goes_on_with_the_next_client),
    };
    return RUN_TESTS(tests);
}
