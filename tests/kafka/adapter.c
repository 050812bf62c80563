/* A small consume-transform-produce program on the log port, to prove the port on a real broker:
 *
 *   kafka_adapter topics BOOTSTRAP NAME PARTITIONS      creates the topics
 *   kafka_adapter fill BOOTSTRAP NAME FIRST COUNT       writes numbered records to NAME-interactions
 *   kafka_adapter work BOOTSTRAP NAME INSTANCE UNTIL    works until so many records are done in all partitions
 *                                                       that it owns (0: for ever), SIGTERM stops it
 *   kafka_adapter ghost BOOTSTRAP NAME INSTANCE         takes the place of an instance in the group and dies
 *   kafka_adapter bare BOOTSTRAP NAME PARTITIONS COUNT  only consumes, without the port
 *   kafka_adapter mock - NAME COUNT                     fills and works on a cluster inside the process
 *
 * Each input record becomes one output record "PARTITION OFFSET COUNT" on NAME-state, with COUNT kept per
 * partition in NAME-changelog-customers: exactly once means that the counts of a partition are 1, 2, 3, ...
 * in order and every offset stands there once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter_work.h"
#include "kafka/kafka_admin.h"
#include "kafka/kafka_conf.h"
#include "kafka/mock.h"

static void config_fill(struct config *c, const char *bootstrap, const char *name, const char *instance)
{
    static struct kafka_property properties[2];
    static char topics[ROLE_COUNT][64];
    static const char *const suffix[ROLE_COUNT] = {"interactions", "cpi", "hr", "partials", "state", "changes", "alerts",
                                                   "customers", "late", "dead-letters", "changelog-customers",
                                                   "changelog-employees", "changelog-scopes"};
    properties[0] = (struct kafka_property){"bootstrap.servers", bootstrap, PROPERTY_PLAIN};
    static char extra[128]; /* NAME=VALUE of one more property */
    snprintf(extra, sizeof(extra), "%s", getenv("KAFKA_PROPERTY") ? getenv("KAFKA_PROPERTY") : "");
    char *value = strchr(extra, '=');
    if (value) {
        *value++ = '\0';
    }
    properties[1] = (struct kafka_property){extra, value, PROPERTY_PLAIN};
    *c = (struct config){.name = name, .instance = instance, .kafka = properties, .kafka_count = value ? 2 : 1};
    for (int r = 0; r < ROLE_COUNT; r++) {
        snprintf(topics[r], sizeof(topics[r]), "%s-%s", name, suffix[r]);
        c->topics[r] = topics[r];
    }
}

static void taken_in(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *l, void *arg)
{
    (void)rk, (void)l, (void)arg;
    _exit(err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? 0 : 1);
}

