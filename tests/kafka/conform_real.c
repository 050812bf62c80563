/* A world over daemon/kafka and a real broker. The log is the daemon's own; its members and clients are looked into, so
 * that a transaction can be stopped anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform_real.h"
#include "kafka/kafka_admin.h"

#define TOPICS_MS 20000
#define OWNED_TURNS 6000
#define SETTLE_TURNS 80
#define TURN_US 10000
#define HURRIED_MS 15000 /* what is to happen meanwhile does so on a busy machine too */

static void config_fill(struct real *r, const char *bootstrap, const char *name)
{
    snprintf(r->name, sizeof r->name, "%s-%d", name, (int)getpid());
    r->property = (struct kafka_property){"bootstrap.servers", bootstrap, PROPERTY_PLAIN};
    r->config = (struct config){.name = r->name, .instance = "log", .kafka = &r->property, .kafka_count = 1};
    for (int role = 0; role < ROLE_COUNT; role++) {
        snprintf(r->topics[role], sizeof r->topics[role], "%s-%d", r->name, role);
        r->config.topics[role] = r->topics[role];
    }
}

static int topics_make(struct real *r)
{
    struct topic_plan plan[ROLE_COUNT];
    char text[512] = "";
    kafka_topics_plan(&r->config, 1, plan);
    int rc = kafka_topics_compare(&r->config, plan, TOPICS_MS, text);
    rc = rc ? rc : kafka_topics_create(&r->config, plan, TOPICS_MS, text);
    if (rc) {
        printf("# %s\n", text);
    }
    return rc;
}

/* ---- the log ---------------------------------------------------------------------------------------- */

static void on_assigned(void *arg, const struct log_partition *p, uint32_t count)
{
    struct real *r = arg;
    (void)p;
    r->owned = count == INPUT_ROLES;
    r->world.assigned++;
}

static void on_revoked(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)p, (void)count;
    ((struct real *)arg)->world.revoked++;
}

static void on_records(void *arg, const struct record *records, uint32_t count)
{
    struct real *r = arg;
    r->events.records(r->events.arg, records, count);
}

static void on_end(void *arg, enum topic_role role, int32_t partition, int64_t next)
{
    struct real *r = arg;
    r->events.at_end(r->events.arg, role, partition, next);
}

static void on_committed(void *arg, enum commit_outcome outcome, int64_t took_us)
{
    (void)arg, (void)outcome, (void)took_us;
}

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    (void)arg;
    fprintf(stderr, "# <%d> %s: %s\n", severity, event, text);
}

static void on_failed(void *arg, int code, const char *text)
{
    (void)text;
    ((struct real *)arg)->world.failed = code;
}

static void turns(struct real *r, int count)
{
    for (int i = 0; i < count; i++) {
        for (int p = 0; p < PRODUCERS; p++) {
            if (r->producers[p].kafka.rk && !r->other_ends) {
                rd_kafka_poll(r->producers[p].kafka.rk, 0);
            }
        }
        uv_run(&r->loop, UV_RUN_NOWAIT);
        usleep(TURN_US);
    }
    r->world.replaced = atomic_load(&r->kafka_log->member.doubted);
    r->world.joined = r->newcomer && atomic_load(&r->newcomer->member.joined);
}

static void settle(void *self)
{
    struct real *r = self;
    turns(r, SETTLE_TURNS);
    if (r->other_ends) {
        pthread_join(r->meanwhile, NULL);
        r->other_ends = false;
    }
}

static int log_open(struct real *r)
{
    struct log_events ev = {on_assigned, on_revoked, on_records, on_end, on_committed, on_told, r};
    struct kafka_log_options options = {.failed = on_failed, .arg = r};
    uv_loop_init(&r->loop);
    int rc = kafka_log_create(&r->loop, &r->config, &ev, &options, &r->world.log, &r->kafka_log);
    rc = rc ? rc : kafka_log_start(r->kafka_log);
    for (int i = 0; !rc && !r->owned && i < OWNED_TURNS; i++) {
        turns(r, 1);
    }
    return rc ? rc : r->owned ? 0 : CUBE_EKAFKA;
}

/* ---- who else joins --------------------------------------------------------------------------------- */

static void on_nothing(void *arg, const struct log_partition *p, uint32_t count)
{
    (void)arg, (void)p, (void)count;
}

static void join(void *self, enum conform_newcomer who)
{
    struct real *r = self;
    struct log_events ev = {on_nothing, on_nothing, on_records, on_end, on_committed, on_told, r};
    r->newcomer_config = r->config;
    r->newcomer_config.instance = who == SUCCESSOR ? r->config.instance : "newcomer";
    int rc = kafka_log_create(&r->loop, &r->newcomer_config, &ev, NULL, &r->newcomer_port, &r->newcomer);
    rc = rc ? rc : kafka_log_start(r->newcomer);
    if (rc) {
        printf("# nobody can join: %s\n", err_name(rc));
    }
}

