/* What cube.customers says of one customer. */
#include "engine/entity_dims.h"
#include "engine/entity_state.h"
#include "engine/ledger.h"
#include "engine/points.h"
#include "measure/agg_first_time.h"

static void money_fill(const struct entity_engine *e, const struct entity *x, struct customer_view *v)
{
    const int64_t *present = e->home.tracks > 0 ? facts_track(&e->home, x, PRESENT_TRACK) : NULL;
    v->revenue = cell_get_wide(x->customer.totals + TOTAL_REVENUE);
    v->effort = cell_get_wide(x->customer.totals + TOTAL_EFFORT);
    v->purchases = x->customer.purchases;
    v->margin_total = ledger_margin(x);
    v->margin_present = present ? cell_get_wide(present) : 0;
    v->margin_future = fixed_to_double(v->margin_present) * clv_multiple(&e->model->clv, v->dims[DIM_SEGMENT]);
}

int entity_engine_customer(const struct entity_engine *e, struct text key, int64_t as_of_ms,
                           struct customer_view *ret_v)
{
    uint32_t number;
    const struct entity *x = entity_table_find(&e->table, key, entity_table_hash(&e->table, key), &number);
    if (!x || (x->flags & ENTITY_ERASED)) {
        return CUBE_ENOTFOUND;
    }
    uint8_t status = entity_status_of(e, x, as_of_ms);
    struct customer_view v = {
        .key = entity_key(x),
        .as_of_ms = as_of_ms,
        .points = points_balance(&e->model->points, x, as_of_ms),
        .engaged = status & STATUS_ENGAGED,
        .unprofitable = status & STATUS_UNPROFITABLE,
        .unprofitable_since_ms = x->customer.unprofitable_since_ms,
        .present_high = status & STATUS_PRESENT_HIGH,
        .future_high = status & STATUS_FUTURE_HIGH,
        .seen = x->flags & ENTITY_SEEN,
        .first_seen_ms = x->customer.first_seen_ms,
        .last_seen_ms = x->customer.last_seen_ms,
        .open_contacts = first_time_waiting(e->model, x),
    };
    for (unsigned slot = 0; slot < RECORD_DIMS; slot++) {
        enum dimension d = record_dims[ENTITY_CUSTOMER][slot];
        v.dims[d] = scope_table_value_text(e->scopes, d, x->dims[slot]);
    }
    money_fill(e, x, &v);
    *ret_v = v;
    return 0;
}
