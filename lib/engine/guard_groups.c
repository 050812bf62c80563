/* Which scopes lie inside which, in the order in which the guard looks at them. */
#include <stdlib.h>

#include "engine/guard_state.h"

static int by_kind_and_key(const void *a, const void *b, void *engine)
{
    const struct scope_engine *e = engine;
    const struct scope *x = e->scopes[*(const uint32_t *)a], *y = e->scopes[*(const uint32_t *)b];
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return text_compare(x->key, y->key);
}

static int tables_grow(struct guard *g, uint32_t n)
{
    void *blocks[] = {g->scopes, g->ranks, g->exposed, g->fresh};
    const size_t sizes[] = {sizeof *g->scopes, sizeof *g->ranks, sizeof *g->exposed, sizeof *g->fresh};
    int rc = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0] && !rc; i++) {
        void *at = realloc(blocks[i], n * sizes[i]);
        rc = at ? 0 : CUBE_ENOMEM;
        blocks[i] = at ? at : blocks[i];
    }
    g->scopes = blocks[0];
    g->ranks = blocks[1];
    g->exposed = blocks[2];
    g->fresh = blocks[3];
    return rc;
}

static int inside_add(struct guard *g, const struct guard_inside *i)
{
    if (g->inside_count == g->inside_capacity) {
        uint32_t capacity = g->inside_capacity ? 2 * g->inside_capacity : 64;
        struct guard_inside *at = realloc(g->inside, capacity * sizeof *at);
        if (!at) {
            return CUBE_ENOMEM;
        }
        g->inside = at;
        g->inside_capacity = capacity;
    }
    g->inside[g->inside_count++] = *i;
    return 0;
}

/* Notes in which scope of one coarser kind a scope lies. */
static int inside_one(struct guard *g, uint32_t rank, uint32_t kind)
{
    struct scope_engine *e = g->cells;
    const struct scope *s = e->scopes[g->scopes[rank]];
    const struct scope_kind *kinds = e->model->scopes.kinds;
    buf_clear(&g->key);
    int rc = scope_key_outer(&kinds[s->kind], s->key, &kinds[kind], &g->key);
    if (rc) {
        return rc == CUBE_EFORMAT ? 0 : rc; /* not a key of its kind: it lies nowhere */
    }
    uint32_t whole = intern_find(e->keys, (struct text){(const char *)g->key.at, (uint32_t)g->key.len});
    if (whole == INTERN_NONE) {
        return 0;
    }
    return inside_add(g, &(struct guard_inside){g->ranks[whole], rank, (uint8_t)s->kind});
}

static int inside_find(struct guard *g)
{
    const struct scope_plan *plan = &g->model.scopes;
    g->inside_count = 0;
    for (uint32_t rank = 0; rank < g->cells->count; rank++) {
        uint32_t own = g->cells->scopes[g->scopes[rank]]->kind;
        for (uint32_t kind = 0; kind < plan->count; kind++) {
            int rc = scope_kind_inside(&plan->kinds[own], &plan->kinds[kind]) ? inside_one(g, rank, kind) : 0;
            if (rc) {
                return rc;
            }
        }
    }
    return 0;
}

static int inside_compare(const void *a, const void *b)
{
    const struct guard_inside *x = a, *y = b;
    if (x->whole != y->whole) {
        return x->whole < y->whole ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return x->part < y->part ? -1 : x->part > y->part; /* ranks of one kind go by key */
}

static int groups_fill(struct guard *g)
{
    uint32_t *parts = realloc(g->parts, (g->inside_count + 1) * sizeof *parts);
    g->parts = parts ? parts : g->parts;
    struct exposure_group *groups = realloc(g->groups, (g->inside_count + 1) * sizeof *groups);
    g->groups = groups ? groups : g->groups;
    if (!parts || !groups) {
        return CUBE_ENOMEM;
    }
    g->group_count = 0;
    for (uint32_t i = 0; i < g->inside_count; i++) {
        const struct guard_inside *in = &g->inside[i];
        if (i == 0 || in[-1].whole != in->whole || in[-1].kind != in->kind) {
            groups[g->group_count++] = (struct exposure_group){in->whole, parts + i, 0};
        }
        parts[i] = in->part;
        groups[g->group_count - 1].count++;
    }
    return 0;
}

int guard_groups(struct guard *g)
{
    uint32_t n = g->cells->count;
    if (n == g->ranked) {
        return 0;
    }
    int rc = tables_grow(g, n);
    if (rc) {
        return rc;
    }
    for (uint32_t i = 0; i < n; i++) {
        g->scopes[i] = i;
    }
    qsort_r(g->scopes, n, sizeof *g->scopes, by_kind_and_key, g->cells);
    for (uint32_t i = 0; i < n; i++) {
        g->ranks[g->scopes[i]] = i;
    }
    rc = inside_find(g);
    if (rc) {
        return rc;
    }
    if (g->inside_count > 1) {
        qsort(g->inside, g->inside_count, sizeof *g->inside, inside_compare);
    }
    rc = groups_fill(g);
    g->ranked = rc ? 0 : n;
    return rc;
}
