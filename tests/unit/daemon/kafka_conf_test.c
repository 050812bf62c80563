#include "kafka/kafka_conf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support/unit.h"

static struct config config_of(const struct kafka_property *p, uint32_t count)
{
    return (struct config){.name = "acme", .instance = "7", .kafka = p, .kafka_count = count};
}

static void value_is(const rd_kafka_conf_t *conf, const char *name, const char *wanted)
{
    char value[128];
    size_t size = sizeof(value);
    assert_int_equal(rd_kafka_conf_get(conf, name, value, &size), RD_KAFKA_CONF_OK);
    assert_string_equal(value, wanted);
}

static void kafka_conf_create_sets_what_exactly_once_needs(void **state)
{
    (void)state;
    struct kafka_property p = {"bootstrap.servers", "10.0.0.1:9092", PROPERTY_PLAIN};
    struct config c = config_of(&p, 1);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    assert_int_equal(kafka_conf_create(&c, CLIENT_PRODUCER, text, &conf), 0);
    value_is(conf, "transactional.id", "acme-7");
    value_is(conf, "transaction.timeout.ms", "10000");
    value_is(conf, "retry.backoff.ms", "5");
    value_is(conf, "bootstrap.servers", "10.0.0.1:9092");
    rd_kafka_conf_destroy(conf);
    assert_int_equal(kafka_conf_create(&c, CLIENT_MEMBER, text, &conf), 0);
    value_is(conf, "group.id", "acme");
    value_is(conf, "group.instance.id", "acme-7");
    value_is(conf, "partition.assignment.strategy", "range");
    value_is(conf, "isolation.level", "read_committed");
    rd_kafka_conf_destroy(conf);
    assert_int_equal(kafka_conf_create(&c, CLIENT_MARKS, text, &conf), 0);
    value_is(conf, "isolation.level", "read_uncommitted");
    rd_kafka_conf_destroy(conf);
}

static void kafka_conf_create_lets_the_user_tune_but_not_break(void **state)
{
    (void)state;
    struct kafka_property p[] = {
        {"session.timeout.ms", "45000", PROPERTY_PLAIN}, {"isolation.level", "read_uncommitted", PROPERTY_PLAIN},
                                 {"enable.auto.commit", "true", PROPERTY_PLAIN}};
    struct config c = config_of(p, 3);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    assert_int_equal(kafka_conf_create(&c, CLIENT_MEMBER, text, &conf), 0);
    value_is(conf, "session.timeout.ms", "45000");
    value_is(conf, "isolation.level", "read_committed");
    value_is(conf, "enable.auto.commit", "false");
    rd_kafka_conf_destroy(conf);
}

static void kafka_conf_create_takes_the_users_client_id_and_message_size(void **state)
{
    (void)state;
    struct kafka_property p[] = {{"client.id", "cube of acme", PROPERTY_PLAIN}, {"message.max.bytes", "20000000", PROPERTY_PLAIN}};
    struct config own = config_of(p, 0), users = config_of(p, 2);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    assert_int_equal(kafka_conf_create(&own, CLIENT_PRODUCER, text, &conf), 0);
    value_is(conf, "client.id", "acme-7");
    value_is(conf, "message.max.bytes", "1114112");
    rd_kafka_conf_destroy(conf);
    assert_int_equal(kafka_conf_create(&users, CLIENT_PRODUCER, text, &conf), 0);
    value_is(conf, "client.id", "cube of acme");
    value_is(conf, "message.max.bytes", "20000000");
    value_is(conf, "transactional.id", "acme-7");
    rd_kafka_conf_destroy(conf);
}

static void kafka_conf_create_keeps_queues_short_unless_the_user_wants_them_long(void **state)
{
    (void)state;
    struct kafka_property p = {"queued.max.messages.kbytes", "65536", PROPERTY_PLAIN};
    struct config c = config_of(&p, 0);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    assert_int_equal(kafka_conf_create(&c, CLIENT_FETCHER, text, &conf), 0);
    value_is(conf, "queued.max.messages.kbytes", "1024");
    value_is(conf, "max.partition.fetch.bytes", "524288");
    rd_kafka_conf_destroy(conf);
    c = config_of(&p, 1);
    assert_int_equal(kafka_conf_create(&c, CLIENT_FETCHER, text, &conf), 0);
    value_is(conf, "queued.max.messages.kbytes", "65536");
    rd_kafka_conf_destroy(conf);
}

static void kafka_conf_create_looks_at_full_queues_often_only_while_changelogs_are_read(void **state)
{
    (void)state;
    struct config c = config_of(NULL, 0);
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    bool old = rd_kafka_version() < 0x020200ff;
    assert_int_equal(kafka_conf_create(&c, CLIENT_RESTORE, text, &conf), 0);
    value_is(conf, "isolation.level", "read_committed");
    value_is(conf, "fetch.wait.max.ms", "10");
    value_is(conf, "topic.metadata.refresh.interval.ms", old ? "20" : "300000");
    value_is(conf, "queued.max.messages.kbytes", "16384");
    rd_kafka_conf_destroy(conf);
    assert_int_equal(kafka_conf_create(&c, CLIENT_FETCHER, text, &conf), 0);
    value_is(conf, "fetch.wait.max.ms", "100");
    value_is(conf, "topic.metadata.refresh.interval.ms", "300000");
    rd_kafka_conf_destroy(conf);
}

