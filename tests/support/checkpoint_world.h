/* A process that keeps the copy of one changelog partition on a disk in memory, and what was put into it by seq of the
 * commit: whatever a later process reads must be one of these. */
#ifndef CUBE_TESTS_CHECKPOINT_WORLD_H
#define CUBE_TESTS_CHECKPOINT_WORLD_H

#include <stdio.h>

#include "os/checkpoint_files.h"
#include "support/memory_disk_lost.h"

enum { WORLD_KEYS = 8, WORLD_COMMITS = 4096 };

#define WORLD_ROLE ROLE_CHANGELOG_SCOPES
#define WORLD_PARTITION 3
#define WORLD_LINEAGE UINT64_C(0x1234567890abcdef)
#define WORLD_MAX_AGE_MS INT64_C(43200000)

/* The number in the value of each key, 0: no record or a tombstone. */
struct world_state {
    uint32_t values[WORLD_KEYS];
};

struct checkpoint_world {
    struct disk disk;
    uv_loop_t loop;
    struct logger log;
    char lines[4096];
    size_t lines_len;
    const char *identity;
    uint64_t rewrite_over;
    struct checkpoint_files *files;
    struct checkpoint port;
    struct world_state history[WORLD_COMMITS]; /* by seq */
    uint64_t seq;                              /* of the last mark */
    struct world_state now;                    /* with what was put since */
    struct world_state got;                    /* by the last read */
    uint32_t got_records;
    struct checkpoint_place place;             /* likewise */
    int refuse;                                /* what each returns */
};

static inline int64_t world_log_now(void *arg)
{
    (void)arg;
    return 0;
}

static inline void world_log_write(void *arg, const char *line, size_t len)
{
    struct checkpoint_world *w = arg;
    if (w->lines_len + len < sizeof w->lines) {
        memcpy(w->lines + w->lines_len, line, len);
        w->lines_len += len;
        w->lines[w->lines_len] = 0;
    }
}

static inline void world_init(struct checkpoint_world *w)
{
    memset(w, 0, sizeof *w);
    disk_init(&w->disk);
    uv_loop_init(&w->loop);
    w->log = (struct logger){.level = LEVEL_DEBUG, .now_ms = world_log_now, .write = world_log_write, .arg = w};
    w->identity = "cluster x\napplication y";
    w->rewrite_over = 400;
}

static inline int world_try_start(struct checkpoint_world *w)
{
    struct checkpoint_files_options o = {.directory = "d", .identity = w->identity, .max_age_ms = WORLD_MAX_AGE_MS, .loop = &w->loop,
                                         .log = &w->log, .calls = &w->disk.calls, .rewrite_over = w->rewrite_over};
    o.topics[WORLD_ROLE] = "scopes.changelog";
    int rc = checkpoint_files_create(&o, &w->files);
    if (rc == 0) {
        w->port = checkpoint_files_port(w->files);
    }
    return rc;
}

static inline void world_start(struct checkpoint_world *w)
{
    assert_int_equal(world_try_start(w), 0);
}

static inline void world_stop(struct checkpoint_world *w)
{
    checkpoint_files_destroy(w->files);
    w->files = NULL;
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(w->disk.opened, 0);
}

/* The process ends where it is: nothing more reaches the disk. */
static inline void world_kill(struct checkpoint_world *w)
{
    disk_fail(&w->disk, DISK_CALLS, 1, true);
    checkpoint_files_destroy(w->files);
    w->files = NULL;
    uv_run(&w->loop, UV_RUN_DEFAULT);
    disk_process_died(&w->disk);
}

static inline void world_free(struct checkpoint_world *w)
{
    if (w->files) {
        world_stop(w);
    }
    assert_int_equal(uv_loop_close(&w->loop), 0);
    disk_free(&w->disk);
}

static inline int world_each(void *arg, const struct record *r)
{
    struct checkpoint_world *w = arg;
    char value[24] = "";
    assert_true(r->role == WORLD_ROLE && r->partition == WORLD_PARTITION && r->offset == -1 && !r->origin);
    assert_true(r->key_len == 2 && r->key[0] == 'k' && r->value_len < 4000000);
    if (r->value) {
        memcpy(value, r->value, r->value_len < 16 ? r->value_len : 16);
    }
    w->got.values[r->key[1] - '0'] = (uint32_t)strtoul(value, NULL, 10);
    w->got_records++;
    return w->refuse;
}

