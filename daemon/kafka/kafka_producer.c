#include "kafka/kafka_producer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka/crash_point.h"
#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "port/letter.h"

#define CALL_MS 1000          /* of one blocking call: how soon give_up is seen */
#define STEP_MS 8000          /* of one step with its repeated calls, but for the commit, which sends what is left */
#define PAUSE_MS 20
#define AHEAD_MAX_MS 3000000

enum txn_verdict kafka_txn_verdict(rd_kafka_error_t *error, bool *ret_retry)
{
    *ret_retry = false;
    if (!error) {
        return TXN_OK;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    bool abort = rd_kafka_error_txn_requires_abort(error), again = rd_kafka_error_is_retriable(error);
    rd_kafka_error_destroy(error);
    switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        return TXN_FENCED;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: /* by whom, the member finds out */
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
        return abort ? TXN_LOST : TXN_UNKNOWN;
    default:
        *ret_retry = again && !abort;
        return abort ? TXN_ABORT : TXN_UNKNOWN;
    }
}

/* The broker does it itself to a transaction that stands open too long, as after a long stop of the process. */
static enum txn_verdict fenced(struct kafka_producer *p)
{
    if (kafka_now_ms() - p->begun_ms < p->timeout.own_ms) {
        atomic_store(&p->fenced, true);
    }
    return TXN_FENCED;
}

/* A fatal error of the client hides its cause behind the call's. */
static enum txn_verdict judge(struct kafka_producer *p, const char *call, rd_kafka_error_t *error, bool *ret_retry)
{
    if (error) {
        kafka_told_say(p->told, rd_kafka_error_is_retriable(error) ? 6 : 4, call, "%s: %s",
                       rd_kafka_error_name(error), rd_kafka_error_string(error));
    }
    enum txn_verdict v = kafka_txn_verdict(error, ret_retry);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_resp_err_t fatal = v == TXN_OK ? 0 : rd_kafka_fatal_error(p->rk, text, sizeof(text));
    if (fatal == RD_KAFKA_RESP_ERR__FENCED || fatal == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
        fatal == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) {
        return fenced(p);
    }
    if (fatal) {
        *ret_retry = false;
        return TXN_UNKNOWN;
    }
    return v == TXN_FENCED ? fenced(p) : v;
}

/* A retriable error means the same call again, while the step has time left. */
static bool once_more(struct kafka_producer *p, bool retry, uint64_t until_ms)
{
    if (!retry || atomic_load(p->give_up) || kafka_now_ms() >= until_ms) {
        return false;
    }
    rd_kafka_poll(p->rk, PAUSE_MS);
    return true;
}

enum txn_verdict kafka_producer_begin(struct kafka_producer *p)
{
    bool retry;
    kafka_refused_clear(&p->refused);
    atomic_store(&p->fenced, false);
    atomic_store(&p->ends, 0);
    atomic_store(&p->faults, 0);
    p->taken = 0;
    p->begun_ms = kafka_now_ms();
    p->begun_real_ms = (int64_t)time(NULL) * 1000;
    return judge(p, "begin_transaction", rd_kafka_begin_transaction(p->rk), &retry);
}

/* Of the topics that epoch_is_output names. */
static const enum output_type type_by_role[ROLE_COUNT] = {
    [ROLE_STATE] = OUTPUT_STATE, [ROLE_CHANGES] = OUTPUT_CHANGE, [ROLE_ALERTS] = OUTPUT_ALERT, [ROLE_CUSTOMERS] = OUTPUT_CUSTOMER};

static rd_kafka_headers_t *output_headers_of(const struct kafka_producer *p, const struct epoch *e, const struct epoch_message *m)
{
    char bytes[OUTPUT_HEADER_BYTES];
    struct header list[OUTPUT_HEADERS];
    struct text key = {(const char *)epoch_key(e, m), m->key_len}, value = {(const char *)epoch_value(e, m), m->value_len};
    output_headers(type_by_role[m->role], p->config->format, p->config->name, key, m->timestamp_ms, value, bytes, list);
    rd_kafka_headers_t *h = rd_kafka_headers_new(OUTPUT_HEADERS);
    for (int i = 0; i < OUTPUT_HEADERS; i++) {
        rd_kafka_header_add(h, list[i].name.at, list[i].name.len, list[i].value.at, list[i].value.len);
    }
    return h;
}

