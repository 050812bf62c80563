#include <stdlib.h>

#include "kafka/kafka_fetch.h"

static bool changelog_of(enum topic_role input, enum topic_role *ret_changelog)
{
    static const enum topic_role pairs[][2] = {CHANGELOG_ROLES(CHANGELOG_PAIR)};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (pairs[i][1] == input) {
            *ret_changelog = pairs[i][0];
            return true;
        }
    }
    return false;
}

void kafka_fetch_ahead_open(struct kafka_fetch *f, const struct log_partition *p, uint32_t count)
{
    kafka_fetch_ahead_close(f);
    f->ahead = calloc(count, sizeof(*f->ahead));
    for (uint32_t i = 0; f->ahead && i < count; i++) {
        struct fetch_ahead *a = &f->ahead[f->ahead_count];
        if (changelog_of(p[i].role, &a->role)) {
            a->partition = p[i].partition;
            a->queue = kafka_fetch_open(f, a->role, a->partition, RD_KAFKA_OFFSET_BEGINNING);
            f->ahead_count += a->queue ? 1 : 0;
        }
    }
}

rd_kafka_queue_t *kafka_fetch_ahead_take(struct kafka_fetch *f, enum topic_role role, int32_t partition)
{
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        struct fetch_ahead *a = &f->ahead[i];
        if (a->role == role && a->partition == partition) {
            rd_kafka_queue_t *queue = a->queue;
            *a = f->ahead[--f->ahead_count];
            return queue;
        }
    }
    return NULL;
}

void kafka_fetch_ahead_close(struct kafka_fetch *f)
{
    for (uint32_t i = 0; i < f->ahead_count; i++) {
        kafka_fetch_shut(f, f->ahead[i].role, f->ahead[i].partition, f->ahead[i].queue);
    }
    free(f->ahead);
    f->ahead = NULL;
    f->ahead_count = 0;
}
