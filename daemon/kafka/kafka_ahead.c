#include <stdlib.h>

#include "kafka/kafka_fetch.h"

static bool changelog_of(enum topic_role input, enum topic_role *ret_changelog)
{
    switch (input) {
    case ROLE_INTERACTIONS: *ret_changelog = ROLE_CHANGELOG_CUSTOMERS; return true;
    case ROLE_HR: *ret_changelog = ROLE_CHANGELOG_EMPLOYEES; return true;
    case ROLE_PARTIALS: *ret_changelog = ROLE_CHANGELOG_SCOPES; return true;
    default: return false;
    }
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
