#include "kafka/kafka_admin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/kafka_admin_inner.h"
#include "kafka/kafka_judge.h"

static const char *const words[ROLE_COUNT] = {
    "interactions", "cpi", "hr", "partials", "state", "changes", "alerts", "customers", "late", "dead-letters",
    "changelog-customers", "changelog-employees", "changelog-scopes"};

const char *topic_role_word(enum topic_role role)
{
    return words[role];
}

#define DAY_MS "86400000"
#define WEEK_MS "604800000"
#define BYTES_KEPT "1073741824"
#define CHANGELOG_SEGMENT_BYTES "33554432" /* the newest segment is never compacted, and a restart reads all of it */

/* NULL: the broker's default. Outputs bear event time, so a time-based retention would delete the history of a
 * back-fill at once: they are bounded by bytes, if at all. What nobody reads by time bears the time of its
 * arrival: then the broker's retention of an input or of `partials` counts from there. */
static const struct {
    const char *policy, *retention_ms, *retention_bytes;
    bool by_arrival;
} policies[ROLE_COUNT] = {
    [ROLE_INTERACTIONS] = {NULL, NULL, NULL, true}, /* inputs: the rest is their owner's */
    [ROLE_CPI] = {NULL, NULL, NULL, true},
    [ROLE_HR] = {NULL, NULL, NULL, true},
    [ROLE_PARTIALS] = {"delete", WEEK_MS, NULL, true},
    [ROLE_STATE] = {"compact", NULL, NULL, false},
    [ROLE_CHANGES] = {"delete", "-1", NULL, false},
    [ROLE_ALERTS] = {"compact,delete", "-1", BYTES_KEPT, false},
    [ROLE_CUSTOMERS] = {"compact", NULL, NULL, false},
    [ROLE_LATE] = {"delete", "-1", BYTES_KEPT, false},
    [ROLE_DEAD_LETTERS] = {"delete", "-1", BYTES_KEPT, false},
    [ROLE_CHANGELOG_CUSTOMERS] = {"compact", NULL, NULL, true},
    [ROLE_CHANGELOG_EMPLOYEES] = {"compact", NULL, NULL, true},
    [ROLE_CHANGELOG_SCOPES] = {"compact", NULL, NULL, true},
};

static void setting_add(struct topic_plan *p, const char *name, const char *value)
{
    struct topic_setting *s = &p->settings[p->setting_count++];
    s->name = name;
    snprintf(s->value, sizeof(s->value), "%s", value);
}

void kafka_topics_plan(const struct config *c, int32_t partitions, struct topic_plan ret_plan[ROLE_COUNT])
{
    char bytes[24];
    snprintf(bytes, sizeof(bytes), "%d", KAFKA_MESSAGE_BYTES_MAX);
    for (int r = 0; r < ROLE_COUNT; r++) {
        struct topic_plan *p = &ret_plan[r];
        *p = (struct topic_plan){.role = (enum topic_role)r, .name = c->topics[r], .partitions = partitions};
        if (policies[r].policy) {
            setting_add(p, "cleanup.policy", policies[r].policy);
        }
        if (policies[r].retention_ms) {
            setting_add(p, "retention.ms", policies[r].retention_ms);
        }
        if (policies[r].retention_bytes) {
            setting_add(p, "retention.bytes", policies[r].retention_bytes);
        }
        if (policies[r].by_arrival) {
            setting_add(p, "message.timestamp.type", "LogAppendTime");
        }
        if (r >= ROLE_PARTIALS) {
            setting_add(p, "max.message.bytes", bytes);
        }
        if (r >= ROLE_CHANGELOG_CUSTOMERS) {
            setting_add(p, "delete.retention.ms", DAY_MS);
            setting_add(p, "min.cleanable.dirty.ratio", "0.3");
            setting_add(p, "segment.bytes", CHANGELOG_SEGMENT_BYTES);
        }
    }
}

static int client_open(const struct config *c, struct kafka_admin *a, char text[512])
{
    rd_kafka_conf_t *conf;
    int rc = kafka_conf_create(c, CLIENT_ADMIN, text, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_opaque(conf, &a->reason);
    rd_kafka_conf_set_log_cb(conf, kafka_reason_log);
    return kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &a->rk);
}

