/* What an engine writes to a changelog, held against golden bytes. */
#ifndef CUBE_TESTS_GOLDEN_LOG_H
#define CUBE_TESTS_GOLDEN_LOG_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define LINES_MAX 16

/* Records in the order they were written: key, value. */
struct log {
    struct buf keys[LINES_MAX], values[LINES_MAX];
    unsigned count;
};

static inline void log_close(struct log *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        buf_close(&l->keys[i]);
        buf_close(&l->values[i]);
    }
    *l = (struct log){0};
}

static inline int log_put(void *arg, struct text key, const uint8_t *value, size_t len)
{
    struct log *l = arg;
    assert_true(l->count < LINES_MAX);
    int rc = buf_append(&l->keys[l->count], key.at, key.len);
    rc = rc ? rc : len > 0 ? buf_append(&l->values[l->count], value, len) : 0;
    l->count++;
    return rc;
}

static inline char *hex_of(const struct buf *b, char *at)
{
    for (size_t i = 0; i < b->len; i++) {
        at += sprintf(at, "%02x", b->at[i]);
    }
    return at;
}

/* Says what is there before it fails, so that a new version's bytes can be taken over. */
static inline void assert_golden(const struct log *l, const char *const *golden, unsigned count)
{
    static char line[8192];
    bool same = l->count == count;
    for (unsigned i = 0; i < l->count; i++) {
        char *at = hex_of(&l->keys[i], line);
        *at++ = ' ';
        *hex_of(&l->values[i], at) = 0;
        if (i >= count || strcmp(line, golden[i]) != 0) {
            print_message("record %u is \"%s\"\n", i, line);
            same = false;
        }
    }
    assert_true(same);
}

#endif
