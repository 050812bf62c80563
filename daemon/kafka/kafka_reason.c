#include "kafka/kafka_reason.h"

#include <stdio.h>
#include <string.h>

void kafka_reason_init(struct kafka_reason *r)
{
    *r = (struct kafka_reason){.lock = PTHREAD_MUTEX_INITIALIZER};
}

void kafka_reason_close(struct kafka_reason *r)
{
    pthread_mutex_destroy(&r->lock);
}

/* "[thrd:NAME]: TEXT (after 3ms in state S)": the text alone. */
void kafka_reason_note(struct kafka_reason *r, const char *fac, const char *buf)
{
    int rank = strcmp(fac, "SSLCERTVRFY") == 0 ? 2 : strcmp(fac, "FAIL") == 0 ? 1 : 0;
    const char *from = strstr(buf, "]: "), *to = strstr(buf, " (after ");
    from = from ? from + 3 : buf;
    int len = (int)(to && to > from ? (size_t)(to - from) : strcspn(from, "\n"));
    pthread_mutex_lock(&r->lock);
    if (rank > 0 && rank >= r->rank) {
        r->rank = rank;
        snprintf(r->text, sizeof r->text, "%.*s", len, from);
    }
    pthread_mutex_unlock(&r->lock);
}

void kafka_reason_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)level;
    kafka_reason_note(rd_kafka_opaque(rk), fac, buf);
}

void kafka_reason_tell(struct kafka_reason *r, const char *what, rd_kafka_resp_err_t err, char *text, size_t size)
{
    if (!r) {
        snprintf(text, size, "%s: %s", what, rd_kafka_err2str(err));
        return;
    }
    pthread_mutex_lock(&r->lock);
    snprintf(text, size, "%s: %s", what, r->text[0] ? r->text : rd_kafka_err2str(err));
    pthread_mutex_unlock(&r->lock);
}

bool kafka_error_of_leader(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           err == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
}

bool kafka_error_passes(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION: return true;
    default: return kafka_error_of_leader(err);
    }
}

static int judge(const struct rd_kafka_metadata *md, const char *name, int32_t *ret_count, char *text, size_t size)
{
    const struct rd_kafka_metadata_topic *t = md->topic_cnt == 1 ? &md->topics[0] : NULL;
    if (t && t->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        snprintf(text, size, "topic %s: %s: Describe on it is needed, to see whether it is there", name, rd_kafka_err2str(t->err));
        return CUBE_EKAFKA;
    }
    if (!t || t->partition_cnt == 0) {
        snprintf(text, size, "topic %s is not there: `cubed topics --create` makes it", name);
        return CUBE_ENOTFOUND;
    }
    *ret_count = t->partition_cnt;
    return 0;
}

int kafka_topic_ask(rd_kafka_t *rk, const char *name, int timeout_ms, struct kafka_reason *r, int32_t *ret_count, char *text, size_t size)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (!topic) {
        return CUBE_ENOMEM;
    }
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, topic, &md, timeout_ms);
    rd_kafka_topic_destroy(topic);
    if (err) {
        kafka_reason_tell(r, "no broker answers", err, text, size);
        return CUBE_ETIMEOUT;
    }
    int rc = judge(md, name, ret_count, text, size);
    rd_kafka_metadata_destroy(md);
    return rc;
}
