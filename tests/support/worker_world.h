/* A worker over a log in memory, as a process that crashes, and what came out of it: for the tests of the
 * worker. */
#ifndef CUBE_TESTS_WORKER_WORLD_H
#define CUBE_TESTS_WORKER_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/murmur2.h"
#include "support/fake_log.h"
#include "task/worker.h"
#include "unit/daemon/config_support.h"

#define T0 INT64_C(1760000000000)
#define NOW (T0 + 600000) /* later than every event that is no `future` */

/* ---- one process ------------------------------------------------------------------------------------ */

struct world {
    struct config *config;
    struct fake_log log;
    struct worker *worker;
    const struct checkpoint *checkpoint; /* of the next process; NULL none */
    void (*meanwhile)(void *arg);
    int looks;           /* counted by it */
    int64_t now_ms;
    int error;           /* the worker failed with it */
    char told[64];       /* the last event told */
    int layouts;         /* how often layout_differs was */
    char text[700];      /* and its text */
};

static inline void on_told(void *arg, int severity, const char *event, const char *text)
{
    (void)severity;
    snprintf(((struct world *)arg)->told, sizeof ((struct world *)arg)->told, "%s", event);
    ((struct world *)arg)->layouts += strcmp(event, "layout_differs") == 0;
    snprintf(((struct world *)arg)->text, sizeof ((struct world *)arg)->text, "%s", text);
}

static inline void on_failed(void *arg, int error)
{
    ((struct world *)arg)->error = error;
}

static inline void process_start(struct world *w)
{
    struct worker_events ev = {.told = on_told, .failed = on_failed, .arg = w, .meanwhile = w->meanwhile};
    assert_int_equal(worker_create(w->config, &w->log.log, &ev, 7, &w->worker), 0);
    worker_checkpoint(w->worker, w->checkpoint);
    fake_log_connect(&w->log, worker_log_events(w->worker));
    fake_log_assign(&w->log);
}

static inline void process_crash(struct world *w)
{
    worker_destroy(w->worker);
    process_start(w);
}

/* partitions: of interactions, cpi and partials; hr: of hr. */
static inline void world_open_on(struct world *w, const char *yaml, int32_t partitions, int32_t hr)
{
    *w = (struct world){.config = config_of(yaml), .now_ms = NOW};
    fake_log_init(&w->log, partitions, hr);
    process_start(w);
}

static inline void world_open(struct world *w, const char *yaml)
{
    world_open_on(w, yaml, 2, 1);
}

static inline void world_close(struct world *w)
{
    worker_destroy(w->worker);
    fake_log_close(&w->log);
    config_destroy(w->config);
}

static inline void put(struct fake_log *f, enum topic_role role, const char *who, const char *key, int64_t ts_ms, const char *id, const char *rest)
{
    char json[400];
    snprintf(json, sizeof json, "{\"v\":1,\"id\":\"%s\",\"ts\":%lld,\"%s\":\"%s\",%s}", id, (long long)ts_ms, who, key, rest);
    fake_log_append(f, role, ts_ms, key, json);
}

/* ---- driving it ------------------------------------------------------------------------------------- */

enum fault { FAULT_NONE, CRASH_AFTER, CRASH_BEFORE_LANDING, CRASH_BEFORE_HEARING, LOST, REVOKED, REASSIGNED_WHILE_REPLAYING, FAULT_COUNT };

static inline void settle(struct world *w, enum fault fault)
{
    switch (fault) {
    case CRASH_BEFORE_LANDING:
        process_crash(w);
        return;
    case CRASH_BEFORE_HEARING:
        fake_log_land(&w->log, false);
        process_crash(w);
        return;
    case LOST:
        fake_log_lose(&w->log);
        return;
    default:
        fake_log_land(&w->log, true);
    }
    if (fault == CRASH_AFTER) {
        process_crash(w);
    } else if (fault == REVOKED || fault == REASSIGNED_WHILE_REPLAYING) {
        fake_log_revoke(&w->log);
        fake_log_assign(&w->log);
    }
    if (fault == REASSIGNED_WHILE_REPLAYING) {
        worker_turn(w->worker, w->now_ms);
        process_crash(w);
    }
}

