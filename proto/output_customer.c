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

static void put_margin(struct emit *e, const struct model *m, const struct customer_view *v)
{
    emit_key(e, "margin");
    emit_map(e);
    member_fixed(e, "total", v->margin_total);
    member_fixed(e, "present", v->margin_present);
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
    member_fixed(e, "effort", v->effort);
}

static void put_open(struct emit *e, const struct customer_view *v)
{
    emit_key(e, "open");
    emit_map(e);
    member_int(e, "requests", 0);
    member_int(e, "overdue", 0);
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
    member_fixed(e, "overdue_cost", 0);
    put_margin(e, m, v);
    put_class(e, v);
    put_open(e, v);
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
