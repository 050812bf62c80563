#include "kafka/kafka_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_fetch.h"
#include "kafka/kafka_offsets.h"
#include "kafka/kafka_reason.h"

enum { BATCH = 512, WAIT_MS = 100, ASK_MS = 1000, AGAIN_MS = 100 };

struct kafka_history {
    const struct config *config;
    rd_kafka_t *reader; /* read_committed, of the group's name but no member */
    rd_kafka_t *marks;  /* read_uncommitted: open transactions count to the end */
    struct kafka_reason reason;
    int timeout_ms;
    int32_t counts[ROLE_COUNT];
    struct span {
        int64_t low, end;
        bool wanted, open, done;
    } *spans[ROLE_COUNT];
    int64_t *lows[ROLE_COUNT];
    uint32_t rest; /* partitions that are not done */
    int (*each)(void *arg, const struct record *r);
    void *arg;
};

static int failed(char *text, const char *what, rd_kafka_resp_err_t err)
{
    snprintf(text, HISTORY_TEXT_MAX, "%s: %s", what, rd_kafka_err2str(err));
    return kafka_error_passes(err) ? CUBE_ETIMEOUT : CUBE_EKAFKA;
}

static int left_ms(uint64_t by_ms)
{
    uint64_t now = kafka_now_ms();
    return now < by_ms ? (int)(by_ms - now) : 0;
}

/* What passes is asked again until the time is over. */
static bool asks_again(rd_kafka_resp_err_t err, uint64_t by_ms)
{
    bool again = kafka_error_passes(err) && left_ms(by_ms) > 0;
    if (again && err != RD_KAFKA_RESP_ERR__TIMED_OUT) {
        usleep(AGAIN_MS * 1000);
    }
    return again;
}

/* ---- life ------------------------------------------------------------------------------------------- */

static int client_open(const struct config *c, enum kafka_client client, struct kafka_reason *reason, char *text, rd_kafka_t **ret_rk)
{
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(c, client, text, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_opaque(conf, reason);
    rd_kafka_conf_set_log_cb(conf, kafka_reason_log);
    return kafka_client_create(conf, RD_KAFKA_CONSUMER, text, ret_rk);
}

static int topic_look(struct kafka_history *h, enum topic_role role, char *text)
{
    int32_t n = 0;
    int rc = kafka_topic_ask(h->marks, h->config->topics[role], h->timeout_ms, &h->reason, &n, text, HISTORY_TEXT_MAX);
    if (rc) {
        return rc;
    }
    h->counts[role] = n;
    h->spans[role] = calloc((size_t)n, sizeof *h->spans[role]);
    h->lows[role] = calloc((size_t)n, sizeof *h->lows[role]);
    return h->spans[role] && h->lows[role] ? 0 : CUBE_ENOMEM;
}

int kafka_history_create(const struct config *c, int timeout_ms, char text[HISTORY_TEXT_MAX], struct kafka_history **ret_h)
{
    struct kafka_history *h = calloc(1, sizeof *h);
    if (!h) {
        return CUBE_ENOMEM;
    }
    h->config = c;
    h->timeout_ms = timeout_ms;
    kafka_reason_init(&h->reason);
    int rc = client_open(c, CLIENT_MARKS, &h->reason, text, &h->marks);
    rc = rc ? rc : client_open(c, CLIENT_TAIL, &h->reason, text, &h->reader);
    for (int r = 0; r < ROLE_COUNT && !rc; r++) {
        rc = topic_look(h, (enum topic_role)r, text);
    }
    if (rc) {
        kafka_history_destroy(h);
        return rc;
    }
    rd_kafka_poll_set_consumer(h->reader);
    *ret_h = h;
    return 0;
}

void kafka_history_destroy(struct kafka_history *h)
{
    if (!h) {
        return;
    }
    rd_kafka_t *clients[] = {h->reader, h->marks};
    if (!kafka_clients_end(clients, sizeof(clients) / sizeof(*clients))) {
        return; /* their threads tell their troubles to h as long as the process lasts */
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        free(h->spans[r]);
        free(h->lows[r]);
    }
    kafka_reason_close(&h->reason);
    free(h);
}

int32_t kafka_history_count(const struct kafka_history *h, enum topic_role role)
{
    return h->counts[role];
}

const int64_t *kafka_history_lows(const struct kafka_history *h, enum topic_role role)
{
    return h->lows[role];
}

uint32_t kafka_history_headers(const struct record *r, struct header *ret_h)
{
    return kafka_output_headers(r, ret_h);
}

static rd_kafka_resp_err_t committed_ask_once(struct kafka_history *h, rd_kafka_topic_partition_list_t *l, int timeout_ms)
{
    rd_kafka_resp_err_t err = rd_kafka_committed(h->reader, l, timeout_ms);
    for (int i = 0; i < l->cnt && !err; i++) {
        err = l->elems[i].err;
    }
    rd_kafka_message_t *m = err ? rd_kafka_consumer_poll(h->reader, 0) : NULL;
    if (m) {
        err = m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ? m->err : err;
        rd_kafka_message_destroy(m);
    }
    return err;
}

/* That the group is refused comes with its coordinator's answer, which the call itself waits for until its time is over. */
static rd_kafka_resp_err_t committed_ask(struct kafka_history *h, rd_kafka_topic_partition_list_t *l)
{
    uint64_t by_ms = kafka_now_ms() + (uint64_t)h->timeout_ms;
    rd_kafka_resp_err_t err;
    do {
        int left = left_ms(by_ms);
        err = committed_ask_once(h, l, left < ASK_MS ? left : ASK_MS);
    } while (asks_again(err, by_ms));
    return err;
}

int kafka_history_committed(struct kafka_history *h, enum topic_role role, int64_t *ret_next, char text[HISTORY_TEXT_MAX])
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(h->counts[role]);
    for (int32_t p = 0; p < h->counts[role]; p++) {
        rd_kafka_topic_partition_list_add(l, h->config->topics[role], p);
    }
    rd_kafka_resp_err_t err = committed_ask(h, l);
    for (int i = 0; i < l->cnt && !err; i++) {
        ret_next[l->elems[i].partition] = l->elems[i].offset >= 0 ? l->elems[i].offset : -1;
    }
    rd_kafka_topic_partition_list_destroy(l);
    if (err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        snprintf(text, HISTORY_TEXT_MAX, "group %s: %s: Describe on it is needed", h->config->name, rd_kafka_err2str(err));
        return CUBE_EKAFKA;
    }
    return err ? failed(text, "committed offsets", err) : 0;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static rd_kafka_resp_err_t span_ask(struct kafka_history *h, enum topic_role role, int32_t partition, struct span *s)
{
    uint64_t by_ms = kafka_now_ms() + (uint64_t)h->timeout_ms;
    rd_kafka_resp_err_t err;
    do {
        err = kafka_watermarks(h->marks, h->config->topics[role], partition, &s->low, &s->end, left_ms(by_ms));
    } while (asks_again(err, by_ms));
    return err;
}

/* Takes the ends of a topic as they are now and adds what there is to read to the list. */
static int topic_open(struct kafka_history *h, enum topic_role role, rd_kafka_topic_partition_list_t *l, char *text)
{
    for (int32_t p = 0; p < h->counts[role]; p++) {
        struct span *s = &h->spans[role][p];
        *s = (struct span){.wanted = true};
        rd_kafka_resp_err_t err = span_ask(h, role, p, s);
        if (err) {
            return failed(text, h->config->topics[role], err);
        }
        h->lows[role][p] = s->low;
        s->done = s->low >= s->end;
        if (!s->done) {
            rd_kafka_topic_partition_list_add(l, h->config->topics[role], p)->offset = s->low;
            h->rest++;
        }
    }
    return 0;
}

static enum topic_role role_of(const struct kafka_history *h, const char *topic)
{
    int r = 0;
    while (r < ROLE_COUNT - 1 && (!h->spans[r][0].wanted || strcmp(h->config->topics[r], topic) != 0)) {
        r++;
    }
    return (enum topic_role)r;
}

static void span_done(struct kafka_history *h, struct span *s)
{
    h->rest -= !s->done;
    s->done = true;
}

/* The last offset is mostly the marker of a transaction, which nobody is shown: then the end of the partition tells. */
static int take(struct kafka_history *h, const rd_kafka_message_t *m, char *text)
{
    if (m->err && !m->rkt) {
        return 0; /* of the client as a whole: it goes on by itself, or nothing comes any more */
    }
    enum topic_role role = role_of(h, rd_kafka_topic_name(m->rkt));
    struct span *s = &h->spans[role][m->partition];
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (m->offset >= s->end) {
            span_done(h, s);
        }
        return 0;
    }
    if (m->err) {
        bool gone = m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
        snprintf(text, HISTORY_TEXT_MAX, "%s[%d]: %s", h->config->topics[role], (int)m->partition, rd_kafka_message_errstr(m));
        return gone ? CUBE_EAGAIN : CUBE_EKAFKA;
    }
    if (s->done || (m->offset >= s->end && !s->open)) {
        span_done(h, s);
        return 0;
    }
    struct record r = kafka_record(role, m);
    int rc = h->each(h->arg, &r);
    s->open = rc == 1;
    if (rc == 0 && m->offset + 1 >= s->end) {
        span_done(h, s);
    }
    return rc < 0 ? rc : 0;
}

