/* A small consume-transform-produce program on the log port, to prove the port on a real broker:
 *
 *   kafka_adapter topics BOOTSTRAP NAME PARTITIONS      creates the topics
 *   kafka_adapter fill BOOTSTRAP NAME FIRST COUNT       writes numbered records to NAME-interactions
 *   kafka_adapter work BOOTSTRAP NAME INSTANCE UNTIL    works until so many records are done in all partitions
 *                                                       that it owns (0: for ever), SIGTERM stops it
 *   kafka_adapter ghost BOOTSTRAP NAME INSTANCE         takes the place of an instance in the group and dies
 *   kafka_adapter bare BOOTSTRAP NAME PARTITIONS COUNT  only consumes, without the port
 *   kafka_adapter mock - NAME COUNT                     fills and works on a cluster inside the process
 *
 * Each input record becomes one output record "PARTITION OFFSET COUNT" on NAME-state, with COUNT kept per
 * partition in NAME-changelog-customers: exactly once means that the counts of a partition are 1, 2, 3, ...
 * in order and every offset stands there once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kafka/kafka_admin.h"
#include "kafka/kafka_conf.h"
#include "kafka/kafka_log.h"
#include "kafka/mock.h"

#define LARGE_BYTES 20000
#define PARTITIONS_MAX 32

struct task {
    bool owned, live;
    int64_t next, count;
};

struct work {
    uv_loop_t *loop;
    struct log log;
    struct kafka_log *self;
    struct task tasks[INPUT_ROLES][PARTITIONS_MAX];
    struct epoch epochs[2];
    int filling;
    bool committing, dirty, stopping, restore_due;
    uint64_t number;
    int64_t done, until;
    int exit_code;
    const char *large; /* writes large records to this role: state or dead-letters */
    uint32_t large_bytes;
    bool sink; /* only counts: what the port itself costs */
    int commit_pause_ms;
    uv_timer_t timer;
    uv_signal_t term;
    int64_t took[20000];
    int took_count;
    struct log_partition owned[4 * PARTITIONS_MAX];
    uint32_t owned_count;
};

static void config_fill(struct config *c, const char *bootstrap, const char *name, const char *instance)
{
    static struct kafka_property properties[2];
    static char topics[ROLE_COUNT][64];
    static const char *const suffix[ROLE_COUNT] = {"interactions", "cpi", "hr", "partials", "state", "changes", "alerts",
                                                   "customers", "late", "dead-letters", "changelog-customers",
                                                   "changelog-employees", "changelog-scopes"};
    properties[0] = (struct kafka_property){"bootstrap.servers", bootstrap};
    static char extra[128]; /* NAME=VALUE of one more property */
    snprintf(extra, sizeof(extra), "%s", getenv("KAFKA_PROPERTY") ? getenv("KAFKA_PROPERTY") : "");
    char *value = strchr(extra, '=');
    if (value) {
        *value++ = '\0';
    }
    properties[1] = (struct kafka_property){extra, value};
    *c = (struct config){.name = name, .instance = instance, .kafka = properties, .kafka_count = value ? 2 : 1};
    for (int r = 0; r < ROLE_COUNT; r++) {
        snprintf(topics[r], sizeof(topics[r]), "%s-%s", name, suffix[r]);
        c->topics[r] = topics[r];
    }
}

static void stop(struct work *w);

static void on_stopped(void *arg)
{
    struct work *w = arg;
    uv_close((uv_handle_t *)&w->timer, NULL);
    uv_close((uv_handle_t *)&w->term, NULL);
}

static void stop(struct work *w)
{
    w->stopping = true;
    kafka_log_stop(w->self, on_stopped, w);
}

static int restored(void *arg, const struct record *r)
{
    struct task *t = arg;
    if (r->value && sscanf((const char *)r->value, "%ld", &t->count) != 1) {
        return CUBE_EFORMAT;
    }
    return 0;
}

