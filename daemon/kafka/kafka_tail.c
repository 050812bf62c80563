#include "kafka/kafka_tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_conf.h"
#include "kafka/kafka_fetch.h"
#include "kafka/kafka_reason.h"

struct kafka_tail {
    rd_kafka_t *rk;
    struct kafka_reason reason;
    const struct config *config;
    rd_kafka_message_t *message; /* lent to the caller */
};

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

static int open_all(struct kafka_tail *t, const enum topic_role *roles, uint32_t count, bool from_start, int64_t timeout_ms,
                    char text[TAIL_TEXT_MAX])
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(16);
    int64_t offset = from_start ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    int rc = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        rc = partitions_add(t, roles[i], offset, (int)timeout_ms, l, text);
    }
    rd_kafka_resp_err_t err = rc ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_assign(t->rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    if (err) {
        snprintf(text, TAIL_TEXT_MAX, "%s", rd_kafka_err2str(err));
        return CUBE_EKAFKA;
    }
    return rc;
}

int kafka_tail_create(const struct config *c, const enum topic_role *roles, uint32_t count, bool from_start,
                      int64_t timeout_ms, char text[TAIL_TEXT_MAX], struct kafka_tail **ret_t)
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
        rd_kafka_conf_set_opaque(conf, &t->reason);
        rd_kafka_conf_set_log_cb(conf, kafka_reason_log);
        rc = kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &t->rk);
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

int kafka_tail_next(struct kafka_tail *t, int timeout_ms, struct record *ret_r, char text[TAIL_TEXT_MAX])
{
    message_drop(t);
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
    return kafka_record_headers(r, ret_h);
}

void kafka_tail_destroy(struct kafka_tail *t)
{
    if (!t) {
        return;
    }
    message_drop(t);
    if (t->rk) {
        rd_kafka_destroy_flags(t->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    kafka_reason_close(&t->reason);
    free(t);
}
