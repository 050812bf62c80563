/* The least a transaction takes: one that holds a record per partition and an offset, as a producer that does nothing else commits it, and until a
 * read-committed consumer has its last record.
 *   commit_bench BOOTSTRAP TOPIC PARTITIONS ROUNDS
 * Prints the median and the 99th percentile of both in ms. Rounds are 50 ms apart. */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CALL_MS = 10000, PAUSE_US = 50000 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "commit_bench: %s\n", what);
        exit(1);
    }
}

static void went(rd_kafka_error_t *error)
{
    must(!error, error ? rd_kafka_error_string(error) : "");
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk, (void)opaque;
    must(!m->err, "not delivered");
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *bootstrap)
{
    static const char *const settings[][2] = {{"transactional.id", "commit-bench"}, {"linger.ms", "0"}, {"retry.backoff.ms", "5"},
                                              {"group.id", "commit-bench"}, {"isolation.level", "read_committed"}, {"enable.auto.commit", "false"}};
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    must(!rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, error, sizeof error), error);
    must(!rd_kafka_conf_set(conf, "socket.nagle.disable", "true", error, sizeof error), error);
    for (size_t i = type == RD_KAFKA_PRODUCER ? 0 : 3, end = i + 3; i < end; i++) {
        must(!rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error, sizeof error), error);
    }
    if (type == RD_KAFKA_PRODUCER) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery); /* without it every commit takes 10 ms more */
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof error);
    must(rk, error);
    return rk;
}

static void transaction(rd_kafka_t *rk, const char *topic, int partitions, const rd_kafka_consumer_group_metadata_t *group, int round)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, topic, 0)->offset = round;
    went(rd_kafka_begin_transaction(rk));
    for (int p = 0; p < partitions; p++) {
        must(!rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(p), RD_KAFKA_V_VALUE(&round, sizeof round),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END), "not produced");
    }
    went(rd_kafka_send_offsets_to_transaction(rk, offsets, group, CALL_MS));
    went(rd_kafka_commit_transaction(rk, CALL_MS));
    rd_kafka_topic_partition_list_destroy(offsets);
}

/* Reads until the records of a round have come. */
static void rounds_read(rd_kafka_t *rk, int partitions, int round)
{
    for (int left = partitions; left > 0;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, CALL_MS);
        must(m && !m->err, "nothing was read");
        left -= *(int *)m->payload == round;
        rd_kafka_message_destroy(m);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const char *what, double *ms, int count)
{
    qsort(ms, (size_t)count, sizeof *ms, compare);
    printf("%s p50=%.2f p99=%.2f\n", what, ms[count / 2], ms[count * 99 / 100]);
}

static rd_kafka_t *reader(const char *bootstrap, const char *topic, int partitions)
{
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, bootstrap);
    rd_kafka_topic_partition_list_t *places = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) {
        rd_kafka_topic_partition_list_add(places, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_poll_set_consumer(rk);
    must(!rd_kafka_assign(rk, places), "not assigned");
    rd_kafka_topic_partition_list_destroy(places);
    return rk;
}

int main(int argc, char **argv)
{
    must(argc == 5, "usage: commit_bench BOOTSTRAP TOPIC PARTITIONS ROUNDS");
    int partitions = atoi(argv[3]), rounds = atoi(argv[4]);
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, argv[1]), *consumer = reader(argv[1], argv[2], partitions);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new("commit-bench");
    double *committed = calloc((size_t)rounds + 1, sizeof *committed), *seen = calloc((size_t)rounds + 1, sizeof *seen);
    must(committed && seen && rounds > 0, "no memory");
    went(rd_kafka_init_transactions(producer, CALL_MS));
    for (int i = -rounds; i < rounds; i++) { /* the first half makes the broker's code warm */
        double began = now_ms();
        transaction(producer, argv[2], partitions, group, i + rounds);
        committed[i < 0 ? 0 : i] = now_ms() - began;
        rounds_read(consumer, partitions, i + rounds);
        seen[i < 0 ? 0 : i] = now_ms() - began;
        usleep(PAUSE_US);
    }
    tell("committed", committed, rounds);
    tell("seen", seen, rounds);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
    free(committed);
    free(seen);
    return 0;
}
