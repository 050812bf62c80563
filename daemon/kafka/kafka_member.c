#include "kafka/kafka_member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"

#define ANSWER_FRESH_MS 10000
#define API_JOIN_GROUP 11
#define API_HEARTBEAT 12
#define API_SYNC_GROUP 14

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_member *m = rd_kafka_opaque(rk);
    kafka_told_log(m->told, "member", level, fac, buf);
}

static void fatal_seen(struct kafka_member *m)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(m->rk, text, sizeof(text));
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
        atomic_store(&m->doubted, true);
        kafka_told_say(m->told, 4, "place_taken", "another member took our place in the group; it is seen whether it is alive");
        return;
    }
    m->broken = true;
    kafka_told_say(m->told, 3, "member_fatal", "%s: %s", rd_kafka_err2name(code), text);
}

static void tell(struct kafka_member *m, rd_kafka_resp_err_t err, const char *reason)
{
    bool refused = err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    kafka_told_say(m->told, 4, rd_kafka_err2name(err), "member: %s%s%s", reason, refused ? ": Read is needed on the group " : "",
                   refused ? m->config->name : "");
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk;
    struct kafka_member *m = opaque;
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
        fatal_seen(m);
        return;
    }
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        atomic_store(&m->down, true);
    }
    tell(m, err, reason);
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *rk, int fd, const char *broker, int32_t id, int16_t key, int16_t version,
                                       int32_t correlation, size_t size, int64_t rtt, rd_kafka_resp_err_t err, void *opaque)
{
    (void)rk, (void)fd, (void)broker, (void)version, (void)correlation, (void)size, (void)rtt;
    struct kafka_member *m = opaque;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        atomic_store(&m->answered_ms, kafka_now_ms());
        atomic_store(&m->down, false);
        if (key == API_HEARTBEAT) {
            atomic_fetch_add(&m->heartbeats, 1);
        }
        if (key == API_HEARTBEAT || key == API_JOIN_GROUP || key == API_SYNC_GROUP) {
            atomic_store(&m->coordinator, id + 1);
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size)
{
    (void)conf, (void)text, (void)size;
    return rd_kafka_interceptor_add_on_response_received(rk, "cubed", on_response, opaque);
}

static bool role_of(const struct config *c, const char *topic, enum topic_role *ret_role)
{
    for (int r = 0; r < INPUT_ROLES; r++) {
        if (strcmp(c->topics[r], topic) == 0) {
            *ret_role = (enum topic_role)r;
            return true;
        }
    }
    return false;
}

static bool partitions_keep(struct kafka_member *m, const rd_kafka_topic_partition_list_t *l)
{
    struct log_partition *p = calloc((size_t)l->cnt + 1, sizeof(*p));
    if (!p) {
        return false;
    }
    uint32_t count = 0;
    for (int i = 0; i < l->cnt; i++) {
        if (role_of(m->config, l->elems[i].topic, &p[count].role)) {
            p[count++].partition = l->elems[i].partition;
        }
    }
    free(m->partitions);
    m->partitions = p;
    m->count = count;
    return true;
}

static void metadata_drop(struct kafka_member *m)
{
    if (m->metadata) {
        rd_kafka_consumer_group_metadata_destroy(m->metadata);
        m->metadata = NULL;
    }
}

/* Only notes what happened: the owner acts on it after the poll and then settles. Without memory for the
 * list the assignment counts as empty, which is safe: the group sees a member that reads nothing. */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *l, void *opaque)
{
    struct kafka_member *m = opaque;
    if (m->closing) {
        rd_kafka_assign(rk, NULL);
    } else if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (!partitions_keep(m, l)) {
            m->count = 0;
        }
        metadata_drop(m);
        m->metadata = rd_kafka_consumer_group_metadata(rk);
        m->change = MEMBER_ASSIGNED;
        atomic_store(&m->joined, true);
    } else {
        m->change = rd_kafka_assignment_lost(rk) ? MEMBER_LOST : MEMBER_REVOKED;
    }
    rd_kafka_yield(rk); /* one change at a time */
}

static void on_ready(rd_kafka_t *rk, void *opaque)
{
    (void)rk;
    struct kafka_member *m = opaque;
    atomic_store(&m->ready, true);
    m->wake(m->arg);
}

