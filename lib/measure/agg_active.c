/* Distinct customers with an act in the window: each counts in the pane of its latest act, so that the sum
 * over the panes is exact. A measure of any act lives on touch, one of kinds of its own on apply. */
#include "engine/entity.h"
#include "engine/facts.h"
#include "measure/agg.h"

#define WHOLE_CUSTOMER 0 /* key of the mark: it moves with the customer */

static int shift(const struct measure *m, struct applying *a, bool had, int64_t before, int64_t pane)
{
    int64_t more = 1, less = -1;
    if ((had && before >= pane) || applying_has_left(a, m, pane)) {
        return 0;
    }
    int rc = had ? emit_pane(a, m, a->stock, before, &less) : 0;
    return rc ? rc : emit_pane(a, m, a->stock, pane, &more);
}

static int active_touch(const struct measure *m, struct applying *a)
{
    if (!a->first_touch && a->ts_ms <= a->last_active_ms) {
        return 0;
    }
    return shift(m, a, !a->first_touch, applying_pane(m, a->last_active_ms), applying_pane(m, a->ts_ms));
}

static int active_apply(const struct measure *m, struct applying *a)
{
    struct fact *f = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, WHOLE_CUSTOMER);
    int64_t pane = applying_pane(m, a->ts_ms);
    int rc = shift(m, a, f != NULL, f ? f->value : 0, pane);
    if (rc != 0) {
        return rc;
    }
    if (f) {
        f->value = f->value > pane ? f->value : pane;
        return 0;
    }
    return facts_add(a->home, a->entity, (struct fact){fact_head(FACT_MARK, (uint8_t)m->index, 0),
                                                       WHOLE_CUSTOMER, pane});
}

static int active_move(const struct measure *m, struct applying *a, const struct scope_set *from,
                       const struct scope_set *to)
{
    const struct fact *f = facts_find(a->entity, FACT_MARK, (uint8_t)m->index, WHOLE_CUSTOMER);
    if (applying_any_act(m) ? !(a->entity->flags & ENTITY_SEEN) : !f) {
        return 0;
    }
    int64_t pane = applying_any_act(m) ? applying_pane(m, a->entity->customer.last_seen_ms) : f->value,
        more = 1, less = -1;
    if (applying_has_left(a, m, pane)) {
        return 0;
    }
    int rc = from ? emit_pane(a, m, from, pane, &less) : 0;
    return rc || !to ? rc : emit_pane(a, m, to, pane, &more);
}

static void active_result(const struct measure *m, const struct window_view *w, struct result *ret_r)
{
    (void)m;
    *ret_r = (struct result){.n = w->pane[0], .has_value = w->pane[0] > 0, .value = (double)w->pane[0]};
}

const struct aggregation agg_active = {
    .name = "active",
    .pane = {.slots = 1},
    .per_entity = true,
    .absent_is_zero = true,
    .facts = UINT64_C(1) << FACT_MARK,
    .apply = active_apply,
    .touch = active_touch,
    .move = active_move,
    .result = active_result,
};