static void restore(struct work *w)
{
    int64_t next[4 * PARTITIONS_MAX];
    w->restore_due = false;
    if (w->log.committed_offsets(w->log.self, w->owned, w->owned_count, next)) {
        w->restore_due = true;
        return;
    }
    for (uint32_t i = 0; i < w->owned_count; i++) {
        struct task *t = &w->tasks[w->owned[i].role][w->owned[i].partition];
        if (t->live) {
            continue;
        }
        *t = (struct task){.owned = true, .next = next[i] < 0 ? 0 : next[i]};
        if (w->owned[i].role == ROLE_INTERACTIONS &&
            w->log.read_changelog(w->log.self, ROLE_CHANGELOG_CUSTOMERS, w->owned[i].partition, -1, restored, t)) {
            w->restore_due = true;
            continue;
        }
        if (w->log.start(w->log.self, w->owned[i].role, w->owned[i].partition, next[i])) {
            w->restore_due = true;
            continue;
        }
        t->live = true;
    }
    fprintf(stderr, "restored %u partitions\n", w->owned_count);
}

static void assigned(void *arg, const struct log_partition *p, uint32_t count)
{
    struct work *w = arg;
    memcpy(w->owned, p, count * sizeof(*p));
    w->owned_count = count;
    restore(w);
}

static void forget(struct work *w)
{
    memset(w->tasks, 0, sizeof(w->tasks));
    epoch_clear(&w->epochs[w->filling]);
    w->dirty = false;
}

static void revoked(void *arg, const struct log_partition *p, uint32_t count)
{
    struct work *w = arg;
    (void)p, (void)count;
    forget(w);
    w->owned_count = 0;
}

/* A record that a topic with a small limit refuses. */
static void put_large(struct work *w, const struct record *r)
{
    static uint8_t value[LARGE_BYTES];
    enum topic_role role = strcmp(w->large, "state") == 0 ? ROLE_STATE : ROLE_DEAD_LETTERS;
    if (epoch_add(&w->epochs[w->filling], role, r->partition, r->timestamp_ms, r->key, r->key_len, value, w->large_bytes, NULL, 0)) {
        abort();
    }
}

static void records(void *arg, const struct record *r, uint32_t count)
{
    struct work *w = arg;
    struct epoch *e = &w->epochs[w->filling];
    struct task *t = &w->tasks[r->role][r->partition];
    if (w->sink) {
        w->done += count;
        if (w->done >= w->until && !w->stopping) {
            stop(w);
        }
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        char text[64];
        if (r[i].offset < t->next) {
            fprintf(stderr, "offset %ld again, next is %ld\n", r[i].offset, t->next);
            abort();
        }
        t->next = r[i].offset + 1;
        t->count++;
        w->done++;
        int n = snprintf(text, sizeof(text), "%d %ld %ld", r->partition, r[i].offset, t->count);
        if (w->large) {
            put_large(w, &r[i]);
            continue;
        }
        struct header h[2];
        uint32_t headers = w->log.headers(&r[i], h);
        if (epoch_add(e, ROLE_STATE, PARTITION_BY_KEY, r[i].timestamp_ms, r[i].key, r[i].key_len, (uint8_t *)text, (size_t)n, h, headers)) {
            abort();
        }
    }
    w->dirty = true;
}

static void at_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    struct work *w = arg;
    if (next > w->tasks[role][partition].next) {
        w->tasks[role][partition].next = next;
    }
}

static void commit(struct work *w)
{
    struct epoch *e = &w->epochs[w->filling];
    if (w->committing || !w->dirty || w->stopping) {
        return;
    }
    e->number = ++w->number;
    for (uint32_t i = 0; i < w->owned_count; i++) {
        struct task *t = &w->tasks[w->owned[i].role][w->owned[i].partition];
        char text[32];
        int n = snprintf(text, sizeof(text), "%ld", t->count);
        if (t->live && (epoch_offset_set(e, w->owned[i].role, w->owned[i].partition, t->next) ||
                        (w->owned[i].role == ROLE_INTERACTIONS &&
                         epoch_add(e, ROLE_CHANGELOG_CUSTOMERS, w->owned[i].partition, 0, (uint8_t *)"count", 5, (uint8_t *)text,
                                   (size_t)n + 1, NULL, 0)))) {
            abort();
        }
    }
    if (w->log.commit(w->log.self, e) == 0) {
        w->committing = true;
        w->filling = !w->filling;
        w->dirty = false;
    }
}

static void committed(void *arg, enum commit_outcome outcome, int64_t took_us)
{
    struct work *w = arg;
    w->committing = false;
    epoch_clear(&w->epochs[!w->filling]);
    if (outcome == COMMIT_DONE && w->took_count < 20000) {
        w->took[w->took_count++] = took_us;
    }
    if (outcome == COMMIT_LOST) {
        forget(w);
        w->restore_due = true;
    }
    if (outcome == COMMIT_FENCED) {
        w->exit_code = 77;
        stop(w);
    }
    if (outcome == COMMIT_DONE && w->until && w->done >= w->until && !w->dirty) {
        stop(w);
    }
}

