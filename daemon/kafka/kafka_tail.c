#include "kafka/kafka_tail.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_conf.h"
#include "kafka/kafka_fetch.h"
#include "kafka/kafka_reason.h"

#define PAST_MAX 100

struct kafka_tail {
    rd_kafka_t *rk;
    struct kafka_reason reason;
    const struct config *config;
    rd_kafka_message_t *message; /* lent to the caller */
    atomic_bool away;            /* no broker answers */
    bool away_told;
};

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk, (void)reason;
    struct kafka_tail *t = opaque;
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        atomic_store(&t->away, true);
    }
}

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_tail *t = rd_kafka_opaque(rk);
    (void)level;
    kafka_reason_note(&t->reason, fac, buf);
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *rk, int fd, const char *broker, int32_t id, int16_t key, int16_t version,
                                       int32_t correlation, size_t size, int64_t rtt, rd_kafka_resp_err_t err, void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)id, (void)key, (void)version, (void)correlation, (void)size, (void)rtt;
    struct kafka_tail *t = opaque;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        atomic_store(&t->away, false);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size)
{
    (void)conf, (void)text, (void)size;
    return rd_kafka_interceptor_add_on_response_received(rk, "cubed", on_response, opaque);
}

static int partitions_add(struct kafka_tail *t, enum topic_role role, int64_t offset, int timeout_ms,
                          rd_kafka_topic_partition_list_t *l, char text[TAIL_TEXT_MAX])
{
    int32_t count = 0;
    const char *name = t->config->topics[role];
    int rc = kafka_topic_ask(t->rk, name, timeout_ms, &t->reason, &count, text, TAIL_TEXT_MAX);
    for (int32_t p = 0; rc == 0 && p < count; p++) {
        rd_kafka_topic_partition_list_add(l, name, p)->offset = offset;
    }
    return rc;
}

/* That no broker answered while topics were waited for is no news any more. */
static void past_drop(struct kafka_tail *t)
{
    rd_kafka_message_t *m;
    for (int i = 0; i < PAST_MAX && (m = rd_kafka_consumer_poll(t->rk, 0)) != NULL; i++) {
        rd_kafka_message_destroy(m);
    }
    atomic_store(&t->away, false);
}

static int open_all(struct kafka_tail *t, const enum topic_role *roles, uint32_t count, bool from_start, int timeout_ms,
                    char text[TAIL_TEXT_MAX])
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(16);
    int64_t offset = from_start ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = partitions_add(t, roles[i], offset, timeout_ms, l, text);
    }
    past_drop(t);
    rd_kafka_resp_err_t err = rc ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_assign(t->rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    if (err) {
        snprintf(text, TAIL_TEXT_MAX, "%s", rd_kafka_err2str(err));
        return CUBE_EKAFKA;
    }
    return rc;
}

int kafka_tail_create(const struct config *c, const enum topic_role *roles, uint32_t count, bool from_start,
                      int timeout_ms, char text[TAIL_TEXT_MAX], struct kafka_tail **ret_t)
{
    struct kafka_tail *t = calloc(1, sizeof(*t));
    if (!t) {
        return CUBE_ENOMEM;
    }
    t->config = c;
    kafka_reason_init(&t->reason);
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(c, CLIENT_TAIL, text, &conf);
    if (rc == 0) {
        rd_kafka_conf_set_opaque(conf, t);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_error_cb(conf, on_error);
        rc = kafka_client_create_watched(conf, RD_KAFKA_CONSUMER, on_new, t, text, &t->rk);
    }
    if (rc == 0) {
        rd_kafka_poll_set_consumer(t->rk);
        rc = open_all(t, roles, count, from_start, timeout_ms, text);
    }
    if (rc) {
        kafka_tail_destroy(t);
        return rc;
    }
    *ret_t = t;
    return 0;
}

static enum topic_role role_of(const struct kafka_tail *t, const char *topic)
{
    int r = 0;
    while (r < ROLE_COUNT - 1 && strcmp(t->config->topics[r], topic) != 0) {
        r++;
    }
    return (enum topic_role)r;
}

static void message_drop(struct kafka_tail *t)
{
    if (t->message) {
        rd_kafka_message_destroy(t->message);
        t->message = NULL;
    }
}

/* A group is named because librdkafka wants one; nothing is asked of it. */
static int trouble(const rd_kafka_message_t *m, char text[TAIL_TEXT_MAX])
{
    bool refused = m->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        return 0;
    }
    if (refused && m->rkt) {
        snprintf(text, TAIL_TEXT_MAX, "topic %s: %s: Read on it is needed", rd_kafka_topic_name(m->rkt), rd_kafka_err2str(m->err));
    } else {
        snprintf(text, TAIL_TEXT_MAX, "%s", rd_kafka_message_errstr(m));
    }
    return refused ? CUBE_ENOTFOUND : CUBE_EKAFKA;
}

/* Whether the brokers went or came back since it was told last. */
static bool away_tell(struct kafka_tail *t, char text[TAIL_TEXT_MAX])
{
    bool away = atomic_load(&t->away), told = t->away_told;
    if (away && !told) {
        kafka_reason_tell(&t->reason, "no broker answers", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, text, TAIL_TEXT_MAX);
    } else if (told && !away) {
        snprintf(text, TAIL_TEXT_MAX, "a broker answers again");
    }
    t->away_told = away;
    return away != told;
}

int kafka_tail_next(struct kafka_tail *t, int timeout_ms, struct record *ret_r, char text[TAIL_TEXT_MAX])
{
    message_drop(t);
    if (away_tell(t, text)) {
        return CUBE_EKAFKA;
    }
    t->message = rd_kafka_consumer_poll(t->rk, timeout_ms);
    if (!t->message || t->message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        return 0;
    }
    if (t->message->err) {
        return trouble(t->message, text);
    }
    *ret_r = kafka_record(role_of(t, rd_kafka_topic_name(t->message->rkt)), t->message);
    return 1;
}

uint32_t kafka_tail_headers(const struct record *r, struct header *ret_h)
{
    return kafka_output_headers(r, ret_h);
}

void kafka_tail_destroy(struct kafka_tail *t)
{
    if (!t) {
        return;
    }
    message_drop(t);
    if (!kafka_clients_end(&t->rk, 1)) {
        return; /* its threads tell their troubles to t as long as the process lasts */
    }
    kafka_reason_close(&t->reason);
    free(t);
}