static rd_kafka_headers_t *headers_of(const struct kafka_producer *p, const struct epoch *e, const struct epoch_message *m)
{
    uint32_t from = letter_headers_from(m), count = m->header_count - from + (m->cut ? 1 : 0);
    if (epoch_is_output(m)) {
        return output_headers_of(p, e, m);
    }
    if (count == 0) {
        return NULL;
    }
    rd_kafka_headers_t *h = rd_kafka_headers_new(count);
    for (uint32_t i = from; i < m->header_count; i++) {
        struct header one = epoch_header(e, m, i);
        rd_kafka_header_add(h, one.name.at, one.name.len, one.value.at, one.value.at ? (ssize_t)one.value.len : 0);
    }
    if (m->cut) {
        rd_kafka_header_add(h, "cubed.cut", -1, letter_cut_text(m), -1);
    }
    return h;
}

/* A broker refuses records from beyond an hour ahead (KIP-937), and with one the whole transaction. */
static int64_t timestamp_allowed(const struct kafka_producer *p, int64_t wanted_ms)
{
    return wanted_ms > p->begun_real_ms + AHEAD_MAX_MS ? p->begun_real_ms : wanted_ms;
}

/* No copy of the value: the epoch stays until the transaction has ended. */
static rd_kafka_resp_err_t message_send(struct kafka_producer *p, const struct epoch *e, uint32_t i)
{
    const struct epoch_message *m = &e->messages[i];
    rd_kafka_headers_t *headers = headers_of(p, e, m);
    rd_kafka_vu_t v[8];
    size_t n = 0;
    v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = p->topics[m->role]};
    v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_PARTITION,
                             .u.i32 = m->partition == PARTITION_BY_KEY ? RD_KAFKA_PARTITION_UA : m->partition};
    v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp_allowed(p, m->timestamp_ms)};
    v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)((uintptr_t)i + 1)};
    if (m->has_key && !(m->cut & CUT_KEY)) {
        v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)epoch_key(e, m), m->key_len}};
    }
    if (m->has_value && !(m->cut & CUT_VALUE)) {
        v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)epoch_value(e, m), m->value_len}};
    }
    if (headers) {
        v[n++] = (rd_kafka_vu_t){.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers};
    }
    rd_kafka_error_t *error = rd_kafka_produceva(p->rk, v, n);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error) {
        rd_kafka_error_destroy(error);
    }
    if (error && headers) {
        rd_kafka_headers_destroy(headers); /* ours again when the message was refused */
    }
    return code;
}

/* What the client itself does not take, the transaction has not met. */
static rd_kafka_resp_err_t message_send_cut(struct kafka_producer *p, struct epoch *e, uint32_t i)
{
    char text[LETTER_TEXT_MAX];
    struct epoch_message *m = &e->messages[i];
    rd_kafka_resp_err_t code = message_send(p, e, i);
    if (code != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        return code;
    }
    uint64_t bytes = letter_bytes(e, m);
    uint8_t before = m->cut;
    while (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && letter_cut(e, m)) {
        code = message_send(p, e, i);
    }
    if (m->cut == before) {
        return code;
    }
    letter_text(e, m, text);
    kafka_told_say(p->told, 4, "letter_cut", "a record of %" PRIu64 " bytes for %s is larger than message.max.bytes: %s", bytes,
                   p->config->topics[m->role], text);
    return code;
}

static enum txn_verdict send_surely(struct kafka_producer *p, struct epoch *e, uint32_t i)
{
    rd_kafka_resp_err_t code;
    while ((code = message_send_cut(p, e, i)) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        if (atomic_load(p->give_up)) {
            return TXN_ABORT;
        }
        if (kafka_now_ms() - p->begun_ms > p->timeout.own_ms) {
            kafka_timeout_late(&p->timeout, p->taken > 0);
            return p->taken > 0 ? TXN_UNKNOWN : TXN_ABORT; /* the next producer has more time */
        }
        rd_kafka_poll(p->rk, PAUSE_MS);
    }
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        kafka_refused_note(&p->refused, i, letter_bytes(e, &e->messages[i]), true);
        return TXN_TOO_LARGE;
    }
    if (code) {
        kafka_told_say(p->told, 4, "produce", "%s: %s", p->config->topics[e->messages[i].role], rd_kafka_err2str(code));
        return rd_kafka_fatal_error(p->rk, NULL, 0) ? TXN_UNKNOWN : TXN_ABORT;
    }
    return TXN_OK;
}

