/* A disk in memory for the files of checkpoints: one directory, of which any call can be made to fail, and which can lose
 * power. Calls may come from several threads; the rest is for one. */
#ifndef CUBE_TESTS_MEMORY_DISK_H
#define CUBE_TESTS_MEMORY_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/checkpoint_calls.h"
#include "support/unit.h"

enum { DISK_NODES = 8192, DISK_NAMES = 32, DISK_OPS = 256, DISK_DIRECTORY = 1000000 };

enum disk_call { DISK_OPEN, DISK_READ, DISK_WRITE, DISK_SIZE, DISK_TRUNCATE, DISK_SYNC, DISK_CLOSE,
                 DISK_RENAME, DISK_UNLINK, DISK_LIST, DISK_LOCK, DISK_CALLS };

struct disk_node {
    uint8_t *at;
    size_t len, synced, capacity;
    int64_t written_ms;
    bool locked;
    int others; /* opened while somebody held the lock */
};

struct disk_name {
    char path[64];
    int node; /* -1: no such file */
};

struct disk {
    struct checkpoint_calls calls;
    pthread_mutex_t lock;
    struct disk_node nodes[DISK_NODES]; /* a descriptor is the number of its node */
    int node_count, opened;
    struct disk_name names[DISK_NAMES];
    int name_count;
    int durable[DISK_NAMES];            /* nodes by name as of the last sync of the directory ... */
    struct disk_op {
        int name, node;
    } ops[DISK_OPS];                    /* ... and what changed since; a rename is two, the first marked by `joined` */
    bool joined[DISK_OPS];
    int op_count;
    int64_t now_ms;
    /* The n-th of these calls fails (from 1), and with `on` all that follow, too; DISK_CALLS: any call. */
    enum disk_call fails;
    unsigned long fails_at;
    bool on, hit;
    int with;           /* errno */
    size_t write_most;  /* bytes taken of one write; 0: all */
    void (*on_sync)(void *arg); /* called without the lock before a sync */
    void *arg;
};

/* Ends the program: a failed assertion of cmocka would leave the lock held. */
#define disk_check(e)                                                  \
    do {                                                               \
        if (!(e)) {                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #e); \
            abort();                                                   \
        }                                                              \
    } while (0)

/* Memory that a test of failing allocations does not count. */
static inline uint8_t *disk_memory(uint8_t *at, size_t len)
{
    uint8_t *to = reallocarray(at, 1, len);
    disk_check(to);
    return to;
}

static inline bool disk_fails(struct disk *d, enum disk_call c)
{
    if (d->fails_at == 0 || (d->fails != DISK_CALLS && d->fails != c)) {
        return false;
    }
    if (d->fails_at > 1) {
        d->fails_at--;
        return false;
    }
    d->hit = true;
    d->fails_at = d->on ? 1 : 0;
    return true;
}

static inline int disk_begin(struct disk *d, enum disk_call c)
{
    pthread_mutex_lock(&d->lock);
    return disk_fails(d, c) ? -d->with : 0;
}

static inline int64_t disk_end(struct disk *d, int64_t rc)
{
    pthread_mutex_unlock(&d->lock);
    return rc;
}

static inline int disk_name(struct disk *d, const char *path)
{
    int i = 0;
    while (i < d->name_count && strcmp(d->names[i].path, path) != 0) {
        i++;
    }
    if (i == d->name_count) {
        disk_check(i < DISK_NAMES && strlen(path) < sizeof d->names[i].path);
        strcpy(d->names[i].path, path);
        d->names[i].node = d->durable[i] = -1;
        d->name_count++;
    }
    return i;
}

static inline void disk_durable(struct disk *d)
{
    for (int i = 0; i < d->name_count; i++) {
        d->durable[i] = d->names[i].node;
    }
    d->op_count = 0;
}

static inline void disk_change(struct disk *d, int name, int node, bool joined)
{
    if (d->op_count >= DISK_OPS - 2 && !(d->op_count && d->joined[d->op_count - 1])) { /* a disk does not wait for ever */
        disk_durable(d);
    }
    d->names[name].node = node;
    d->joined[d->op_count] = joined;
    d->ops[d->op_count++] = (struct disk_op){name, node};
}