/* As an earlier join of the instance's own that is answered after it was given up. */
static int ghost(const struct config *c)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_MEMBER, text, &conf)) {
        return 1;
    }
    rd_kafka_conf_set_rebalance_cb(conf, taken_in);
    if (kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &rk)) {
        return 1;
    }
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(INPUT_ROLES);
    for (int r = 0; r < INPUT_ROLES; r++) {
        rd_kafka_topic_partition_list_add(l, c->topics[r], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_subscribe(rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    for (rd_kafka_message_t *m;;) {
        m = rd_kafka_consumer_poll(rk, 1000);
        if (m) {
            rd_kafka_message_destroy(m);
        }
    }
}

static int topics(const struct config *c, int partitions)
{
    struct topic_plan plan[ROLE_COUNT];
    char text[512];
    kafka_topics_plan(c, partitions, plan);
    if (kafka_topics_compare(c, plan, 10000, text) || kafka_topics_create(c, plan, 10000, text)) {
        fprintf(stderr, "%s\n", text);
        return 69;
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (plan[r].state != TOPIC_CREATED && plan[r].state != TOPIC_GOOD) {
            fprintf(stderr, "%s: %s\n", plan[r].name, plan[r].problem);
            return 69;
        }
    }
    return 0;
}

static int fill(const struct config *c, int64_t first, int64_t count, enum topic_role role)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_SENDER, text, &conf) || kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &rk)) {
        return 1;
    }
    unsigned pause_us = getenv("FILL_PAUSE_US") ? (unsigned)atoi(getenv("FILL_PAUSE_US")) : 0;
    for (int64_t i = first; i < first + count; i++) {
        char key[32], value[200];
        int k = snprintf(key, sizeof(key), "k%ld", i % 1000);
        int v = snprintf(value, sizeof(value), "{\"v\":1,\"id\":\"o-%ld\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"%s\","
                         "\"region\":\"north\",\"segment\":\"smb\",\"order\":\"%ld\",\"revenue\":129.90}", i, key, i);
        while (rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(c->topics[role]), RD_KAFKA_V_KEY(key, (size_t)k),
                                 RD_KAFKA_V_VALUE(value, (size_t)v), RD_KAFKA_V_HEADER("n", "1", 1),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(rk, 10);
        }
        if (pause_us) {
            usleep(pause_us);
        }
    }
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 60000);
    rd_kafka_destroy(rk);
    return err ? 1 : 0;
}

/* The same on the cluster inside the process. */
static int mock(struct config *c, int64_t count)
{
    char bootstrap[128];
    struct mock_cluster *m;
    struct kafka_property p = {"bootstrap.servers", bootstrap, PROPERTY_PLAIN};
    if (mock_cluster_create(4, c, &m, bootstrap, sizeof(bootstrap))) {
        return 1;
    }
    c->kafka = &p;
    c->kafka_count = 1;
    int rc = fill(c, 0, count, ROLE_INTERACTIONS);
    rc = rc ? rc : adapter_work(c, count);
    mock_cluster_destroy(m);
    return rc;
}

/* What the port is measured against: the fastest loop librdkafka has, with nothing behind it. */
static int bare(const struct config *c, int partitions, int64_t until)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_FETCHER, text, &conf) || kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &rk)) {
        return 1;
    }
    rd_kafka_queue_t *q = rd_kafka_queue_get_consumer(rk);
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) {
        rd_kafka_topic_partition_list_add(l, c->topics[ROLE_INTERACTIONS], p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    rd_kafka_message_t *m[1000];
    for (int64_t got = 0; got < until;) {
        ssize_t n = rd_kafka_consume_batch_queue(q, 100, m, 1000);
        for (ssize_t i = 0; i < n; i++) {
            got += m[i]->err == 0;
            rd_kafka_message_destroy(m[i]);
        }
    }
    adapter_print_cpu("bare", until);
    rd_kafka_queue_destroy(q);
    rd_kafka_destroy(rk);
    return 0;
}

int main(int argc, char **argv)
{
    struct config c;
    if (argc < 5) {
        fprintf(stderr, "usage: kafka_adapter topics|fill|work BOOTSTRAP NAME ...\n");
        return 64;
    }
    config_fill(&c, argv[2], argv[3], argc > 5 || strcmp(argv[1], "ghost") == 0 ? argv[4] : "1");
    if (strcmp(argv[1], "topics") == 0) {
        return topics(&c, atoi(argv[4]));
    }
    if (strcmp(argv[1], "fill") == 0 && argc > 5) {
        return fill(&c, atoll(argv[4]), atoll(argv[5]), ROLE_INTERACTIONS);
    }
    if (strcmp(argv[1], "ghost") == 0) {
        return ghost(&c);
    }
    if (strcmp(argv[1], "bare") == 0 && argc > 5) {
        return bare(&c, atoi(argv[4]), atoll(argv[5]));
    }
    if (strcmp(argv[1], "mock") == 0) {
        return mock(&c, atoll(argv[4]));
    }
    return argc > 5 ? adapter_work(&c, atoll(argv[5])) : 64;
}