int kafka_admin_open(const struct config *c, char text[512], struct kafka_admin **ret_a)
{
    struct kafka_admin *a = calloc(1, sizeof *a);
    if (!a) {
        return CUBE_ENOMEM;
    }
    kafka_reason_init(&a->reason);
    int rc = client_open(c, a, text);
    if (rc) {
        kafka_reason_close(&a->reason);
        free(a);
        return rc;
    }
    *ret_a = a;
    return 0;
}

void kafka_admin_close(struct kafka_admin *a)
{
    if (!kafka_clients_end(&a->rk, 1)) {
        return; /* its threads tell their troubles to a as long as the process lasts */
    }
    kafka_reason_close(&a->reason);
    free(a);
}

static void judge_counts(struct topic_plan plan[ROLE_COUNT], const struct rd_kafka_metadata *md)
{
    for (int r = 0; r < ROLE_COUNT; r++) {
        plan[r].state = TOPIC_MISSING;
        for (int i = 0; i < md->topic_cnt; i++) {
            if (strcmp(md->topics[i].topic, plan[r].name) == 0 && md->topics[i].partition_cnt > 0) {
                plan[r].state = TOPIC_GOOD;
                plan[r].partitions = md->topics[i].partition_cnt;
            }
        }
    }
}

/* A topic that may not be looked at is not among all topics, as if it were not there. */
static void judge_missing(rd_kafka_t *rk, struct topic_plan plan[ROLE_COUNT], int timeout_ms)
{
    char text[KAFKA_TEXT_MAX];
    int32_t count;
    for (int r = 0; r < ROLE_COUNT; r++) {
        struct topic_plan *p = &plan[r];
        if (p->state == TOPIC_MISSING && kafka_topic_ask(rk, p->name, timeout_ms, NULL, &count, text, sizeof text) == CUBE_EKAFKA) {
            snprintf(p->problem, sizeof p->problem, "%s: Describe on it is needed, to see whether it is there",
                     rd_kafka_err2str(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
            p->state = TOPIC_UNKNOWN;
        }
    }
}

static void wrong(struct topic_plan *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct topic_plan *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (p->state != TOPIC_WRONG) {
        vsnprintf(p->problem, sizeof(p->problem), format, args);
    }
    va_end(args);
    p->state = TOPIC_WRONG;
}

/* A customer's events from both topics must meet in one task, and a changelog has a partition per task. */
static void judge_layout(struct topic_plan plan[ROLE_COUNT])
{
    static const enum topic_role pairs[][2] = {{ROLE_CPI, ROLE_INTERACTIONS}, CHANGELOG_ROLES(CHANGELOG_PAIR)};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct topic_plan *p = &plan[pairs[i][0]], *other = &plan[pairs[i][1]];
        if (p->state == TOPIC_GOOD && other->state == TOPIC_GOOD && p->partitions != other->partitions) {
            wrong(p, "has %d partitions, %s has %d: they must be equal", p->partitions, other->name, other->partitions);
        }
    }
}

rd_kafka_event_t *kafka_admin_answer(rd_kafka_queue_t *q, int timeout_ms)
{
    return rd_kafka_queue_poll(q, timeout_ms + 500);
}

/* librdkafka takes no more. */
#define ADMIN_TIMEOUT_MAX_MS 3600000

rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *rk, rd_kafka_admin_op_t op, int timeout_ms)
{
    char why[128];
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(rk, op);
    int longest_ms = timeout_ms < ADMIN_TIMEOUT_MAX_MS ? timeout_ms : ADMIN_TIMEOUT_MAX_MS;
    if (rd_kafka_AdminOptions_set_request_timeout(o, longest_ms, why, sizeof(why))) {
        rd_kafka_AdminOptions_destroy(o);
        return NULL;
    }
    return o;
}

/* What a restart reads again: bundles until their tasks are through, changelogs for ever. */
static bool is_read_again(enum topic_role role)
{
    return role == ROLE_PARTIALS || role >= ROLE_CHANGELOG_CUSTOMERS;
}

/* Bundles, and tombstones of changelogs, must outlast whoever is away. How long, is taste, but for less than a day. */
static bool is_kept_too_shortly(enum topic_role role, const char *name, const char *is)
{
    bool judged = strcmp(name, role == ROLE_PARTIALS ? "retention.ms" : "delete.retention.ms") == 0;
    long long ms = atoll(is);
    return judged && is_read_again(role) && ms >= 0 && ms < atoll(DAY_MS);
}