static void kafka_conf_create_names_a_refused_property_and_hides_secrets(void **state)
{
    (void)state;
    struct kafka_property wrong = {"session.timeout.ms", "soon", PROPERTY_PLAIN}, hidden = {"ssl.key.pem", "MIIhunter2", PROPERTY_PLAIN};
    struct config c = config_of(&wrong, 1);
    char text[KAFKA_TEXT_MAX] = "";
    rd_kafka_conf_t *conf = NULL;
    assert_int_equal(kafka_conf_create(&c, CLIENT_MEMBER, text, &conf), CUBE_ECONFIG);
    assert_non_null(strstr(text, "session.timeout.ms"));
    c = config_of(&hidden, 1);
    int rc = kafka_conf_create(&c, CLIENT_MEMBER, text, &conf);
    if (rc == 0) {
        rd_kafka_conf_destroy(conf); /* this librdkafka looks at the key only when it connects */
    }
    assert_null(strstr(text, "hunter2"));
}

#define VERSION(a, b, c) ((a) << 24 | (b) << 16 | (c) << 8 | 0xff)

/* NULL: nothing of its own for that topic. */
static void compression_is(const struct config *c, enum topic_role role, const char *wanted)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    assert_int_equal(kafka_conf_create(c, CLIENT_PRODUCER, text, &conf), 0);
    assert_int_equal(kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &rk), 0);
    rd_kafka_topic_conf_t *topic = kafka_conf_topic(c, rk, role);
    assert_int_equal(topic != NULL, wanted != NULL);
    if (topic) {
        char value[32];
        size_t size = sizeof(value);
        assert_int_equal(rd_kafka_topic_conf_get(topic, "compression.codec", value, &size), RD_KAFKA_CONF_OK);
        assert_string_equal(value, wanted);
        rd_kafka_topic_conf_destroy(topic);
    }
    rd_kafka_destroy(rk);
}

static void kafka_conf_topic_compresses_changelogs_unless_the_user_names_a_compression(void **state)
{
    (void)state;
    struct kafka_property p[] = {
        {"bootstrap.servers", "127.0.0.1:1", PROPERTY_PLAIN}, {"compression.codec", "none", PROPERTY_PLAIN},
                                 {"compression.type", "zstd", PROPERTY_PLAIN}};
    struct config none = config_of(p, 1), codec = config_of(p + 1, 1), type = config_of(p + 2, 1);
    compression_is(&none, ROLE_CHANGELOG_CUSTOMERS, "lz4");
    compression_is(&none, ROLE_CHANGELOG_EMPLOYEES, "lz4");
    compression_is(&none, ROLE_CHANGELOG_SCOPES, "lz4");
    compression_is(&none, ROLE_PARTIALS, NULL);
    compression_is(&none, ROLE_STATE, NULL);
    compression_is(&codec, ROLE_CHANGELOG_CUSTOMERS, NULL);
    compression_is(&type, ROLE_CHANGELOG_SCOPES, NULL);
}

static void kafka_version_judge_warns_and_refuses(void **state)
{
    (void)state;
    char text[KAFKA_TEXT_MAX] = "";
    assert_int_equal(kafka_version_judge(VERSION(2, 6, 1), true, text), 0);
    assert_int_equal(kafka_version_judge(VERSION(2, 16, 0), false, text), 0);
    assert_int_equal(kafka_version_judge(VERSION(2, 0, 2), false, text), 1);
    assert_string_equal(text, "librdkafka 2.0.2 works, 2.6.1 or later is advised (idempotent producer fixes)");
    assert_int_equal(kafka_version_judge(VERSION(2, 0, 2), true, text), CUBE_EVERSION);
    assert_non_null(strstr(text, "SCRAM"));
    assert_int_equal(kafka_version_judge(VERSION(2, 5, 0), false, text), CUBE_EVERSION);
    assert_int_equal(kafka_version_judge(VERSION(2, 10, 0), false, text), CUBE_EVERSION);
    assert_int_equal(kafka_version_judge(VERSION(1, 9, 2), false, text), CUBE_EVERSION);
}

/* The slack of a thread by its entry in /proc/self/task; 0 for what is none. */
static long slack_of(const char *thread)
{
    char path[64], line[32] = "";
    snprintf(path, sizeof(path), "/proc/%.20s/timerslack_ns", thread);
    FILE *f = atoi(thread) ? fopen(path, "re") : NULL;
    if (f) {
        line[fread(line, 1, sizeof(line) - 1, f)] = 0;
        fclose(f);
    }
    return atol(line);
}

static int threads_with(long slack_ns)
{
    int count = 0;
    DIR *d = opendir("/proc/self/task");
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) { /* NOLINT(concurrency-mt-unsafe) */
        count += slack_of(e->d_name) == slack_ns;
    }
    closedir(d);
    return count;
}

