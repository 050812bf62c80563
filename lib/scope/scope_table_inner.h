/* The inside of a scope table, shared by the files that make one up. */
#ifndef CUBE_SCOPE_SCOPE_TABLE_INNER_H
#define CUBE_SCOPE_SCOPE_TABLE_INNER_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/intern.h"
#include "scope/known_dims.h"
#include "scope/recent.h"
#include "scope/scope_table.h"
#include "scope/scopes_met.h"

#define SETS_FIRST 16u

struct scope_table {
    struct scope_plan plan;
    uint32_t dims;             /* bits of the dimensions that scopes use */
    uint32_t said;             /* bits of those, of the dimensions of records, and of all before them */
    uint32_t unused[DIM_COUNT]; /* all ones for a dimension that no scope uses */
    struct intern values[DIM_COUNT];
    struct short_texts texts[DIM_COUNT];
    struct recent_values recent; /* short values met lately, so that most cost no hash of their bytes */
    struct intern keys;        /* scope id = id of its key */
    struct scopes_met met;     /* those of kinds of one dimension */
    uint8_t *kinds;            /* of each scope id */
    uint32_t kinds_capacity;
    struct scope_set **sets;   /* by id */
    struct dim_values *by_id;  /* of each, side by side: what is looked for is compared here */
    uint32_t last;             /* set found or made last */
    uint32_t set_count, set_capacity;
    uint32_t *index;           /* id + 1, open addressing, 2 x set_capacity places */
    struct known_table known;  /* sets of events by how they say their dimensions */
    uint32_t scopes_max;
    uint64_t set_bytes, refused, values_refused;
    struct buf key;            /* scratch */
};

/* Makes the set of these values, with the next id. Owned by the caller. CUBE_ENOMEM. */
int scope_set_make(struct scope_table *t, const struct dim_values *v, struct scope_set **ret_set) CUBE_MUST_CHECK;

#endif
