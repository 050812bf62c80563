#include "kafka/kafka_property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kafka/kafka_conf.h"

struct made {
    enum kafka_client client;
    rd_kafka_type_t type;
};

static const struct made made[] = {{CLIENT_MEMBER, RD_KAFKA_CONSUMER}, {CLIENT_FETCHER, RD_KAFKA_CONSUMER}, {CLIENT_AGAIN, RD_KAFKA_CONSUMER},
                                   {CLIENT_RESTORE, RD_KAFKA_CONSUMER}, {CLIENT_MARKS, RD_KAFKA_CONSUMER}, {CLIENT_PRODUCER, RD_KAFKA_PRODUCER}};

static void quiet(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)rk, (void)level, (void)fac, (void)buf;
}

/* In place of a value that stands in a file, which need not be on the machine that judges. */
static const char elsewhere[] = "read by who connects";

static bool named(const struct kafka_property *p, const char *name, const char *alias)
{
    return strcmp(p->name, name) == 0 || strcmp(p->name, alias) == 0;
}

/* A client that is made begins to work at once: without brokers it asks none, without TLS it reads no certificate, which need not be on the machine
 * that judges, and for tickets (the mechanism where none is said, or one that is not here) and tokens it would ask others. */
static const char *value_apart(const struct config *c, const struct kafka_property *p)
{
    bool asks = true;
    for (uint32_t i = 0; i < c->kafka_count; i++) {
        const char *value = c->kafka[i].value;
        if (named(&c->kafka[i], "sasl.mechanism", "sasl.mechanisms")) {
            asks = c->kafka[i].from != PROPERTY_PLAIN || strcasecmp(value, "GSSAPI") == 0 || strcasecmp(value, "OAUTHBEARER") == 0;
        }
    }
    if (named(p, "bootstrap.servers", "metadata.broker.list")) {
        return NULL;
    }
    if (p->from != PROPERTY_PLAIN) {
        return elsewhere;
    }
    if (strcmp(p->name, "security.protocol") != 0) {
        return p->value;
    }
    return !asks && strncasecmp(p->value, "sasl_", 5) == 0 ? "sasl_plaintext" : "plaintext";
}

/* What librdkafka would take, but cubed cannot do with. */
static bool is_unfit(const struct kafka_property *p, char why[KAFKA_TEXT_MAX])
{
    if (p->from == PROPERTY_PLAIN && strcmp(p->name, "message.max.bytes") == 0 && strtol(p->value, NULL, 0) < KAFKA_MESSAGE_BYTES_MAX) {
        snprintf(why, KAFKA_TEXT_MAX, "message.max.bytes is %d at least: the largest record of an input, and what a dead letter adds to it",
                 KAFKA_MESSAGE_BYTES_MAX);
        return true;
    }
    if (strcmp(p->name, "partitioner") == 0) {
        snprintf(why, KAFKA_TEXT_MAX, "partitioner is set by cubed: it is murmur2_random, as that of Java's clients");
        return true;
    }
    return false;
}

/* 1: the property is one, but takes no words, so that nothing can be said of a value that is not here. CUBE_ECONFIG with the reason, CUBE_ENOMEM. */
static int property_judge(const struct kafka_property *p, char why[KAFKA_TEXT_MAX])
{
    bool here = p->from == PROPERTY_PLAIN;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!conf) {
        return CUBE_ENOMEM;
    }
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, p->name, here ? p->value : elsewhere, why, KAFKA_TEXT_MAX);
    rd_kafka_conf_destroy(conf);
    if (res == RD_KAFKA_CONF_OK && is_unfit(p, why)) {
        return CUBE_ECONFIG;
    }
    return res == RD_KAFKA_CONF_OK ? 0 : !here && res == RD_KAFKA_CONF_INVALID ? 1 : CUBE_ECONFIG;
}

static int client_refused(const struct config *c, const struct made *m, char why[KAFKA_TEXT_MAX])
{
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    int rc = kafka_conf_create(c, m->client, why, &conf);
    if (rc) {
        return rc;
    }
    rd_kafka_conf_set_log_cb(conf, quiet);
    rd_kafka_conf_set(conf, "group.id", "", NULL, 0); /* a member's thread that cannot be made ends the process */
    rc = kafka_client_create(conf, m->type, why, &rk);
    if (rc == 0) {
        bool ended = kafka_clients_end(&rk, 1);
        (void)ended; /* it touches nothing of ours */
    }
    return rc;
}

