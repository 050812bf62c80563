#include "kafka/kafka_fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "kafka/kafka_conf.h"

static void on_log(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    struct kafka_fetch *f = rd_kafka_opaque(rk);
    kafka_told_log(f->told, "fetcher", level, fac, buf);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    (void)rk;
    struct kafka_fetch *f = opaque;
    kafka_told_say(f->told, 4, rd_kafka_err2name(err), "fetcher: %s", reason);
}

int kafka_fetch_init(struct kafka_fetch *f, char *text)
{
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(f->config, f->client, text, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_opaque(conf, f);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rc = kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &f->rk);
    for (int r = 0; rc == 0 && r < ROLE_COUNT; r++) {
        bool read = r < INPUT_ROLES || r >= ROLE_CHANGELOG_CUSTOMERS;
        f->topics[r] = read ? rd_kafka_topic_new(f->rk, f->config->topics[r], NULL) : NULL;
    }
    return rc;
}

static void list_of_one(rd_kafka_topic_partition_list_t *l, const struct kafka_fetch *f, enum topic_role role,
                        int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_add(l, f->config->topics[role], partition)->offset = offset;
}

static void unassign(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
    list_of_one(l, f, role, partition, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_error_t *error = rd_kafka_incremental_unassign(f->rk, l);
    if (error) {
        kafka_told_say(f->told, 4, "unassign_failed", "%s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
    rd_kafka_topic_partition_list_destroy(l);
}

rd_kafka_queue_t *kafka_fetch_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t offset)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(f->rk, f->config->topics[role], partition);
    if (!queue) {
        return NULL;
    }
    rd_kafka_queue_forward(queue, NULL); /* before the assignment, which would point it at the consumer's */
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(1);
    list_of_one(l, f, role, partition, offset);
    rd_kafka_error_t *error = rd_kafka_incremental_assign(f->rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    if (error) {
        kafka_told_say(f->told, 3, "assign_failed", "%s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_queue_destroy(queue);
        return NULL;
    }
    return queue;
}

void kafka_fetch_shut(struct kafka_fetch *f, enum topic_role role, int32_t partition, rd_kafka_queue_t *queue)
{
    rd_kafka_queue_cb_event_enable(queue, NULL, NULL);
    unassign(f, role, partition);
    rd_kafka_queue_destroy(queue);
}

static void slot_shut(struct fetch_slot *s)
{
    if (s->queue) {
        kafka_fetch_shut(s->owner, s->role, s->partition, s->queue);
        s->queue = NULL;
    }
}

static void on_ready(rd_kafka_t *rk, void *opaque)
{
    (void)rk;
    struct fetch_slot *s = opaque;
    atomic_store(&s->ready, true);
    s->owner->wake(s->owner->arg);
}

struct fetch_slot *kafka_fetch_slot(const struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->slots[i]->role == role && f->slots[i]->partition == partition) {
            return f->slots[i];
        }
    }
    return NULL;
}

static struct fetch_slot *slot_add(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    if (f->count == f->capacity) {
        uint32_t capacity = f->capacity ? f->capacity * 2 : 16;
        struct fetch_slot **at = realloc(f->slots, capacity * sizeof(struct fetch_slot *));
        if (!at) {
            return NULL;
        }
        f->slots = at;
        f->capacity = capacity;
    }
    struct fetch_slot *s = calloc(1, sizeof(*s));
    if (s) {
        *s = (struct fetch_slot){.owner = f, .role = role, .partition = partition, .next = -1, .end = -1, .until = -1};
        f->slots[f->count++] = s;
    }
    return s;
}

static int slot_open(struct fetch_slot *s, int64_t from)
{
    slot_shut(s);
    s->queue = kafka_fetch_open(s->owner, s->role, s->partition, from < 0 ? RD_KAFKA_OFFSET_BEGINNING : from);
    if (!s->queue) {
        return CUBE_EKAFKA;
    }
    s->next = from;
    s->end = -1;
    s->gone = 0;
    rd_kafka_queue_cb_event_enable(s->queue, on_ready, s);
    return 0;
}

int kafka_fetch_start(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    struct fetch_slot *s = kafka_fetch_slot(f, role, partition);
    s = s ? s : slot_add(f, role, partition);
    if (!s) {
        return CUBE_ENOMEM;
    }
    bool goes_on = s->queue && from >= 0 && s->next == from;
    int rc = goes_on ? 0 : slot_open(s, from);
    if (rc) {
        return rc;
    }
    s->end_due = goes_on && s->end == s->next;
    s->gone = s->gone ? 1 : 0;
    s->started = true;
    s->held = false;
    s->until = -1;
    on_ready(f->rk, s); /* the event tells of empty -> non-empty only */
    return 0;
}

int kafka_fetch_start_until(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from, int64_t until)
{
    int rc = kafka_fetch_start(f, role, partition, from);
    if (!rc) {
        kafka_fetch_slot(f, role, partition)->until = until;
    }
    return rc;
}

int kafka_fetch_prepare(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    struct fetch_slot *s = kafka_fetch_slot(f, role, partition);
    s = s ? s : slot_add(f, role, partition);
    if (!s) {
        return CUBE_ENOMEM;
    }
    s->started = false;
    return s->queue && s->next == from ? 0 : slot_open(s, from);
}

static void slot_drop(struct kafka_fetch *f, uint32_t i)
{
    slot_shut(f->slots[i]);
    free(f->slots[i]);
    f->slots[i] = f->slots[--f->count];
}

void kafka_fetch_drop(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->slots[i]->role == role && f->slots[i]->partition == partition) {
            slot_drop(f, i);
            return;
        }
    }
}

