#include "demo_feed.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/demo_company.h"
#include "proto/event_encode.h"

enum { BEAT_EVENTS_MAX = 4000, DAY_MS = 86400000 };

struct demo_feed {
    struct demo_feed_options options;
    struct demo_company *company;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topics[TOPIC_COUNT];
    struct event next;
    bool has_next, started;
    int64_t started_at_ms, now_ms;
    uint64_t sent, failed;
    struct buf bytes;
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct demo_feed *f = opaque;
    f->failed += m->err != 0;
}

static int conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "cubed demo: %s\n", error);
        return CUBE_ECONFIG;
    }
    return 0;
}

static int conf_create(struct demo_feed *f, const struct config *c, rd_kafka_conf_t **ret_conf)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int rc = conf_set(conf, "partitioner", "murmur2");
    rc = rc ? rc : conf_set(conf, "linger.ms", "20");
    for (uint32_t i = 0; i < c->kafka_count && !rc; i++) {
        rc = conf_set(conf, c->kafka[i].name, c->kafka[i].value);
    }
    if (rc) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, f);
    *ret_conf = conf;
    return 0;
}

static int producer_create(struct demo_feed *f, const struct config *c)
{
    rd_kafka_conf_t *conf;
    char error[256];
    int rc = conf_create(f, c, &conf);
    if (rc) {
        return rc;
    }
    f->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    if (!f->producer) {
        fprintf(stderr, "cubed demo: %s\n", error);
        rd_kafka_conf_destroy(conf);
        return CUBE_ECONFIG;
    }
    for (int t = 0; t < TOPIC_COUNT; t++) {
        f->topics[t] = rd_kafka_topic_new(f->producer, c->topics[t], NULL);
        if (!f->topics[t]) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

int demo_feed_create(const struct config *c, const struct demo_feed_options *o, struct demo_feed **ret_f)
{
    struct demo_feed *f = calloc(1, sizeof *f);
    struct demo_options company = {.seed = o->seed, .start_ms = o->start_ms};
    if (!f) {
        return CUBE_ENOMEM;
    }
    f->options = *o;
    int rc = demo_company_create(&company, &f->company);
    rc = rc ? rc : producer_create(f, c);
    if (rc) {
        demo_feed_destroy(f);
        return rc;
    }
    *ret_f = f;
    return 0;
}

void demo_feed_destroy(struct demo_feed *f)
{
    if (!f) {
        return;
    }
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (f->topics[t]) {
            rd_kafka_topic_destroy(f->topics[t]);
        }
    }
    if (f->producer) {
        rd_kafka_purge(f->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(f->producer, 1000); /* reports what was purged */
        rd_kafka_destroy(f->producer);
    }
    demo_company_destroy(f->company);
    buf_close(&f->bytes);
    free(f);
}

void demo_feed_start(struct demo_feed *f, int64_t now_ms)
{
    f->started = true;
    f->started_at_ms = now_ms;
}

static int event_send(struct demo_feed *f, const struct event *e)
{
    buf_clear(&f->bytes);
    int rc = event_encode_msgpack(e, &f->bytes);
    if (rc) {
        return rc;
    }
    rd_kafka_resp_err_t err = rd_kafka_producev(
        f->producer, RD_KAFKA_V_RKT(f->topics[e->topic]), RD_KAFKA_V_KEY(e->entity.at, e->entity.len),
        RD_KAFKA_V_VALUE(f->bytes.at, f->bytes.len), RD_KAFKA_V_TIMESTAMP(e->ts_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return CUBE_EAGAIN;
    }
    f->sent += !err;
    return err ? CUBE_EKAFKA : 0;
}

static int64_t story_now(const struct demo_feed *f, int64_t now_ms)
{
    double days = (double)(now_ms - f->started_at_ms) / 1000.0 / f->options.seconds_per_day;
    return f->options.start_ms + (int64_t)(days * DAY_MS);
}

int demo_feed_beat(struct demo_feed *f, int64_t now_ms)
{
    rd_kafka_poll(f->producer, 0);
    if (!f->started) {
        return 0;
    }
    f->now_ms = story_now(f, now_ms);
    if (f->options.days && f->now_ms >= f->options.start_ms + f->options.days * DAY_MS) {
        return 1;
    }
    for (int i = 0; i < BEAT_EVENTS_MAX; i++) {
        if (!f->has_next) {
            int rc = demo_company_next(f->company, &f->next);
            if (rc) {
                return rc;
            }
            f->has_next = true;
        }
        if (f->next.ts_ms > f->now_ms) {
            return 0;
        }
        int rc = event_send(f, &f->next);
        if (rc) {
            return rc == CUBE_EAGAIN ? 0 : rc;
        }
        f->has_next = false;
    }
    return 0;
}

int64_t demo_feed_now(const struct demo_feed *f)
{
    return f->started ? f->now_ms : f->options.start_ms;
}

uint64_t demo_feed_sent(const struct demo_feed *f)
{
    return f->sent;
}