enum txn_verdict kafka_producer_produce(struct kafka_producer *p, struct epoch *e)
{
    bool changelog = false;
    for (uint32_t i = 0; i < e->message_count; i++) {
        e->messages[i].landed = -1;
    }
    p->landing = e;
    for (uint32_t i = 0; i < e->message_count; i++) {
        if (!changelog && e->messages[i].role >= ROLE_CHANGELOG_CUSTOMERS) {
            changelog = true;
            crash_point("changelog_flush");
        }
        enum txn_verdict v = send_surely(p, e, i);
        if (v != TXN_OK) {
            return v;
        }
        if (i % 1024 == 1023) {
            rd_kafka_poll(p->rk, 0);
        }
    }
    return TXN_OK;
}

enum txn_verdict kafka_producer_offsets(struct kafka_producer *p, const struct epoch *e, const char *mark,
                                        const rd_kafka_consumer_group_metadata_t *group)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new((int)e->offset_count);
    for (uint32_t i = 0; i < e->offset_count; i++) {
        const struct epoch_offset *o = &e->offsets[i];
        rd_kafka_topic_partition_t *tp = rd_kafka_topic_partition_list_add(l, p->config->topics[o->role], o->partition);
        tp->offset = o->next;
        tp->metadata = strdup(mark); /* the list frees it */
        tp->metadata_size = tp->metadata ? strlen(mark) : 0;
    }
    uint64_t until = kafka_now_ms() + STEP_MS;
    enum txn_verdict v;
    bool retry;
    do {
        v = judge(p, "send_offsets", rd_kafka_send_offsets_to_transaction(p->rk, l, group, CALL_MS), &retry);
    } while (v != TXN_OK && once_more(p, retry, until));
    rd_kafka_topic_partition_list_destroy(l);
    return v;
}

static void commit_timed(struct kafka_producer *p, bool done, bool retry, uint32_t taken_before)
{
    if (done) {
        kafka_timeout_done(&p->timeout, kafka_now_ms() - p->begun_ms);
    } else if (retry && !atomic_load(p->give_up)) {
        kafka_timeout_late(&p->timeout, p->taken > taken_before);
    }
}

enum txn_verdict kafka_producer_commit(struct kafka_producer *p)
{
    uint64_t until = kafka_now_ms() + kafka_timeout_step_ms(&p->timeout);
    uint32_t taken = p->taken;
    enum txn_verdict v;
    bool retry;
    do {
        v = judge(p, "commit_transaction", rd_kafka_commit_transaction(p->rk, CALL_MS), &retry);
    } while (v != TXN_OK && once_more(p, retry, until));
    commit_timed(p, v == TXN_OK, retry, taken);
    p->landing = v == TXN_OK ? NULL : p->landing;
    return v;
}

/* Only now have all messages come back. */
static enum txn_verdict refusal(struct kafka_producer *p)
{
    enum txn_verdict v = kafka_refused_judge(&p->refused);
    if (v == TXN_UNKNOWN) {
        kafka_told_say(p->told, 4, "batch_refused", "the broker refuses a batch for its size: from now on they hold %zu bytes at most",
                       p->refused.batch_bytes);
    }
    return v;
}

enum txn_verdict kafka_producer_abort(struct kafka_producer *p)
{
    uint64_t until = kafka_now_ms() + STEP_MS;
    enum txn_verdict v;
    bool retry;
    do {
        v = judge(p, "abort_transaction", rd_kafka_abort_transaction(p->rk, CALL_MS), &retry);
    } while (v != TXN_OK && once_more(p, retry, until));
    p->landing = NULL;
    return v == TXN_OK ? refusal(p) : v == TXN_FENCED ? v : TXN_UNKNOWN;
}

bool kafka_producer_clean(struct kafka_producer *p)
{
    return atomic_load(&p->ends) == 1 && atomic_load(&p->faults) == 0;
}