/* The first that the reason names, in backticks. */
static uint32_t blamed_by_name(const struct config *c, const char *why)
{
    for (const char *from = strchr(why, '`'); from; from = strchr(from, '`')) {
        size_t len = strcspn(++from, "`");
        for (uint32_t i = 0; i < c->kafka_count; i++) {
            if (strlen(c->kafka[i].name) == len && strncmp(c->kafka[i].name, from, len) == 0) {
                return i;
            }
        }
        from += len + (from[len] == '`');
    }
    return c->kafka_count;
}

/* It may have been written under another name than librdkafka says: the one without which the client is made. */
static int blame(const struct config *c, const struct made *m, const char *why, uint32_t *ret_i)
{
    char text[KAFKA_TEXT_MAX];
    struct kafka_property *list = calloc(c->kafka_count + 1, sizeof *list);
    struct config less = *c;
    uint32_t i = blamed_by_name(c, why);
    int rc = list ? 0 : CUBE_ENOMEM;
    less.kafka = list;
    less.kafka_count = c->kafka_count - 1;
    for (uint32_t out = 0; rc == 0 && i == c->kafka_count && out < c->kafka_count; out++) {
        memcpy(list, c->kafka, out * sizeof *list);
        memcpy(list + out, c->kafka + out + 1, (less.kafka_count - out) * sizeof *list);
        rc = client_refused(&less, m, text);
        i = rc == 0 ? out : i;
        rc = rc == CUBE_ECONFIG ? 0 : rc;
    }
    free(list);
    *ret_i = i;
    return rc;
}

/* What is blamed is told and left out, so that the rest is judged, too. */
static int client_judge(struct config *c, struct kafka_property *list, const struct made *m, config_refuse_fn *refuse, void *context, bool *ret_blind)
{
    char why[KAFKA_TEXT_MAX] = "";
    int rc;
    while (!*ret_blind && (rc = client_refused(c, m, why)) != 0) {
        uint32_t i;
        rc = rc == CUBE_ECONFIG ? blame(c, m, why, &i) : rc;
        if (rc) {
            return rc;
        }
        *ret_blind = i == c->kafka_count;
        if (*ret_blind || list[i].value != elsewhere) {
            refuse(context, *ret_blind ? NULL : list[i].name, why);
        }
        if (!*ret_blind) {
            c->kafka_count--;
            memmove(list + i, list + i + 1, (c->kafka_count - i) * sizeof *list);
        }
    }
    return 0;
}

static int list_judge(const struct config *c, struct kafka_property *list, config_refuse_fn *refuse, void *context)
{
    char why[KAFKA_TEXT_MAX] = "";
    struct config judged = *c;
    judged.kafka = list;
    judged.kafka_count = 0;
    for (uint32_t i = 0; i < c->kafka_count; i++) {
        int rc = property_judge(&c->kafka[i], why);
        const char *value = value_apart(c, &c->kafka[i]);
        if (rc == CUBE_ECONFIG) {
            refuse(context, c->kafka[i].name, why);
        } else if (rc < 0) {
            return rc;
        } else if (value && rc == 0) {
            list[judged.kafka_count++] = (struct kafka_property){.name = c->kafka[i].name, .value = value};
        }
    }
    bool blind = judged.kafka_count == 0; /* our own rows are allowed together */
    int rc = 0;
    for (size_t m = 0; m < sizeof made / sizeof *made && rc == 0; m++) {
        rc = client_judge(&judged, list, &made[m], refuse, context, &blind);
    }
    return rc;
}

int kafka_property_judge(const struct config *c, config_refuse_fn *refuse, void *context)
{
    struct kafka_property *list = calloc(c->kafka_count + 1, sizeof *list);
    int rc = list ? list_judge(c, list, refuse, context) : CUBE_ENOMEM;
    free(list);
    return rc;
}
