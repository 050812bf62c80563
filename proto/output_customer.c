/* cube.customers (contract, section 5). */
#include "proto/output.h"

static const char *const clv_names[] = {
    [CLV_AFTER_FIRST] = "after_first",
    [CLV_FROM_FIRST] = "from_first",
    [CLV_UNDISCOUNTED_FIRST] = "undiscounted_first",
};

/* Indexed by 2 x present + future. */
static const struct text class_names[] = {
    {"low-low", 7}, {"low-high", 8}, {"high-low", 8}, {"high-high", 9}};

static void member_int(struct emit *e, const char *name, int64_t v)
{
    emit_key(e, name);
    emit_int(e, v);
}

static void member_fixed(struct emit *e, const char *name, cube_i128 v)
{
    emit_key(e, name);
    emit_fixed(e, v);
}

/* Amounts that run with time are exact to a part of a micro unit. */
static void member_money(struct emit *e, const char *name, struct money v)
{
    emit_key(e, name);
    if (v.rest) {
        emit_double(e, money_to_double(v));
    } else {
        emit_fixed(e, v.micro);
    }
}

static void put_margin(struct emit *e, const struct model *m, const struct customer_view *v)
{
    emit_key(e, "margin");
    emit_map(e);
    member_money(e, "total", money_less(v->margin_total, v->running));
    member_money(e, "present", money_less(v->margin_present, v->running));
    emit_key(e, "future");
    emit_double(e, v->margin_future);
    emit_key(e, "clv");
    emit_text(e, text_of(clv_names[m->clv.form]));
    emit_close(e);
}

static void put_class(struct emit *e, const struct customer_view *v)
{
    if (v->unprofitable) {
        member_int(e, "unprofitable_since", v->unprofitable_since_ms);
    }
    emit_key(e, "class");
    emit_text(e, class_names[2 * v->present_high + v->future_high]);
    member_money(e, "effort", money_more(v->effort, v->running));
}

static void member_true(struct emit *e, const char *name, bool is)
{
    if (is) {
        emit_key(e, name);
        emit_bool(e, true);
    }
}

static void put_costs(struct emit *e, const struct customer_view *v)
{
    emit_key(e, "costs");
    emit_map(e);
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        struct money runs = c == CATEGORY_SLOW_PAYMENT ? v->running : (struct money){0, 0};
        struct money cost = money_more(v->costs[c], runs);
        if (money_sign(cost) != 0) {
            member_money(e, category_names[c].at, cost);
        }
    }
    emit_close(e);
}

/* Value to the customer, beside the value of it. */
static void put_delivered(struct emit *e, const struct customer_view *v)
{
    emit_key(e, "delivered");
    emit_map(e);
    for (uint32_t i = 0; i < v->delivered_count; i++) {
        emit_key_text(e, v->delivered[i].unit);
        emit_fixed(e, v->delivered[i].amount);
    }
    emit_close(e);
    if (v->has_renewal) {
        member_int(e, "renewal", v->renewal_ms);
    }
}

static void put_open(struct emit *e, const struct customer_view *v)
{
    emit_key(e, "open");
    emit_map(e);
    member_int(e, "requests", v->open_requests);
    member_int(e, "overdue", v->open_overdue);
    member_int(e, "contacts", v->open_contacts);
    emit_close(e);
}

static void put_dimensions(struct emit *e, const struct customer_view *v)
{
    emit_key(e, "dimensions");
    emit_map(e);
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        if (v->dims[d].at) {
            emit_key_text(e, dimension_names[d]);
            emit_text(e, v->dims[d]);
        }
    }
    emit_close(e);
}

static void put_figures(struct emit *e, const struct model *m, const struct customer_view *v)
{
    member_int(e, "as_of", v->as_of_ms);
    member_int(e, "points", v->points);
    emit_key(e, "engaged");
    emit_bool(e, v->engaged);
    member_int(e, "purchases", v->purchases);
    member_fixed(e, "revenue", v->revenue);
    member_money(e, "overdue_cost", money_more(v->costs[CATEGORY_SLOW_PAYMENT], v->running));
    put_margin(e, m, v);
    put_class(e, v);
    put_open(e, v);
    put_costs(e, v);
    member_int(e, "products", v->products);
    put_delivered(e, v);
    member_true(e, "strategic", v->strategic);
    member_true(e, "churned", v->churned);
}

int output_customer(const struct model *m, const struct customer_view *v, enum output_format f,
                    struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    member_int(&e, "v", 1);
    emit_key(&e, "customer");
    emit_text(&e, v->key);
    put_figures(&e, m, v);
    if (v->seen) {
        member_int(&e, "first_seen", v->first_seen_ms);
        member_int(&e, "last_seen", v->last_seen_ms);
    }
    put_dimensions(&e, v);
    emit_close(&e);
    return emit_end(&e);
}
