/* Observed retention: the figures worked by hand from domain 4.3, tables, and what a release does to customers. */
#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/guard.h"
#include "engine/retention.h"
#include "support/entity_world.h"

#define YEAR (365 * DAY)
#define T0 (20454 * DAY) /* a midnight */
#define SMB TEXT_LITERAL("smb")
#define LARGE TEXT_LITERAL("large")

static bool is(double got, double want)
{
    return fabs(got - want) < 1e-15;
}

/* ---- formulas --------------------------------------------------------------------------------------- */

/* A hundred customers all year, of whom twenty leave: 0.8. A segment of fifty on average with all twenty churns has 0.6 by
 * itself and takes fifty customers of 0.8 in: 0.7. One of 150 with fifteen: (150 - 15 + 40) / 200. */
static void stay_of_segment_is_drawn_towards_the_whole_by_fifty_customers(void **state)
{
    (void)state;
    const struct stay whole = {(cube_i128)100 * YEAR, 20}, half = {(cube_i128)50 * YEAR, 20}, most = {(cube_i128)150 * YEAR, 15}, none = {0, 0};
    assert_true(is(stay_of_whole(&whole, YEAR), 0.8));
    assert_true(is(stay_of_segment(&half, &whole, YEAR), 0.7));
    assert_true(is(stay_of_segment(&most, &whole, YEAR), 0.875));
    assert_true(is(stay_of_segment(&none, &whole, YEAR), 0.8));
}

static void stay_is_never_below_nothing(void **state)
{
    (void)state;
    const struct stay whole = {(cube_i128)3 * YEAR, 4}, segment = {YEAR, 0}, gone = {0, 2};
    assert_true(stay_of_whole(&whole, YEAR) == 0);
    assert_true(is(stay_of_segment(&segment, &whole, YEAR), 1.0 / 51));
    assert_true(stay_of_segment(&gone, &whole, YEAR) == 0);
}

/* Where products of two customer times would leave 128 bits the last of many digits go. */
static void stay_of_billions_is_that_of_hundreds(void **state)
{
    (void)state;
    const cube_i128 many = (cube_i128)4000000000 * YEAR;
    const struct stay whole = {many, 800000000}, half = {many / 2, 400000000};
    assert_true(is(stay_of_whole(&whole, YEAR), 0.8));
    assert_true(is(stay_of_segment(&half, &whole, YEAR), 0.8));
}

/* ---- tables ----------------------------------------------------------------------------------------- */

static struct retention_table example(void)
{
    struct retention_table t = {.t_ms = T0};
    assert_int_equal(retention_table_whole(&t, 0.5), 0);
    assert_int_equal(retention_table_add(&t, (struct text){"", 0}, 0.25), 0);
    assert_int_equal(retention_table_add(&t, LARGE, 0.75), 0);
    assert_int_equal(retention_table_add(&t, SMB, 0), 0);
    return t;
}

static void retention_of_an_entry_beats_what_was_observed(void **state)
{
    (void)state;
    static const struct text names[] = {{"large", 5}};
    static const double shares[] = {0.9};
    struct clv_plan plan = {.retention = 0.8, .observed = true, .segments = names, .segment_retention = shares, .segment_count = 1};
    struct retention_table t = example(), unknown = {0};
    assert_true(retention_of(&t, &plan, LARGE) == 0.9);
    assert_true(retention_of(&t, &plan, SMB) == 0);
    assert_true(retention_of(&t, &plan, (struct text){"", 0}) == 0.25);
    assert_true(retention_of(&t, &plan, TEXT_LITERAL("other")) == 0.5);
    assert_true(retention_of(&t, &plan, (struct text){0}) == 0.5);
    assert_true(retention_of(&unknown, &plan, SMB) == 0.8 && retention_of(NULL, &plan, SMB) == 0.8);
    plan.observed = false;
    assert_true(retention_of(&t, &plan, SMB) == 0.8);
    retention_table_close(&t);
}

