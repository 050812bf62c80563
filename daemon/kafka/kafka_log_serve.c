/* What the log looks at each second beside its partitions: what the group gives out, and the client that reads changelogs. */
#include "kafka/kafka_clock.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_log_parts.h"

void kafka_log_restore_end(struct kafka_log *self)
{
    rd_kafka_t *rk = kafka_fetch_client_close(&self->restore.fetch);
    self->restore_left = !kafka_clients_end(&rk, 1) || self->restore_left;
}

static bool is_asked(struct kafka_log *self)
{
    return self->owned && !atomic_load(&self->member.doubted);
}

void kafka_log_given_turn(struct kafka_log *self)
{
    if (is_asked(self)) {
        kafka_group_coordinator(&self->given.group, atomic_load(&self->member.coordinator) - 1);
        kafka_given_look(&self->given, self->offsets.marks, self->config);
    }
}

/* A topic that is not there is waited for; one that is, and is given to nobody, takes a rebalance, which a join again is the only way to. */
void kafka_log_given_serve(struct kafka_log *self)
{
    char text[KAFKA_TEXT_MAX] = "";
    struct kafka_given *g = &self->given;
    uint64_t now_ms = kafka_now_ms();
    if (self->member.missed) {
        self->member.missed = false;
        kafka_given_miss(g);
    }
    kafka_given_tick(g);
    int32_t count = 0;
    if (!is_asked(self) || !kafka_given_join_due(g, now_ms) || kafka_offsets_partition_count(&self->offsets, g->lacking, &count)) {
        return;
    }
    kafka_given_count(g, g->lacking, count);
    if (g->verdict == GIVEN_LACKS) {
        kafka_given_joined(g, now_ms);
        kafka_told_say(&self->told, 4, "input_not_given", "%s has %d partitions, and not all are given to an instance: the group is joined again",
                       self->config->topics[g->lacking], (int)count);
        int rc = kafka_member_join(&self->member, text);
        if (rc) {
            kafka_told_say(&self->told, 4, "join_failed", "%s", text);
        }
    }
}

/* A client that asks all the time must not stay. Before the first tasks come it is kept for a while: it is connected then. */
void kafka_log_restore_serve(struct kafka_log *self)
{
    self->restore_rests = kafka_fetch_ahead_rests(&self->restore.fetch) ? self->restore_rests + 1 : 0;
    if (self->restore_rests > (self->owned_count > 0 ? 1 : READER_REST_TICKS)) {
        kafka_log_restore_end(self);
    }
}
