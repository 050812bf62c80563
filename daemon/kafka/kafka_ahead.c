#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_conf.h"
#include "kafka/kafka_fetch.h"

static bool is_made(struct kafka_fetch *f)
{
    char text[KAFKA_TEXT_MAX] = "";
    int rc = f->rk ? 0 : kafka_fetch_init(f, text);
    if (rc) {
        kafka_told_say(f->told, 3, "kafka_refused", "%s", text[0] ? text : err_text(rc));
    }
    return rc == 0;
}

static rd_kafka_queue_t *queue_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    return is_made(f) ? kafka_fetch_open(f, role, partition, from < 0 ? RD_KAFKA_OFFSET_BEGINNING : from) : NULL;
}

static struct fetch_ahead *ahead_add(struct kafka_fetch *f)
{
    if (f->ahead_count == f->ahead_capacity) {
        uint32_t capacity = f->ahead_capacity ? 2 * f->ahead_capacity : 16;
        struct fetch_ahead *grown = realloc(f->ahead, capacity * sizeof(*grown));
        if (!grown) {
            return NULL;
        }
        f->ahead = grown;
        f->ahead_capacity = capacity;
    }
    return &f->ahead[f->ahead_count++];
}

/* Its place, or their count. */
static uint32_t ahead_find(const struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    uint32_t i = 0;
    while (i < f->ahead_count && (f->ahead[i].role != role || f->ahead[i].partition != partition)) {
        i++;
    }
    return i;
}

/* The first ones of the list are fetched. */
static void ahead_fetch(struct kafka_fetch *f)
{
    for (uint32_t i = 0; i < f->ahead_count && i < FETCH_AHEAD_MAX; i++) {
        struct fetch_ahead *a = &f->ahead[i];
        a->queue = a->queue ? a->queue : queue_open(f, a->role, a->partition, a->from);
    }
}

static struct fetch_ahead ahead_remove(struct kafka_fetch *f, uint32_t i)
{
    struct fetch_ahead a = f->ahead[i];
    f->ahead_count--;
    memmove(f->ahead + i, f->ahead + i + 1, (f->ahead_count - i) * sizeof(a));
    return a;
}

void kafka_fetch_ahead_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    struct fetch_ahead *a = ahead_find(f, role, partition) < f->ahead_count ? NULL : ahead_add(f);
    if (a) {
        *a = (struct fetch_ahead){role, partition, from, NULL};
        ahead_fetch(f);
    }
}

rd_kafka_queue_t *kafka_fetch_ahead_take(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    uint32_t i = ahead_find(f, role, partition);
    struct fetch_ahead a = i < f->ahead_count ? ahead_remove(f, i) : (struct fetch_ahead){.queue = NULL};
    if (a.queue && a.from != from) {
        kafka_fetch_shut(f, role, partition, a.queue);
        a.queue = NULL;
    }
    a.queue = a.queue ? a.queue : queue_open(f, role, partition, from);
    ahead_fetch(f);
    return a.queue;
}

void kafka_fetch_ahead_drop(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    uint32_t i = ahead_find(f, role, partition);
    struct fetch_ahead a = i < f->ahead_count ? ahead_remove(f, i) : (struct fetch_ahead){.queue = NULL};
    if (a.queue) {
        kafka_fetch_shut(f, role, partition, a.queue);
    }
    ahead_fetch(f);
}

void kafka_fetch_ahead_shut(struct kafka_fetch *f)
{
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        struct fetch_ahead *a = &f->ahead[i];
        if (a->queue) {
            kafka_fetch_shut(f, a->role, a->partition, a->queue);
            a->queue = NULL;
        }
    }
}

void kafka_fetch_ahead_close(struct kafka_fetch *f)
{
    kafka_fetch_ahead_shut(f);
    free(f->ahead);
    f->ahead = NULL;
    f->ahead_count = f->ahead_capacity = 0;
}

bool kafka_fetch_ahead_rests(const struct kafka_fetch *f)
{
    return f->rk && f->ahead_count == 0;
}
