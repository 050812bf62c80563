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

/* Measures of points are told of a purchase's, or that there are none such. */
static int points_tell(struct entity_engine *e, struct applying *a, int64_t points, bool takes_back)
{
    int rc = 0;
    a->points = points;
    a->takes_back = takes_back;
    for (uint32_t i = 0; rc == 0 && points != 0 && i < e->dispatch->points.count; i++) {
        const struct measure *m = &e->model->measures[e->dispatch->points.at[i]];
        rc = m->aggregation->apply(m, a);
    }
    return rc;
}

static int points_undo(struct entity_engine *e, struct applying *a, const struct order *o)
{
    int rc = points_take_back(a, o);
    return rc ? rc : points_tell(e, a, o->earned_points, true);
}

/* The purchase as it was applied; borrows o. */
static struct applying applying_of(struct entity_engine *e, const struct applying *cancelled, const struct order *o)
{
    struct applying a = *cancelled;
    a.event = &o->event;
    a.ts_ms = o->event.ts_ms;
    a.flow = scope_table_set_at(e->scopes, o->set);
    return a;
}

static int purchase_undo(struct entity_engine *e, const struct applying *cancelled, const struct order *o)
{
    struct applying a = applying_of(e, cancelled, o);
    a.takes_back = true;
    life_product_back(a.entity, event_has(&o->event, EVENT_PRODUCT_GROUP) ? o->text_hashes[EVENT_PRODUCT_GROUP] : 0);
    int rc = ledger_apply(&a);
    rc = rc ? rc : points_undo(e, &a, o);
    return rc ? rc : measures_undo(e, &a);
}

/* What it earns now is told in its place of what it had earned. */
static int purchase_inherit(struct entity_engine *e, const struct applying *cancelled, const struct order *lost, const struct order_place *place,
                            struct order *o)
{
    struct applying a = applying_of(e, cancelled, o);
    uint64_t earned = o->earned;
    int64_t before = o->earned_points;
    int rc = points_inherit(&a, lost, o);
    if (rc != 0 || o->earned == earned) {
        return rc;
    }
    rc = order_earned_set(&a, place, o->earned, o->earned_points);
    if (rc != 0 || o->earned_points == before) {
        return rc;
    }
    rc = points_tell(e, &a, before, true);
    return rc ? rc : points_tell(e, &a, o->earned_points, false);
}

/* Purchases earn now, in their order, what the one that is lost kept from them: that came when it counted, and that might be cancelled yet.
 * Where points leave before that, some that have left may have kept it from them, too. */
static int purchases_inherit(struct entity_engine *e, const struct applying *cancelled, const struct order *lost)
{
    int64_t came_ms = lost->event.ts_ms - e->model->time.lateness_ms, kept_ms = cancelled->ts_ms - e->model->cancel_within_ms;
    struct order_place place = order_place_before(came_ms > kept_ms ? came_ms : kept_ms);
    struct order o;
    int rc;
    while ((rc = order_next(cancelled, &e->dispatch->orders, &place, &o)) == 0) {
        rc = purchase_inherit(e, cancelled, lost, &place, &o);
        if (rc != 0) {
            return rc;
        }
    }
    return rc == CUBE_ENOTFOUND ? 0 : rc;
}

/* Each purchase of the order that it comes in time for: an order may have several lines. One that earns what another line lost loses it in its
 * turn. */
static int purchases_undo(struct entity_engine *e, struct applying *cancelled, bool passes_on)
{
    struct text order = event_text(cancelled->event, EVENT_ORDER);
    struct order o;
    int rc;
    while ((rc = order_take(cancelled, &e->dispatch->orders, order, &o)) == 0) {
        rc = purchase_undo(e, cancelled, &o);
        rc = rc == 0 && passes_on && points_passes_on(&e->model->points, o.earned) ? purchases_inherit(e, cancelled, &o) : rc;
        if (rc != 0) {
            return rc;
        }
    }
    return rc == CUBE_ENOTFOUND ? 0 : rc;
}

int entity_order_cancel(struct entity_engine *e, const struct applying *cancelled)
{
    struct applying a = *cancelled;
    int rc = purchases_undo(e, &a, true);
    return rc ? rc : order_cancelled_keep(&a);
}

/* What is cancelled as it comes has kept nothing from anyone. */
int entity_order_buy(struct entity_engine *e, struct applying *a)
{
    struct applying cancelled = *a;
    int rc = order_keep(a, &e->dispatch->orders);
    return rc == 0 && order_is_cancelled(a, &cancelled.ts_ms) ? purchases_undo(e, &cancelled, false) : rc;
}
