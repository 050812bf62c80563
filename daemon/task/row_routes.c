#include "task/row_routes.h"

#include <stdlib.h>
#include <string.h>

/* Makes a table by id long enough, the new places zero. */
static int reserve(void **at, uint32_t *capacity, uint32_t id, size_t size)
{
    if (id < *capacity) {
        return 0;
    }
    uint32_t n = id < 32 ? 64 : id * 2;
    char *grown = realloc(*at, n * size);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    memset(grown + *capacity * size, 0, (n - *capacity) * size);
    *at = grown;
    *capacity = n;
    return 0;
}

int row_routes_owner_make(struct row_routes *r, const struct scope_table *table, uint32_t scope)
{
    void *owners = r->owners;
    int rc = reserve(&owners, &r->owners_capacity, scope, sizeof *r->owners);
    r->owners = owners;
    if (!rc) {
        bool outer = scope_table_kind(table, scope) < r->kinds;
        r->owners[scope] = (outer ? scope_task_of(scope_table_key(table, scope), r->tasks) : ROUTE_NOBODY) + 1;
    }
    return rc;
}

/* Gathers the scopes of one owner after the other. */
static void routes_fill(struct set_routes *s, uint32_t set, const uint32_t *scopes, uint32_t count, const uint32_t *owners)
{
    uint32_t used = 0, *mine = (uint32_t *)(s->routes + count);
    bool taken[SCOPE_KINDS_MAX] = {false};
    for (uint32_t i = 0; i < count; i++) {
        if (taken[i]) {
            continue;
        }
        struct row_route *route = &s->routes[s->count++];
        *route = (struct row_route){owners[i], {.id = set, .scopes = mine + used}};
        for (uint32_t k = i; k < count; k++) {
            if (owners[k] == owners[i]) {
                taken[k] = true;
                mine[used++] = scopes[k];
                route->set.count++;
            }
        }
        route->set = bundle_set_of(set, route->set.count, route->set.scopes);
    }
}

/* An inner kind is the last, and a set ascends by kind. */
static uint32_t outer_count(const struct row_routes *r, const struct scope_table *table, const struct scope_set *set)
{
    uint32_t count = set->count;
    while (count > 0 && scope_table_kind(table, set->scopes[count - 1]) >= r->kinds) {
        count--;
    }
    return count;
}

static int routes_make(struct row_routes *r, const struct scope_table *table, const struct scope_set *set, struct set_routes **ret_s)
{
    uint32_t owners[SCOPE_KINDS_MAX], count = outer_count(r, table, set);
    for (uint32_t i = 0; i < count; i++) {
        int rc = row_routes_owner(r, table, set->scopes[i], &owners[i]);
        if (rc) {
            return rc;
        }
    }
    struct set_routes *s = malloc(sizeof *s + count * (sizeof s->routes[0] + sizeof *owners));
    if (!s) {
        return CUBE_ENOMEM;
    }
    s->count = 0;
    routes_fill(s, set->id, set->scopes, count, owners);
    *ret_s = s;
    return 0;
}

int row_routes_of_make(struct row_routes *r, const struct scope_table *table, uint32_t set)
{
    void *sets = r->sets;
    int rc = reserve(&sets, &r->sets_capacity, set, sizeof *r->sets);
    r->sets = sets;
    return rc ? rc : routes_make(r, table, scope_table_set_at(table, set), &r->sets[set]);
}

void row_routes_close(struct row_routes *r)
{
    for (uint32_t i = 0; i < r->sets_capacity; i++) {
        free(r->sets[i]);
    }
    free(r->sets);
    free(r->owners);
    *r = (struct row_routes){.tasks = r->tasks};
}