static inline int disk_node_open(struct disk *d, const char *path, int flags)
{
    int name = disk_name(d, path), node = d->names[name].node;
    if (node < 0 && !(flags & O_CREAT)) {
        return -ENOENT;
    }
    if (node < 0) {
        disk_check(d->node_count < DISK_NODES);
        node = d->node_count++;
        disk_change(d, name, node, false);
    }
    if (flags & O_TRUNC) {
        d->nodes[node].len = d->nodes[node].synced = 0;
    }
    d->nodes[node].others += d->nodes[node].locked;
    d->opened++;
    return node;
}

static inline int disk_open(void *arg, const char *path, int flags)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_OPEN);
    if (rc == 0 && (flags & O_DIRECTORY)) {
        d->opened++;
        rc = DISK_DIRECTORY;
    } else if (rc == 0) {
        rc = disk_node_open(d, path, flags);
    }
    return (int)disk_end(d, rc);
}

static inline int64_t disk_read(void *arg, int fd, void *at, size_t len, uint64_t offset)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_READ);
    struct disk_node *n = &d->nodes[fd];
    if (rc || offset >= n->len) {
        return disk_end(d, rc);
    }
    len = len < n->len - offset ? len : n->len - (size_t)offset;
    memcpy(at, n->at + offset, len);
    return disk_end(d, (int64_t)len);
}

static inline int64_t disk_write(void *arg, int fd, const void *at, size_t len, uint64_t offset)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_WRITE);
    struct disk_node *n = &d->nodes[fd];
    size_t most = rc ? len / 2 : d->write_most && d->write_most < len ? d->write_most : len; /* a failing one leaves half */
    disk_check(offset <= n->len);
    if (offset + most > n->capacity) {
        n->capacity = 2 * (offset + most);
        n->at = disk_memory(n->at, n->capacity);
    }
    if (most) {
        memcpy(n->at + offset, at, most);
    }
    n->len = offset + most > n->len ? offset + most : n->len;
    n->written_ms = d->now_ms;
    n->synced = n->synced < offset ? n->synced : offset;
    return disk_end(d, rc ? rc : (int64_t)most);
}

static inline int64_t disk_size(void *arg, int fd)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_SIZE);
    return disk_end(d, rc ? rc : (int64_t)d->nodes[fd].len);
}

static inline int disk_truncate(void *arg, int fd, uint64_t len)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_TRUNCATE);
    if (rc == 0) {
        disk_check(len <= d->nodes[fd].len);
        d->nodes[fd].len = (size_t)len;
        d->nodes[fd].synced = d->nodes[fd].synced < len ? d->nodes[fd].synced : (size_t)len;
    }
    return (int)disk_end(d, rc);
}

static inline int disk_sync(void *arg, int fd)
{
    struct disk *d = arg;
    if (d->on_sync) {
        d->on_sync(d->arg);
    }
    int rc = disk_begin(d, DISK_SYNC);
    if (rc == 0 && fd == DISK_DIRECTORY) {
        disk_durable(d);
    } else if (rc == 0) {
        d->nodes[fd].synced = d->nodes[fd].len;
    }
    return (int)disk_end(d, rc);
}

static inline int disk_close(void *arg, int fd)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_CLOSE);
    d->opened--; /* whatever close says */
    if (fd != DISK_DIRECTORY && d->nodes[fd].others > 0) {
        d->nodes[fd].others--;
    } else if (fd != DISK_DIRECTORY) {
        d->nodes[fd].locked = false;
    }
    return (int)disk_end(d, rc);
}

static inline int disk_rename(void *arg, const char *from, const char *to)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_RENAME), name = disk_name(d, from), node = d->names[name].node;
    if (rc == 0 && node < 0) {
        rc = -ENOENT;
    }
    if (rc == 0) {
        disk_change(d, disk_name(d, to), node, true);
        disk_change(d, name, -1, false);
    }
    return (int)disk_end(d, rc);
}