static void retention_table_refuses_what_is_out_of_order_or_no_share(void **state)
{
    (void)state;
    struct retention_table t = {0};
    assert_int_equal(retention_table_add(&t, SMB, 0.5), CUBE_EFORMAT); /* before the whole */
    assert_int_equal(retention_table_whole(&t, 1.5), CUBE_EFORMAT);
    assert_int_equal(retention_table_whole(&t, (double)NAN), CUBE_EFORMAT);
    assert_int_equal(retention_table_whole(&t, 1), 0);
    assert_int_equal(retention_table_whole(&t, 1), CUBE_EFORMAT);
    assert_int_equal(retention_table_add(&t, SMB, 0.5), 0);
    assert_int_equal(retention_table_add(&t, SMB, 0.5), CUBE_EFORMAT);
    assert_int_equal(retention_table_add(&t, LARGE, 0.5), CUBE_EFORMAT);
    assert_int_equal(retention_table_add(&t, TEXT_LITERAL("z"), -0.5), CUBE_EFORMAT);
    assert_int_equal(t.count, 1);
    retention_table_close(&t);
}

static const uint8_t golden[] = {
    0x01, 0x80, 0xA0, 0xD5, 0xED, 0xEE, 0x66,        /* version, tick */
    0x00, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F,              /* the whole */
    0x01, 0, 0, 0, 0, 0, 0, 0xD0, 0x3F,              /* an empty segment */
    0x06, 'l', 'a', 'r', 'g', 'e', 0, 0, 0, 0, 0, 0, 0xE8, 0x3F,
    0x04, 's', 'm', 'b', 0, 0, 0, 0, 0, 0, 0, 0,
};

static void retention_encode_writes_version_1_and_reads_it_back(void **state)
{
    (void)state;
    struct retention_table t = example(), back = {0};
    struct buf b = {0};
    assert_int_equal(retention_encode(&t, &b), 0);
    assert_int_equal(b.len, sizeof golden);
    assert_memory_equal(b.at, golden, sizeof golden);
    struct cursor c = {b.at, b.at + b.len};
    assert_int_equal(retention_decode(&c, &back), 0);
    assert_true(back.t_ms == T0 && back.known && back.whole == 0.5 && back.count == 3);
    assert_memory_equal(back.texts.at, "largesmb", 8);
    retention_table_close(&back);
    b.at[0] = 2;
    c = (struct cursor){b.at, b.at + b.len};
    assert_int_equal(retention_decode(&c, &back), CUBE_EVERSION);
    retention_table_close(&t);
    buf_close(&b);
}

/* A table of fewer segments is one, too; anything between is not. */
static void retention_decode_refuses_what_ends_within_an_item(void **state)
{
    (void)state;
    static const size_t whole[] = {7, 16, 25, 39, sizeof golden};
    for (size_t len = 0; len <= sizeof golden; len++) {
        struct retention_table t = {0};
        struct cursor c = {golden, golden + len};
        bool good = false;
        for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
            good |= whole[i] == len;
        }
        assert_int_equal(retention_decode(&c, &t) == 0, good);
        retention_table_close(&t);
    }
}

static void retention_put_items_goes_on_where_the_room_ended(void **state)
{
    (void)state;
    struct retention_table t = example(), back = {0};
    uint32_t next = 0, parts = 1;
    int more;
    do {
        struct buf b = {0};
        more = retention_put_items(&t, &next, 10, &b);
        assert_true(more >= 0 && b.len > 0);
        struct cursor c = {b.at, b.at + b.len};
        while (retention_get(&c, &back) == 1) {
        }
        assert_true(c.at == c.end);
        buf_close(&b);
        parts += (uint32_t)more;
    } while (more == 1);
    assert_int_equal(parts, 3);
    assert_int_equal(back.count, 3);
    retention_table_close(&back);
    retention_table_close(&t);
}

/* ---- the guard -------------------------------------------------------------------------------------- */

enum { KIND_SEGMENT = 2 };

static void world_observe(struct world *w)
{
    world_open(w);
    struct measure *m = world_measure(w, "retention", "churn", 0, YEAR, DAY);
    m->is_inner = true;
    w->model.measure_count--; /* it stands behind the measures */
    w->model.clv.observed = true;
    w->model.segment_kind = KIND_SEGMENT;
    assert_int_equal(world_start(w, ENTITY_CUSTOMER, 1), 0);
}