void kafka_fetch_suspend(struct kafka_fetch *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        f->slots[i]->started = false;
    }
}

static bool listed(const struct fetch_slot *s, const struct log_partition *p, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (p[i].role == s->role && p[i].partition == s->partition) {
            return true;
        }
    }
    return false;
}

void kafka_fetch_retain(struct kafka_fetch *f, const struct log_partition *p, uint32_t count)
{
    for (uint32_t i = f->count; i-- > 0;) {
        if (!listed(f->slots[i], p, count)) {
            slot_drop(f, i);
        }
    }
}

rd_kafka_t *kafka_fetch_client_close(struct kafka_fetch *f)
{
    kafka_fetch_retain(f, NULL, 0);
    kafka_fetch_ahead_shut(f);
    free(f->slots);
    f->slots = NULL;
    f->capacity = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (f->topics[r]) {
            rd_kafka_topic_destroy(f->topics[r]);
            f->topics[r] = NULL;
        }
    }
    rd_kafka_t *rk = f->rk;
    f->rk = NULL;
    f->spoilt = false;
    return rk;
}

rd_kafka_t *kafka_fetch_close(struct kafka_fetch *f)
{
    rd_kafka_t *rk = kafka_fetch_client_close(f);
    kafka_fetch_ahead_close(f);
    return rk;
}

void kafka_fetch_hold(struct kafka_fetch *f, enum topic_role role, int32_t partition, bool held)
{
    struct fetch_slot *s = kafka_fetch_slot(f, role, partition);
    if (s && s->held != held) {
        s->held = held;
        if (!held) {
            on_ready(f->rk, s);
        }
    }
}

int64_t kafka_fetch_lag(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    const struct fetch_slot *s = kafka_fetch_slot(f, role, partition);
    int64_t low = -1, high = -1;
    if (!s || !s->queue || rd_kafka_get_watermark_offsets(f->rk, f->config->topics[role], partition, &low, &high)) {
        return -1;
    }
    int64_t next = s->next >= 0 ? s->next : low;
    return high < 0 || next < 0 ? -1 : high > next ? high - next : 0;
}

/* An end below the high watermark is only the edge of a transaction under way: another end will follow. */
static void end_reached(struct fetch_slot *s, int64_t offset)
{
    int64_t low = -1, high = -1;
    rd_kafka_get_watermark_offsets(s->owner->rk, s->owner->config->topics[s->role], s->partition, &low, &high);
    s->next = offset;
    if (offset >= high) {
        s->end = offset;
        s->end_due = true;
    }
}

