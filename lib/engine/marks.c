#include "engine/marks.h"

#include "engine/entity.h"
#include "engine/facts.h"

/* Marks that have left the longest window cannot be moved any more. */
static bool is_old(const struct applying *a, const struct measure *m, const struct fact *f)
{
    return (f->value + 1) * m->pane_ms + m->longest_ms <= a->ts_ms;
}

/* Raises latest[i] to the pane of the mark where the mark's set has the scope set->scopes[i]. Returns the least. */
static inline int64_t raise_latest(const struct scope_set *of_mark, int64_t pane, const struct scope_set *set, int64_t *latest)
{
    int64_t least = INT64_MAX;
    for (uint32_t i = 0; i < set->count; i++) {
        for (uint32_t k = 0; latest[i] < pane && k < of_mark->count; k++) {
            latest[i] = of_mark->scopes[k] == set->scopes[i] ? pane : latest[i];
        }
        least = latest[i] < least ? latest[i] : least;
    }
    return least;
}

/* The latest pane the entity is counted at in each scope of the set; INT64_MIN where it is not. Forgets old marks. */
static inline __attribute__((always_inline)) void find_latest(struct applying *a, const struct measure *m, const struct scope_set *set,
                                                              int64_t *latest)
{
    struct entity *x = a->entity;
    int64_t least = INT64_MIN; /* marks up to this raise nothing */
    for (uint32_t i = 0; i < set->count; i++) {
        latest[i] = INT64_MIN;
    }
    for (uint32_t i = x->mark_count; i-- > 0;) {
        const struct fact *f = &x->facts[i];
        if (fact_arg(f) != m->index) {
            continue;
        }
        if (is_old(a, m, f)) {
            facts_remove(x, i);
        } else if (f->value > least) {
            least = raise_latest(scope_table_set_at(a->scopes, (uint32_t)f->key), f->value, set, latest);
        }
    }
}

static int count(struct applying *a, const struct measure *m, uint32_t set, int64_t pane, unsigned slot, int64_t d)
{
    int64_t *cells;
    if (!a->out) {
        return 0;
    }
    int rc = delta_row(a->out, set, m->index, ROW_PANE, pane, 0, m->aggregation->pane.slots, &cells);
    if (rc == 0) {
        cells[slot] += d;
    }
    return rc;
}

/* From the pane where the entity was counted to another; INT64_MIN for none. */
static inline __attribute__((always_inline)) int count_moved(struct applying *a, const struct measure *m, uint32_t set, int64_t from, int64_t to,
                                                             unsigned slot)
{
    int rc = from != to && from != INT64_MIN ? count(a, m, set, from, slot, -1) : 0;
    return rc || from == to || to == INT64_MIN ? rc : count(a, m, set, to, slot, 1);
}

static inline __attribute__((always_inline)) int count_later(struct applying *a, const struct measure *m, uint32_t set, int64_t from, int64_t to,
                                                             unsigned slot)
{
    return from >= to ? 0 : count_moved(a, m, set, from, to, slot);
}

/* Mostly all scopes of a set were counted alike before, and one row says it for all of them. */
static int count_all(struct applying *a, const struct measure *m, const struct scope_set *set, const int64_t *latest, int64_t pane,
                     unsigned slot)
{
    bool alike = set->id != SCOPE_SET_LOOSE && set->count > 0;
    for (uint32_t i = 1; i < set->count; i++) {
        alike &= latest[i] == latest[0];
    }
    if (alike) {
        return count_later(a, m, set->id, latest[0], pane, slot);
    }
    int rc = 0;
    for (uint32_t i = 0; i < set->count && rc == 0; i++) {
        rc = count_later(a, m, set_alone(set->scopes[i]), latest[i], pane, slot);
    }
    return rc;
}

int marks_add(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane, unsigned slot)
{
    struct fact *own = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, set->id);
    if (own && own->value >= pane) {
        return 0;
    }
    int64_t latest[SCOPE_KINDS_MAX];
    find_latest(a, m, set, latest);
    int rc = count_all(a, m, set, latest, pane, slot);
    if (rc != 0) {
        return rc;
    }
    own = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, set->id);
    if (own) {
        own->value = pane;
        return 0;
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_MARK, (uint8_t)m->index, 0), set->id, pane});
}

int marks_lower(struct applying *a, const struct measure *m, const struct scope_set *set, int64_t pane, unsigned slot)
{
    int64_t before[SCOPE_KINDS_MAX], now[SCOPE_KINDS_MAX];
    find_latest(a, m, set, before);
    struct fact *own = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, set->id);
    if (!own || own->value <= pane) {
        return 0;
    }
    own->value = pane;
    if (pane == INT64_MIN) {
        facts_remove(a->entity, (uint32_t)(own - a->entity->facts));
    }
    find_latest(a, m, set, now);
    int rc = 0;
    for (uint32_t i = 0; i < set->count && rc == 0; i++) {
        bool shows = before[i] != now[i] && !applying_has_left(a, m, before[i]);
        rc = shows ? count_moved(a, m, set_alone(set->scopes[i]), before[i], now[i], slot) : 0;
    }
    return rc;
}
