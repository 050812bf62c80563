/* To which scope tasks the rows of a set go: each gets the set's scopes that it owns. Worked out once per set. */
#ifndef CUBE_TASK_ROW_ROUTES_H
#define CUBE_TASK_ROW_ROUTES_H

#include <stdbool.h>

#include "base/error.h"
#include "proto/bundle.h"
#include "scope/scope_table.h"

/* The scopes of a set that one scope task owns. */
struct row_route {
    uint32_t task;
    struct bundle_set set; /* of more than one scope the id is that of the whole set */
};

struct set_routes {
    uint32_t count;
    struct row_route routes[]; /* and behind them the scopes of all */
};

/* The owner of scopes that go to nobody. */
#define ROUTE_NOBODY (UINT32_MAX - 1)

/* Zeroes with the numbers of scope tasks and kinds are a valid empty one. */
struct row_routes {
    uint32_t tasks;
    uint32_t kinds;        /* scopes of further kinds go to nobody */
    uint32_t *owners;      /* scope id -> scope task + 1; 0: not asked for yet */
    struct set_routes **sets; /* by set id; NULL: not asked for yet */
    uint32_t owners_capacity, sets_capacity;
};

/* Works out what the two below look up. CUBE_ENOMEM. */
int row_routes_owner_make(struct row_routes *r, const struct scope_table *table, uint32_t scope) CUBE_MUST_CHECK;
int row_routes_of_make(struct row_routes *r, const struct scope_table *table, uint32_t set) CUBE_MUST_CHECK;

/* The scope task that owns a scope, or ROUTE_NOBODY. CUBE_ENOMEM. */
static inline CUBE_MUST_CHECK int row_routes_owner(struct row_routes *r, const struct scope_table *table, uint32_t scope, uint32_t *ret_task)
{
    bool there = scope < r->owners_capacity && r->owners[scope];
    int rc = there ? 0 : row_routes_owner_make(r, table, scope);
    if (!rc) {
        *ret_task = r->owners[scope] - 1;
    }
    return rc;
}

/* The routes of a set of the table, ascending by their first scope, borrowed until row_routes_close. CUBE_ENOMEM. */
static inline CUBE_MUST_CHECK int row_routes_of(struct row_routes *r, const struct scope_table *table, uint32_t set,
                                                const struct set_routes **ret_routes)
{
    bool there = set < r->sets_capacity && r->sets[set];
    int rc = there ? 0 : row_routes_of_make(r, table, set);
    if (!rc) {
        *ret_routes = r->sets[set];
    }
    return rc;
}

/* A hint before the routes of a set are asked for. */
static inline void row_routes_prefetch(const struct row_routes *r, uint32_t set)
{
    if (set < r->sets_capacity) {
        __builtin_prefetch(r->sets[set]);
    }
}

void row_routes_close(struct row_routes *r);

#endif