/* Turns until nothing happens any more; the fault strikes at the commit of that number. Returns commits begun. */
static inline int play(struct world *w, enum fault fault, int at)
{
    int begun = 0;
    for (int quiet = 0, turn = 0; quiet < 4; turn++) {
        assert_true(turn < 5000);
        w->now_ms += 100;
        bool busy = fake_log_deliver(&w->log, 1) > 0;
        worker_turn(w->worker, w->now_ms);
        assert_int_equal(w->error, 0);
        if (w->log.pending) {
            settle(w, begun++ == at ? fault : FAULT_NONE);
            busy = true;
        }
        quiet = busy ? 0 : quiet + 1;
    }
    return begun;
}

/* ---- what came out ---------------------------------------------------------------------------------- */

static inline void turns_of(struct world *w, int n, int64_t step_ms, uint32_t most)
{
    while (n--) {
        w->now_ms += step_ms;
        fake_log_deliver(&w->log, most);
        worker_turn(w->worker, w->now_ms);
        if (w->log.pending) {
            fake_log_land(&w->log, true);
        }
    }
}

static inline void turns(struct world *w, int n, int64_t step_ms)
{
    turns_of(w, n, step_ms, UINT32_MAX);
}

/* A customer of one of two partitions. */
static inline const char *customer_in(int32_t partition, char key[16])
{
    for (int i = 0; i < 1000; i++) {
        snprintf(key, 16, "k%d", i);
        if (murmur2_partition(key, strlen(key), 2) == partition) {
            return key;
        }
    }
    fail_msg("no key of partition %d", (int)partition);
    return NULL;
}

static inline int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The records of a public topic in an order that only the order per key decides: each with key and its number
 * within the key; last_only: the last of each key. */
static inline char *topic_text(const struct fake_log *f, enum topic_role role, bool last_only)
{
    char *lines[4096], *text;
    uint32_t n = 0;
    size_t size;
    for (int p = 0; p < f->counts[role]; p++) {
        const struct fake_partition *part = &f->parts[role][p];
        for (uint32_t i = 0; i < part->count; i++) {
            const struct fake_record *r = &part->records[i];
            int number = 0, later = 0;
            for (uint32_t k = 0; k < part->count; k++) {
                bool same = part->records[k].key_len == r->key_len && memcmp(part->records[k].key, r->key, r->key_len) == 0;
                number += same && k < i;
                later += same && k > i;
            }
            if (last_only && later) {
                continue;
            }
            assert_true(n < 4096);
            assert_true(asprintf(&lines[n++], "%.*s #%d %.*s", (int)r->key_len, (const char *)r->key, last_only ? 0 : number, (int)r->value_len,
                                 r->value ? (const char *)r->value : "") > 0);
        }
    }
    qsort(lines, n, sizeof *lines, line_compare);
    FILE *out = open_memstream(&text, &size);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "%s\n", lines[i]);
        free(lines[i]);
    }
    fclose(out);
    return text;
}

#define TOPICS_COMPARED 6

static inline void outputs_take(const struct fake_log *f, char *ret_texts[TOPICS_COMPARED])
{
    for (int i = 0; i < TOPICS_COMPARED; i++) {
        enum topic_role role = (enum topic_role)(ROLE_STATE + i);
        ret_texts[i] = topic_text(f, role, role == ROLE_STATE || role == ROLE_CUSTOMERS);
    }
}

static inline void texts_free(char *texts[TOPICS_COMPARED])
{
    for (int i = 0; i < TOPICS_COMPARED; i++) {
        free(texts[i]);
    }
}

/* Where two texts differ first: the beginning of that line of each. */
static inline const char *differs_at(const char *a, const char *b, const char **ret_b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same]) {
        same++;
    }
    while (same > 0 && a[same - 1] != '\n') {
        same--;
    }
    *ret_b = b + same;
    return a + same;
}

static inline void outputs_equal(const struct fake_log *f, char *want[TOPICS_COMPARED], uint64_t seed, int fault, int at)
{
    char *got[TOPICS_COMPARED];
    outputs_take(f, got);
    for (int i = 0; i < TOPICS_COMPARED; i++) {
        if (strcmp(got[i], want[i]) != 0) {
            const char *b, *a = differs_at(got[i], want[i], &b);
            printf("%.*s\nand not\n%.*s\n", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b); /* longer than messages may be */
            fail_msg("seed %llu, fault %d at commit %d: topic %d", (unsigned long long)seed, fault, at, i);
        }
    }
    texts_free(got);
}

#endif
