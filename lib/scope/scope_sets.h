/* Lists of scope ids, each kept once and known by an id of its own. */
#ifndef CUBE_SCOPE_SCOPE_SETS_H
#define CUBE_SCOPE_SCOPE_SETS_H

#include <stdint.h>

#include "base/error.h"

/* Zeroes are a valid empty one. */
struct scope_sets {
    uint32_t *words; /* of every list its length, then its scopes; at most UINT32_MAX words */
    uint32_t *first; /* by id: where its list begins */
    uint32_t *index; /* id + 1, open addressing, twice the capacity of first */
    uint32_t used, words_capacity, count, capacity;
};

/* The most lists. */
#define SCOPE_LISTS_MAX ((1u << 24) - 1)

/* Finds or adds a list of 1 to SCOPE_KINDS_MAX scopes; ids are dense from 0. CUBE_ELIMIT: SCOPE_LISTS_MAX are
 * there. CUBE_ENOMEM. In both cases nothing changed. */
int scope_sets_add(struct scope_sets *s, const uint32_t *scopes, uint32_t count, uint32_t *ret_id) CUBE_MUST_CHECK;

/* The list of an id, borrowed until the next scope_sets_add. */
const uint32_t *scope_sets_at(const struct scope_sets *s, uint32_t id, uint32_t *ret_count);

uint64_t scope_sets_bytes(const struct scope_sets *s);
void scope_sets_close(struct scope_sets *s);

#endif
