/* What the files of the guard share. Only lib/engine/guard*.c include it. */
#ifndef CUBE_ENGINE_GUARD_STATE_H
#define CUBE_ENGINE_GUARD_STATE_H

#include "engine/exposure.h"
#include "engine/guard.h"
#include "engine/scope_state.h"

/* A cell whose decision is another one than before. */
struct guard_told {
    uint32_t scope;
    uint16_t measure;
};

/* A scope inside another, both by rank. */
struct guard_inside {
    uint32_t whole, part;
    uint8_t kind; /* of the part */
};

struct guard {
    struct model model; /* that of the task, without what the guard has no use for */
    struct scope_engine *cells;
    bool touched;       /* something may be let out that was not, or the reverse */

    /* Rank = place by kind, then key. Rebuilt when scopes have come. */
    uint32_t ranked;    /* scopes it was built for */
    uint32_t *scopes;   /* by rank */
    uint32_t *ranks;    /* by scope */
    struct guard_inside *inside;
    uint32_t inside_count, inside_capacity;
    uint32_t *parts;    /* of all groups, one group behind the other */
    struct exposure_group *groups;
    uint32_t group_count;

    struct exposure_cell *exposed; /* by rank */
    uint8_t *fresh;                /* by rank, bit per horizon: the result of now is to be let out, not the one before */
    struct guard_told *told;
    uint32_t told_count, told_capacity;
    struct buf key;
};

/* Ranks the scopes and groups them by what lies inside what. CUBE_ENOMEM. */
int guard_groups(struct guard *g) CUBE_MUST_CHECK;

#endif