static void happens(struct world *w, enum event_kind kind, int64_t ts_ms, const char *who, const char *segment)
{
    struct event e = world_event(w, kind, ts_ms, who);
    e.dims[DIM_SEGMENT] = text_of(segment);
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    assert_int_equal(world_apply(w, &e), 0);
}

/* A hundred customers, half of them small, all year; twenty of the small ones leave in the middle of it. */
static void year_pass(struct world *w)
{
    char who[16];
    for (int i = 0; i < 100; i++) {
        snprintf(who, sizeof who, "c%d", i);
        happens(w, KIND_SELFSERVICE_LOGIN, T0, who, i % 2 ? "smb" : "large");
    }
    for (int i = 1; i < 40; i += 2) {
        snprintf(who, sizeof who, "c%d", i);
        happens(w, KIND_CHURN, T0 + YEAR / 2, who, NULL);
    }
}

static void rows_tell(const struct world *w, struct guard *g)
{
    for (uint32_t i = 0; i < w->row_count; i++) {
        const struct world_row *x = &w->rows[i];
        bool segment = strncmp(x->key, "segment=", 8) == 0;
        uint32_t id;
        if (!segment && strcmp(x->key, "organisation") != 0) {
            continue;
        }
        assert_int_equal(scope_engine_scope(guard_cells(g), text_of(x->key), segment ? KIND_SEGMENT : 0, &id), 0);
        struct delta_row row = {.set = set_alone(id), .measure = x->measure, .kind = x->kind, .slots = x->slots, .pane = x->pane,
                                .cells = (int64_t *)x->cells};
        assert_int_equal(scope_engine_add(guard_cells(g), T0 + 10000, &row), 0);
    }
}

static double observed(const struct world *w, const struct retention_table *t, struct text segment)
{
    return retention_of(t, &w->model.clv, segment);
}

/* Of the small ones 40 were there on average and 20 left, of all 90: 7/9 of the whole, (40 - 20 + 50 x 7/9) / 90 = 53/81
 * of the small, (50 + 50 x 7/9) / 100 = 8/9 of the large. */
static void guard_retention_is_churns_over_the_average_number_of_customers(void **state)
{
    (void)state;
    struct world w;
    struct guard *g;
    struct retention_table t;
    world_observe(&w);
    assert_int_equal(guard_create(&w.model, 1, &g), 0);
    assert_int_equal(guard_release(g, T0), 0);
    assert_int_equal(guard_retention(g, T0, &t), 0);
    assert_true(!t.known && observed(&w, &t, SMB) == 0.8); /* before there was anybody */
    year_pass(&w);
    rows_tell(&w, g);
    assert_int_equal(guard_release(g, T0 + YEAR), 0);
    assert_int_equal(guard_retention(g, T0 + YEAR, &t), 0);
    assert_true(t.known && t.count == 2 && t.t_ms == T0 + YEAR);
    assert_true(is(t.whole, 7.0 / 9) && is(observed(&w, &t, SMB), 53.0 / 81) && is(observed(&w, &t, LARGE), 8.0 / 9));
    assert_true(is(observed(&w, &t, TEXT_LITERAL("other")), 7.0 / 9));
    retention_table_close(&t);
    /* A year later the churns have left the window: nobody of those who are there has gone. */
    assert_int_equal(guard_release(g, T0 + 2 * YEAR), 0);
    assert_int_equal(guard_retention(g, T0 + 2 * YEAR, &t), 0);
    assert_true(t.whole == 1 && observed(&w, &t, SMB) == 1);
    retention_table_close(&t);
    guard_destroy(g);
    world_close(&w);
}

/* ---- customers -------------------------------------------------------------------------------------- */

static void buys(struct world *w, const char *who, const char *segment, int64_t margin)
{
    struct event e = world_event(w, KIND_PURCHASE, T0, who);
    e.dims[DIM_SEGMENT] = text_of(segment);
    event_put_text(&e, EVENT_ORDER, who);
    event_put_number(&e, EVENT_REVENUE, margin * FIXED_ONE);
    assert_int_equal(world_apply(w, &e), 0);
}

