/* A borrowed piece of UTF-8 text. at == NULL means absent; a present text may be empty. */
#ifndef CUBE_BASE_TEXT_H
#define CUBE_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    uint32_t len;
};

#define TEXT_LITERAL(s) ((struct text){(s), sizeof(s) - 1})

static inline struct text text_of(const char *z)
{
    return (struct text){z, z ? (uint32_t)strlen(z) : 0};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The same for equal texts, another one for most that differ. */
static inline uint32_t text_print(struct text t)
{
    uint32_t end;
    if (t.len < sizeof end) {
        return t.len;
    }
    memcpy(&end, t.at + t.len - sizeof end, sizeof end);
    return (end ^ (uint32_t)(uint8_t)t.at[0] << 16) + t.len;
}

/* Compares as bytes: <0, 0, >0. A prefix is smaller. */
static inline int text_compare(struct text a, struct text b)
{
    uint32_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.at, b.at, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

#endif
