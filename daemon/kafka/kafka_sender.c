#include "kafka/kafka_sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_conf.h"
#include "kafka/kafka_reason.h"

#define PURGE_MS 1000

struct kafka_sender {
    rd_kafka_t *rk;
    const struct config *config;
    int timeout_ms;
    rd_kafka_topic_t *topics[ROLE_COUNT];
    uint64_t queued;
    struct kafka_sent sent;
    struct kafka_reason reason;
    char why[SENDER_TEXT_MAX]; /* the first failure */
};

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_sender *s = rd_kafka_opaque(rk);
    (void)level;
    kafka_reason_note(&s->reason, fac, buf);
}

/* What makes the client useless comes before what then happens to the records. */
static void failure_note(struct kafka_sender *s, rd_kafka_resp_err_t err, const char *topic, uint64_t mark)
{
    char fatal[SENDER_TEXT_MAX];
    s->sent.first_failed = s->sent.failed == 0 || mark < s->sent.first_failed ? mark : s->sent.first_failed;
    s->sent.failed++;
    if (s->why[0]) {
        return;
    }
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(s->rk, fatal, sizeof fatal);
    if (code) {
        bool refused = code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
        snprintf(s->why, sizeof s->why, "%.400s%s", fatal, refused ? ": Write is needed on the topics, or IdempotentWrite on the cluster" : "");
    } else if (err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        kafka_reason_tell(&s->reason, topic, err, s->why, sizeof s->why);
    } else {
        bool refused = err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        snprintf(s->why, sizeof s->why, "topic %s: %s%s", topic, rd_kafka_err2str(err), refused ? ": Write on it is needed" : "");
    }
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct kafka_sender *s = opaque;
    if (m->err) {
        failure_note(s, m->err, rd_kafka_topic_name(m->rkt), (uint64_t)(uintptr_t)m->_private);
    }
    for (int r = 0; r < INPUT_ROLES && !m->err; r++) {
        s->sent.delivered[r] += s->topics[r] == m->rkt;
    }
}

static int client_open(struct kafka_sender *s, char text[SENDER_TEXT_MAX])
{
    rd_kafka_conf_t *conf;
    char ms[24];
    int rc = kafka_conf_create(s->config, CLIENT_SENDER, text, &conf);
    if (rc) {
        return rc;
    }
    snprintf(ms, sizeof(ms), "%d", s->timeout_ms);
    if (rd_kafka_conf_set(conf, "message.timeout.ms", ms, text, SENDER_TEXT_MAX) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return CUBE_ECONFIG;
    }
    rd_kafka_conf_set_opaque(conf, s);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &s->rk);
}

int kafka_sender_create(const struct config *c, int timeout_ms, char text[SENDER_TEXT_MAX], struct kafka_sender **ret_s)
{
    struct kafka_sender *s = calloc(1, sizeof(*s));
    if (!s) {
        return CUBE_ENOMEM;
    }
    s->config = c;
    s->timeout_ms = timeout_ms;
    kafka_reason_init(&s->reason);
    int rc = client_open(s, text);
    if (rc) {
        free(s);
        return rc;
    }
    *ret_s = s;
    return 0;
}

int kafka_sender_topic(struct kafka_sender *s, enum topic_role role, char text[SENDER_TEXT_MAX])
{
    int32_t count;
    const char *name = s->config->topics[role];
    if (s->topics[role]) {
        return 0;
    }
    int rc = kafka_topic_ask(s->rk, name, s->timeout_ms, &s->reason, &count, text, SENDER_TEXT_MAX);
    if (rc) {
        return rc;
    }
    s->topics[role] = rd_kafka_topic_new(s->rk, name, NULL);
    return s->topics[role] ? 0 : CUBE_ENOMEM;
}

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "librdkafka keeps a mark in the place of a pointer");

int kafka_sender_send(struct kafka_sender *s, enum topic_role role, const uint8_t *key, size_t key_len,
                      const uint8_t *value, size_t value_len, int64_t timestamp_ms, uint64_t mark)
{
    rd_kafka_resp_err_t err;
    while ((err = rd_kafka_producev(s->rk, RD_KAFKA_V_RKT(s->topics[role]), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                    RD_KAFKA_V_KEY(key, key_len), RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_len),
                                    RD_KAFKA_V_TIMESTAMP(timestamp_ms),
                                    RD_KAFKA_V_OPAQUE((void *)(uintptr_t)mark), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        rd_kafka_poll(s->rk, 50);
    }
    if (err) {
        failure_note(s, err, s->config->topics[role], mark);
        return CUBE_EKAFKA;
    }
    if (++s->queued % 256 == 0) {
        rd_kafka_poll(s->rk, 0);
    }
    return 0;
}

/* Of a record that librdkafka has still said nothing of may nobody believe that it was delivered. */
static void untold_note(struct kafka_sender *s, int count)
{
    if (count <= 0) {
        return;
    }
    s->sent.untold = (uint64_t)count;
    s->sent.failed += (uint64_t)count;
    if (!s->why[0]) {
        snprintf(s->why, sizeof s->why, "librdkafka does not say what became of them");
    }
}

int kafka_sender_finish(struct kafka_sender *s, struct kafka_sent *ret_sent, char text[SENDER_TEXT_MAX])
{
    if (rd_kafka_flush(s->rk, s->timeout_ms + 1000)) {
        rd_kafka_purge(s->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT); /* each is told of, as not delivered */
        rd_kafka_flush(s->rk, PURGE_MS);
        untold_note(s, rd_kafka_outq_len(s->rk));
    }
    *ret_sent = s->sent;
    if (s->sent.failed > 0) {
        memcpy(text, s->why, sizeof s->why);
        return CUBE_EKAFKA;
    }
    return 0;
}

void kafka_sender_destroy(struct kafka_sender *s)
{
    if (!s) {
        return;
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (s->topics[r]) {
            rd_kafka_topic_destroy(s->topics[r]);
        }
    }
    rd_kafka_purge(s->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    if (!kafka_clients_end(&s->rk, 1)) {
        return; /* its threads tell their troubles to s as long as the process lasts */
    }
    kafka_reason_close(&s->reason);
    free(s);
}
