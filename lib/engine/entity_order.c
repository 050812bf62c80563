/* A cancelled order: what its purchase did is undone where it was done. */
#include "engine/entity_state.h"
#include "engine/ledger.h"
#include "engine/life.h"
#include "engine/order.h"
#include "engine/points.h"

/* Measures that follow the entity or keep facts of it are not told: that it acted stays true. */
static bool is_flow(const struct measure *m)
{
    const struct aggregation *g = m->aggregation;
    return !g->per_entity && g->facts == 0 && !m->is_private;
}

static int measures_undo(struct entity_engine *e, struct applying *a)
{
    const struct measure_list *l = &e->dispatch->apply[KIND_PURCHASE];
    for (uint32_t i = 0; i < l->count; i++) {
        const struct measure *m = &e->model->measures[l->at[i]];
        int rc = is_flow(m) && reaction_meets(m, a->event) ? m->aggregation->apply(m, a) : 0;
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int points_undo(struct entity_engine *e, struct applying *a, const struct order *o)
{
    int rc = points_take_back(a, o);
    a->points = o->earned_points;
    for (uint32_t i = 0; rc == 0 && a->points != 0 && i < e->dispatch->points.count; i++) {
        const struct measure *m = &e->model->measures[e->dispatch->points.at[i]];
        rc = m->aggregation->apply(m, a);
    }
    return rc;
}

int entity_order_cancel(struct entity_engine *e, const struct applying *cancelled)
{
    struct applying a = *cancelled;
    struct order o;
    int rc = order_take(&a, &e->dispatch->orders, event_text(a.event, EVENT_ORDER), &o);
    if (rc != 0) {
        return rc == CUBE_ENOTFOUND ? order_cancelled_keep(&a) : rc;
    }
    a.event = &o.event;
    a.ts_ms = o.event.ts_ms;
    a.flow = scope_table_set_at(e->scopes, o.set);
    a.takes_back = true;
    life_product_back(a.entity, event_has(&o.event, EVENT_PRODUCT_GROUP) ? o.text_hashes[EVENT_PRODUCT_GROUP] : 0);
    rc = ledger_apply(&a);
    rc = rc ? rc : points_undo(e, &a, &o);
    return rc ? rc : measures_undo(e, &a);
}

int entity_order_buy(struct entity_engine *e, struct applying *a)
{
    int64_t cancelled_ms;
    int rc = order_keep(a, &e->dispatch->orders);
    rc = rc ? rc : order_cancelled_take(a, &cancelled_ms);
    if (rc != 0) {
        return rc == CUBE_ENOTFOUND ? 0 : rc;
    }
    struct applying cancelled = *a;
    cancelled.ts_ms = cancelled_ms;
    return entity_order_cancel(e, &cancelled);
}
