/* What a customer task writes to its changelog under steady traffic, and what a restart from it takes:
 *   redo_bench CONFIG FRAMES CUSTOMERS [BATCH]
 * Each of CUSTOMERS logs in once; then the events of the frames (path_bench.c) come, with a commit every BATCH (2000) of
 * them. Counted are the bytes of keys and values once the logins, and then what came while they were written, have been
 * written out: the last part of the frames, from twice changelog.redo on. Then the task is lost, and another one is restored
 * from the compacted changelog: seconds of CPU for the records, and for reading and doing again what they lack. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "support/compacted.h"
#include "task/entity_task.h"

#define START INT64_C(1735689600000) /* of the generator */
#define SEED_INPUT 0

struct input_record {
    const uint8_t *key, *value;
    uint32_t key_len, value_len;
};

struct input {
    struct input_record *records; /* by offset */
    uint32_t count, capacity;
};

struct bench {
    struct task_env env;
    struct epoch epoch;
    struct entity_task *task;
    struct input inputs[2];
    struct compacted changelog;
    uint64_t bytes, written;
};

static void *sure(void *at)
{
    if (!at) {
        fputs("redo_bench: no memory\n", stderr);
        exit(71);
    }
    return at;
}

static void must(int rc)
{
    if (rc) {
        fprintf(stderr, "redo_bench: failed with %d\n", rc);
        exit(70);
    }
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- inputs ----------------------------------------------------------------------------------------- */

static void input_add(struct input *in, struct input_record r)
{
    if (in->count == in->capacity) {
        in->capacity = in->capacity ? 2 * in->capacity : 1024;
        in->records = sure(realloc(in->records, in->capacity * sizeof *in->records));
    }
    in->records[in->count++] = r;
}

static void take(struct bench *b, enum topic_role role, uint32_t offset)
{
    const struct input_record *i = &b->inputs[role].records[offset];
    struct record r = {.role = role, .offset = offset, .key = i->key, .key_len = i->key_len, .value = i->value, .value_len = i->value_len};
    enum record_outcome outcome;
    must(entity_task_record(b->task, &r, TIME_NONE, &outcome));
}

/* ---- the changelog ---------------------------------------------------------------------------------- */

static void commit(struct bench *b)
{
    uint32_t published;
    must(entity_task_advance(b->task, entity_task_watermark(b->task, TIME_NONE)));
    must(entity_task_commit(b->task, UINT32_MAX, &published));
    for (uint32_t i = 0; i < b->epoch.message_count; i++) {
        const struct epoch_message *m = &b->epoch.messages[i];
        if (m->role == ROLE_CHANGELOG_CUSTOMERS) {
            b->bytes += m->key_len + m->value_len;
            b->written++;
            must(compacted_keep(&b->changelog, epoch_key(&b->epoch, m), m->key_len, epoch_value(&b->epoch, m), m->value_len));
        }
    }
    epoch_clear(&b->epoch);
}

/* ---- traffic ---------------------------------------------------------------------------------------- */

static void logins(struct bench *b, uint32_t customers)
{
    for (uint32_t n = 0; n < customers; n++) {
        char text[200];
        int len = snprintf(text, sizeof text, "c%07u{\"v\":1,\"id\":\"login-%u\",\"ts\":%" PRId64
                           ",\"kind\":\"selfservice.login\",\"customer\":\"c%07u\",\"region\":\"region-%02u\"}",
                           n, n, START - 86400000 + n, n, n % 8);
        uint8_t *at = sure(malloc((size_t)len));
        memcpy(at, text, (size_t)len);
        input_add(&b->inputs[SEED_INPUT], (struct input_record){at, at + 8, 8, (uint32_t)len - 8});
        take(b, ROLE_INTERACTIONS, n);
        if (n % 20000 == 0) {
            commit(b);
        }
    }
    commit(b);
}

static const uint8_t *file_read(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    long len = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    uint8_t *at = len > 0 && fseek(f, 0, SEEK_SET) == 0 ? sure(malloc((size_t)len)) : NULL;
    if (!at || fread(at, 1, (size_t)len, f) != (size_t)len) {
        fputs("redo_bench: no frames\n", stderr);
        exit(66);
    }
    fclose(f);
    *ret_len = (size_t)len;
    return at;
}

/* Records are written after changelog.redo events at the latest, a 128th part of it later at most: twice that after the logins
 * no record is one of the filling, and none was put off by it. */
static uint64_t steady_from(const struct bench *b)
{
    uint64_t redo = b->env.config->changelog_redo;
    return 2 * (redo + redo / 64);
}

static void counted_print(const struct bench *b, uint64_t events)
{
    if (!events) {
        fputs("redo_bench: too few events: the first records are still being written\n", stderr);
        exit(66);
    }
    printf("events %" PRIu64 ", changelog %.1f bytes per event, %.3f records per event of %.0f bytes\n", events, (double)b->bytes / (double)events,
           (double)b->written / (double)events, (double)b->bytes / (double)b->written);
}

static void frames_take(struct bench *b, const char *path, uint32_t batch)
{
    size_t len;
    const uint8_t *at = file_read(path, &len);
    uint64_t events = 0, before = steady_from(b);
    for (size_t pos = 0; pos < len;) {
        const uint8_t *f = at + pos;
        uint32_t key_len = f[1], value_len = f[2] | (uint32_t)f[3] << 8;
        pos += 4 + key_len + value_len;
        if (f[0] == ROLE_HR) {
            continue;
        }
        input_add(&b->inputs[f[0]], (struct input_record){f + 4, f + 4 + key_len, key_len, value_len});
        take(b, f[0], b->inputs[f[0]].count - 1);
        if (++events % batch == 0) {
            commit(b);
        }
        if (events == before) {
            b->bytes = b->written = 0;
        }
    }
    commit(b);
    counted_print(b, events > before ? events - before : 0);
}

/* ---- restart ---------------------------------------------------------------------------------------- */

static int record_restore(void *task, const struct record *r)
{
    return entity_task_restore(task, r);
}

/* In as many turns as it takes. */
static void caught_up(struct bench *b)
{
    int rc = 1;
    while (rc == 1) {
        rc = entity_task_advance(b->task, entity_task_watermark(b->task, TIME_NONE));
    }
    must(rc);
}

static void restart(struct bench *b)
{
    struct entity_task_figures f;
    int64_t committed[2] = {b->inputs[0].count, b->inputs[1].count}, from[2];
    entity_task_figures(b->task, &f);
    uint64_t entities = f.entities;
    entity_task_destroy(b->task);
    must(entity_task_create(&b->env, SENDER_CUSTOMERS, 0, &b->task));
    double began = cpu_s();
    must(compacted_each(&b->changelog, ROLE_CHANGELOG_CUSTOMERS, record_restore, b->task));
    must(entity_task_restored(b->task, committed, from));
    double records = cpu_s();
    for (int i = 0; i < 2; i++) {
        for (int64_t offset = from[i]; offset < committed[i]; offset++) {
            take(b, (enum topic_role)i, (uint32_t)offset);
        }
    }
    double read = cpu_s();
    caught_up(b);
    double done = cpu_s();
    entity_task_figures(b->task, &f);
    printf("restore of %" PRIu64 " customers %.2f s: %u records %.2f s, %" PRId64 " events read %.2f s, done again %.2f s; %s\n",
           f.entities, done - began, b->changelog.count,
           records - began, committed[0] - from[0] + committed[1] - from[1], read - records, done - read,
           f.entities == entities && !entity_task_is_replaying(b->task) ? "as it was" : "NOT as it was");
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct config *config;
    if (argc < 4) {
        fputs("usage: redo_bench CONFIG FRAMES CUSTOMERS [BATCH]\n", stderr);
        return 64;
    }
    uint32_t customers = (uint32_t)strtoul(argv[3], NULL, 10), batch = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 2000;
    must(config_load(argv[1], NULL, stderr, &config));
    b.env = (struct task_env){.config = config, .seed = 1, .epoch = &b.epoch,
                              .now_ms = TIME_NONE, .layout = {1, 1, 1, 0}};
    must(decode_scratch_create(&b.env.scratch));
    must(entity_task_create(&b.env, SENDER_CUSTOMERS, 0, &b.task));
    logins(&b, customers);
    frames_take(&b, argv[2], batch);
    restart(&b);
    fflush(stdout);
    _Exit(0);
}
