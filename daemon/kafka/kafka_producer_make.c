/* The producer's client: made with what it must notice of its own requests, and destroyed. */
#include "kafka/kafka_producer.h"

#include <inttypes.h>
#include <stdio.h>

#include "kafka/kafka_conf.h"
#include "port/letter.h"

#define INIT_MS 1000 /* of one blocking call */
#define API_PRODUCE 0
#define API_END_TXN 26

/* The requests of which a transaction consists. */
static bool counted(int16_t key)
{
    return key == API_PRODUCE || key == 22 || key == 24 || key == 25 || key == API_END_TXN || key == 28;
}

static rd_kafka_resp_err_t on_sent(rd_kafka_t *rk, int fd, const char *broker, int32_t id, int16_t key, int16_t version,
                                   int32_t correlation, size_t size, void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size;
    struct kafka_producer *p = opaque;
    if (key == API_END_TXN) {
        atomic_fetch_add(&p->ends, 1);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_answer(rd_kafka_t *rk, int fd, const char *broker, int32_t id, int16_t key, int16_t version,
                                     int32_t correlation, size_t size, int64_t rtt, rd_kafka_resp_err_t err, void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)id, (void)version, (void)correlation, (void)size, (void)rtt;
    struct kafka_producer *p = opaque;
    if (err && counted(key)) {
        atomic_fetch_add(&p->faults, 1);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size)
{
    (void)conf, (void)text, (void)size;
    rd_kafka_interceptor_add_on_request_sent(rk, "cubed", on_sent, opaque);
    return rd_kafka_interceptor_add_on_response_received(rk, "cubed", on_answer, opaque);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    struct kafka_producer *p = opaque;
    if (m->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        uint32_t i = (uint32_t)(uintptr_t)m->_private - 1;
        kafka_refused_note(&p->refused, i, p->landing ? letter_bytes(p->landing, &p->landing->messages[i]) : m->len, false);
    }
    p->taken += m->err ? 0 : 1;
    if (!m->err && p->landing) {
        p->landing->messages[(uintptr_t)m->_private - 1].landed = m->offset < 0 ? -1 : m->offset; /* that of a repeated request is not told */
    }
}

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_producer *p = rd_kafka_opaque(rk);
    kafka_told_log(p->told, "producer", level, fac, buf);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk;
    struct kafka_producer *p = opaque;
    kafka_told_say(p->told, 4, rd_kafka_err2name(err), "producer: %s", reason);
}

/* The configuration says the usual time. */
static void timeout_configure(struct kafka_producer *p, rd_kafka_conf_t *conf)
{
    char text[KAFKA_TEXT_MAX], ms[24];
    kafka_timeout_open(&p->timeout);
    snprintf(ms, sizeof ms, "%" PRIu64, p->timeout.own_ms);
    if (rd_kafka_conf_set(conf, "transaction.timeout.ms", ms, text, sizeof text) != RD_KAFKA_CONF_OK) {
        p->timeout = (struct kafka_timeout){.own_ms = TRANSACTION_TIMEOUT_MS};
    }
}

static int make(struct kafka_producer *p)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(p->config, CLIENT_PRODUCER, text, &conf);
    if (!rc) {
        timeout_configure(p, conf);
        rd_kafka_conf_set_opaque(conf, p);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_error_cb(conf, on_error);
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery); /* without it every commit takes 10 ms more */
        kafka_refused_configure(&p->refused, conf);
        rc = kafka_client_create_watched(conf, RD_KAFKA_PRODUCER, on_new, p, text, &p->rk);
    }
    if (rc) {
        kafka_told_say(p->told, 3, "producer_refused", "%s", text);
    }
    p->was_made |= !rc;
    return rc == CUBE_ECONFIG && p->was_made ? CUBE_EAGAIN : rc;
}

/* A handle made now learns its partitions now: the first message to a topic would wait for that. */
static int topics_open(struct kafka_producer *p)
{
    for (int r = ROLE_PARTIALS; r < ROLE_COUNT; r++) {
        p->topics[r] = p->topics[r] ? p->topics[r] : rd_kafka_topic_new(p->rk, p->config->topics[r], kafka_conf_topic(p->config, p->rk, r));
        if (!p->topics[r]) {
            return CUBE_ECONFIG;
        }
    }
    return 0;
}

static void not_ready_tell(const struct kafka_producer *p, const rd_kafka_error_t *error)
{
    if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
        kafka_told_say(p->told, 4, "transactions_not_ready", "%s: Write is needed on the transactional id %s-%s", rd_kafka_error_string(error),
                       p->config->name, p->config->instance);
    } else {
        kafka_told_say(p->told, 4, "transactions_not_ready", "%s", rd_kafka_error_string(error));
    }
}

int kafka_producer_ready(struct kafka_producer *p)
{
    if (p->rk && p->topics[ROLE_PARTIALS]) {
        return 0;
    }
    int rc = p->rk ? 0 : make(p);
    if (rc) {
        return rc;
    }
    rd_kafka_error_t *error = rd_kafka_init_transactions(p->rk, INIT_MS);
    if (error) {
        not_ready_tell(p, error);
        bool again = rd_kafka_error_is_retriable(error);
        if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT) {
            kafka_timeout_refused(&p->timeout);
        }
        rd_kafka_error_destroy(error);
        if (!again) {
            kafka_producer_drop(p);
        }
        return CUBE_EAGAIN;
    }
    return topics_open(p);
}

void kafka_producer_drop(struct kafka_producer *p)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (p->topics[r]) {
            rd_kafka_topic_destroy(p->topics[r]);
            p->topics[r] = NULL;
        }
    }
    if (p->rk) {
        rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(p->rk);
        p->rk = NULL;
    }
    p->landing = NULL;
}
