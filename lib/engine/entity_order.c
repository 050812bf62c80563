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

static int purchase_undo(struct entity_engine *e, const struct applying *cancelled, const struct order *o)
{
    struct applying a = *cancelled;
    a.event = &o->event;
    a.ts_ms = o->event.ts_ms;
    a.flow = scope_table_set_at(e->scopes, o->set);
    a.takes_back = true;
    life_product_back(a.entity, event_has(&o->event, EVENT_PRODUCT_GROUP) ? o->text_hashes[EVENT_PRODUCT_GROUP] : 0);
    int rc = ledger_apply(&a);
    rc = rc ? rc : points_undo(e, &a, o);
    return rc ? rc : measures_undo(e, &a);
}

/* Each purchase of the order that it comes in time for: an order may have several lines. */
static int purchases_undo(struct entity_engine *e, struct applying *cancelled)
{
    struct text order = event_text(cancelled->event, EVENT_ORDER);
    struct order o;
    int rc;
    while ((rc = order_take(cancelled, &e->dispatch->orders, order, &o)) == 0) {
        rc = purchase_undo(e, cancelled, &o);
        if (rc != 0) {
            return rc;
        }
    }
    return rc == CUBE_ENOTFOUND ? 0 : rc;
}

int entity_order_cancel(struct entity_engine *e, const struct applying *cancelled)
{
    struct applying a = *cancelled;
    int rc = purchases_undo(e, &a);
    return rc ? rc : order_cancelled_keep(&a);
}

int entity_order_buy(struct entity_engine *e, struct applying *a)
{
    struct applying cancelled = *a;
    int rc = order_keep(a, &e->dispatch->orders);
    return rc == 0 && order_is_cancelled(a, &cancelled.ts_ms) ? purchases_undo(e, &cancelled) : rc;
}