static const char *slowest(const struct kafka_history *h)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        for (int32_t p = 0; p < h->counts[r]; p++) {
            if (h->spans[r][p].wanted && !h->spans[r][p].done) {
                return h->config->topics[r];
            }
        }
    }
    return "the topics";
}

static int read_on(struct kafka_history *h, rd_kafka_queue_t *queue, char *text)
{
    rd_kafka_message_t *messages[BATCH];
    int silent_ms = 0, rc = 0;
    while (h->rest && !rc) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);
        for (ssize_t i = 0; i < n; i++) {
            rc = rc ? rc : take(h, messages[i], text);
            rd_kafka_message_destroy(messages[i]);
        }
        silent_ms = n > 0 ? 0 : silent_ms + WAIT_MS;
        if (!rc && h->rest && silent_ms > h->timeout_ms) {
            snprintf(text, HISTORY_TEXT_MAX, "nothing more comes of %s, and its end is not reached: is a transaction open?", slowest(h));
            rc = CUBE_ETIMEOUT;
        }
    }
    return rc;
}

int kafka_history_read(struct kafka_history *h, const enum topic_role *roles, uint32_t count, int (*each)(void *arg, const struct record *r),
                       void *arg, char text[HISTORY_TEXT_MAX])
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(64);
    int rc = 0;
    h->rest = 0;
    h->each = each;
    h->arg = arg;
    for (int r = 0; r < ROLE_COUNT; r++) {
        h->spans[r][0].wanted = false;
    }
    for (uint32_t i = 0; i < count && !rc; i++) {
        rc = topic_open(h, roles[i], l, text);
    }
    rd_kafka_resp_err_t err = rc || !h->rest ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_assign(h->reader, l);
    rd_kafka_topic_partition_list_destroy(l);
    if (!rc && !err && h->rest) {
        rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(h->reader);
        rc = read_on(h, queue, text);
        rd_kafka_queue_destroy(queue);
        rd_kafka_assign(h->reader, NULL);
    }
    return err ? failed(text, "assign", err) : rc;
}