static double future_of(const struct world *w, const char *who, bool *ret_high)
{
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w->engine, text_of(who), T0 + 1, &v), 0);
    *ret_high = v.future_high;
    return v.margin_future;
}

static void published_are(struct world *w, const char *first, const char *second)
{
    const char *want[] = {first, second};
    uint32_t n = (first != NULL) + (second != NULL);
    bool erased;
    assert_int_equal(entity_engine_published_count(w->engine), n);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(text_equal(entity_engine_published_at(w->engine, i, &erased), text_of(want[i])) && !erased);
    }
    assert_int_equal(entity_engine_dirty_count(w->engine), n);
    entity_engine_published_clear(w->engine, false);
    entity_engine_clean(w->engine);
}

/* Nobody of a segment stays: its customers are worth nothing in future, and somebody is told. */
static void entity_engine_revalue_publishes_whose_class_changes(void **state)
{
    (void)state;
    struct world w;
    struct retention_table t = example(), one = {.t_ms = T0};
    bool high;
    world_observe(&w);
    entity_engine_list_published(w.engine, false);
    buys(&w, "b", "smb", 11);
    buys(&w, "a", "smb", 11);
    buys(&w, "c", "large", 11);
    buys(&w, "d", "smb", -11);
    entity_engine_published_clear(w.engine, false);
    entity_engine_clean(w.engine);
    assert_true(is(future_of(&w, "a", &high) / 11, 8.0 / 3) && high);
    assert_int_equal(entity_engine_revalue(w.engine, &t), 0);
    published_are(&w, "a", "b");
    assert_true(future_of(&w, "a", &high) == 0 && !high);
    assert_true(is(future_of(&w, "c", &high) / 11, 0.75 / 0.35) && high);
    assert_true(future_of(&w, "d", &high) == 0 && !high && !signbit(future_of(&w, "d", &high)));
    assert_int_equal(entity_engine_revalue(w.engine, &t), 0);
    published_are(&w, NULL, NULL);
    assert_int_equal(retention_table_whole(&one, 0.5), 0);
    assert_int_equal(entity_engine_revalue(w.engine, &one), 0);
    published_are(&w, "a", "b");
    retention_table_close(&t);
    world_close(&w);
}

/* The class is of the segment that the customer is in now. */
static void entity_engine_apply_publishes_whose_class_a_move_changes(void **state)
{
    (void)state;
    static const struct text names[] = {{"smb", 3}};
    static const double shares[] = {0};
    struct world w;
    bool high;
    world_open(&w);
    w.model.clv.segments = names;
    w.model.clv.segment_retention = shares;
    w.model.clv.segment_count = 1;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    entity_engine_list_published(w.engine, false);
    buys(&w, "a", "large", 11);
    entity_engine_published_clear(w.engine, false);
    entity_engine_clean(w.engine);
    assert_true(future_of(&w, "a", &high) > 0 && high);
    happens(&w, KIND_CUSTOMER_UPDATE, T0 + 1, "a", "smb");
    published_are(&w, "a", NULL);
    assert_true(future_of(&w, "a", &high) == 0 && !high);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stay_of_segment_is_drawn_towards_the_whole_by_fifty_customers),
        cmocka_unit_test(stay_is_never_below_nothing),
        cmocka_unit_test(stay_of_billions_is_that_of_hundreds),
        cmocka_unit_test(retention_of_an_entry_beats_what_was_observed),
        cmocka_unit_test(retention_table_refuses_what_is_out_of_order_or_no_share),
        cmocka_unit_test(retention_encode_writes_version_1_and_reads_it_back),
        cmocka_unit_test(retention_decode_refuses_what_ends_within_an_item),
        cmocka_unit_test(retention_put_items_goes_on_where_the_room_ended),
        cmocka_unit_test(guard_retention_is_churns_over_the_average_number_of_customers),
        cmocka_unit_test(entity_engine_revalue_publishes_whose_class_changes),
        cmocka_unit_test(entity_engine_apply_publishes_whose_class_a_move_changes),
    };
    return RUN_TESTS(tests);
}
