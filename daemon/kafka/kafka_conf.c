#include "kafka/kafka_conf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#define BIT(client) (1u << (client))
#define READERS (BIT(CLIENT_FETCHER) | BIT(CLIENT_AGAIN) | BIT(CLIENT_RESTORE) | BIT(CLIENT_TAIL))
#define CONSUMERS (READERS | BIT(CLIENT_MEMBER) | BIT(CLIENT_MARKS))
#define PRODUCERS (BIT(CLIENT_PRODUCER) | BIT(CLIENT_SENDER))
#define ALL (CONSUMERS | PRODUCERS | BIT(CLIENT_ADMIN))
#define BACKOFF_VERSION 0x020200ff
#define TEXT_OF(number) TEXT_AS_IT_IS(number)
#define TEXT_AS_IT_IS(number) #number

/* since, before: librdkafka versions between which the row holds; 0 = any. */
struct conf_row {
    unsigned clients;
    const char *name, *value;
    int since, before;
};

/* A user's `kafka:` map may change these. queued.max.messages.kbytes is per partition and counts keys and values only: a
 * message takes about 425 bytes beside, and an answer's part of the partition comes on top. In a backlog all queues are full, so they decide the
 * resident size, and each page was zeroed by the kernel once. A full queue is looked at again after fetch.queue.backoff.ms, before it existed
 * with the next answer to a fetch of any other partition; when all are full that is fetch.wait.max.ms or the next commit's bundles.
 * While changelogs are read all queues are full, and then only the answer to another request lets it look again, or a
 * second that has passed: the list of topics is asked for all the time. Records of scopes are put back as fast as they are fetched, so
 * more of them is there before, and an answer has more; of three partitions at most. */
static const struct conf_row defaults[] = {
    {ALL, "socket.nagle.disable", "true", 0, 0},
    {ALL, "reconnect.backoff.ms", "50", 0, 0},
    {ALL, "reconnect.backoff.max.ms", "2000", 0, 0},
    {BIT(CLIENT_MEMBER), "session.timeout.ms", "10000", 0, 0},
    {BIT(CLIENT_MEMBER), "heartbeat.interval.ms", "1000", 0, 0},
    {BIT(CLIENT_MEMBER), "topic.metadata.refresh.interval.ms", "10000", 0, 0},
    {READERS, "check.crcs", "true", 0, 0},
    {READERS, "fetch.wait.max.ms", "100", 0, 0},
    {READERS, "queued.min.messages", "1000000", 0, BACKOFF_VERSION},
    {READERS, "queued.max.messages.kbytes", "1024", 0, 0},
    {READERS, "max.partition.fetch.bytes", "524288", 0, 0},
    {READERS, "fetch.queue.backoff.ms", "20", BACKOFF_VERSION, 0},
    {BIT(CLIENT_AGAIN) | BIT(CLIENT_RESTORE), "fetch.wait.max.ms", "10", 0, 0},
    {BIT(CLIENT_RESTORE), "queued.max.messages.kbytes", "16384", 0, 0},
    {BIT(CLIENT_RESTORE), "max.partition.fetch.bytes", "4194304", 0, 0},
    {BIT(CLIENT_AGAIN) | BIT(CLIENT_RESTORE), "topic.metadata.refresh.interval.ms", "20", 0, BACKOFF_VERSION},
    {BIT(CLIENT_PRODUCER), "retry.backoff.ms", "5", 0, 0},
    {PRODUCERS, "queue.buffering.max.messages", "1000000", 0, 0},
    {PRODUCERS, "message.max.bytes", TEXT_OF(KAFKA_MESSAGE_BYTES_MAX), 0, 0}, /* the user's is no less, kafka_property sees to it */
    {BIT(CLIENT_PRODUCER), "linger.ms", "0", 0, 0},
};

static const struct conf_row musts[] = {
    {BIT(CLIENT_MEMBER), "partition.assignment.strategy", "range", 0, 0},
    {CONSUMERS, "enable.auto.commit", "false", 0, 0},
    {CONSUMERS, "enable.auto.offset.store", "false", 0, 0},
    {CONSUMERS & ~BIT(CLIENT_MARKS), "isolation.level", "read_committed", 0, 0},
    {BIT(CLIENT_MARKS), "isolation.level", "read_uncommitted", 0, 0},
    {READERS, "enable.partition.eof", "true", 0, 0},
    {READERS | BIT(CLIENT_MEMBER), "auto.offset.reset", "error", 0, 0},
    {ALL, "allow.auto.create.topics", "false", 0, 0},
    {PRODUCERS, "enable.idempotence", "true", 0, 0},
    {PRODUCERS, "partitioner", "murmur2_random", 0, 0},
    {BIT(CLIENT_PRODUCER), "transaction.timeout.ms", "10000", 0, 0},
};

