/* The whole path of an entity task without I/O: decoding, checks, duplicates, hold, application, rows and
 * bundles, over events read from a file of frames:
 *   path_bench CONFIG FRAMES [EVENTS [BATCH [changelog] [scopes] [restore [log]]]]
 * A frame is topic (1 byte), length of the key (1 byte), length of the value (2 bytes, little-endian), key, value.
 * Every BATCH records (2000) the task advances to its watermark and commits, as the daemon does under load;
 * the epoch is thrown away, or with `scopes` goes through a scope task that judges and publishes as well. Under
 * `valgrind --tool=cachegrind` the difference between two EVENTS, divided by theirs, is the cost of one. The last
 * two thirds of the events are read in frames_measured, for callgrind (tests/bench/exact.py). With `restore` all tasks
 * are lost then, and in restore_measured made again from their compacted changelogs and what these lack of the events; with `log` that of
 * scopes is not compacted. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/murmur2.h"
#include "config/config.h"
#include "support/compacted.h"
#include "task/entity_task.h"
#include "task/scope_task.h"

/* What is let out at a release, and what all give at it: a scope task waits for itself no longer. */
#define HANDOVER_ROUNDS 4

struct world {
    struct task_env env;
    struct epoch epoch;
    struct entity_task *customers, *employees;
    struct scope_task *scopes; /* NULL: bundles are thrown away */
    uint64_t outcomes[OUTCOME_COUNT], messages, bytes;
    int64_t offsets[INPUT_ROLES];
    bool keeps; /* changelogs, for a restart */
    struct compacted changelogs[ROLE_COUNT];
};

struct frames {
    const uint8_t *at;
    size_t len, pos;
    uint64_t taken;
};

static uint8_t *file_read(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *at = NULL;
    long len = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
        at = malloc((size_t)len);
    }
    if (at && fread(at, 1, (size_t)len, f) != (size_t)len) {
        free(at);
        at = NULL;
    }
    if (f) {
        fclose(f);
    }
    *ret_len = at ? (size_t)len : 0;
    return at;
}

static int world_open(struct world *w, const struct config *c, bool changelog, bool scopes)
{
    w->env = (struct task_env){.config = c, .seed = 1, .epoch = &w->epoch, .memory_only = !changelog,
                               .layout = {1, 1, 1, 0}};
    int rc = decode_scratch_create(&w->env.scratch);
    rc = rc ? rc : entity_task_create(&w->env, SENDER_CUSTOMERS, 0, &w->customers);
    rc = rc ? rc : entity_task_create(&w->env, SENDER_EMPLOYEES, 0, &w->employees);
    return rc || !scopes ? rc : scope_task_create(&w->env, 0, NULL, NULL, &w->scopes);
}

static void world_close(struct world *w)
{
    entity_task_destroy(w->customers);
    entity_task_destroy(w->employees);
    scope_task_destroy(w->scopes);
    decode_scratch_destroy(w->env.scratch);
    epoch_close(&w->epoch);
    for (int role = 0; role < ROLE_COUNT; role++) {
        compacted_close(&w->changelogs[role]);
    }
}

/* Bundles and hand-overs go to the scope task; what is a changelog's is kept when that is asked for, the rest nowhere. */
static int message_deliver(struct world *w, const struct epoch_message *m)
{
    const uint8_t *value = epoch_value(&w->epoch, m);
    if (m->role == ROLE_PARTIALS && w->scopes) {
        struct record r = {.role = m->role, .offset = w->offsets[ROLE_PARTIALS]++, .timestamp_ms = m->timestamp_ms,
                           .value = value, .value_len = m->value_len};
        return scope_task_record(w->scopes, &r);
    }
    return w->keeps && m->role >= ROLE_CHANGELOG_CUSTOMERS
               ? compacted_keep(&w->changelogs[m->role], epoch_key(&w->epoch, m), m->key_len, value, m->value_len) : 0;
}

