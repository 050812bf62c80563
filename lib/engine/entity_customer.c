/* What cube.customers says of one customer. */
#include "engine/entity_dims.h"
#include "engine/entity_state.h"
#include "engine/invoice.h"
#include "engine/ledger.h"
#include "engine/life.h"
#include "engine/points.h"

static void money_fill(const struct entity_engine *e, const struct entity *x, struct customer_view *v)
{
    const int64_t *present = e->home.tracks > 0 ? facts_track(&e->home, x, PRESENT_TRACK) : NULL;
    struct running r = invoice_running(x, &v->open_overdue);
    v->running = running_cost(&r, e->model->cost_of_capital, v->as_of_ms);
    v->revenue = cell_get_wide(x->customer.totals + TOTAL_REVENUE);
    v->effort = cell_get_wide(x->customer.totals + TOTAL_EFFORT);
    v->purchases = x->customer.purchases;
    v->margin_total = ledger_margin(x);
    v->margin_present = present ? cell_get_wide(present) : 0;
    v->margin_future = money_to_double(money_less(v->margin_present, v->running)) * entity_clv(e, x) + 0.0; /* never -0 */
}

/* A margin that sinks below 0 at this very instant has a timer then, which has not run yet. */
static void status_fill(const struct entity_engine *e, const struct entity *x, struct customer_view *v)
{
    uint8_t status = entity_status_of(e, x, v->as_of_ms);
    v->engaged = status & STATUS_ENGAGED;
    v->strategic = status & STATUS_STRATEGIC;
    v->churned = status & STATUS_CHURNED;
    v->unprofitable = (status & STATUS_UNPROFITABLE) && !v->strategic;
    v->unprofitable_since_ms = x->status & STATUS_UNPROFITABLE ? x->customer.unprofitable_since_ms : v->as_of_ms;
    v->present_high = status & STATUS_PRESENT_HIGH;
    v->future_high = status & STATUS_FUTURE_HIGH;
}

int entity_engine_customer(struct entity_engine *e, struct text key, int64_t as_of_ms,
                           struct customer_view *ret_v)
{
    uint32_t number;
    const struct entity *x = entity_table_find(&e->table, key, entity_table_hash(&e->table, key), &number);
    if (!x || (x->flags & ENTITY_ERASED)) {
        return CUBE_ENOTFOUND;
    }
    int rc = entity_look(e, x, &x);
    if (rc != 0) {
        return rc;
    }
    struct customer_view v = {
        .key = entity_key(x),
        .as_of_ms = as_of_ms,
        .points = points_balance(&e->model->points, x, as_of_ms),
        .seen = x->flags & ENTITY_SEEN,
        .first_seen_ms = x->customer.first_seen_ms,
        .last_seen_ms = x->customer.last_seen_ms,
    };
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        enum dimension d = record_dims[ENTITY_CUSTOMER][slot];
        v.dims[d] = scope_table_value_text(e->scopes, d, x->dims[slot]);
    }
    status_fill(e, x, &v);
    money_fill(e, x, &v);
    life_view(x, e->units, &v);
    *ret_v = v;
    return 0;
}
