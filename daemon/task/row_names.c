#include "task/row_names.h"

#include <stdlib.h>

static int reserve(void **at, uint32_t *capacity, uint32_t needed, size_t size)
{
    if (needed <= *capacity) {
        return 0;
    }
    uint32_t n = *capacity ? *capacity : 64;
    while (n < needed) {
        n *= 2;
    }
    void *grown = realloc(*at, n * size);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    *at = grown;
    *capacity = n;
    return 0;
}

void row_names_clear(struct row_names *n)
{
    n->scope_count = n->set_count = n->giver_count = n->member_count = 0;
}

static int scope_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item)
{
    void *at = n->scopes;
    int rc = reserve(&at, &n->scope_capacity, n->scope_count + 1, sizeof *n->scopes);
    n->scopes = at;
    if (rc) {
        return rc;
    }
    rc = scope_engine_scope(e, item->key, item->kind, &n->scopes[n->scope_count]);
    n->scope_count += !rc;
    return rc;
}

static int giver_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item)
{
    void *at = n->givers;
    int rc = reserve(&at, &n->giver_capacity, n->giver_count + 1, sizeof *n->givers);
    n->givers = at;
    rc = rc ? rc : scope_engine_giver(e, item->key, &n->givers[n->giver_count]);
    if (rc == CUBE_ELIMIT) {
        n->givers[n->giver_count] = GIVER_REFUSED;
        rc = 0;
    }
    n->giver_count += !rc;
    return rc;
}

/* Room for one more set, which has no name yet. */
static int sets_reserve(struct row_names *n)
{
    void *sets = n->sets, *firsts = n->firsts, *members = n->members;
    int rc = reserve(&sets, &n->set_capacity, n->set_count + 1, sizeof *n->sets);
    n->sets = sets;
    rc = rc ? rc : reserve(&firsts, &n->first_capacity, n->set_count + 2, sizeof *n->firsts);
    n->firsts = firsts;
    rc = rc ? rc : reserve(&members, &n->member_capacity, n->member_count + SCOPE_KINDS_MAX, sizeof *n->members);
    n->members = members;
    return rc;
}

/* A set without a name of its own stands for its members. */
static int set_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item)
{
    int rc = sets_reserve(n);
    if (rc) {
        return rc;
    }
    uint32_t *members = n->members + n->member_count, *set = &n->sets[n->set_count];
    for (uint32_t i = 0; i < item->scope_count; i++) {
        members[i] = n->scopes[item->scopes[i]];
    }
    rc = scope_engine_set(e, members, item->scope_count, set);
    if (rc == CUBE_ELIMIT) {
        *set = BUNDLE_UNNAMED;
        rc = 0;
    }
    n->firsts[n->set_count] = n->member_count;
    n->member_count += item->scope_count;
    n->set_count += !rc;
    n->firsts[n->set_count] = n->member_count;
    return rc;
}

int row_names_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item)
{
    switch (item->type) {
    case BUNDLE_SCOPE: return scope_learn(n, e, item);
    case BUNDLE_GIVER: return giver_learn(n, e, item);
    default: return set_learn(n, e, item);
    }
}

static int add_one_by_one(const struct row_names *n, uint32_t set, struct scope_engine *e, int64_t tick_ms, struct delta_row *row)
{
    int rc = 0;
    for (uint32_t i = n->firsts[set]; i < n->firsts[set + 1] && !rc; i++) {
        row->set = set_alone(n->members[i]);
        rc = scope_engine_add(e, tick_ms, row);
    }
    return rc;
}

int row_names_add(const struct row_names *n, struct scope_engine *e, int64_t tick_ms, struct delta_row *row)
{
    if (row->kind == ROW_CONTACTS) {
        uint32_t giver = n->givers[row->bucket];
        if (giver == GIVER_REFUSED) {
            return 0;
        }
        row->bucket = (int32_t)giver;
    }
    bool alone = row->set & SET_ALONE;
    if (!alone && n->sets[row->set] == BUNDLE_UNNAMED) {
        return add_one_by_one(n, row->set, e, tick_ms, row);
    }
    row->set = alone ? set_alone(n->scopes[row->set ^ SET_ALONE]) : n->sets[row->set];
    return scope_engine_add(e, tick_ms, row);
}

int row_names_run(const struct row_names *n, struct scope_engine *e, struct bundle_reader *r)
{
    struct bundle_names names = {n->scopes, n->sets};
    uint32_t count, room;
    int64_t *at;
    do {
        if (scope_engine_rows_room(e, &at, &room) != 0) {
            return CUBE_ENOMEM;
        }
        count = bundle_rows(r, &names, at, room);
        scope_engine_rows_taken(e, count);
    } while (count == room);
    return 0;
}

void row_names_close(struct row_names *n)
{
    free(n->givers);
    free(n->scopes);
    free(n->sets);
    free(n->firsts);
    free(n->members);
    *n = (struct row_names){0};
}
