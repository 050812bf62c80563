/* A changelog in memory, for tests of what engines flush and restore. */
#ifndef CUBE_TESTS_CHANGE_LOG_H
#define CUBE_TESTS_CHANGE_LOG_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Every record ever put, in order. */
struct log_record {
    uint8_t *key, *value;
    uint32_t key_len;
    size_t len;
    bool superseded;
};

struct change_log {
    struct log_record *at;
    size_t count, capacity;
};

static inline void *copy(const void *at, size_t n)
{
    void *p = malloc(n + 1);
    assert_non_null(p);
    memcpy(p, at, n);
    return p;
}

static inline int log_put(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct change_log *log = arg;
    for (size_t i = log->count; i-- > 0;) {
        struct log_record *r = &log->at[i];
        if (!r->superseded && r->key_len == key.len && memcmp(r->key, key.at, key.len) == 0) {
            r->superseded = true;
            break;
        }
    }
    if (log->count == log->capacity) {
        log->capacity = log->capacity ? log->capacity * 2 : 1024;
        log->at = realloc(log->at, log->capacity * sizeof *log->at);
        assert_non_null(log->at);
    }
    log->at[log->count++] = (struct log_record){
        copy(key.at, key.len), copy(len ? (const void *)value : "", len), key.len, len, false};
    return 0;
}

static inline void log_close(struct change_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->at[i].key);
        free(log->at[i].value);
    }
    free(log->at);
}

#endif