static void generation_keep(void *self)
{
    struct real *r = self;
    void *bytes;
    size_t size;
    if (rd_kafka_consumer_group_metadata_write(r->kafka_log->member.metadata, &bytes, &size) ||
        rd_kafka_consumer_group_metadata_read(&r->kept, bytes, size)) {
        exit(71);
    }
    rd_kafka_mem_free(NULL, bytes);
}

/* ---- producers -------------------------------------------------------------------------------------- */

static int port_ready(void *self)
{
    return kafka_producer_ready(&((struct real_producer *)self)->kafka);
}

static void port_renew(void *self, const char *why)
{
    (void)why;
    kafka_producer_drop(&((struct real_producer *)self)->kafka);
}

static enum txn_verdict port_begin(void *self)
{
    return kafka_producer_begin(&((struct real_producer *)self)->kafka);
}

/* What is handed over is sent before the call returns: the caller's bytes are lent no longer. */
static enum txn_verdict port_produce(void *self, struct epoch *e)
{
    struct real_producer *p = self;
    enum txn_verdict v = kafka_producer_produce(&p->kafka, e);
    rd_kafka_flush(p->kafka.rk, 5000);
    return v;
}

static enum txn_verdict port_offsets(void *self, const struct epoch *e, const char *mark)
{
    struct real_producer *p = self;
    struct real *r = p->real;
    return kafka_producer_offsets(&p->kafka, e, mark, r->kept ? r->kept : r->kafka_log->member.metadata);
}

static enum txn_verdict port_commit(void *self)
{
    return kafka_producer_commit(&((struct real_producer *)self)->kafka);
}

static enum txn_verdict port_abort(void *self)
{
    return kafka_producer_abort(&((struct real_producer *)self)->kafka);
}

static bool port_clean(void *self)
{
    return kafka_producer_clean(&((struct real_producer *)self)->kafka);
}

static int port_landed(void *self, const struct epoch *e, const char *mark)
{
    return kafka_offsets_landed(&((struct real_producer *)self)->real->kafka_log->offsets, e, mark);
}

static void hurry(void *self, enum conform_producer p)
{
    ((struct real *)self)->producers[p].kafka.timeout.usual_ms = HURRIED_MS;
}

static void producer_open(struct real *r, int i)
{
    struct real_producer *p = &r->producers[i];
    p->real = r;
    p->config = r->config;
    p->config.instance = i == OTHER ? "other" : "first";
    p->kafka = (struct kafka_producer){.config = &p->config, .told = &r->kafka_log->told, .give_up = &r->give_up};
    r->world.producers[i] = (struct producer_port){.self = p, .ready = port_ready, .renew = port_renew, .begin = port_begin,
                                                   .produce = port_produce, .offsets = port_offsets, .commit = port_commit,
                                                   .abort = port_abort, .clean = port_clean, .landed = port_landed};
}

/* ---- the world -------------------------------------------------------------------------------------- */

static void on_stopped(void *arg)
{
    ((struct real *)arg)->stopped++;
}

static void logs_close(struct real *r)
{
    int count = r->newcomer ? 2 : 1;
    kafka_log_stop(r->kafka_log, on_stopped, r);
    if (r->newcomer) {
        kafka_log_stop(r->newcomer, on_stopped, r);
    }
    while (r->stopped < count) {
        turns(r, 1);
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    kafka_log_destroy(r->kafka_log);
    kafka_log_destroy(r->newcomer);
}

static void close_all(void *self)
{
    struct real *r = self;
    for (int i = 0; i < PRODUCERS; i++) {
        kafka_producer_drop(&r->producers[i].kafka);
    }
    if (r->kept) {
        rd_kafka_consumer_group_metadata_destroy(r->kept);
    }
    if (r->kafka_log) {
        logs_close(r);
    }
    uv_loop_close(&r->loop);
    free(r);
}

struct conform_world *conform_real_open(const char *bootstrap, const char *name, const struct log_events *ev)
{
    struct real *r = calloc(1, sizeof *r);
    if (!r) {
        exit(71);
    }
    config_fill(r, bootstrap, name);
    r->events = *ev;
    r->world.self = r;
    r->world.settle = settle;
    r->world.hurry = hurry;
    r->world.join = join;
    r->world.generation_keep = generation_keep;
    r->world.close = close_all;
    conform_real_broker(r);
    int rc = topics_make(r);
    rc = rc ? rc : log_open(r);
    if (rc) {
        printf("# no world on %s: %s\n", bootstrap, err_name(rc));
        return NULL; /* the process ends soon */
    }
    for (int i = 0; i < PRODUCERS; i++) {
        producer_open(r, i);
    }
    return &r->world;
}