/* The broker has not what was asked for. Not a word of this fetch, when it was asked for before this partition began anew further on. */
static void gone(struct fetch_slot *s, const rd_kafka_message_t *m)
{
    if (m->offset < 0 || m->offset >= s->next) {
        s->gone = 1;
        kafka_told_say(s->owner->told, 4, "offset_out_of_range", "%s[%d]: offset %lld is gone from the broker: it is a loss if this partition "
                       "stays ours", s->owner->config->topics[s->role], s->partition, (long long)s->next);
    }
}

static void trouble(struct fetch_slot *s, const rd_kafka_message_t *m)
{
    if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        gone(s, m);
    } else {
        kafka_told_say(s->owner->told, 4, "fetch_failed", "%s[%d]: %s", s->owner->config->topics[s->role], s->partition, rd_kafka_message_errstr(m));
    }
}

void kafka_fetch_losses(struct kafka_fetch *f, uint32_t patience)
{
    for (uint32_t i = 0; i < f->count; i++) {
        struct fetch_slot *s = f->slots[i];
        if (s->started && s->gone && s->gone++ > patience) {
            char text[TOLD_TEXT_MAX];
            snprintf(text, sizeof(text), "%s[%d]: offset %lld is gone from the broker: records were deleted before they were read",
                     f->config->topics[s->role], s->partition, (long long)s->next);
            kafka_told_say(f->told, 3, "offset_out_of_range", "%s", text);
            f->failed(f->arg, CUBE_ERANGE, text);
            return;
        }
    }
}

static void hand_over(struct fetch_slot *s, const struct log_events *ev, uint32_t count)
{
    if (count > 0) {
        s->next = s->owner->records[count - 1].offset + 1;
        ev->records(ev->arg, s->owner->records, count);
    }
}

/* Hands over the records of one batch, ends between them in their place. */
static void deliver(struct fetch_slot *s, const struct log_events *ev, ssize_t count)
{
    struct kafka_fetch *f = s->owner;
    uint32_t good = 0;
    bool over = false;
    for (ssize_t i = 0; i < count && !over; i++) {
        const rd_kafka_message_t *m = f->messages[i];
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && s->until >= 0 && m->offset >= s->until) {
            over = true;
        } else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            s->end_due = false;
            f->records[good++] = kafka_record(s->role, m);
        } else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            hand_over(s, ev, good);
            good = 0;
            end_reached(s, m->offset);
        } else {
            trouble(s, m);
        }
    }
    hand_over(s, ev, good);
    s->next = over ? s->until : s->next;
    for (ssize_t i = 0; i < count; i++) {
        rd_kafka_message_destroy(f->messages[i]);
    }
}

/* Returns how many were taken out of the queue. */
static uint32_t drain(struct fetch_slot *s, const struct log_events *ev)
{
    atomic_store(&s->ready, false); /* before looking: what comes meanwhile sets it again */
    ssize_t n = rd_kafka_consume_batch_queue(s->queue, 0, s->owner->messages, FETCH_BATCH_MAX);
    if (n > 0) {
        deliver(s, ev, n);
    }
    if (n == FETCH_BATCH_MAX) {
        atomic_store(&s->ready, true);
    } else if (s->end_due) {
        s->end_due = false;
        ev->at_end(ev->arg, s->role, s->partition, s->next);
    }
    if (s->until >= 0 && s->next >= s->until) {
        s->owner->reached(s->owner->arg, s->role, s->partition, s->until, s->held);
    }
    return n > 0 ? (uint32_t)n : 0;
}

static bool drainable(const struct fetch_slot *s)
{
    return s->started && !s->held && s->queue && atomic_load(&s->ready);
}

bool kafka_fetch_turn(struct kafka_fetch *f, const struct log_events *ev)
{
    uint64_t until = uv_hrtime() + FETCH_TURN_NS;
    uint32_t taken = 0, idle = 0;
    while (idle < f->count) {
        struct fetch_slot *s = f->slots[f->turn++ % f->count];
        if (!drainable(s)) {
            idle++;
            continue;
        }
        idle = 0;
        taken += drain(s, ev);
        if (taken >= FETCH_TURN_RECORDS || uv_hrtime() >= until) {
            return true;
        }
    }
    return false;
}
