/* Scope sets as they are written in the changelog: by the texts of their dimensions, as set ids have a meaning in one run only. What
 * was written once is kept, as few sets are in many records. */
#ifndef CUBE_ENGINE_SET_TEXTS_H
#define CUBE_ENGINE_SET_TEXTS_H

#include "base/buf.h"
#include "base/error.h"
#include "scope/scope_table.h"

/* What is kept at most: bytes, and sets that have smaller ids. Others are written each time anew. */
#define SET_TEXTS_BYTES_MAX (4u << 20)
#define SET_TEXTS_SETS_MAX (1u << 18)

/* Zeroes are a valid empty one. */
struct set_texts {
    uint32_t *places; /* by set: where its bytes stand, + 1; 0 = not kept */
    uint32_t capacity;
    struct buf bytes; /* of each set: how many (2 bytes), and they themselves */
};

/* Appends the set of a table, always the same one. CUBE_ENOMEM: nothing appended. */
int set_texts_put(struct set_texts *s, const struct scope_table *table, uint32_t set, struct buf *out) CUBE_MUST_CHECK;

uint64_t set_texts_bytes(const struct set_texts *s);
void set_texts_close(struct set_texts *s);

#endif
