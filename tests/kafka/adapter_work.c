/* What it is told by the environment: PAUSE_MS between commits, LARGE the role that gets records of BYTES, SINK to count only. */
#include "adapter_work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "kafka/kafka_log.h"

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
    int64_t done, until, progressed;
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

static bool progressed(void *arg)
{
    struct work *w = arg;
    w->progressed++;
    return true;
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
        int64_t before = w->progressed;
        *t = (struct task){.owned = true, .next = next[i] < 0 ? 0 : next[i]};
        if (w->owned[i].role == ROLE_INTERACTIONS &&
            w->log.read_changelog(w->log.self, ROLE_CHANGELOG_CUSTOMERS, w->owned[i].partition, -1, restored, t)) {
            w->restore_due = true;
            continue;
        }
        if (t->count && w->progressed == before) {
            fprintf(stderr, "a changelog was read without a word\n");
            w->exit_code = 1;
        }
        if (w->log.start(w->log.self, w->owned[i].role, w->owned[i].partition, next[i], -1)) {
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

void adapter_print_cpu(const char *what, int64_t count)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    double s = (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    fprintf(stderr, "%s: %.3f s of CPU, %.3f us per record\n", what, s, s * 1e6 / (double)count);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int adapter_work(const struct config *c, int64_t until)
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
    struct kafka_log_options o = {failed, &w, progressed};
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
        adapter_print_cpu("port", w.done);
    }
    epoch_close(&w.epochs[0]);
    epoch_close(&w.epochs[1]);
    qsort(w.took, (size_t)w.took_count, sizeof(*w.took), compare);
    fprintf(stderr, "done %ld records, %d commits, p50 %ld us, p99 %ld us, retried %lu, renewed %lu\n", w.done, w.took_count,
            w.took_count ? w.took[w.took_count / 2] : 0, w.took_count ? w.took[w.took_count * 99 / 100] : 0, counts.retried,
            counts.renewed);
    return w.exit_code;
}
