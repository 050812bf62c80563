#include "kafka/kafka_timeout.h"

static uint64_t usual_ms(const struct kafka_timeout *t)
{
    return t->usual_ms ? t->usual_ms : TRANSACTION_TIMEOUT_MS;
}

void kafka_timeout_open(struct kafka_timeout *t)
{
    t->own_ms = t->next_ms ? t->next_ms : usual_ms(t);
}

uint64_t kafka_timeout_step_ms(const struct kafka_timeout *t)
{
    return t->own_ms / 5 * 4;
}

void kafka_timeout_late(struct kafka_timeout *t, bool is_taken)
{
    if (is_taken) {
        t->next_ms = t->own_ms * 2 < TRANSACTION_TIMEOUT_MAX_MS ? t->own_ms * 2 : TRANSACTION_TIMEOUT_MAX_MS;
    }
}

void kafka_timeout_done(struct kafka_timeout *t, uint64_t took_ms)
{
    if (took_ms < usual_ms(t) / 2) {
        t->next_ms = 0;
    }
}

void kafka_timeout_refused(struct kafka_timeout *t)
{
    t->next_ms = t->own_ms / 2 > usual_ms(t) ? t->own_ms / 2 : 0;
}
