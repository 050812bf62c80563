#include "engine/marks.h"

#include "engine/entity.h"
#include "engine/facts.h"

static bool set_has(const struct scope_set *set, uint32_t scope)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->scopes[i] == scope) {
            return true;
        }
    }
    return false;
}

/* Marks that have left the longest window cannot be moved any more. */
static void drop_old(struct applying *a, const struct measure *m)
{
    struct entity *x = a->entity;
    for (uint32_t i = x->fact_count; i-- > 0;) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_MARK && fact_arg(f) == m->index &&
            (f->value + 1) * m->pane_ms + m->longest_ms <= a->ts_ms) {
            facts_remove(x, i);
        }
    }
}

/* The latest pane this entity is counted in a scope; INT64_MIN when it is not. */
static int64_t latest(const struct applying *a, const struct measure *m, uint32_t scope)
{
    int64_t pane = INT64_MIN;
    const struct entity *x = a->entity;
    for (uint32_t i = 0; i < x->fact_count; i++) {
        const struct fact *f = &x->facts[i];
        if (fact_type(f) == FACT_MARK && fact_arg(f) == m->index && f->value > pane &&
            set_has(scope_table_set_at(a->scopes, (uint32_t)f->key), scope)) {
            pane = f->value;
        }
    }
    return pane;
}

static int count(struct applying *a, const struct measure *m, uint32_t scope, int64_t pane, unsigned slot, int64_t d)
{
    int64_t *cells;
    int rc = delta_row(a->out, scope, m->index, ROW_PANE, pane, 0, m->aggregation->pane.slots, &cells);
    if (rc == 0) {
        cells[slot] += d;
    }
    return rc;
}

int marks_add(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane, unsigned slot)
{
    const struct fact *own = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, set->id);
    if (own && own->value >= pane) {
        return 0;
    }
    drop_old(a, m);
    for (uint32_t i = 0; i < set->count; i++) {
        int64_t before = latest(a, m, set->scopes[i]);
        if (before >= pane) {
            continue;
        }
        if ((before != INT64_MIN && count(a, m, set->scopes[i], before, slot, -1) != 0) ||
            count(a, m, set->scopes[i], pane, slot, 1) != 0) {
            return CUBE_ENOMEM;
        }
    }
    struct fact *f = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, set->id);
    if (f) {
        f->value = pane;
        return 0;
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_MARK, (uint8_t)m->index, 0), set->id, pane});
}
