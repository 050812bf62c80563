#include "kafka/kafka_changelog.h"

#include "kafka/crash_point.h"
#include "kafka/kafka_clock.h"

#define WAIT_MS 5 /* without a record; markers wake nobody */
#define BATCH 512
#define PREFETCHED 8 /* records before they are taken */
#define CACHE_LINE 64

struct reading {
    enum topic_role role;
    int64_t end;    /* the high watermark */
    int64_t middle; /* past it: INT64_MAX */
    struct kafka_told *told;
    bool done, failed;
    int rc;
    int (*each)(void *arg, const struct record *r);
    void *arg;
};

static void middle_look(struct reading *r, int64_t position)
{
    if (position >= r->middle) {
        crash_point("restore_middle");
        r->middle = INT64_MAX;
    }
}

static void take(struct reading *r, const rd_kafka_message_t *m)
{
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        r->done = m->offset >= r->end;
        middle_look(r, m->offset);
    } else if (m->err) {
        kafka_told_say(r->told, 4, "changelog_failed", "%s[%d]: %s", rd_kafka_topic_name(m->rkt), (int)m->partition, rd_kafka_message_errstr(m));
        r->failed = true;
    } else if (!r->done && r->rc == 0) {
        struct record record = kafka_record(r->role, m);
        r->rc = r->each(r->arg, &record);
        r->done = m->offset + 1 >= r->end;
        middle_look(r, m->offset + 1);
    }
}

/* The last offset below the end is mostly the marker of a transaction, which nobody is shown: the position
 * tells at once that it has passed, the end of the partition only after a long poll. */
static void position_look(struct reading *r, struct kafka_fetch *f, int32_t partition)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(l, f->config->topics[r->role], partition);
    if (!r->done && rd_kafka_position(f->rk, l) == RD_KAFKA_RESP_ERR_NO_ERROR && l->elems[0].offset >= r->end) {
        r->done = true;
        middle_look(r, r->end); /* what lies behind the last record was aborted */
    }
    rd_kafka_topic_partition_list_destroy(l);
}

/* What a record holds was written by another core some time ago. */
static void prefetch(const rd_kafka_message_t *m)
{
    __builtin_prefetch(m->key);
    __builtin_prefetch(m->payload);
    if (m->len > CACHE_LINE) {
        __builtin_prefetch((const char *)m->payload + CACHE_LINE);
    }
}

static int read_on(struct reading *r, struct kafka_fetch *f, int32_t partition, rd_kafka_queue_t *queue, struct kafka_member *m)
{
    rd_kafka_message_t *messages[BATCH];
    uint64_t last_ms = kafka_now_ms();
    while (!r->done && !r->failed && r->rc == 0) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);
        for (ssize_t i = 0; i < n; i++) {
            prefetch(messages[i + PREFETCHED < n ? i + PREFETCHED : n - 1]);
            take(r, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
        position_look(r, f, partition);
        bool goes_on = kafka_member_keep_alive(m);
        uint64_t now_ms = kafka_now_ms();
        last_ms = n > 0 ? now_ms : last_ms;
        f->spoilt = r->failed || now_ms - last_ms > CHANGELOG_STALL_MS;
        r->failed = f->spoilt || !goes_on;
    }
    return r->rc ? r->rc : r->done ? 0 : CUBE_EAGAIN;
}

int kafka_changelog_read(struct kafka_fetch *f, struct kafka_offsets *o, struct kafka_member *m, enum topic_role role,
                         int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r), void *arg)
{
    int64_t low, high;
    int rc = kafka_offsets_ends(o, role, partition, &low, &high);
    rc = !rc && from >= 0 && (from < low || from >= high) ? CUBE_ERANGE : rc;
    if (rc || low >= high) {
        kafka_fetch_ahead_drop(f, role, partition);
        return rc;
    }
    crash_point("restore_begin");
    rd_kafka_queue_t *queue = kafka_fetch_ahead_take(f, role, partition, from);
    if (!queue) {
        return CUBE_EAGAIN;
    }
    int64_t first = from < 0 ? low : from;
    struct reading r = {.role = role, .end = high, .middle = first + (high - first) / 2, .told = f->told, .each = each, .arg = arg};
    rc = read_on(&r, f, partition, queue, m);
    kafka_fetch_shut(f, role, partition, queue);
    return rc;
}
