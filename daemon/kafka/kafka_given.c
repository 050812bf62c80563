#include "kafka/kafka_given.h"

#include <string.h>

/* A rebalance takes some seconds. */
enum { JOIN_PAUSE_MS = 5000, JOINS_QUICK = 6, DOUBLINGS_MAX = 6 };

static bool are_counted(const int32_t counts[INPUT_ROLES])
{
    bool all = true;
    for (int r = 0; r < INPUT_ROLES; r++) {
        all = all && counts[r] > 0;
    }
    return all;
}

enum given_verdict kafka_given_judge(const int32_t counts[INPUT_ROLES], const int32_t given[INPUT_ROLES], enum topic_role *ret_lacking)
{
    if (!are_counted(counts)) {
        return GIVEN_UNKNOWN;
    }
    for (int r = 0; r < INPUT_ROLES; r++) {
        if (given[r] < counts[r]) {
            *ret_lacking = (enum topic_role)r;
            return GIVEN_LACKS;
        }
    }
    return GIVEN_ALL;
}

void kafka_given_anew(struct kafka_given *g)
{
    g->verdict = GIVEN_UNKNOWN;
    g->due = true;
    kafka_group_close(&g->group);
}

void kafka_given_miss(struct kafka_given *g)
{
    g->missed = true;
    kafka_given_anew(g);
}

void kafka_given_count(struct kafka_given *g, enum topic_role role, int32_t count)
{
    if (g->counts[role] != count) {
        g->counts[role] = count;
        kafka_given_anew(g);
    }
}

static void member_add(const rd_kafka_MemberDescription_t *member, const struct config *c, int32_t given[INPUT_ROLES])
{
    const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
    const rd_kafka_topic_partition_list_t *l = assignment ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;
    for (int i = 0; l && i < l->cnt; i++) {
        for (int r = 0; r < INPUT_ROLES; r++) {
            given[r] += strcmp(l->elems[i].topic, c->topics[r]) == 0;
        }
    }
}

static void group_judge(struct kafka_given *g, const rd_kafka_ConsumerGroupDescription_t *group, const struct config *c)
{
    int32_t given[INPUT_ROLES] = {0};
    if (rd_kafka_ConsumerGroupDescription_state(group) != RD_KAFKA_CONSUMER_GROUP_STATE_STABLE) {
        return;
    }
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        member_add(rd_kafka_ConsumerGroupDescription_member(group, i), c, given);
    }
    g->verdict = kafka_given_judge(g->counts, given, &g->lacking);
    g->missed = g->missed && g->verdict != GIVEN_ALL;
    g->joins = g->verdict == GIVEN_ALL ? 0 : g->joins;
}

/* Who may not ask, or asks what this broker, or what stands in front of it, does not answer, is told nothing later either. */
static bool is_hidden(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
           err == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE || err == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION || err == RD_KAFKA_RESP_ERR_INVALID_REQUEST;
}

void kafka_given_failed(struct kafka_given *g, rd_kafka_resp_err_t err)
{
    bool hidden = is_hidden(err);
    g->verdict = hidden ? GIVEN_ALL : g->verdict;
    g->missed = g->missed && !hidden;
}

void kafka_given_tick(struct kafka_given *g)
{
    g->due = g->verdict != GIVEN_ALL;
}

void kafka_given_look(struct kafka_given *g, rd_kafka_t *rk, const struct config *c)
{
    struct kafka_group_answer a;
    bool asks = !g->group.answers;
    if (asks && (!g->due || !are_counted(g->counts))) {
        return;
    }
    g->due = g->due && !asks;
    if (kafka_group_look(&g->group, rk, c, &a) != 1) {
        return;
    }
    if (a.group) {
        group_judge(g, a.group, c);
    } else {
        kafka_given_failed(g, a.err);
    }
    rd_kafka_event_destroy(a.event);
}

bool kafka_given_join_due(const struct kafka_given *g, uint64_t now_ms)
{
    uint32_t doublings = g->joins < JOINS_QUICK ? 0 : g->joins - JOINS_QUICK < DOUBLINGS_MAX ? g->joins - JOINS_QUICK : DOUBLINGS_MAX;
    return g->verdict == GIVEN_LACKS && (g->joins == 0 || now_ms - g->joined_ms >= (uint64_t)JOIN_PAUSE_MS << doublings);
}

void kafka_given_joined(struct kafka_given *g, uint64_t now_ms)
{
    g->joined_ms = now_ms;
    g->joins++;
}

void kafka_given_close(struct kafka_given *g)
{
    kafka_group_close(&g->group);
}

enum inputs_given kafka_given_says(const struct kafka_given *g)
{
    return g->verdict == GIVEN_ALL ? INPUTS_GIVEN : g->verdict == GIVEN_LACKS ? INPUTS_LACK : g->missed ? INPUTS_MISSED : INPUTS_UNTOLD;
}
