/* cube.customers (contract, section 5). */
#include "proto/output.h"
#include "proto/output_form.h"

static const char *const clv_names[] = {
    [CLV_AFTER_FIRST] = "after_first",
    [CLV_FROM_FIRST] = "from_first",
    [CLV_UNDISCOUNTED_FIRST] = "undiscounted_first",
};

/* Indexed by 2 x present + future. */
static const struct text class_names[] = {
    {"low-low", 7}, {"low-high", 8}, {"high-low", 8}, {"high-high", 9}};

static void member_fixed(struct emit *e, enum output_member m, cube_i128 v)
{
    output_key(e, m);
    emit_fixed(e, v);
}

/* Amounts that run with time are exact to a part of a micro unit. */
static void put_money(struct emit *e, struct money v)
{
    if (v.rest) {
        emit_double(e, money_to_double(v));
    } else {
        emit_fixed(e, v.micro);
    }
}

static void member_money(struct emit *e, enum output_member m, struct money v)
{
    output_key(e, m);
    put_money(e, v);
}

static void put_margin(struct emit *e, const struct model *m, const struct customer_view *v)
{
    output_map(e, OUT_CUSTOMER_MARGIN);
    member_money(e, OUT_MARGIN_TOTAL, money_less(v->margin_total, v->running));
    member_money(e, OUT_MARGIN_PRESENT, money_less(v->margin_present, v->running));
    output_double(e, OUT_MARGIN_FUTURE, v->margin_future);
    output_text(e, OUT_MARGIN_CLV, text_of(clv_names[m->clv.form]));
    emit_close(e);
}

static void put_class(struct emit *e, const struct customer_view *v)
{
    if (v->unprofitable) {
        output_int(e, OUT_CUSTOMER_UNPROFITABLE_SINCE, v->unprofitable_since_ms);
    }
    output_text(e, OUT_CUSTOMER_CLASS, class_names[2 * v->present_high + v->future_high]);
    member_money(e, OUT_CUSTOMER_EFFORT, money_more(v->effort, v->running));
}

static void member_true(struct emit *e, enum output_member m, bool is)
{
    if (is) {
        output_key(e, m);
        emit_bool(e, true);
    }
}

static void put_costs(struct emit *e, const struct customer_view *v)
{
    output_map(e, OUT_CUSTOMER_COSTS);
    for (int c = 0; c < CATEGORY_COUNT; c++) {
        struct money runs = c == CATEGORY_SLOW_PAYMENT ? v->running : (struct money){0, 0};
        struct money cost = money_more(v->costs[c], runs);
        if (money_sign(cost) != 0) {
            emit_key_text(e, category_names[c]);
            put_money(e, cost);
        }
    }
    emit_close(e);
}

/* Value to the customer, beside the value of it. */
static void put_delivered(struct emit *e, const struct customer_view *v)
{
    output_map(e, OUT_CUSTOMER_DELIVERED);
    for (uint32_t i = 0; i < v->delivered_count; i++) {
        emit_key_text(e, v->delivered[i].unit);
        emit_fixed(e, v->delivered[i].amount);
    }
    emit_close(e);
    if (v->has_renewal) {
        output_int(e, OUT_CUSTOMER_RENEWAL, v->renewal_ms);
    }
}

static void put_open(struct emit *e, const struct customer_view *v)
{
    output_map(e, OUT_CUSTOMER_OPEN);
    output_int(e, OUT_OPEN_REQUESTS, v->open_requests);
    output_int(e, OUT_OPEN_OVERDUE, v->open_overdue);
    output_int(e, OUT_OPEN_CONTACTS, v->open_contacts);
    emit_close(e);
}

static void put_dimensions(struct emit *e, const struct customer_view *v)
{
    output_map(e, OUT_CUSTOMER_DIMENSIONS);
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
    output_int(e, OUT_CUSTOMER_AS_OF, v->as_of_ms);
    output_int(e, OUT_CUSTOMER_POINTS, v->points);
    output_key(e, OUT_CUSTOMER_ENGAGED);
    emit_bool(e, v->engaged);
    output_int(e, OUT_CUSTOMER_PURCHASES, v->purchases);
    member_fixed(e, OUT_CUSTOMER_REVENUE, v->revenue);
    member_money(e, OUT_CUSTOMER_OVERDUE_COST, money_more(v->costs[CATEGORY_SLOW_PAYMENT], v->running));
    put_margin(e, m, v);
    put_class(e, v);
    put_open(e, v);
    put_costs(e, v);
    output_int(e, OUT_CUSTOMER_PRODUCTS, v->products);
    put_delivered(e, v);
    member_true(e, OUT_CUSTOMER_STRATEGIC, v->strategic);
    member_true(e, OUT_CUSTOMER_CHURNED, v->churned);
}

int output_customer(const struct model *m, const struct customer_view *v, enum output_format f,
                    struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    output_int(&e, OUT_CUSTOMER_V, 1);
    output_text(&e, OUT_CUSTOMER_CUSTOMER, v->key);
    put_figures(&e, m, v);
    if (v->seen) {
        output_int(&e, OUT_CUSTOMER_FIRST_SEEN, v->first_seen_ms);
        output_int(&e, OUT_CUSTOMER_LAST_SEEN, v->last_seen_ms);
    }
    put_dimensions(&e, v);
    emit_close(&e);
    return emit_end(&e);
}
