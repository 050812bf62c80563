#include <stdlib.h>

#include "kafka/kafka_fetch.h"

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
    return &f->ahead[f->ahead_count];
}

static struct fetch_ahead *ahead_find(const struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        if (f->ahead[i].role == role && f->ahead[i].partition == partition) {
            return &f->ahead[i];
        }
    }
    return NULL;
}

void kafka_fetch_ahead_open(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    struct fetch_ahead *a = ahead_find(f, role, partition) ? NULL : ahead_add(f);
    if (a) {
        *a = (struct fetch_ahead){role, partition, from, kafka_fetch_open(f, role, partition, from < 0 ? RD_KAFKA_OFFSET_BEGINNING : from)};
        f->ahead_count += a->queue ? 1 : 0;
    }
}

rd_kafka_queue_t *kafka_fetch_ahead_take(struct kafka_fetch *f, enum topic_role role, int32_t partition, int64_t from)
{
    struct fetch_ahead *a = ahead_find(f, role, partition);
    if (!a) {
        return NULL;
    }
    struct fetch_ahead taken = *a;
    *a = f->ahead[--f->ahead_count];
    if (taken.from != from) {
        kafka_fetch_shut(f, role, partition, taken.queue);
        return NULL;
    }
    return taken.queue;
}

void kafka_fetch_ahead_close(struct kafka_fetch *f)
{
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        kafka_fetch_shut(f, f->ahead[i].role, f->ahead[i].partition, f->ahead[i].queue);
    }
    free(f->ahead);
    f->ahead = NULL;
    f->ahead_count = f->ahead_capacity = 0;
}
