/* A bare consumer: reads topics from start to end with librdkafka, as cubed configures it, and does nothing
 * with the records. What cubed costs is quoted as a multiple of what this costs.
 *   consume_bench BOOTSTRAP TOPIC...
 * Prints records, bytes, CPU seconds (user + system, all threads) and wall seconds. */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 2000

static rd_kafka_t *consumer_create(const char *bootstrap)
{
    static const char *const settings[][2] = {
        {"group.id", "consume-bench"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"}, {"isolation.level", "read_committed"}, {"check.crcs", "true"}, {"socket.nagle.disable", "true"},
        {"queued.min.messages", "1000000"}, {"queued.max.messages.kbytes", "65536"}};
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool good = rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, error, sizeof error) == RD_KAFKA_CONF_OK;
    for (size_t i = 0; good && i < sizeof settings / sizeof *settings; i++) {
        good = rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error, sizeof error) == RD_KAFKA_CONF_OK;
    }
    rd_kafka_t *rk = good ? rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error) : NULL;
    if (!rk) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
    rd_kafka_poll_set_consumer(rk);
    return rk;
}

static void add_partitions(rd_kafka_t *rk, const char *topic, rd_kafka_topic_partition_list_t *list)
{
    const rd_kafka_metadata_t *metadata;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    if (rd_kafka_metadata(rk, 0, rkt, &metadata, 10000) || metadata->topics[0].partition_cnt == 0) {
        fprintf(stderr, "no topic %s\n", topic);
        exit(1);
    }
    for (int p = 0; p < metadata->topics[0].partition_cnt; p++) {
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(rkt);
}

/* Reads until every partition has said that its end is reached. */
static void consume(rd_kafka_t *rk, int partitions, uint64_t *ret_records, uint64_t *ret_bytes)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    rd_kafka_message_t *batch[BATCH];
    while (partitions > 0) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 1000, batch, BATCH);
        for (ssize_t i = 0; i < n; i++) {
            if (batch[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                partitions--;
            } else if (!batch[i]->err) {
                *ret_records += 1;
                *ret_bytes += batch[i]->len;
            }
            rd_kafka_message_destroy(batch[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: consume_bench BOOTSTRAP TOPIC...\n", stderr);
        return 64;
    }
    double wall = seconds(CLOCK_MONOTONIC);
    uint64_t records = 0, bytes = 0;
    rd_kafka_t *rk = consumer_create(argv[1]);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (int i = 2; i < argc; i++) {
        add_partitions(rk, argv[i], list);
    }
    rd_kafka_assign(rk, list);
    consume(rk, list->cnt, &records, &bytes);
    printf("records=%" PRIu64 " bytes=%" PRIu64 " cpu=%.3f wall=%.3f\n", records, bytes,
           seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC) - wall);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