static void told(void *arg, int severity, const char *event, const char *text)
{
    (void)arg;
    fprintf(stderr, "<%d> %s: %s\n", severity, event, text);
}

static void failed(void *arg, int code, const char *text)
{
    struct work *w = arg;
    fprintf(stderr, "failed: %s %s\n", err_name(code), text);
    w->exit_code = code == CUBE_EFENCED ? 77 : 1;
    if (!w->stopping) {
        stop(w);
    }
}

static void on_timer(uv_timer_t *t)
{
    struct work *w = t->data;
    if (w->restore_due && w->owned_count) {
        restore(w);
    }
    commit(w);
}

static void on_term(uv_signal_t *s, int number)
{
    (void)number;
    stop(s->data);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_cpu(const char *what, int64_t count)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    double s = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    fprintf(stderr, "%s: %.3f s of CPU, %.3f us per record\n", what, s, s * 1e6 / (double)count);
}

static int work(const struct config *c, int64_t until)
{
    static struct work w;
    uv_loop_t loop;
    uv_loop_init(&loop);
    w.loop = &loop;
    w.until = until;
    w.large = getenv("LARGE");
    const char *bytes = getenv("BYTES");
    w.large_bytes = bytes && atoi(bytes) < LARGE_BYTES ? (uint32_t)atoi(bytes) : LARGE_BYTES;
    w.sink = getenv("SINK") != NULL;
    w.commit_pause_ms = getenv("PAUSE_MS") ? atoi(getenv("PAUSE_MS")) : 20;
    struct log_events ev = {assigned, revoked, records, at_end, committed, told, &w};
    struct kafka_log_options o = {failed, &w};
    if (kafka_log_create(&loop, c, &ev, &o, &w.log, &w.self) || kafka_log_start(w.self)) {
        return 1;
    }
    uv_timer_init(&loop, &w.timer);
    w.timer.data = &w;
    uv_timer_start(&w.timer, on_timer, (uint64_t)w.commit_pause_ms, (uint64_t)w.commit_pause_ms);
    uv_signal_init(&loop, &w.term);
    w.term.data = &w;
    uv_signal_start(&w.term, on_term, SIGTERM);
    uv_run(&loop, UV_RUN_DEFAULT);
    struct kafka_log_counts counts;
    kafka_log_counts_read(w.self, &counts);
    kafka_log_destroy(w.self);
    uv_loop_close(&loop);
    if (w.sink) {
        print_cpu("port", w.done);
    }
    epoch_close(&w.epochs[0]);
    epoch_close(&w.epochs[1]);
    qsort(w.took, (size_t)w.took_count, sizeof(*w.took), compare);
    fprintf(stderr, "done %ld records, %d commits, p50 %ld us, p99 %ld us, retried %lu, renewed %lu\n", w.done, w.took_count,
            w.took_count ? w.took[w.took_count / 2] : 0, w.took_count ? w.took[w.took_count * 99 / 100] : 0, counts.retried,
            counts.renewed);
    return w.exit_code;
}

static void taken_in(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *l, void *arg)
{
    (void)rk, (void)l, (void)arg;
    _exit(err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? 0 : 1);
}

