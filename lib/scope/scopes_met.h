/* Which scope a value has in a kind of one dimension, so that its key is made once. Only scope_table_inner.h includes it. */
#ifndef CUBE_SCOPE_SCOPES_MET_H
#define CUBE_SCOPE_SCOPES_MET_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "scope/scope_plan.h"

#define MET_FIRST 16u

/* Zeroes are empty. */
struct scopes_met {
    struct {
        uint32_t *at; /* scope + 1 by id of the value; 0: not met */
        uint32_t capacity;
    } of[SCOPE_KINDS_MAX];
};

static inline bool met_find(const struct scopes_met *m, uint32_t kind, uint32_t value, uint32_t *ret_scope)
{
    uint32_t known = value < m->of[kind].capacity ? m->of[kind].at[value] : 0;
    *ret_scope = known ? known - 1 : *ret_scope;
    return known;
}

/* CUBE_ENOMEM. */
CUBE_MUST_CHECK static inline int met_put(struct scopes_met *m, uint32_t kind, uint32_t value, uint32_t scope)
{
    if (value >= m->of[kind].capacity) {
        uint32_t before = m->of[kind].capacity, capacity = value + value / 2 + MET_FIRST;
        uint32_t *grown = realloc(m->of[kind].at, capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        memset(grown + before, 0, (capacity - before) * sizeof *grown);
        m->of[kind].at = grown;
        m->of[kind].capacity = capacity;
    }
    m->of[kind].at[value] = scope + 1;
    return 0;
}

static inline uint64_t met_bytes(const struct scopes_met *m)
{
    uint64_t n = 0;
    for (unsigned k = 0; k < SCOPE_KINDS_MAX; k++) {
        n += m->of[k].capacity * sizeof *m->of[k].at;
    }
    return n;
}

static inline void met_close(struct scopes_met *m)
{
    for (unsigned k = 0; k < SCOPE_KINDS_MAX; k++) {
        free(m->of[k].at);
    }
}

#endif