/* Reads the copy and goes on from what it holds: 0, or CUBE_ENOTFOUND and from nothing. */
static inline int world_read(struct checkpoint_world *w)
{
    memset(&w->got, 0, sizeof w->got);
    w->got_records = 0;
    int rc = w->port.read(w->port.self, WORLD_ROLE, WORLD_PARTITION, world_each, w, &w->place);
    if (rc == 0) {
        assert_true(w->place.lineage == WORLD_LINEAGE && w->place.seq <= w->seq && w->place.seq > 0);
        assert_memory_equal(&w->got, &w->history[w->place.seq], sizeof w->got);
        assert_true(w->place.at >= 0 && w->place.at <= (int64_t)w->place.seq);
        w->seq = w->place.seq;
    } else if (rc == CUBE_ENOTFOUND) {
        w->seq = 0;
    }
    w->now = w->history[w->seq];
    return rc;
}

/* number 0: a tombstone. The value has so many bytes (at least 16). */
static inline void world_put_sized(struct checkpoint_world *w, int key, uint32_t number, size_t len)
{
    char name[3] = {'k', (char)('0' + key), 0};
    uint8_t *value = disk_memory(NULL, len);
    memset(value, 0, len);
    snprintf((char *)value, 16, "%u", number);
    w->port.put(w->port.self, WORLD_ROLE, WORLD_PARTITION, (const uint8_t *)name, 2, number ? value : NULL, number ? len : 0);
    w->now.values[key] = number;
    free(value);
}

static inline void world_put(struct checkpoint_world *w, int key, uint32_t number)
{
    world_put_sized(w, key, number, 16);
}

static inline void world_mark_at(struct checkpoint_world *w, int64_t at)
{
    w->seq++;
    assert_true(w->seq < WORLD_COMMITS);
    w->history[w->seq] = w->now;
    w->port.mark(w->port.self, WORLD_ROLE, WORLD_PARTITION, &(struct checkpoint_place){at, WORLD_LINEAGE, w->seq});
}

static inline void world_mark(struct checkpoint_world *w)
{
    world_mark_at(w, (int64_t)w->seq + 1);
}

static inline void world_drop(struct checkpoint_world *w)
{
    w->port.drop(w->port.self, WORLD_ROLE, WORLD_PARTITION);
    w->now = w->history[w->seq];
}

static inline void world_close(struct checkpoint_world *w)
{
    w->port.close(w->port.self, WORLD_ROLE, WORLD_PARTITION);
    w->now = w->history[w->seq];
}

/* Lets rewriting under way end. */
static inline void world_settle(struct checkpoint_world *w)
{
    uv_run(&w->loop, UV_RUN_DEFAULT);
}

static inline struct checkpoint_status world_status(const struct checkpoint_world *w)
{
    struct checkpoint_status s;
    checkpoint_files_status(w->files, &s);
    return s;
}

static inline uint64_t world_troubles(const struct checkpoint_world *w, enum checkpoint_trouble t)
{
    return world_status(w).troubles[t];
}

/* Reads the copy as a task does: what the changelog has beyond it is put behind it. Seqs never come again. */
static inline int world_resume(struct checkpoint_world *w)
{
    uint64_t seq = w->seq;
    struct world_state now = w->history[seq];
    int rc = world_read(w);
    w->seq = seq;
    w->now = now;
    for (int i = 0; i < WORLD_KEYS && seq > 0; i++) {
        world_put(w, i, now.values[i]);
    }
    if (seq > 0) {
        world_mark(w);
    }
    return rc;
}

/* So many commits of a few records each. */
static inline void world_commits(struct checkpoint_world *w, int count)
{
    for (int i = 0; i < count; i++) {
        uint32_t n = (uint32_t)w->seq + 1;
        world_put(w, (int)(n % WORLD_KEYS), n);
        world_put(w, (int)(n * 5 % WORLD_KEYS), n % 3 ? n + 1000 : 0);
        world_mark(w);
    }
}

#endif
