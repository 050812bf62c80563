/* What cube.customers says beside money: products, value delivered, renewals, churn, strategic, what is open; and the
 * forms of the customer lifetime value. */
#include "support/unit.h"

#include <math.h>

#include "engine/ledger.h"
#include "support/customer_world.h"

static void send(enum event_kind kind, int64_t ts, enum event_field f, const char *text)
{
    struct event e = world_event(&w, kind, ts, "c1");
    if (text) {
        event_put_text(&e, f, text);
    }
    assert_int_equal(world_apply(&w, &e), 0);
}

static void send_late(enum event_kind kind, int64_t ts, enum event_field f, const char *text)
{
    struct event e = world_event(&w, kind, ts, "c1");
    if (text) {
        event_put_text(&e, f, text);
    }
    assert_int_equal(world_straggle(&w, &e), 0);
}

static void deliver(int64_t ts, const char *unit, int64_t amount)
{
    struct event e = world_event(&w, KIND_VALUE_DELIVERED, ts, "c1");
    event_put_text(&e, EVENT_UNIT, unit);
    event_put_number(&e, EVENT_AMOUNT, amount);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void renew(int64_t ts, const char *id, int64_t due, bool late)
{
    struct event e = world_event(&w, KIND_CONTRACT_RENEWAL, ts, "c1");
    e.id = text_of(id);
    event_put_number(&e, EVENT_DUE, due);
    int rc = late ? entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true) : world_apply(&w, &e);
    assert_int_equal(rc, 0);
    world_drain(&w);
}

static void update(int64_t ts, const char *id, bool strategic)
{
    struct event e = world_event(&w, KIND_CUSTOMER_UPDATE, ts, "c1");
    e.id = text_of(id);
    event_put_number(&e, EVENT_STRATEGIC, strategic);
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), false), 0);
    world_drain(&w);
}

static void spend(int64_t ts, int64_t amount)
{
    struct event e = world_event(&w, KIND_COST, ts, "c1");
    event_put_text(&e, EVENT_CATEGORY, "visits");
    event_put_number(&e, EVENT_AMOUNT, amount * FIXED_ONE);
    assert_int_equal(world_apply(&w, &e), 0);
}

static bool is_due(void)
{
    bool is = entity_engine_published_count(w.engine) > 0;
    entity_engine_published_clear(w.engine, false);
    return is;
}

static void products_are_distinct_groups_bought(void **state)
{
    (void)state;
    open_world();
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, "care");
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, "lease");
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, "care");
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, NULL);
    struct customer_view v = view(T0 + 400 * DAY);
    assert_int_equal(v.products, 2);
    assert_int_equal(v.purchases, 4);
    world_close(&w);
}

static void delivered_is_by_unit_and_the_ninth_is_other(void **state)
{
    (void)state;
    open_world();
    char unit[16];
    deliver(T0, "other", 5);
    for (int i = 9; i >= 0; i--) {
        snprintf(unit, sizeof unit, "u%d", i);
        deliver(T0 + 1, unit, 10 + i);
    }
    deliver(T0 + 2, "u9", 100);
    deliver(T0 + 2, "u0", 1000); /* u0 and u1 came as the ninth and tenth */
    struct customer_view v = view(T0 + DAY);
    assert_int_equal(v.delivered_count, 9);
    assert_true(text_equal(v.delivered[0].unit, TEXT_LITERAL("other")) && v.delivered[0].amount == 5 + 10 + 11 + 1000);
    for (uint32_t i = 1; i < 9; i++) {
        snprintf(unit, sizeof unit, "u%u", (unsigned)i + 1);
        assert_true(text_equal(v.delivered[i].unit, text_of(unit)) && v.delivered[i].amount == 11 + i + (i == 8 ? 100 : 0));
    }
    deliver(T0 + 3, "u5", INT64_MAX);
    deliver(T0 + 3, "u5", INT64_MAX);
    v = view(T0 + DAY);
    assert_true(v.delivered[4].amount == (cube_i128)2 * INT64_MAX + 15);
    world_close(&w);
}

static void renewal_is_that_of_the_latest_event(void **state)
{
    (void)state;
    open_world();
    entity_engine_list_published(w.engine, false);
    send(KIND_SELFSERVICE_LOGIN, T0, EVENT_REF, NULL);
    assert_false(view(T0 + 1).has_renewal);
    renew(T0 + 5, "b", 500, false);
    assert_true(is_due());
    assert_int_equal(view(T0 + 6).renewal_ms, 500);
    renew(T0 + 4, "c", 900, true); /* older */
    assert_int_equal(view(T0 + 6).renewal_ms, 500);
    renew(T0 + 5, "a", 700, true); /* as old, with the smaller id */
    assert_int_equal(view(T0 + 6).renewal_ms, 500);
    renew(T0 + 5, "c", 100, true);
    assert_int_equal(view(T0 + 6).renewal_ms, 100);
    world_close(&w);
}

