/* What is read again after a restart. It is worked on faster than anything else, so that all queues are soon empty, while librdkafka
 * looks at one that was full only with the next answer (kafka_conf.c). A client whose answers come each 10 ms would cost too much when
 * nothing comes, so it is there for this only, from before the first tasks come: it is connected then. */
#include "kafka/kafka_conf.h"
#include "kafka/kafka_log_parts.h"

/* Records of a partition: fewer are in a queue at once, but of bundles, which are as long as thousands of events, two may be too many. */
enum { AGAIN_MIN = 2000, AGAIN_BUNDLES_MIN = 2 };

static bool is_much(struct kafka_log *self, enum topic_role role, int64_t from, int64_t again_to)
{
    char text[KAFKA_TEXT_MAX];
    int64_t much = role == ROLE_PARTIALS ? AGAIN_BUNDLES_MIN : AGAIN_MIN;
    return again_to - (from < 0 ? 0 : from) >= much && (self->again.rk || kafka_fetch_init(&self->again, text) == 0);
}

int kafka_log_input_start(struct kafka_log *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    if (is_much(self, role, from, again_to)) {
        int rc = kafka_fetch_prepare(&self->fetch, role, partition, again_to);
        return rc ? rc : kafka_fetch_start_until(&self->again, role, partition, from, again_to);
    }
    kafka_fetch_drop(&self->again, role, partition);
    return kafka_fetch_start(&self->fetch, role, partition, from);
}

void kafka_log_again_reached(void *arg, enum topic_role role, int32_t partition, int64_t until, bool held)
{
    struct kafka_log *self = arg;
    kafka_fetch_drop(&self->again, role, partition);
    int rc = kafka_fetch_start(&self->fetch, role, partition, until);
    if (rc) {
        kafka_log_fail(self, rc, err_text(rc));
    }
    kafka_fetch_hold(&self->fetch, role, partition, held);
}

struct kafka_fetch *kafka_log_fetch_of(struct kafka_log *self, enum topic_role role, int32_t partition)
{
    return kafka_fetch_slot(&self->again, role, partition) ? &self->again : &self->fetch;
}

void kafka_log_again_serve(struct kafka_log *self)
{
    self->again_rests = self->again.rk && self->again.count == 0 ? self->again_rests + 1 : 0;
    if (self->again_rests > (self->owned_count > 0 ? 1 : READER_REST_TICKS)) {
        rd_kafka_t *rk = kafka_fetch_client_close(&self->again);
        self->restore_left = !kafka_clients_end(&rk, 1) || self->restore_left;
    }
}