static int epoch_deliver(struct world *w)
{
    int rc = 0;
    for (uint32_t i = 0; i < w->epoch.message_count && !rc; i++) {
        rc = message_deliver(w, &w->epoch.messages[i]);
    }
    w->messages += w->epoch.message_count;
    w->bytes += w->epoch.bytes.len;
    epoch_clear(&w->epoch);
    return rc;
}

static int entities_turn(struct world *w, struct entity_task *t)
{
    uint32_t published;
    int rc = entity_task_advance(t, entity_task_watermark(t, INT64_MIN));
    rc = rc ? rc : entity_task_commit(t, UINT32_MAX, &published);
    return rc ? rc : epoch_deliver(w);
}

static int scopes_turn(struct world *w)
{
    int rc = 0;
    for (int rounds = 0; rounds < HANDOVER_ROUNDS && !rc; rounds++) {
        uint32_t published;
        rc = scope_task_advance(w->scopes, INT64_MAX);
        rc = rc ? rc : scope_task_commit(w->scopes, w->env.config->publish_per_commit, &published);
        rc = rc ? rc : epoch_deliver(w);
        if (!scope_task_waits(w->scopes)) {
            break;
        }
    }
    return rc;
}

static int turn(struct world *w)
{
    int rc = entities_turn(w, w->customers);
    rc = rc ? rc : entities_turn(w, w->employees);
    return rc || !w->scopes ? rc : scopes_turn(w);
}

/* Reads one frame, the next of its topic; returns its length. */
static size_t frame_read(const uint8_t *at, int64_t offsets[INPUT_ROLES], struct record *ret_r)
{
    size_t key_len = at[1], value_len = at[2] | (size_t)at[3] << 8;
    *ret_r = (struct record){.role = at[0], .offset = offsets[at[0]]++, .key = at + 4, .key_len = key_len,
                             .value = at + 4 + key_len, .value_len = value_len};
    return 4 + key_len + value_len;
}

static size_t frame_take(struct world *w, const uint8_t *at, int *ret_rc)
{
    struct record r;
    size_t len = frame_read(at, w->offsets, &r);
    enum record_outcome outcome = OUTCOME_IGNORED;
    *ret_rc = entity_task_record(r.role == ROLE_HR ? w->employees : w->customers, &r, INT64_MIN, &outcome);
    w->outcomes[outcome]++;
    return len;
}

static int frames_take(struct world *w, struct frames *f, uint64_t limit, uint64_t batch)
{
    int rc = 0;
    while (f->pos < f->len && f->taken < limit && rc == 0) {
        f->pos += frame_take(w, f->at + f->pos, &rc);
        f->taken++;
        if (rc == 0 && f->taken % batch == 0) {
            rc = turn(w);
        }
    }
    return rc ? rc : turn(w);
}

/* A name for callgrind: what is counted begins when tables and scopes have grown. */
static __attribute__((noinline)) int frames_measured(struct world *w, struct frames *f, uint64_t limit, uint64_t batch)
{
    return frames_take(w, f, limit, batch);
}

/* ---- restart ---------------------------------------------------------------------------------------- */

static int entity_record_restore(void *task, const struct record *r)
{
    return entity_task_restore(task, r);
}

static int scope_record_restore(void *task, const struct record *r)
{
    return scope_task_restore(task, r);
}

/* Reads what the restored task lacks, and does it again in as many turns as it takes. */
static int entity_catch_up(struct entity_task *t, const struct frames *f, const int64_t from[COMMIT_INPUTS_MAX])
{
    int64_t offsets[INPUT_ROLES] = {0};
    int rc = 0;
    for (size_t pos = 0; pos < f->pos && !rc;) {
        struct record r;
        enum record_outcome outcome;
        pos += frame_read(f->at + pos, offsets, &r);
        for (uint32_t i = 0; i < entity_task_input_count(t) && !rc; i++) {
            bool lacks = entity_task_input(t, i)->role == r.role && r.offset >= from[i];
            rc = lacks ? entity_task_record(t, &r, INT64_MIN, &outcome) : 0;
        }
    }
    do {
        rc = rc < 0 ? rc : entity_task_advance(t, entity_task_watermark(t, INT64_MIN));
    } while (rc == 1);
    return rc;
}