static void churned_until_the_next_act(void **state)
{
    (void)state;
    open_world();
    entity_engine_list_published(w.engine, false);
    send(KIND_SELFSERVICE_LOGIN, T0, EVENT_REF, NULL);
    assert_false(is_due());
    send(KIND_CHURN, T0 + DAY, EVENT_REF, NULL);
    assert_true(is_due() && view(T0 + 2 * DAY).churned);
    send(KIND_NEWSLETTER_RECEIVED, T0 + 2 * DAY, EVENT_ISSUE, "1"); /* no act */
    send_late(KIND_SELFSERVICE_LOGIN, T0 + DAY / 2, EVENT_REF, NULL); /* acted before it left */
    assert_true(!is_due() && view(T0 + 3 * DAY).churned);
    send(KIND_SELFSERVICE_LOGIN, T0 + 3 * DAY, EVENT_REF, NULL);
    assert_true(is_due() && !view(T0 + 4 * DAY).churned);
    send_late(KIND_CHURN, T0 + 2 * DAY, EVENT_REF, NULL); /* it came back since */
    assert_false(view(T0 + 4 * DAY).churned);
    world_close(&w);
}

static void strategic_customer_is_not_told_to_be_unprofitable(void **state)
{
    (void)state;
    open_world();
    entity_engine_list_published(w.engine, false);
    update(T0, "u1", true);
    assert_true(is_due() && view(T0 + 1).strategic);
    spend(T0 + DAY, 10);
    struct customer_view v = view(T0 + 2 * DAY);
    assert_true(v.strategic && !v.unprofitable && v.margin_present == -10 * FIXED_ONE && !is_due());
    update(T0 + DAY, "u0", true); /* nothing new */
    assert_false(is_due());
    update(T0 + 3 * DAY, "u2", false);
    v = view(T0 + 4 * DAY);
    assert_true(is_due() && !v.strategic && v.unprofitable && v.unprofitable_since_ms == T0 + DAY);
    update(T0 + 2 * DAY, "u3", true); /* older than the last word */
    assert_true(!is_due() && view(T0 + 4 * DAY).unprofitable);
    update(T0 + 3 * DAY, "u1", true);
    assert_false(view(T0 + 4 * DAY).strategic);
    update(T0 + 3 * DAY, "u4", true);
    assert_true(view(T0 + 4 * DAY).strategic);
    world_close(&w);
}

static void latest_event_says_whether_a_thing_is_open(void **state)
{
    (void)state;
    open_world();
    send(KIND_REQUEST_OPEN, T0, EVENT_REQUEST, "r1");
    send(KIND_REQUEST_OPEN, T0 + 1, EVENT_REQUEST, "r2");
    send(KIND_REQUEST_OPEN, T0 + 2, EVENT_REQUEST, "r3");
    send(KIND_CONTACT_OPEN, T0 + 2, EVENT_CASE, "r3");
    struct customer_view v = view(T0 + 3);
    assert_true(v.open_requests == 3 && v.open_contacts == 1);
    send(KIND_REQUEST_DONE, T0 + 4, EVENT_REQUEST, "r1");
    send(KIND_REQUEST_LOST, T0 + 4, EVENT_REQUEST, "r2");
    send(KIND_REQUEST_DONE, T0 + 4, EVENT_REQUEST, "unknown");
    send(KIND_CONTACT_RESOLVE, T0 + 4, EVENT_CASE, "r3");
    v = view(T0 + 5);
    assert_true(v.open_requests == 1 && v.open_contacts == 0);
    send(KIND_CONTACT_RECONTACT, T0 + 6, EVENT_CASE, "r3");
    send_late(KIND_REQUEST_OPEN, T0 + 3, EVENT_REQUEST, "unknown"); /* closed at 4 */
    send_late(KIND_CONTACT_RESOLVE, T0 + 5, EVENT_CASE, "r3");
    v = view(T0 + 7);
    assert_true(v.open_requests == 1 && v.open_contacts == 1);
    send(KIND_CONTACT_CONFIRM, T0 + 8, EVENT_CASE, "r3");
    send(KIND_CONTACT_TRANSFER, T0 + 8, EVENT_CASE, "r9");
    assert_int_equal(view(T0 + 9).open_contacts, 1);
    world_close(&w);
}

/* Beyond the lateness nothing can come that asks for it. */
static void what_was_closed_long_ago_is_forgotten(void **state)
{
    (void)state;
    open_world();
    struct event e = world_event(&w, KIND_REQUEST_OPEN, T0, "c1");
    char name[16];
    struct buf record = {0};
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "r%d", i);
        e = world_event(&w, KIND_REQUEST_OPEN, T0 + i * DAY, "c1");
        event_put_text(&e, EVENT_REQUEST, name);
        assert_int_equal(world_apply(&w, &e), 0);
        e.kind = KIND_REQUEST_DONE;
        assert_int_equal(world_apply(&w, &e), 0);
    }
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &record), 0);
    assert_true(record.len < 200);
    buf_close(&record);
    world_close(&w);
}