static inline int disk_unlink(void *arg, const char *path)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_UNLINK), name = disk_name(d, path);
    if (rc == 0 && d->names[name].node < 0) {
        rc = -ENOENT;
    }
    if (rc == 0) {
        disk_change(d, name, -1, false);
    }
    return (int)disk_end(d, rc);
}

/* From name i on, the next that is there, of which *ret_written_ms is told; -1: none. */
static inline int disk_next(struct disk *d, int i, int64_t *ret_written_ms)
{
    pthread_mutex_lock(&d->lock);
    while (i < d->name_count && d->names[i].node < 0) {
        i++;
    }
    bool some = i < d->name_count;
    *ret_written_ms = some ? d->nodes[d->names[i].node].written_ms : 0;
    pthread_mutex_unlock(&d->lock);
    return some ? i : -1;
}

/* Each unlinks, so it is called without the lock. */
static inline int disk_list(void *arg, const char *directory, void (*each)(void *each_arg, const char *name, int64_t written_ms), void *each_arg)
{
    struct disk *d = arg;
    int rc = (int)disk_end(d, disk_begin(d, DISK_LIST));
    size_t len = strlen(directory) + 1;
    int64_t written_ms;
    for (int i = rc == 0 ? disk_next(d, 0, &written_ms) : -1; i >= 0; i = disk_next(d, i + 1, &written_ms)) {
        each(each_arg, d->names[i].path + len, written_ms);
    }
    return rc;
}

static inline int disk_lock(void *arg, int fd)
{
    struct disk *d = arg;
    int rc = disk_begin(d, DISK_LOCK);
    if (rc == 0 && d->nodes[fd].locked) {
        rc = -EWOULDBLOCK;
    }
    d->nodes[fd].locked |= rc == 0;
    return (int)disk_end(d, rc);
}

static inline int64_t disk_now_ms(void *arg)
{
    struct disk *d = arg;
    pthread_mutex_lock(&d->lock);
    return disk_end(d, d->now_ms);
}

/* From now on the at-th of these calls fails, with `on` all that follow, too; 0: none. Whoever works beside may be at one. */
static inline void disk_fail(struct disk *d, enum disk_call fails, unsigned long at, bool on)
{
    pthread_mutex_lock(&d->lock);
    d->fails = fails;
    d->fails_at = at;
    d->on = on;
    pthread_mutex_unlock(&d->lock);
}

/* Whether the call that is to fail has come. */
static inline bool disk_was_hit(struct disk *d)
{
    pthread_mutex_lock(&d->lock);
    bool hit = d->hit;
    pthread_mutex_unlock(&d->lock);
    return hit;
}

static inline void disk_wait(struct disk *d, int64_t ms)
{
    pthread_mutex_lock(&d->lock);
    d->now_ms += ms;
    pthread_mutex_unlock(&d->lock);
}

static inline void disk_init(struct disk *d)
{
    *d = (struct disk){.now_ms = INT64_C(1795502462123), .with = ENOSPC, .fails = DISK_CALLS};
    d->calls = (struct checkpoint_calls){d, disk_open, disk_read, disk_write, disk_size, disk_truncate, disk_sync,
                                         disk_close, disk_rename, disk_unlink, disk_list, disk_lock, disk_now_ms};
    pthread_mutex_init(&d->lock, NULL);
}

static inline void disk_free(struct disk *d)
{
    for (int i = 0; i < d->node_count; i++) {
        free(d->nodes[i].at);
    }
    pthread_mutex_destroy(&d->lock);
}

/* The file of this name, or NULL. */
static inline struct disk_node *disk_find(struct disk *d, const char *path)
{
    pthread_mutex_lock(&d->lock);
    int node = d->names[disk_name(d, path)].node;
    pthread_mutex_unlock(&d->lock);
    return node < 0 ? NULL : &d->nodes[node];
}

/* Makes this file hold these bytes. */
static inline void disk_put(struct disk *d, const char *path, const uint8_t *at, size_t len)
{
    int fd = disk_open(d, path, O_CREAT | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(disk_write(d, fd, at, len, 0), len);
    disk_close(d, fd);
}

#endif