static const char *from_file(const struct kafka_property *p, char text[KAFKA_TEXT_MAX])
{
    static char value[64];
    struct config c = config_of(p, 1);
    rd_kafka_conf_t *conf;
    size_t size = sizeof value;
    if (kafka_conf_create(&c, CLIENT_SENDER, text, &conf)) {
        return NULL;
    }
    assert_int_equal(rd_kafka_conf_get(conf, p->name, value, &size), RD_KAFKA_CONF_OK);
    rd_kafka_conf_destroy(conf);
    return value;
}

static void kafka_conf_create_reads_a_secret_where_the_configuration_says(void **state)
{
    (void)state;
    char folder[] = "/tmp/cubed-secret-XXXXXX", path[64], text[KAFKA_TEXT_MAX] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/kafka-password", folder);
    FILE *f = fopen(path, "w");
    fputs("tell nobody\n", f);
    fclose(f);
    struct kafka_property named = {"sasl.password", "kafka-password", PROPERTY_CREDENTIAL}, placed = {"sasl.password", path, PROPERTY_FILE},
                          number = {"session.timeout.ms", path, PROPERTY_FILE};
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_null(from_file(&named, text));
    assert_string_equal(text, "kafka: sasl.password: the credential kafka-password is not there: $CREDENTIALS_DIRECTORY is not set");
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_string_equal(from_file(&named, text), "tell nobody");
    assert_string_equal(from_file(&placed, text), "tell nobody");
    assert_null(from_file(&number, text));
    assert_string_equal(text, "kafka: session.timeout.ms: the value is refused"); /* not what it is */
    assert_int_equal(truncate(path, 0), 0);
    assert_null(from_file(&placed, text));
    assert_non_null(strstr(text, "is empty, or holds a byte 0"));
    assert_int_equal(truncate(path, 1 << 20), 0);
    assert_null(from_file(&named, text));
    assert_string_equal(text, "kafka: sasl.password: the credential kafka-password is longer than 16 KiB");
    unlink(path);
    assert_null(from_file(&named, text));
    assert_string_equal(text, "kafka: sasl.password: the credential kafka-password is not in $CREDENTIALS_DIRECTORY");
    unsetenv("CREDENTIALS_DIRECTORY");
    rmdir(folder);
}

static bool certificates_are_judged(const char *verification)
{
    char text[KAFKA_TEXT_MAX];
    struct kafka_property p = {"enable.ssl.certificate.verification", verification, PROPERTY_PLAIN};
    struct config c = config_of(&p, verification != NULL);
    rd_kafka_conf_t *conf;
    size_t count;
    bool judged = false;
    assert_int_equal(kafka_conf_create(&c, CLIENT_SENDER, text, &conf), 0);
    const char **dump = rd_kafka_conf_dump(conf, &count); /* what is set */
    for (size_t i = 0; i < count; i += 2) {
        judged = judged || strcmp(dump[i], "ssl.certificate.verify_cb") == 0;
    }
    rd_kafka_conf_dump_free(dump, count);
    rd_kafka_conf_destroy(conf);
    return judged;
}

/* A callback of ours would judge all the same, and refuse. */
static void kafka_conf_create_judges_no_certificate_where_the_configuration_says_so(void **state)
{
    (void)state;
    assert_true(certificates_are_judged(NULL));
    assert_true(certificates_are_judged("true"));
    assert_false(certificates_are_judged("false"));
}

static void kafka_client_create_lets_its_threads_sleep_longer_and_not_ours(void **state)
{
    (void)state;
    char text[KAFKA_TEXT_MAX];
    rd_kafka_t *rk;
    int ours = prctl(PR_GET_TIMERSLACK), before = threads_with(1000000);
    assert_true(ours > 0 && ours < 1000000);
    assert_int_equal(kafka_client_create(rd_kafka_conf_new(), RD_KAFKA_CONSUMER, text, &rk), 0);
    assert_int_equal(prctl(PR_GET_TIMERSLACK), ours);
    assert_true(threads_with(1000000) > before);
    rd_kafka_destroy(rk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kafka_conf_create_sets_what_exactly_once_needs),
        cmocka_unit_test(kafka_conf_create_lets_the_user_tune_but_not_break),
        cmocka_unit_test(kafka_conf_create_takes_the_users_client_id_and_message_size),
        cmocka_unit_test(kafka_conf_create_keeps_queues_short_unless_the_user_wants_them_long),
        cmocka_unit_test(kafka_conf_create_looks_at_full_queues_often_only_while_changelogs_are_read),
        cmocka_unit_test(kafka_conf_create_names_a_refused_property_and_hides_secrets),
        cmocka_unit_test(kafka_conf_topic_compresses_changelogs_unless_the_user_names_a_compression),
        cmocka_unit_test(kafka_version_judge_warns_and_refuses),
        cmocka_unit_test(kafka_conf_create_reads_a_secret_where_the_configuration_says),
        cmocka_unit_test(kafka_conf_create_judges_no_certificate_where_the_configuration_says_so),
        cmocka_unit_test(kafka_client_create_lets_its_threads_sleep_longer_and_not_ours),
    };
    return RUN_TESTS(tests);
}
