/* To which scope tasks the rows of a set go: each gets the set's scopes that it owns. Worked out once per set. */
#ifndef CUBE_TASK_ROW_ROUTES_H
#define CUBE_TASK_ROW_ROUTES_H

#include "base/error.h"
#include "scope/scope_table.h"

/* The scopes of a set that one scope task owns. */
struct row_route {
    uint32_t task, count;
    const uint32_t *scopes;
};

/* Zeroes with the numbers of scope tasks and kinds are a valid empty one. */
struct row_routes {
    uint32_t tasks;
    uint32_t kinds;        /* scopes of further kinds go to nobody */
    uint32_t *owners;      /* scope id -> scope task + 1 */
    struct set_routes **sets; /* by set id; NULL: not asked for yet */
    uint32_t owners_capacity, sets_capacity;
};

/* The scope task that owns a scope. CUBE_ENOMEM. */
int row_routes_owner(struct row_routes *r, const struct scope_table *table, uint32_t scope, uint32_t *ret_task) CUBE_MUST_CHECK;

/* The routes of a set of the table, ascending by their first scope, borrowed until row_routes_close. CUBE_ENOMEM. */
int row_routes_of(struct row_routes *r, const struct scope_table *table, uint32_t set, const struct row_route **ret_routes,
                  uint32_t *ret_count) CUBE_MUST_CHECK;

void row_routes_close(struct row_routes *r);

#endif
