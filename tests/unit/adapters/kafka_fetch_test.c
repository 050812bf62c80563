/* A partition that one client delivers up to an offset and another one from there on, on a cluster inside the process. */
#include "kafka/kafka_fetch.h"

#include <unistd.h>

#include "support/kafka_fill.h"

#define TOPIC "fetch-interactions"
#define ROLE ROLE_INTERACTIONS

enum { RECORDS = 10, UNTIL = 6, TURNS_MAX = 3000 };

struct world {
    struct cluster cluster;
    struct config config;
    struct kafka_told told;
    struct kafka_fetch again, usual;
    int64_t next;       /* of the record that is to come */
    int64_t handed_at;  /* where the one stopped; -1: not yet */
    bool handed_held;
};

static void on_wake(void *arg)
{
    (void)arg;
}

static void on_failed(void *arg, int code, const char *text)
{
    (void)arg;
    fail_msg("%d %s", code, text);
}

static void on_reached(void *arg, enum topic_role role, int32_t partition, int64_t until, bool held)
{
    struct world *w = arg;
    assert_int_equal(w->next, until);
    w->handed_at = until;
    w->handed_held = held;
    kafka_fetch_drop(&w->again, role, partition);
    assert_int_equal(kafka_fetch_start(&w->usual, role, partition, until), 0);
}

static void on_records(void *arg, const struct record *r, uint32_t count)
{
    struct world *w = arg;
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(r[i].offset, w->next++);
    }
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    (void)arg, (void)role, (void)partition, (void)next;
}

static void world_open(struct world *w)
{
    char text[KAFKA_TEXT_MAX];
    *w = (struct world){.config = {.name = "fetch", .instance = "1"}, .handed_at = -1};
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = TOPIC;
    }
    cluster_open(&w->cluster, TOPIC, &w->config);
    cluster_fill(&w->cluster, TOPIC, 1, RECORDS);
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->usual = (struct kafka_fetch){.config = &w->config, .told = &w->told, .client = CLIENT_FETCHER, .wake = on_wake, .failed = on_failed,
                                    .reached = on_reached, .arg = w};
    w->again = w->usual;
    w->again.client = CLIENT_AGAIN;
    assert_int_equal(kafka_fetch_init(&w->usual, text), 0);
    assert_int_equal(kafka_fetch_init(&w->again, text), 0);
}

static void world_close(struct world *w)
{
    rd_kafka_t *clients[] = {kafka_fetch_close(&w->usual), kafka_fetch_close(&w->again)};
    assert_true(kafka_clients_end(clients, 2));
    kafka_told_close(&w->told);
    cluster_close(&w->cluster);
}

/* Takes turns of both until the record of this offset is the next one. */
static void turns_until(struct world *w, int64_t next)
{
    const struct log_events ev = {.records = on_records, .at_end = on_end, .arg = w};
    for (int i = 0; i < TURNS_MAX && w->next < next; i++) {
        kafka_fetch_turn(&w->again, &ev);
        kafka_fetch_turn(&w->usual, &ev);
        usleep(10000);
    }
    assert_int_equal(w->next, next);
}

static void kafka_fetch_start_until_hands_over_where_it_was_told(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    assert_int_equal(kafka_fetch_prepare(&w.usual, ROLE, 0, UNTIL), 0);
    assert_int_equal(kafka_fetch_start_until(&w.again, ROLE, 0, 0, UNTIL), 0);
    assert_non_null(kafka_fetch_slot(&w.again, ROLE, 0));
    turns_until(&w, RECORDS); /* each once: on_records looks at their offsets */
    assert_int_equal(w.handed_at, UNTIL);
    assert_false(w.handed_held);
    assert_null(kafka_fetch_slot(&w.again, ROLE, 0));
    world_close(&w);
}

/* What was prepared elsewhere begins where it is started. */
static void kafka_fetch_start_begins_anew_elsewhere_than_prepared(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    assert_int_equal(kafka_fetch_prepare(&w.usual, ROLE, 0, UNTIL), 0);
    assert_int_equal(kafka_fetch_start(&w.usual, ROLE, 0, 0), 0);
    turns_until(&w, RECORDS);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_fetch_start_until_hands_over_where_it_was_told),
        cmocka_unit_test(kafka_fetch_start_begins_anew_elsewhere_than_prepared),
    };
    return RUN_TESTS(tests);
}