static uint64_t session_of(const rd_kafka_conf_t *conf)
{
    char value[32];
    size_t size = sizeof(value);
    return rd_kafka_conf_get(conf, "session.timeout.ms", value, &size) == RD_KAFKA_CONF_OK ? strtoull(value, NULL, 10) : 0;
}

int kafka_member_init(struct kafka_member *m, char *text)
{
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(m->config, CLIENT_MEMBER, text, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_opaque(conf, m);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    m->session_ms = session_of(conf);
    rc = kafka_client_create_watched(conf, RD_KAFKA_CONSUMER, on_new, m, text, &m->rk);
    if (rc) {
        return rc;
    }
    rd_kafka_poll_set_consumer(m->rk);
    m->queue = rd_kafka_queue_get_consumer(m->rk);
    m->quiet = rd_kafka_queue_new(m->rk);
    return m->queue && m->quiet ? 0 : CUBE_ENOMEM;
}

int kafka_member_join(struct kafka_member *m, char *text)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(INPUT_ROLES);
    for (int r = 0; r < INPUT_ROLES; r++) {
        rd_kafka_topic_partition_list_add(l, m->config->topics[r], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_queue_cb_event_enable(m->queue, on_ready, m);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(m->rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    on_ready(m->rk, m);
    if (err) {
        snprintf(text, KAFKA_TEXT_MAX, "subscribe: %s", rd_kafka_err2str(err));
        return CUBE_EKAFKA;
    }
    return 0;
}

static void tell_error(struct kafka_member *m, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
        fatal_seen(m);
    } else if (message->err) {
        m->missed = true;
        tell(m, message->err, rd_kafka_message_errstr(message));
    }
}

enum member_change kafka_member_poll(struct kafka_member *m)
{
    atomic_store(&m->ready, false);
    rd_kafka_message_t *message;
    /* One poll may serve a rebalance and still return NULL, hence both conditions. */
    while (m->change == MEMBER_SAME && (message = rd_kafka_consumer_poll(m->rk, 0))) {
        tell_error(m, message);
        rd_kafka_message_destroy(message);
    }
    return m->change;
}

void kafka_member_settle(struct kafka_member *m)
{
    if (m->change == MEMBER_ASSIGNED) {
        rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
        rd_kafka_assign(m->rk, none);
        rd_kafka_topic_partition_list_destroy(none);
    } else if (m->change != MEMBER_SAME) {
        m->count = 0;
        metadata_drop(m);
        rd_kafka_assign(m->rk, NULL);
    }
    m->change = MEMBER_SAME;
    atomic_store(&m->ready, true);
}

void kafka_member_lose(struct kafka_member *m)
{
    m->change = MEMBER_LOST;
    kafka_member_settle(m);
}

bool kafka_member_keep_alive(struct kafka_member *m)
{
    rd_kafka_message_t *none;
    if (rd_kafka_consume_batch_queue(m->quiet, 0, &none, 1) == 1) {
        rd_kafka_message_destroy(none);
    }
    return !m->progressed || m->progressed(m->progressed_arg);
}

bool kafka_member_broker_up(struct kafka_member *m)
{
    unsigned long long at = atomic_load(&m->answered_ms);
    return at != 0 && !atomic_load(&m->down) && kafka_now_ms() - at < ANSWER_FRESH_MS;
}

rd_kafka_t *kafka_member_close(struct kafka_member *m)
{
    m->closing = true;
    metadata_drop(m);
    free(m->partitions);
    m->partitions = NULL;
    m->count = 0;
    if (m->queue) {
        rd_kafka_queue_cb_event_enable(m->queue, NULL, NULL);
        rd_kafka_queue_destroy(m->queue);
    }
    if (m->quiet) {
        rd_kafka_queue_destroy(m->quiet);
    }
    rd_kafka_t *rk = m->rk;
    m->rk = NULL;
    m->queue = m->quiet = NULL;
    return rk; /* a static member does not leave the group anyway: its place is kept for the session timeout */
}

int kafka_member_again(struct kafka_member *m, char *text)
{
    rd_kafka_t *old = kafka_member_close(m);
    m->left_behind = !kafka_clients_end(&old, 1) || m->left_behind;
    m->closing = false;
    m->change = MEMBER_SAME;
    atomic_store(&m->joined, false);
    atomic_store(&m->doubted, false);
    int rc = kafka_member_init(m, text);
    return rc ? rc : kafka_member_join(m, text);
}