/* As an earlier join of the instance's own that is answered after it was given up. */
static int ghost(const struct config *c)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_MEMBER, text, &conf)) {
        return 1;
    }
    rd_kafka_conf_set_rebalance_cb(conf, taken_in);
    if (kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &rk)) {
        return 1;
    }
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(INPUT_ROLES);
    for (int r = 0; r < INPUT_ROLES; r++) {
        rd_kafka_topic_partition_list_add(l, c->topics[r], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_subscribe(rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    for (rd_kafka_message_t *m;;) {
        m = rd_kafka_consumer_poll(rk, 1000);
        if (m) {
            rd_kafka_message_destroy(m);
        }
    }
}

static int topics(const struct config *c, int partitions)
{
    struct topic_plan plan[ROLE_COUNT];
    char text[512];
    kafka_topics_plan(c, partitions, plan);
    if (kafka_topics_compare(c, plan, 10000, text) || kafka_topics_create(c, plan, 10000, text)) {
        fprintf(stderr, "%s\n", text);
        return 69;
    }
    for (int r = 0; r < ROLE_COUNT; r++) {
        if (plan[r].state != TOPIC_CREATED && plan[r].state != TOPIC_GOOD) {
            fprintf(stderr, "%s: %s\n", plan[r].name, plan[r].problem);
            return 69;
        }
    }
    return 0;
}

static int fill(const struct config *c, int64_t first, int64_t count, enum topic_role role)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_SENDER, text, &conf) || kafka_client_create(conf, RD_KAFKA_PRODUCER, text, &rk)) {
        return 1;
    }
    unsigned pause_us = getenv("FILL_PAUSE_US") ? (unsigned)atoi(getenv("FILL_PAUSE_US")) : 0;
    for (int64_t i = first; i < first + count; i++) {
        char key[32], value[200];
        int k = snprintf(key, sizeof(key), "k%ld", i % 1000);
        int v = snprintf(value, sizeof(value), "{\"v\":1,\"id\":\"o-%ld\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"%s\","
                         "\"region\":\"north\",\"segment\":\"smb\",\"order\":\"%ld\",\"revenue\":129.90}", i, key, i);
        while (rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(c->topics[role]), RD_KAFKA_V_KEY(key, (size_t)k),
                                 RD_KAFKA_V_VALUE(value, (size_t)v), RD_KAFKA_V_HEADER("n", "1", 1),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(rk, 10);
        }
        if (pause_us) {
            usleep(pause_us);
        }
    }
    rd_kafka_resp_err_t err = rd_kafka_flush(rk, 60000);
    rd_kafka_destroy(rk);
    return err ? 1 : 0;
}

/* The same on the cluster inside the process. */
static int mock(struct config *c, int64_t count)
{
    char bootstrap[128];
    struct mock_cluster *m;
    struct kafka_property p = {"bootstrap.servers", bootstrap};
    if (mock_cluster_create(4, c, &m, bootstrap, sizeof(bootstrap))) {
        return 1;
    }
    c->kafka = &p;
    c->kafka_count = 1;
    int rc = fill(c, 0, count, ROLE_INTERACTIONS);
    rc = rc ? rc : work(c, count);
    mock_cluster_destroy(m);
    return rc;
}

/* What the port is measured against: the fastest loop librdkafka has, with nothing behind it. */
static int bare(const struct config *c, int partitions, int64_t until)
{
    char text[KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk;
    if (kafka_conf_create(c, CLIENT_FETCHER, text, &conf) || kafka_client_create(conf, RD_KAFKA_CONSUMER, text, &rk)) {
        return 1;
    }
    rd_kafka_queue_t *q = rd_kafka_queue_get_consumer(rk);
    rd_kafka_topic_partition_list_t *l = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) {
        rd_kafka_topic_partition_list_add(l, c->topics[ROLE_INTERACTIONS], p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_assign(rk, l);
    rd_kafka_topic_partition_list_destroy(l);
    rd_kafka_message_t *m[1000];
    for (int64_t got = 0; got < until;) {
        ssize_t n = rd_kafka_consume_batch_queue(q, 100, m, 1000);
        for (ssize_t i = 0; i < n; i++) {
            got += m[i]->err == 0;
            rd_kafka_message_destroy(m[i]);
        }
    }
    print_cpu("bare", until);
    rd_kafka_queue_destroy(q);
    rd_kafka_destroy(rk);
    return 0;
}

int main(int argc, char **argv)
{
    struct config c;
    if (argc < 5) {
        fprintf(stderr, "usage: kafka_adapter topics|fill|work BOOTSTRAP NAME ...\n");
        return 64;
    }
    config_fill(&c, argv[2], argv[3], argc > 5 || strcmp(argv[1], "ghost") == 0 ? argv[4] : "1");
    if (strcmp(argv[1], "topics") == 0) {
        return topics(&c, atoi(argv[4]));
    }
    if (strcmp(argv[1], "fill") == 0 && argc > 5) {
        return fill(&c, atoll(argv[4]), atoll(argv[5]), ROLE_INTERACTIONS);
    }
    if (strcmp(argv[1], "ghost") == 0) {
        return ghost(&c);
    }
    if (strcmp(argv[1], "bare") == 0 && argc > 5) {
        return bare(&c, atoi(argv[4]), atoll(argv[5]));
    }
    if (strcmp(argv[1], "mock") == 0) {
        return mock(&c, atoll(argv[4]));
    }
    return argc > 5 ? work(&c, atoll(argv[5])) : 64;
}
