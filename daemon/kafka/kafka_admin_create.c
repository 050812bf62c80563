/* Making the topics that are missing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kafka/kafka_admin_inner.h"

#define SHOWN_RETRY_MS 50

static rd_kafka_NewTopic_t *new_topic(const struct topic_plan *p)
{
    char why[128];
    rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(p->name, p->partitions, -1, why, sizeof(why));
    for (uint32_t i = 0; t && i < p->setting_count; i++) {
        rd_kafka_NewTopic_set_config(t, p->settings[i].name, p->settings[i].value);
    }
    return t;
}

static void created(struct topic_plan plan[ROLE_COUNT], rd_kafka_event_t *ev)
{
    size_t count;
    const rd_kafka_topic_result_t **t = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &count);
    for (size_t i = 0; i < count; i++) {
        for (int r = 0; r < ROLE_COUNT; r++) {
            if (strcmp(plan[r].name, rd_kafka_topic_result_name(t[i])) != 0) {
                continue;
            }
            rd_kafka_resp_err_t err = rd_kafka_topic_result_error(t[i]);
            if (err && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
                const char *why = rd_kafka_topic_result_error_string(t[i]);
                snprintf(plan[r].problem, sizeof(plan[r].problem), "not created: %s", why ? why : rd_kafka_err2str(err));
            } else {
                plan[r].state = TOPIC_CREATED;
            }
        }
    }
}

static int create(rd_kafka_t *rk, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512])
{
    rd_kafka_NewTopic_t *topics[ROLE_COUNT];
    size_t count = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (plan[r].state == TOPIC_MISSING && (topics[count] = new_topic(&plan[r]))) {
            count++;
        }
    }
    if (count == 0) {
        return 0;
    }
    rd_kafka_AdminOptions_t *o = kafka_admin_options(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
    rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
    rd_kafka_CreateTopics(rk, topics, count, o, q);
    rd_kafka_event_t *ev = kafka_admin_answer(q, timeout_ms);
    int rc = !ev || rd_kafka_event_error(ev) ? CUBE_EKAFKA : 0;
    if (rc) {
        snprintf(text, 512, "create topics: %s", ev ? rd_kafka_event_error_string(ev) : "no answer in time");
    } else {
        created(plan, ev);
    }
    if (ev) {
        rd_kafka_event_destroy(ev);
    }
    rd_kafka_queue_destroy(q);
    if (o) {
        rd_kafka_AdminOptions_destroy(o);
    }
    rd_kafka_NewTopic_destroy_array(topics, count);
    return rc;
}

/* The partners of what exists take its count, so that a user's own input topics decide. */
static void partitions_follow(struct topic_plan plan[ROLE_COUNT])
{
    static const enum topic_role pairs[][2] = {{ROLE_INTERACTIONS, ROLE_CPI},
                                               {ROLE_CPI, ROLE_INTERACTIONS},
                                               {ROLE_PARTIALS, ROLE_INTERACTIONS},
                                               CHANGELOG_ROLES(CHANGELOG_PAIR)};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        if (plan[pairs[i][0]].state == TOPIC_MISSING) {
            plan[pairs[i][0]].partitions = plan[pairs[i][1]].partitions;
        }
    }
}

static bool is_led(const struct rd_kafka_metadata_topic *t)
{
    for (int i = 0; i < t->partition_cnt; i++) {
        if (t->partitions[i].err || t->partitions[i].leader < 0) {
            return false;
        }
    }
    return !t->err && t->partition_cnt > 0;
}

static bool shows_created(const struct rd_kafka_metadata *md, const struct topic_plan plan[ROLE_COUNT])
{
    int wanted = 0, shown = 0;
    for (int r = 0; r < ROLE_COUNT; r++) {
        wanted += plan[r].state == TOPIC_CREATED;
        for (int i = 0; i < md->topic_cnt && plan[r].state == TOPIC_CREATED; i++) {
            shown += strcmp(md->topics[i].topic, plan[r].name) == 0 && is_led(&md->topics[i]);
        }
    }
    return shown == wanted;
}

/* A broker answers before it knows the new topics itself: whoever comes next would miss them. */
static int shown_wait(rd_kafka_t *rk, const struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512])
{
    const struct rd_kafka_metadata *md;
    bool all = false;
    for (int waited_ms = 0; !all && waited_ms <= timeout_ms; waited_ms += SHOWN_RETRY_MS) {
        if (waited_ms > 0) {
            usleep(SHOWN_RETRY_MS * 1000);
        }
        if (rd_kafka_metadata(rk, 1, NULL, &md, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            all = shows_created(md, plan);
            rd_kafka_metadata_destroy(md);
        }
    }
    if (!all) {
        snprintf(text, 512, "create topics: they are made, but the broker does not show all of them yet");
    }
    return all ? 0 : CUBE_EKAFKA;
}

int kafka_topics_create(const struct config *c, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512])
{
    struct kafka_admin *a;
    int rc = kafka_admin_open(c, text, &a);
    if (rc) {
        return rc;
    }
    partitions_follow(plan);
    rc = create(a->rk, plan, timeout_ms, text);
    rc = rc ? rc : shown_wait(a->rk, plan, timeout_ms, text);
    kafka_admin_close(a);
    return rc;
}
