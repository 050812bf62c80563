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

/* The member is nobody's thread's own: while one keeps it alive the others need not. */
static bool keep_alive(struct kafka_changelogs *c, struct kafka_member *m)
{
    if (pthread_mutex_trylock(&c->lock)) {
        return true;
    }
    bool goes_on = kafka_member_keep_alive(m);
    pthread_mutex_unlock(&c->lock);
    return goes_on;
}

/* ret_spoilt: nothing more is to be expected of the client. */
static int read_on(struct reading *r, struct kafka_changelogs *c, int32_t partition, rd_kafka_queue_t *queue, struct kafka_member *m,
                   bool *ret_spoilt)
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
        position_look(r, &c->fetch, partition);
        bool goes_on = keep_alive(c, m);
        uint64_t now_ms = kafka_now_ms();
        last_ms = n > 0 ? now_ms : last_ms;
        *ret_spoilt = r->failed || now_ms - last_ms > CHANGELOG_STALL_MS;
        r->failed = *ret_spoilt || !goes_on;
    }
    return r->rc ? r->rc : r->done ? 0 : CUBE_EAGAIN;
}

/* Another thread may have met what spoils a client, and the loop may be wanted: then nobody begins. */
static bool is_in_vain(struct kafka_changelogs *c, struct kafka_member *m)
{
    pthread_mutex_lock(&c->lock);
    bool vain = c->fetch.spoilt || !kafka_member_keep_alive(m);
    pthread_mutex_unlock(&c->lock);
    return vain;
}

static void partition_drop(struct kafka_changelogs *c, enum topic_role role, int32_t partition)
{
    pthread_mutex_lock(&c->lock);
    kafka_fetch_ahead_drop(&c->fetch, role, partition);
    pthread_mutex_unlock(&c->lock);
}

static rd_kafka_queue_t *partition_open(struct kafka_changelogs *c, enum topic_role role, int32_t partition, int64_t from)
{
    pthread_mutex_lock(&c->lock);
    rd_kafka_queue_t *queue = c->fetch.spoilt ? NULL : kafka_fetch_ahead_take(&c->fetch, role, partition, from);
    c->readers += queue ? 1 : 0;
    pthread_mutex_unlock(&c->lock);
    return queue;
}

static void partition_shut(struct kafka_changelogs *c, enum topic_role role, int32_t partition, rd_kafka_queue_t *queue, bool spoilt)
{
    pthread_mutex_lock(&c->lock);
    kafka_fetch_shut(&c->fetch, role, partition, queue);
    c->fetch.spoilt = c->fetch.spoilt || spoilt;
    c->readers--;
    pthread_mutex_unlock(&c->lock);
}

int kafka_changelog_read(struct kafka_changelogs *c, struct kafka_offsets *o, struct kafka_member *m, enum topic_role role,
                         int32_t partition, int64_t from, int (*each)(void *arg, const struct record *r), void *arg)
{
    int64_t low, high;
    bool spoilt = false;
    if (is_in_vain(c, m)) {
        return CUBE_EAGAIN;
    }
    int rc = kafka_offsets_ends(o, role, partition, &low, &high);
    rc = !rc && from >= 0 && (from < low || from >= high) ? CUBE_ERANGE : rc;
    if (rc || low >= high) {
        partition_drop(c, role, partition);
        return rc;
    }
    crash_point("restore_begin");
    rd_kafka_queue_t *queue = partition_open(c, role, partition, from);
    if (!queue) {
        return CUBE_EAGAIN;
    }
    int64_t first = from < 0 ? low : from;
    struct reading r = {.role = role, .end = high, .middle = first + (high - first) / 2, .told = c->fetch.told, .each = each, .arg = arg};
    rc = read_on(&r, c, partition, queue, m, &spoilt);
    partition_shut(c, role, partition, queue, spoilt);
    return rc;
}

bool kafka_changelogs_spoilt(const struct kafka_changelogs *c)
{
    return c->fetch.spoilt && c->readers == 0;
}