static int entity_again(struct world *w, const struct frames *f, enum sender_type type, struct entity_task **task)
{
    enum topic_role role = type == SENDER_CUSTOMERS ? ROLE_CHANGELOG_CUSTOMERS : ROLE_CHANGELOG_EMPLOYEES;
    int64_t committed[COMMIT_INPUTS_MAX], from[COMMIT_INPUTS_MAX];
    entity_task_destroy(*task);
    *task = NULL;
    int rc = entity_task_create(&w->env, type, 0, task);
    for (uint32_t i = 0; !rc && i < entity_task_input_count(*task); i++) {
        committed[i] = w->offsets[entity_task_input(*task, i)->role];
    }
    rc = rc ? rc : compacted_each(&w->changelogs[role], role, entity_record_restore, *task);
    rc = rc ? rc : entity_task_restored(*task, committed, from);
    return rc ? rc : entity_catch_up(*task, f, from);
}

static int scopes_again(struct world *w)
{
    int64_t from, refused;
    scope_task_destroy(w->scopes);
    w->scopes = NULL;
    int rc = scope_task_create(&w->env, 0, NULL, NULL, &w->scopes);
    rc = rc ? rc : compacted_each(&w->changelogs[ROLE_CHANGELOG_SCOPES], ROLE_CHANGELOG_SCOPES, scope_record_restore, w->scopes);
    rc = rc ? rc : scope_task_records_read(w->scopes, &refused);
    return rc ? rc : scope_task_restored(w->scopes, w->offsets[ROLE_PARTIALS], &from);
}

static __attribute__((noinline)) int restore_measured(struct world *w, const struct frames *f)
{
    int rc = entity_again(w, f, SENDER_CUSTOMERS, &w->customers);
    rc = rc ? rc : entity_again(w, f, SENDER_EMPLOYEES, &w->employees);
    return rc || !w->scopes ? rc : scopes_again(w);
}

/* ---- main ------------------------------------------------------------------------------------------- */

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool asked(int argc, char **argv, const char *word)
{
    bool found = false;
    for (int i = 5; i < argc; i++) {
        found = found || strcmp(argv[i], word) == 0;
    }
    return found;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: path_bench CONFIG FRAMES [EVENTS [BATCH [changelog] [scopes] [restore [log]]]]\n", stderr);
        return 64;
    }
    uint64_t limit = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX, batch = argc > 4 ? strtoull(argv[4], NULL, 10) : 2000;
    struct frames f = {0};
    uint8_t *at = file_read(argv[2], &f.len);
    struct world w = {0};
    struct config *config = NULL;
    if (!at || config_load(argv[1], NULL, stderr, &config) || world_open(&w, config, asked(argc, argv, "changelog"), asked(argc, argv, "scopes"))) {
        fputs("path_bench: no configuration, no frames or no memory\n", stderr);
        return 1;
    }
    f.at = at;
    w.keeps = asked(argc, argv, "restore");
    w.changelogs[ROLE_CHANGELOG_SCOPES].keeps_all = asked(argc, argv, "log");
    double began = cpu_s();
    int rc = frames_take(&w, &f, limit / 3, batch);
    rc = rc ? rc : frames_measured(&w, &f, limit, batch);
    double took = cpu_s() - began;
    rc = rc || !w.keeps ? rc : restore_measured(&w, &f);
    printf("records %" PRIu64 ", applied %" PRIu64 ", messages %" PRIu64 ", bytes %" PRIu64 ", %.1f ns per record, code %d\n", f.taken,
           w.outcomes[OUTCOME_APPLIED], w.messages, w.bytes, took * 1e9 / (double)(f.taken ? f.taken : 1), rc);
    world_close(&w);
    config_destroy(config);
    free(at);
    return rc ? 1 : 0;
}
