#include "kafka/kafka_doubt.h"

#include <stdio.h>
#include <string.h>

#include <uv.h>

#define ASK_MS 2000

enum doubt_verdict kafka_doubt_judge(struct kafka_doubt *d, enum doubt_place place, uint64_t now_ms, uint64_t session_ms)
{
    if (place != PLACE_TAKEN) {
        d->taken_since_ms = 0;
        return place == PLACE_FREE ? DOUBT_GHOST : DOUBT_OPEN;
    }
    d->taken_since_ms = d->taken_since_ms ? d->taken_since_ms : now_ms;
    return now_ms - d->taken_since_ms > session_ms + DOUBT_EXTRA_MS ? DOUBT_PROCESS : DOUBT_OPEN;
}

static bool ask(struct kafka_doubt *d, rd_kafka_t *rk, const struct config *c)
{
    char text[256];
    const char *group = c->name;
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    d->answers = rd_kafka_queue_new(rk);
    if (!options || !d->answers || rd_kafka_AdminOptions_set_request_timeout(options, ASK_MS, text, sizeof(text))) {
        kafka_doubt_close(d);
    } else {
        rd_kafka_DescribeConsumerGroups(rk, &group, 1, options, d->answers);
    }
    if (options) {
        rd_kafka_AdminOptions_destroy(options);
    }
    return d->answers != NULL;
}

/* A group that may not be described keeps its place: nobody is to be put out of it blindly. */
static enum doubt_place place_of(const rd_kafka_ConsumerGroupDescription_t *group, const struct config *c)
{
    char ours[300];
    const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(group);
    if (error && rd_kafka_error_code(error)) {
        return rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ? PLACE_TAKEN : PLACE_UNKNOWN;
    }
    snprintf(ours, sizeof(ours), "%s-%s", c->name, c->instance);
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        const char *id = rd_kafka_MemberDescription_group_instance_id(rd_kafka_ConsumerGroupDescription_member(group, i));
        if (id && strcmp(id, ours) == 0) {
            return PLACE_TAKEN;
        }
    }
    return PLACE_FREE;
}

static enum doubt_place answer_read(rd_kafka_event_t *event, const struct config *c)
{
    const rd_kafka_DescribeConsumerGroups_result_t *result = rd_kafka_event_DescribeConsumerGroups_result(event);
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **groups =
        result && !rd_kafka_event_error(event) ? rd_kafka_DescribeConsumerGroups_result_groups(result, &count) : NULL;
    return groups && count == 1 ? place_of(groups[0], c) : PLACE_UNKNOWN;
}

enum doubt_verdict kafka_doubt_look(struct kafka_doubt *d, rd_kafka_t *rk, const struct config *c, uint64_t session_ms)
{
    if (!d->answers) {
        return ask(d, rk, c) ? DOUBT_OPEN : kafka_doubt_judge(d, PLACE_UNKNOWN, 0, session_ms);
    }
    rd_kafka_event_t *event = rd_kafka_queue_poll(d->answers, 0);
    if (!event) {
        return DOUBT_OPEN;
    }
    enum doubt_place place = answer_read(event, c);
    rd_kafka_event_destroy(event);
    kafka_doubt_close(d);
    return kafka_doubt_judge(d, place, uv_hrtime() / 1000000, session_ms);
}

void kafka_doubt_close(struct kafka_doubt *d)
{
    if (d->answers) {
        rd_kafka_queue_destroy(d->answers);
        d->answers = NULL;
    }
}