static bool secret(const char *name)
{
    static const char *const parts[] = {"password", "secret", "key", "jaas", "pem", "token", "credential"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (strcasestr(name, parts[i])) {
            return true;
        }
    }
    return false;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, char text[KAFKA_TEXT_MAX])
{
    char why[KAFKA_TEXT_MAX / 2] = "";
    if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK) {
        return 0;
    }
    snprintf(text, KAFKA_TEXT_MAX, "kafka: %s: %s", name, secret(name) ? "the value is refused" : why);
    return CUBE_ECONFIG;
}

static int set_rows(rd_kafka_conf_t *conf, const struct conf_row *rows, size_t count, unsigned client,
                    char text[KAFKA_TEXT_MAX])
{
    int version = rd_kafka_version();
    for (size_t i = 0; i < count; i++) {
        bool holds = version >= rows[i].since && (rows[i].before == 0 || version < rows[i].before);
        int rc = holds && (rows[i].clients & client) ? set(conf, rows[i].name, rows[i].value, text) : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* What stands in a file is a secret, whatever the property's name. */
static int set_read(rd_kafka_conf_t *conf, const struct kafka_property *p, char text[KAFKA_TEXT_MAX])
{
    char value[PROPERTY_SECRET_MAX], why[PROPERTY_WHY_MAX] = "the value is refused";
    int rc = config_property_read(p, value, why);
    rc = rc || rd_kafka_conf_set(conf, p->name, value, NULL, 0) != RD_KAFKA_CONF_OK ? CUBE_ECONFIG : 0;
    explicit_bzero(value, sizeof value);
    if (rc) {
        snprintf(text, KAFKA_TEXT_MAX, "kafka: %s: %s", p->name, why);
    }
    return rc;
}

static int set_users(rd_kafka_conf_t *conf, const struct config *c, char text[KAFKA_TEXT_MAX])
{
    for (uint32_t i = 0; i < c->kafka_count; i++) {
        const struct kafka_property *p = &c->kafka[i];
        int rc = p->from == PROPERTY_PLAIN ? set(conf, p->name, p->value, text) : set_read(conf, p, text);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* For the logs and quotas of brokers; nothing rests on it, so the user may have another one. */
static int set_client_id(rd_kafka_conf_t *conf, const struct config *c, char text[KAFKA_TEXT_MAX])
{
    char id[300];
    snprintf(id, sizeof(id), "%s-%s", c->name, c->instance);
    return set(conf, "client.id", id, text);
}

static int set_names(rd_kafka_conf_t *conf, const struct config *c, enum kafka_client client,
                     char text[KAFKA_TEXT_MAX])
{
    char id[300];
    int rc = 0;
    snprintf(id, sizeof(id), "%s-%s", c->name, c->instance);
    if (client == CLIENT_MEMBER) {
        rc = set(conf, "group.instance.id", id, text);
    }
    if (!rc && (BIT(client) & CONSUMERS)) {
        rc = set(conf, "group.id", c->name, text);
    }
    if (!rc && client == CLIENT_PRODUCER) {
        rc = set(conf, "transactional.id", id, text);
    }
    return rc;
}

/* librdkafka itself says of every certificate that it could not be verified, and advises another ssl.ca.location. The numbers are OpenSSL's. */
static const char *certificate_problem(int error)
{
    switch (error) {
    case 9: return "it is not valid yet";
    case 10: return "it has expired";
    case 18:
    case 19:
    case 20:
    case 21: return "ssl.ca.location has no authority that vouches for it";
    case 62: return "it is of another host name than bootstrap.servers or the broker's advertised.listeners say";
    case 64: return "it is of another address than bootstrap.servers or the broker's advertised.listeners say";
    default: return "it could not be verified";
    }
}

/* Judges nothing by itself: librdkafka logs the text with the certificate's subject and issuer. */
static int on_certificate(rd_kafka_t *rk, const char *broker, int32_t id, int *error, int depth, const char *at, size_t len, char *text,
                          size_t size, void *opaque)
{
    (void)rk, (void)broker, (void)id, (void)depth, (void)at, (void)len, (void)opaque;
    if (*error) {
        snprintf(text, size, "%s", certificate_problem(*error));
    }
    return *error == 0;
}

/* Where it is not, librdkafka asks all the same, and what it is told is no reason for anything. */
static bool is_verified(const rd_kafka_conf_t *conf)
{
    char value[8];
    size_t size = sizeof value;
    return rd_kafka_conf_get(conf, "enable.ssl.certificate.verification", value, &size) != RD_KAFKA_CONF_OK || strcmp(value, "false") != 0;
}

int kafka_conf_create(const struct config *c, enum kafka_client client, char text[KAFKA_TEXT_MAX],
                      rd_kafka_conf_t **ret_conf)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!conf) {
        return CUBE_ENOMEM;
    }
    int rc = set_rows(conf, defaults, sizeof(defaults) / sizeof(*defaults), BIT(client), text);
    rc = rc ? rc : set_client_id(conf, c, text);
    rc = rc ? rc : set_users(conf, c, text);
    rc = rc ? rc : set_rows(conf, musts, sizeof(musts) / sizeof(*musts), BIT(client), text);
    rc = rc ? rc : set_names(conf, c, client, text);
    if (rc) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    if (is_verified(conf)) {
        (void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate); /* refused by a library built without TLS */
    }
    *ret_conf = conf;
    return 0;
}

static bool names_compression(const struct config *c)
{
    for (uint32_t i = 0; i < c->kafka_count; i++) {
        if (strcmp(c->kafka[i].name, "compression.codec") == 0 || strcmp(c->kafka[i].name, "compression.type") == 0) {
            return true;
        }
    }
    return false;
}

rd_kafka_topic_conf_t *kafka_conf_topic(const struct config *c, rd_kafka_t *rk, enum topic_role role)
{
    char why[KAFKA_TEXT_MAX];
    if (role < ROLE_CHANGELOG_CUSTOMERS || names_compression(c)) {
        return NULL;
    }
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(rk);
    if (conf && rd_kafka_topic_conf_set(conf, "compression.codec", "lz4", why, sizeof why) != RD_KAFKA_CONF_OK) {
        rd_kafka_topic_conf_destroy(conf); /* a library built without it */
        return NULL;
    }
    return conf;
}

#define VERSION(major, minor, patch) (((major) << 24) | ((minor) << 16) | ((patch) << 8) | 0xff)

int kafka_version_judge(int version, bool scram, char text[KAFKA_TEXT_MAX])
{
    int v = version | 0xff;
    int major = v >> 24 & 0xff, minor = v >> 16 & 0xff, patch = v >> 8 & 0xff;
    if (v < VERSION(2, 0, 2) || v == VERSION(2, 5, 0) || v == VERSION(2, 10, 0)) {
        snprintf(text, KAFKA_TEXT_MAX, "librdkafka %d.%d.%d is not fit for this: 2.0.2 or later, not 2.5.0, not 2.10.0",
                 major, minor, patch);
        return CUBE_EVERSION;
    }
    if (v >= VERSION(2, 6, 1)) {
        return 0;
    }
    if (scram) {
        snprintf(text, KAFKA_TEXT_MAX, "librdkafka %d.%d.%d cannot do SCRAM with current brokers: 2.6.1 or later",
                 major, minor, patch);
        return CUBE_EVERSION;
    }
    snprintf(text, KAFKA_TEXT_MAX, "librdkafka %d.%d.%d works, 2.6.1 or later is advised (idempotent producer fixes)",
             major, minor, patch);
    return 1;
}

int kafka_version_check(const struct config *c, char text[KAFKA_TEXT_MAX])
{
    bool scram = false;
    for (uint32_t i = 0; i < c->kafka_count; i++) {
        bool mechanism = strcmp(c->kafka[i].name, "sasl.mechanism") == 0 || strcmp(c->kafka[i].name, "sasl.mechanisms") == 0;
        scram = scram || (mechanism && strncasecmp(c->kafka[i].value, "SCRAM", 5) == 0);
    }
    return kafka_version_judge(rd_kafka_version(), scram, text);
}

/* Before each timer librdkafka sleeps for whole milliseconds and then looks at the clock all the time until it is due: 0.5 ms on average, once to
 * four times a second per client, most of what an idle process takes. A sleep may be longer by the slack of its thread, which threads
 * inherit: by a millisecond it ends behind the timer. Who is woken for a reason comes at once as ever. */
#define SLACK_NS 1000000

static int client_new(rd_kafka_conf_t *conf, rd_kafka_type_t type, char text[KAFKA_TEXT_MAX], rd_kafka_t **ret_rk)
{
    int slack_ns = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, SLACK_NS);
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, KAFKA_TEXT_MAX);
    prctl(PR_SET_TIMERSLACK, slack_ns > 0 ? slack_ns : 0); /* 0: what this thread began with */
    if (!rk) {
        return rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE ? CUBE_ENOMEM : CUBE_ECONFIG;
    }
    *ret_rk = rk;
    return 0;
}

int kafka_client_create(rd_kafka_conf_t *conf, rd_kafka_type_t type, char text[KAFKA_TEXT_MAX], rd_kafka_t **ret_rk)
{
    int rc = client_new(conf, type, text, ret_rk);
    if (rc) {
        rd_kafka_conf_destroy(conf);
    }
    return rc;
}

/* When a client cannot be made librdkafka has freed the interceptors already, and frees them again with the configuration (2.0.2: a crash
 * where ssl.ca.location is no file). So the configuration is left to the end of the process. */
int kafka_client_create_watched(rd_kafka_conf_t *conf, rd_kafka_type_t type, rd_kafka_interceptor_f_on_new_t *on_new, void *arg,
                                char text[KAFKA_TEXT_MAX], rd_kafka_t **ret_rk)
{
    rd_kafka_conf_interceptor_add_on_new(conf, "cubed", on_new, arg);
    return client_new(conf, type, text, ret_rk);
}
