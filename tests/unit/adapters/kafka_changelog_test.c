/* Two changelogs read at once, on a cluster inside the process. */
#include "kafka/kafka_changelog.h"

#include "support/kafka_fill.h"

#define TOPIC "changelog-scopes"
#define ROLE ROLE_CHANGELOG_SCOPES

enum { PARTITIONS = 2, RECORDS = 3000 };

struct world {
    struct cluster cluster;
    struct config config;
    struct kafka_told told;
    struct kafka_offsets offsets;
    struct kafka_member member;
    struct kafka_changelogs changelogs;
    uint32_t asked; /* whether the loop is wanted: one at a time */
    bool wanted;
};

static bool on_progress(void *arg)
{
    struct world *w = arg;
    w->asked++;
    return !w->wanted;
}

static void world_open(struct world *w)
{
    char text[KAFKA_TEXT_MAX] = "";
    *w = (struct world){.config = {.name = "changelog", .instance = "1"}};
    cluster_open(&w->cluster, "changelog-interactions", &w->config);
    for (int r = 0; r < ROLE_COUNT; r++) {
        w->config.topics[r] = TOPIC;
    }
    assert_int_equal(rd_kafka_mock_topic_create(w->cluster.kafka, TOPIC, PARTITIONS, 1), 0);
    cluster_fill(&w->cluster, TOPIC, PARTITIONS, RECORDS);
    assert_int_equal(kafka_told_init(&w->told), 0);
    w->offsets = (struct kafka_offsets){.config = &w->config, .told = &w->told};
    assert_int_equal(kafka_offsets_init(&w->offsets, text), 0);
    w->member = (struct kafka_member){.config = &w->config, .told = &w->told, .progressed = on_progress, .progressed_arg = w};
    assert_int_equal(kafka_member_init(&w->member, text), 0);
    w->changelogs.fetch = (struct kafka_fetch){.config = &w->config, .told = &w->told, .client = CLIENT_RESTORE};
    assert_int_equal(pthread_mutex_init(&w->changelogs.lock, NULL), 0);
}

static void world_close(struct world *w)
{
    rd_kafka_t *clients[] = {kafka_fetch_close(&w->changelogs.fetch), kafka_offsets_close(&w->offsets), kafka_member_close(&w->member)};
    assert_true(kafka_clients_end(clients, 3));
    pthread_mutex_destroy(&w->changelogs.lock);
    kafka_told_close(&w->told);
    cluster_close(&w->cluster);
}

struct reader {
    struct world *world;
    int32_t partition;
    int64_t next;
    int rc;
};

static int on_record(void *arg, const struct record *r)
{
    struct reader *x = arg;
    return r->partition == x->partition && r->offset == x->next++ ? 0 : CUBE_EFORMAT;
}

static void *read_all(void *arg)
{
    struct reader *x = arg;
    struct world *w = x->world;
    x->rc = kafka_changelog_read(&w->changelogs, &w->offsets, &w->member, ROLE, x->partition, -1, on_record, x);
    return NULL;
}

static void kafka_changelog_read_reads_several_at_once(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct reader readers[PARTITIONS] = {{.world = &w, .partition = 0}, {.world = &w, .partition = 1}};
    pthread_t other;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        kafka_fetch_ahead_open(&w.changelogs.fetch, ROLE, p, -1);
    }
    assert_int_equal(pthread_create(&other, NULL, read_all, &readers[1]), 0);
    read_all(&readers[0]);
    pthread_join(other, NULL);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        assert_int_equal(readers[p].rc, 0);
        assert_int_equal(readers[p].next, RECORDS);
    }
    assert_true(w.asked >= PARTITIONS);
    assert_int_equal(w.changelogs.readers, 0);
    assert_false(kafka_changelogs_spoilt(&w.changelogs));
    world_close(&w);
}

/* Not even the ends are asked for, which may take seconds. */
static void kafka_changelog_read_begins_nothing_in_vain(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct reader reader = {.world = &w};
    w.wanted = true;
    read_all(&reader);
    assert_int_equal(reader.rc, CUBE_EAGAIN);
    assert_null(w.changelogs.fetch.rk); /* made by the first reading */
    assert_false(kafka_changelogs_spoilt(&w.changelogs));
    w.wanted = false;
    w.changelogs.fetch.spoilt = true;
    read_all(&reader);
    assert_int_equal(reader.rc, CUBE_EAGAIN);
    assert_true(kafka_changelogs_spoilt(&w.changelogs));
    assert_int_equal(reader.next, 0);
    w.changelogs.fetch.spoilt = false;
    read_all(&reader);
    assert_int_equal(reader.rc, 0);
    assert_int_equal(reader.next, RECORDS);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_changelog_read_reads_several_at_once),
        cmocka_unit_test(kafka_changelog_read_begins_nothing_in_vain),
    };
    return RUN_TESTS(tests);
}