static bool setting_same(const char *name, const char *is, const char *wanted)
{
    if (strcmp(name, "max.message.bytes") == 0) {
        return atoll(is) >= atoll(wanted); /* larger is as good */
    }
    if (strcmp(name, "cleanup.policy") == 0 && strchr(wanted, ',')) {
        return strstr(is, "compact") && strstr(is, "delete");
    }
    bool judged = strcmp(name, "cleanup.policy") == 0 || strcmp(name, "message.timestamp.type") == 0;
    return !judged || strcmp(is, wanted) == 0; /* the rest is taste */
}

static void judge_settings(struct topic_plan *p, const rd_kafka_ConfigResource_t *res)
{
    size_t count;
    rd_kafka_resp_err_t error = rd_kafka_ConfigResource_error(res);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        wrong(p, "it is not there");
    } else if (error) {
        bool refused = error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        p->state = TOPIC_UNKNOWN;
        if (!p->problem[0]) {
            snprintf(p->problem, sizeof p->problem, "its settings cannot be read: %s%s", rd_kafka_err2str(error),
                     refused ? ": DescribeConfigs on it is needed" : "");
        }
    }
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(res, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = rd_kafka_ConfigEntry_name(entries[i]), *is = rd_kafka_ConfigEntry_value(entries[i]);
        for (uint32_t s = 0; s < p->setting_count; s++) {
            if (is && strcmp(p->settings[s].name, name) == 0 &&
                (!setting_same(name, is, p->settings[s].value) || is_kept_too_shortly(p->role, name, is))) {
                bool forgets = is_read_again(p->role) && strcmp(name, "cleanup.policy") == 0;
                p->state = forgets ? TOPIC_UNKNOWN : p->state; /* told rather than what was told before */
                p->forgets = p->forgets || forgets;
                wrong(p, "%s is %s, should be %s", name, is, p->settings[s].value);
            }
        }
    }
}

static void judge_answer(struct topic_plan plan[ROLE_COUNT], rd_kafka_event_t *ev)
{
    size_t count = 0;
    const rd_kafka_ConfigResource_t **res =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(ev), &count);
    for (size_t i = 0; i < count; i++) {
        for (int r = 0; r < ROLE_COUNT; r++) {
            if (plan[r].state != TOPIC_MISSING && strcmp(plan[r].name, rd_kafka_ConfigResource_name(res[i])) == 0) {
                judge_settings(&plan[r], res[i]);
            }
        }
    }
}

int kafka_topics_describe(rd_kafka_t *rk, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512])
{
    rd_kafka_ConfigResource_t *res[ROLE_COUNT];
    size_t count = 0;
    for (int r = ROLE_PARTIALS; r < ROLE_COUNT; r++) {
        if (plan[r].state != TOPIC_MISSING) {
            res[count++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, plan[r].name);
        }
    }
    rd_kafka_AdminOptions_t *o = kafka_admin_options(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_queue_t *q = rd_kafka_queue_new(rk);
    rd_kafka_event_t *ev = NULL;
    if (count > 0) {
        rd_kafka_DescribeConfigs(rk, res, count, o, q);
        ev = kafka_admin_answer(q, timeout_ms);
    }
    int rc = count > 0 && (!ev || rd_kafka_event_error(ev)) ? CUBE_EKAFKA : 0;
    if (rc) {
        snprintf(text, 512, "describe topics: %s", ev ? rd_kafka_event_error_string(ev) : "no answer in time");
    } else if (ev) {
        judge_answer(plan, ev);
    }
    if (ev) {
        rd_kafka_event_destroy(ev);
    }
    rd_kafka_queue_destroy(q);
    if (o) {
        rd_kafka_AdminOptions_destroy(o);
    }
    rd_kafka_ConfigResource_destroy_array(res, count);
    return rc;
}

int kafka_topics_compare(const struct config *c, struct topic_plan plan[ROLE_COUNT], int timeout_ms, char text[512])
{
    struct kafka_admin *a;
    int rc = kafka_admin_open(c, text, &a);
    if (rc) {
        return rc;
    }
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t err = rd_kafka_metadata(a->rk, 1, NULL, &md, timeout_ms);
    if (err) {
        kafka_reason_tell(&a->reason, "no broker answers", err, text, 512);
        rc = CUBE_EKAFKA;
    } else {
        judge_counts(plan, md);
        rd_kafka_metadata_destroy(md);
        judge_missing(a->rk, plan, timeout_ms);
        rc = kafka_topics_describe(a->rk, plan, timeout_ms, text);
        judge_layout(plan);
    }
    kafka_admin_close(a);
    return rc;
}
