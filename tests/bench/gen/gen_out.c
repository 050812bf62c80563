/* Where events go. */
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "ndjson.h"

static const char *const topic_names[TOPICS] = {"interactions", "cpi", "hr"};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct gen *g = opaque;
    g->failed += m->err != 0;
}

static void conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char err[256];
    if (rd_kafka_conf_set(conf, name, value, err, sizeof err) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "gen: %s\n", err);
        exit(1);
    }
}

static void topics_create(struct gen *g, char names[TOPICS][256])
{
    rd_kafka_NewTopic_t *list[TOPICS];
    char err[256];
    for (int i = 0; i < TOPICS; i++) {
        list[i] = rd_kafka_NewTopic_new(names[i], g->opt.partitions, 1, err, sizeof err);
        rd_kafka_NewTopic_set_config(list[i], "retention.ms", "-1");
        rd_kafka_NewTopic_set_config(list[i], "message.timestamp.type", "CreateTime");
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(g->rk);
    rd_kafka_CreateTopics(g->rk, list, TOPICS, NULL, queue);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(queue, 30000);
    size_t n = 0;
    const rd_kafka_topic_result_t **res =
        ev ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (rd_kafka_topic_result_error(res[i])) {
            fprintf(stderr, "gen: create %s: %s\n", rd_kafka_topic_result_name(res[i]),
                    rd_kafka_err2str(rd_kafka_topic_result_error(res[i])));
            exit(1);
        }
    }
    if (n != TOPICS) {
        fprintf(stderr, "gen: create topics: no answer\n");
        exit(1);
    }
    rd_kafka_event_destroy(ev);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy_array(list, TOPICS);
}

static void kafka_open(struct gen *g)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char err[256], names[TOPICS][256];
    conf_set(conf, "bootstrap.servers", g->opt.bootstrap);
    conf_set(conf, "enable.idempotence", "true");
    conf_set(conf, "linger.ms", g->opt.rate > 0 ? "0" : "50");
    conf_set(conf, "socket.nagle.disable", "true");
    conf_set(conf, "partitioner", "murmur2");
    conf_set(conf, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, g);
    g->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    if (!g->rk) {
        fprintf(stderr, "gen: %s\n", err);
        exit(1);
    }
    for (int i = 0; i < TOPICS; i++) {
        snprintf(names[i], sizeof names[i], "%s%s", g->opt.prefix, topic_names[i]);
    }
    if (g->opt.create) {
        topics_create(g, names);
    }
    for (int i = 0; i < TOPICS; i++) {
        g->rkt[i] = rd_kafka_topic_new(g->rk, names[i], NULL);
    }
}

/* Topic, length of the key, length of the value (little-endian), key, value: what path_bench reads. */
static void frame_write(struct gen *g, enum topic t, const char *key, const struct buf *b)
{
    struct buf json = {.len = 0};
    if (g->opt.json) {
        FILE *to = fmemopen(json.at, sizeof json.at, "w");
        g->failed += !to || ndjson_write(b->at, b->len, to) != 0;
        json.len = to ? (size_t)ftell(to) : 0;
        g->failed += !to || fclose(to) != 0;
        b = &json;
    }
    uint8_t head[4] = {(uint8_t)t, (uint8_t)strlen(key), (uint8_t)b->len, (uint8_t)(b->len >> 8)};
    bool good = fwrite(head, sizeof head, 1, g->frames) == 1 && fwrite(key, head[1], 1, g->frames) == 1 && fwrite(b->at, b->len, 1, g->frames) == 1;
    g->failed += !good;
    g->count[t]++;
    g->bytes[t] += b->len;
}

/* The files `cubed replay` reads: FOLDER/interactions.ndjson, and so on. */
static void files_open(struct gen *g)
{
    for (int i = 0; i < TOPICS; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.ndjson", g->opt.files_path, topic_names[i]);
        g->files[i] = fopen(path, "w");
        if (!g->files[i]) {
            perror(path);
            exit(1);
        }
    }
}

static bool files_close(struct gen *g)
{
    bool good = true;
    for (int i = 0; i < TOPICS && g->files[i]; i++) {
        good &= fclose(g->files[i]) == 0;
    }
    return good;
}

static void file_write(struct gen *g, enum topic t, const struct buf *b)
{
    g->failed += ndjson_write(b->at, b->len, g->files[t]) != 0;
    g->count[t]++;
    g->bytes[t] += b->len;
}

static void send_event(struct gen *g, enum topic t, const char *key, const struct buf *b, int64_t ts)
{
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            g->rk, RD_KAFKA_V_RKT(g->rkt[t]), RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE((void *)b->at, b->len),
            RD_KAFKA_V_TIMESTAMP(ts), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(g->rk, 50);
            continue;
        }
        if (err) {
            fprintf(stderr, "gen: produce: %s\n", rd_kafka_err2str(err));
            exit(1);
        }
        break;
    }
    g->count[t]++;
    g->bytes[t] += b->len;
}

void out_open(struct gen *g)
{
    if (g->opt.frames_path && !(g->frames = fopen(g->opt.frames_path, "wb"))) {
        perror(g->opt.frames_path);
        exit(1);
    }
    if (g->opt.files_path) {
        files_open(g);
    } else if (!g->frames) {
        kafka_open(g);
    }
}

void out_write(struct gen *g, enum topic t, const char *key, const struct buf *b, int64_t ts)
{
    if (g->frames) {
        frame_write(g, t, key, b);
    } else if (g->files[t]) {
        file_write(g, t, b);
    } else {
        send_event(g, t, key, b, ts);
    }
}

void out_flush(struct gen *g)
{
    if (g->rk) {
        rd_kafka_flush(g->rk, 120000);
    }
}

void out_close(struct gen *g)
{
    if ((g->frames && fclose(g->frames)) || !files_close(g)) {
        g->failed++;
    }
    for (int i = 0; g->rk && i < TOPICS; i++) {
        rd_kafka_topic_destroy(g->rkt[i]);
    }
    if (g->rk) {
        rd_kafka_destroy(g->rk);
    }
}
