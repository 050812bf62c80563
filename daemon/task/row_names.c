#include "task/row_names.h"

#include <stdlib.h>

/* The members are told one by one where the engine has no more sets. */
struct named_set {
    uint32_t set, first, count;
    bool one_by_one;
};

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

static int sets_reserve(struct row_names *n)
{
    void *sets = n->sets, *members = n->members;
    int rc = reserve(&sets, &n->set_capacity, n->set_count + 1, sizeof *n->sets);
    n->sets = sets;
    rc = rc ? rc : reserve(&members, &n->member_capacity, n->member_count + SCOPE_KINDS_MAX, sizeof *n->members);
    n->members = members;
    return rc;
}

static int set_learn(struct row_names *n, struct scope_engine *e, const struct bundle_item *item)
{
    int rc = sets_reserve(n);
    if (rc) {
        return rc;
    }
    struct named_set *s = &n->sets[n->set_count];
    *s = (struct named_set){.first = n->member_count};
    for (uint32_t i = 0; i < item->scope_count; i++) {
        n->members[s->first + s->count++] = n->scopes[item->scopes[i]];
    }
    rc = scope_engine_set(e, n->members + s->first, s->count, &s->set);
    s->one_by_one = rc == CUBE_ELIMIT;
    rc = s->one_by_one ? 0 : rc;
    n->member_count += s->count;
    n->set_count += !rc;
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

static int add_one_by_one(const struct row_names *n, const struct named_set *s, struct scope_engine *e, int64_t tick_ms, struct delta_row *row)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->count && !rc; i++) {
        row->set = set_alone(n->members[s->first + i]);
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
    if (row->set & SET_ALONE) {
        row->set = set_alone(n->scopes[row->set ^ SET_ALONE]);
        return scope_engine_add(e, tick_ms, row);
    }
    const struct named_set *s = &n->sets[row->set];
    if (s->one_by_one) {
        return add_one_by_one(n, s, e, tick_ms, row);
    }
    row->set = s->set;
    return scope_engine_add(e, tick_ms, row);
}

int row_names_again(const struct row_names *n, struct scope_engine *e, int64_t tick_ms, struct delta_row *row)
{
    bool plain = row->kind == ROW_PANE || row->kind == ROW_LEVEL || row->kind == ROW_SKETCH;
    if (plain && row->set & SET_ALONE) {
        row->set = set_alone(n->scopes[row->set ^ SET_ALONE]);
        return scope_engine_add_again(e, row);
    }
    if (!plain || n->sets[row->set].one_by_one) {
        return row_names_add(n, e, tick_ms, row);
    }
    row->set = n->sets[row->set].set;
    return scope_engine_add_again(e, row);
}

void row_names_close(struct row_names *n)
{
    free(n->givers);
    free(n->scopes);
    free(n->sets);
    free(n->members);
    *n = (struct row_names){0};
}
