#include "kafka/kafka_offsets.h"

#include <string.h>
#include <unistd.h>

#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_reason.h"

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_offsets *o = rd_kafka_opaque(rk);
    kafka_told_log(o->told, "marks", level, fac, buf);
}

int kafka_offsets_init(struct kafka_offsets *o, char *text)
{
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(o->config, CLIENT_MARKS, text, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_opaque(conf, o);
    rd_kafka_conf_set_log_cb(conf, on_log);
    return kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &o->marks);
}

rd_kafka_t *kafka_offsets_close(struct kafka_offsets *o)
{
    rd_kafka_t *rk = o->marks;
    o->marks = NULL;
    return rk;
}

static int query(struct kafka_offsets *o, rd_kafka_topic_partition_list_t *l)
{
    rd_kafka_resp_err_t err = rd_kafka_committed(o->stable, l, OFFSETS_CALL_MS);
    for (int i = 0; !err && i < l->cnt; i++) {
        err = l->elems[i].err;
    }
    if (err) {
        kafka_told_say(o->told, 6, "committed_offsets", "%s", rd_kafka_err2str(err));
        return CUBE_EAGAIN;
    }
    return 0;
}

static const rd_kafka_topic_partition_t *found(const struct kafka_offsets *o, rd_kafka_topic_partition_list_t *l,
                                               enum topic_role role, int32_t partition)
{
    return rd_kafka_topic_partition_list_find(l, o->config->topics[role], partition);
}

int kafka_offsets_committed(struct kafka_offsets *o, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_list_add(l, o->config->topics[p[i].role], p[i].partition);
    }
    int rc = query(o, l);
    for (uint32_t i = 0; !rc && i < count; i++) {
        const rd_kafka_topic_partition_t *tp = found(o, l, p[i].role, p[i].partition);
        ret_next[i] = tp && tp->offset >= 0 ? tp->offset : -1;
    }
    rd_kafka_topic_partition_list_destroy(l);
    return rc;
}

static bool carries(const rd_kafka_topic_partition_t *tp, const char *mark)
{
    return tp && tp->metadata_size == strlen(mark) && memcmp(tp->metadata, mark, tp->metadata_size) == 0;
}

int kafka_offsets_landed(struct kafka_offsets *o, const struct epoch *e, const char *mark)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new((int)e->offset_count);
    for (uint32_t i = 0; i < e->offset_count; i++) {
        rd_kafka_topic_partition_list_add(l, o->config->topics[e->offsets[i].role], e->offsets[i].partition);
    }
    int rc = query(o, l);
    for (uint32_t i = 0; rc == 0 && i < e->offset_count; i++) {
        rc = carries(found(o, l, e->offsets[i].role, e->offsets[i].partition), mark) ? 1 : 0;
    }
    rd_kafka_topic_partition_list_destroy(l);
    return rc;
}

/* A client that holds no partition of a topic keeps what it was once told of it: that there is no leader, for a quarter of an hour. */
static void leader_ask(rd_kafka_t *rk, const char *name, int timeout_ms)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (topic) {
        if (!rd_kafka_metadata(rk, 0, topic, &md, timeout_ms)) {
            rd_kafka_metadata_destroy(md);
        }
        rd_kafka_topic_destroy(topic);
    }
}

/* The offset that the broker says of a time: which may be its first or its end. */
static rd_kafka_resp_err_t offset_at(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t time, int timeout_ms, int64_t *ret_offset)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(l, topic, partition)->offset = time;
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, l, timeout_ms);
    err = err ? err : l->elems[0].err;
    *ret_offset = err ? *ret_offset : l->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(l);
    return err;
}

/* rd_kafka_query_watermark_offsets waits for ever for a broker that stands still, whatever its timeout. */
static rd_kafka_resp_err_t ends_ask(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *ret_low, int64_t *ret_high, int timeout_ms)
{
    int64_t low = 0;
    rd_kafka_resp_err_t err = offset_at(rk, topic, partition, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, &low);
    err = err ? err : offset_at(rk, topic, partition, RD_KAFKA_OFFSET_END, timeout_ms, ret_high);
    *ret_low = err ? *ret_low : low;
    return err;
}

enum { LEADER_PAUSE_MS = 20 };

rd_kafka_resp_err_t kafka_watermarks(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *ret_low, int64_t *ret_high, int timeout_ms)
{
    uint64_t begun_ms = kafka_now_ms();
    rd_kafka_resp_err_t err = ends_ask(rk, topic, partition, ret_low, ret_high, timeout_ms);
    for (bool late = false; kafka_error_of_leader(err) && !late;) {
        late = (int64_t)(kafka_now_ms() - begun_ms) >= timeout_ms;
        usleep(LEADER_PAUSE_MS * 1000);
        leader_ask(rk, topic, timeout_ms);
        err = ends_ask(rk, topic, partition, ret_low, ret_high, timeout_ms);
    }
    return err;
}

int kafka_offsets_ends(struct kafka_offsets *o, enum topic_role role, int32_t partition, int64_t *ret_low, int64_t *ret_high)
{
    rd_kafka_resp_err_t err = kafka_watermarks(o->marks, o->config->topics[role], partition, ret_low, ret_high, OFFSETS_CALL_MS);
    if (err) {
        kafka_told_say(o->told, 4, "watermark_offsets", "%s[%d]: %s", o->config->topics[role], partition, rd_kafka_err2str(err));
        return CUBE_EAGAIN;
    }
    return 0;
}

/* Whether a broker can be asked, without waiting for one to be connected, which goes on meanwhile. */
static bool somebody_is_there(const struct kafka_offsets *o)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t err = rd_kafka_metadata(o->marks, 0, NULL, &md, 1);
    if (!err) {
        rd_kafka_metadata_destroy(md);
    }
    return err != RD_KAFKA_RESP_ERR__TRANSPORT;
}

int kafka_offsets_partition_count(struct kafka_offsets *o, enum topic_role role, int32_t *ret_count)
{
    char text[KAFKA_TEXT_MAX];
    if (o->silent && !somebody_is_there(o)) {
        return CUBE_EAGAIN;
    }
    int rc = kafka_topic_ask(o->marks, o->config->topics[role], 1000, NULL, ret_count, text, sizeof text);
    o->silent = rc == CUBE_ETIMEOUT;
    if (rc == CUBE_EKAFKA) {
        kafka_told_say(o->told, 4, "not_allowed", "%s", text);
    }
    return rc == CUBE_EKAFKA || rc == CUBE_ENOTFOUND ? rc : rc ? CUBE_EAGAIN : 0;
}
