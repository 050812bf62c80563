#include "kafka/kafka_doubt.h"

#include <stdio.h>
#include <string.h>

#include "kafka/kafka_clock.h"

enum doubt_verdict kafka_doubt_judge(struct kafka_doubt *d, enum doubt_place place, uint64_t now_ms, uint64_t session_ms)
{
    if (place != PLACE_TAKEN) {
        d->taken_since_ms = 0;
        return place == PLACE_FREE ? DOUBT_GHOST : DOUBT_OPEN;
    }
    d->taken_since_ms = d->taken_since_ms ? d->taken_since_ms : now_ms;
    return now_ms - d->taken_since_ms > session_ms + DOUBT_EXTRA_MS ? DOUBT_PROCESS : DOUBT_OPEN;
}

static bool has_place(const rd_kafka_ConsumerGroupDescription_t *group, const struct config *c)
{
    char ours[300];
    snprintf(ours, sizeof(ours), "%s-%s", c->name, c->instance);
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        const char *id = rd_kafka_MemberDescription_group_instance_id(rd_kafka_ConsumerGroupDescription_member(group, i));
        if (id && strcmp(id, ours) == 0) {
            return true;
        }
    }
    return false;
}

/* A group that may not be described keeps its place: nobody is to be put out of it blindly. */
static enum doubt_place place_of(const struct kafka_group_answer *a, const struct config *c)
{
    if (!a->group) {
        return a->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ? PLACE_TAKEN : PLACE_UNKNOWN;
    }
    return has_place(a->group, c) ? PLACE_TAKEN : PLACE_FREE;
}

enum doubt_verdict kafka_doubt_look(struct kafka_doubt *d, rd_kafka_t *rk, const struct config *c, uint64_t session_ms)
{
    struct kafka_group_answer a;
    int rc = kafka_group_look(&d->group, rk, c, &a);
    if (rc != 1) {
        return rc ? kafka_doubt_judge(d, PLACE_UNKNOWN, 0, session_ms) : DOUBT_OPEN;
    }
    enum doubt_place place = place_of(&a, c);
    rd_kafka_event_destroy(a.event);
    return kafka_doubt_judge(d, place, kafka_now_ms(), session_ms);
}

void kafka_doubt_close(struct kafka_doubt *d)
{
    kafka_group_close(&d->group);
}
