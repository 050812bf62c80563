/* What is done to a real broker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform_real.h"
#include "kafka/kafka_conf.h"

#define MEANWHILE_US 700000

static rd_kafka_t *sender_create(struct real *r)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk = NULL;
    if (kafka_conf_create(&r->config, CLIENT_SENDER, text, &conf) || kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &rk)) {
        printf("# %s\n", text);
        exit(70);
    }
    return rk;
}

static void append(void *self, enum topic_role role, const char *key, const char *value)
{
    struct real *r = self;
    rd_kafka_t *rk = sender_create(r);
    rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(r->topics[role]), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY(key, strlen(key)),
                      RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value ? strlen(value) : 0),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_flush(rk, 10000);
    rd_kafka_destroy(rk);
}

/* A segment is compacted when the next one has begun, and that one begins with a record that comes a while later. */
static void compacting_set(struct real *r, bool tombstones)
{
    const char *const rows[][2] = {{"cleanup.policy", "compact"}, {"segment.ms", "100"}, {"min.cleanable.dirty.ratio", "0.0001"},
                                   {"max.compaction.lag.ms", "100"}, {"delete.retention.ms", tombstones ? "0" : "86400000"}};
    rd_kafka_t *rk = sender_create(r);
    rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
    rd_kafka_ConfigResource_t *topic = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, r->topics[ROLE_CHANGELOG_SCOPES]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rd_kafka_ConfigResource_set_config(topic, rows[i][0], rows[i][1]);
    }
    rd_kafka_AlterConfigs(rk, &topic, 1, NULL, q);
    rd_kafka_event_t *done = rd_kafka_queue_poll(q, 10000);
    if (!done || rd_kafka_event_error(done)) {
        printf("# the topic is not made to compact: %s\n", done ? rd_kafka_event_error_string(done) : "no answer");
    }
    rd_kafka_event_destroy(done);
    rd_kafka_ConfigResource_destroy(topic);
    rd_kafka_queue_destroy(q);
    rd_kafka_destroy(rk);
}

static void compact(void *self, bool tombstones)
{
    struct real *r = self;
    if (!r->compacts) {
        compacting_set(r, tombstones);
        r->compacts = true;
    }
    append(r, ROLE_CHANGELOG_SCOPES, CONFORM_FILLER, "");
    r->world.settle(r);
}

static void retain(void *self, enum topic_role role, int64_t before)
{
    struct real *r = self;
    rd_kafka_t *rk = sender_create(r);
    rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(l, r->topics[role], 0)->offset = before;
    rd_kafka_DeleteRecords_t *del = rd_kafka_DeleteRecords_new(l);
    rd_kafka_DeleteRecords(rk, &del, 1, NULL, q);
    rd_kafka_event_t *done = rd_kafka_queue_poll(q, 10000);
    if (!done || rd_kafka_event_error(done)) {
        printf("# records are not deleted: %s\n", done ? rd_kafka_event_error_string(done) : "no answer");
    }
    rd_kafka_event_destroy(done);
    rd_kafka_DeleteRecords_destroy(del);
    rd_kafka_topic_partition_list_destroy(l);
    rd_kafka_queue_destroy(q);
    rd_kafka_destroy(rk);
}

static void *other_commit(void *arg)
{
    struct real *r = arg;
    usleep(MEANWHILE_US);
    enum txn_verdict v = kafka_producer_commit(&r->producers[OTHER].kafka);
    if (v != TXN_OK) {
        printf("# the other producer did not commit: %d\n", (int)v);
    }
    return NULL;
}

static void commit_other_meanwhile(void *self)
{
    struct real *r = self;
    r->other_ends = pthread_create(&r->meanwhile, NULL, other_commit, r) == 0;
}

/* Whoever started this program does it, and says when it is done. */
static bool asked(const char *what)
{
    char answer[16];
    printf("%s\n", what);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && strcmp(answer, "done\n") == 0;
}

static bool lose(void *self, enum conform_loss what)
{
    static const char *const asks[] = {
        "transactions", "group", "answers", "broker", "markers", "markers __consumer_offsets __consumer_offset_", "end"};
    struct real *r = self;
    char text[192];
    const char *topic = r->topics[ROLE_PARTIALS], *elsewhere = r->topics[ROLE_INTERACTIONS];
    snprintf(text, sizeof text, what == LOST_MARKERS ? "lose %s %s %s" : "lose %s", asks[what], topic, elsewhere);
    return asked(text);
}

static bool back(void *self)
{
    (void)self;
    return asked("back");
}

void conform_real_broker(struct real *r)
{
    r->world.append = append;
    r->world.compact = compact;
    r->world.retain = retain;
    r->world.commit_other_meanwhile = commit_other_meanwhile;
    r->world.lose = lose;
    r->world.back = back;
}