static void erased_customer_leaves_none_of_it(void **state)
{
    (void)state;
    open_world();
    update(T0, "u1", true);
    renew(T0, "r", 500, false);
    deliver(T0, "h", 5);
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, "care");
    send(KIND_REQUEST_OPEN, T0, EVENT_REQUEST, "r1");
    send(KIND_CHURN, T0 + 1, EVENT_REF, NULL);
    spend(T0 + 1, 10);
    send(KIND_CUSTOMER_ERASE, T0 + 2, EVENT_REF, NULL);
    entity_engine_clean(w.engine);
    send(KIND_SELFSERVICE_LOGIN, T0 + 2 * DAY, EVENT_REF, NULL);
    struct customer_view v = view(T0 + 3 * DAY);
    assert_true(!v.strategic && !v.churned && !v.has_renewal && v.delivered_count == 0 && v.products == 0);
    assert_true(v.open_requests == 0 && v.effort == 0 && v.costs[CATEGORY_VISITS] == 0 && !v.unprofitable);
    world_close(&w);
}

static void live(void)
{
    renew(T0, "r", 500, false);
    deliver(T0, "h", 5);
    send(KIND_PURCHASE, T0, EVENT_PRODUCT_GROUP, "care");
    send(KIND_REQUEST_OPEN, T0, EVENT_REQUEST, "r1");
    send(KIND_CONTACT_OPEN, T0, EVENT_CASE, "k1");
}

static bool shows_nothing(const struct customer_view *v)
{
    return !v->has_renewal && v->delivered_count == 0 && v->products == 0 && v->open_requests == 0 && v->open_contacts == 0;
}

static void what_nobody_is_shown_is_not_kept(void **state)
{
    (void)state;
    open_world();
    entity_engine_unshow(w.engine);
    live();
    update(T0, "u1", true);
    send(KIND_CHURN, T0 + 1, EVENT_REF, NULL);
    struct customer_view v = view(T0 + DAY);
    assert_true(shows_nothing(&v));
    assert_true(v.strategic && v.churned && v.purchases == 1);
    world_close(&w);
}

static void what_nobody_is_shown_is_not_restored(void **state)
{
    (void)state;
    open_world();
    live();
    update(T0, "u1", true);
    struct customer_view v = view(T0 + DAY);
    struct buf record = {0};
    assert_true(v.has_renewal && v.delivered_count == 1 && v.products == 1 && v.open_requests == 1 && v.open_contacts == 1);
    assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &record), 0);
    world_close(&w);
    open_world();
    entity_engine_unshow(w.engine);
    assert_int_equal(entity_engine_restore(w.engine, TEXT_LITERAL("c1"), record.at, record.len, NULL), 0);
    v = view(T0 + DAY);
    assert_true(shows_nothing(&v));
    assert_true(v.strategic && v.purchases == 1);
    buf_close(&record);
    world_close(&w);
}

/* ---- customer lifetime value ----------------------------------------------------------------------- */

static double hundredths(double x)
{
    return round(x * 100) / 100;
}

/* The table of requirements 2.4, and the two other forms by their formulas. */
static void clv_multiples_are_those_of_the_table(void **state)
{
    (void)state;
    static const double retentions[] = {0.6, 0.7, 0.8, 0.9}, rates[] = {0.10, 0.12, 0.14, 0.16};
    static const double table[4][4] = {{1.20, 1.15, 1.11, 1.07}, {1.75, 1.67, 1.59, 1.52}, {2.67, 2.50, 2.35, 2.22}, {4.50, 4.09, 3.75, 3.46}};
    for (int r = 0; r < 4; r++) {
        for (int d = 0; d < 4; d++) {
            struct clv_plan plan = {.form = CLV_AFTER_FIRST, .discount_rate = rates[d]};
            double after = clv_multiple(&plan, retentions[r]);
            assert_true(fabs(hundredths(after) - table[r][d]) < 1e-9);
            plan.form = CLV_FROM_FIRST;
            double from = clv_multiple(&plan, retentions[r]);
            assert_true(fabs(from - after * (1 + rates[d]) / retentions[r]) < 1e-12 && fabs(from - after - 1) < 1e-12);
            plan.form = CLV_UNDISCOUNTED_FIRST;
            assert_true(fabs(clv_multiple(&plan, retentions[r]) - after / retentions[r]) < 1e-12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_distinct_groups_bought),
        cmocka_unit_test(delivered_is_by_unit_and_the_ninth_is_other),
        cmocka_unit_test(renewal_is_that_of_the_latest_event),
        cmocka_unit_test(churned_until_the_next_act),
        cmocka_unit_test(strategic_customer_is_not_told_to_be_unprofitable),
        cmocka_unit_test(latest_event_says_whether_a_thing_is_open),
        cmocka_unit_test(what_was_closed_long_ago_is_forgotten),
        cmocka_unit_test(erased_customer_leaves_none_of_it),
        cmocka_unit_test(what_nobody_is_shown_is_not_kept),
        cmocka_unit_test(what_nobody_is_shown_is_not_restored),
        cmocka_unit_test(clv_multiples_are_those_of_the_table),
    };
    return RUN_TESTS(tests);
}
