#include "kafka/kafka_doubt.h"

#include <unistd.h>

#include "support/kafka_cluster.h"

#define SESSION_MS 10000

/* That cluster knows no such question, and librdkafka 2.0.2 loses one of its own queues where a client is told so. LeakSanitizer asks
 * by name. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:librdkafka.so\n";
}

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

struct asker {
    struct cluster cluster;
    struct config config;
    rd_kafka_t *client;
    struct kafka_doubt doubt;
};

static void asker_open(struct asker *a)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    *a = (struct asker){.config = {.name = "doubt", .instance = "1"}};
    cluster_open(&a->cluster, "doubt-interactions", &a->config);
    assert_int_equal(kafka_conf_create(&a->config, CLIENT_MARKS, text, &conf), 0);
    assert_int_equal(kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &a->client), 0);
}

static void asker_close(struct asker *a)
{
    kafka_doubt_close(&a->doubt);
    rd_kafka_destroy(a->client);
    cluster_close(&a->cluster);
}

enum { LOOK_MS = 100, AWAY_LOOKS = 12, ANSWERED_LOOKS = 100 };

/* That cluster cannot describe a group: no look tells anything. */
static void looks(struct asker *a, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(kafka_doubt_look(&a->doubt, a->client, &a->config, SESSION_MS), DOUBT_OPEN);
        usleep(LOOK_MS * 1000);
    }
}

static bool is_answered(struct asker *a)
{
    for (uint32_t before = a->doubt.group.turn, i = 0; a->doubt.group.turn == before; i++) {
        if (i == ANSWERED_LOOKS) {
            return false;
        }
        looks(a, 1);
    }
    return true;
}

/* The question that was under way has been given up when the broker comes back: as long as librdkafka was left to find the
 * coordinator, it ended the process by an assertion, then or before, or answered nothing any more. */
static void kafka_doubt_look_outlives_a_broker_that_was_away(void **state)
{
    (void)state;
    struct asker a;
    asker_open(&a);
    assert_true(is_answered(&a));
    looks(&a, 1);
    assert_int_equal(rd_kafka_mock_broker_set_down(a.cluster.kafka, 1), 0);
    looks(&a, AWAY_LOOKS);
    assert_int_equal(rd_kafka_mock_broker_set_up(a.cluster.kafka, 1), 0);
    assert_true(is_answered(&a));
    asker_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_doubt_judge_calls_it_a_ghost_when_the_place_is_free),
        cmocka_unit_test(kafka_doubt_judge_calls_it_a_process_when_it_outlives_a_session),
        cmocka_unit_test(kafka_doubt_judge_begins_anew_while_nobody_can_say),
        cmocka_unit_test(kafka_doubt_look_outlives_a_broker_that_was_away),
    };
    return RUN_TESTS(tests);
}
