/* Invoices, payments and costs of a customer, and what its record says of them. */
#include "support/unit.h"

#include <math.h>

#include "support/customer_world.h"

#define M(units) ((int64_t)((units)*1000000.0))

static struct event money_event(enum event_kind kind, int64_t ts, const char *invoice, double amount)
{
    struct event e = world_event(&w, kind, ts, "c1");
    event_put_text(&e, EVENT_INVOICE, invoice);
    event_put_number(&e, EVENT_AMOUNT, M(amount));
    return e;
}

static void send_late(const struct event *e)
{
    assert_int_equal(world_straggle(&w, e), 0);
}

static void invoice(int64_t ts, const char *name, double amount, int64_t due)
{
    struct event e = money_event(KIND_INVOICE, ts, name, amount);
    event_put_number(&e, EVENT_DUE, due);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void pay(int64_t ts, const char *name, double amount)
{
    struct event e = money_event(KIND_PAYMENT, ts, name, amount);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void buy(int64_t ts, double revenue, const char *group)
{
    struct event e = world_event(&w, KIND_PURCHASE, ts, "c1");
    event_put_number(&e, EVENT_REVENUE, M(revenue));
    if (group) {
        event_put_text(&e, EVENT_PRODUCT_GROUP, group);
    }
    assert_int_equal(world_apply(&w, &e), 0);
}

static void cost(int64_t ts, const char *category, enum event_field field, double number)
{
    struct event e = world_event(&w, KIND_COST, ts, "c1");
    event_put_text(&e, EVENT_CATEGORY, category);
    event_put_number(&e, field, M(number));
    assert_int_equal(world_apply(&w, &e), 0);
}

static double overdue_cost(const struct customer_view *v)
{
    return money_to_double(money_more(v->costs[CATEGORY_SLOW_PAYMENT], v->running));
}

/* 1,000 at 8 % a year costs 80 in a year: 0.219178... a day. */
static void slow_payment_runs_from_due_to_now_and_is_booked_when_paid(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 1000, T0 + 10 * DAY);
    assert_true(overdue_cost(&(struct customer_view){0}) == 0);
    struct customer_view v = view(T0 + 10 * DAY);
    assert_true(overdue_cost(&v) == 0 && v.open_overdue == 0);
    v = view(T0 + 10 * DAY + 1);
    assert_int_equal(v.open_overdue, 1);
    v = view(T0 + 83 * DAY); /* 73 days are a fifth of a year */
    assert_true(overdue_cost(&v) == 16.0 && v.effort == 0 && v.running.micro == M(16));
    v = view(T0 + 11 * DAY + 12345678);
    assert_true(fabs(overdue_cost(&v) - 1000 * 0.08 / 365 * (1 + 12345678 / 86400000.0)) < 1e-9);
    pay(T0 + 83 * DAY, "i1", 1000);
    v = view(T0 + 100 * DAY);
    assert_true(overdue_cost(&v) == 16.0 && v.effort == M(16) && v.open_overdue == 0);
    assert_true(v.margin_total == -M(16) && v.margin_present == -M(16) && v.running.micro == 0 && v.running.rest == 0);
    v = view(T0 + 83 * DAY + 365 * DAY + DAY); /* the lifetime keeps it, the rolling year does not */
    assert_true(v.margin_present == 0 && v.margin_total == -M(16));
    world_close(&w);
}

static void part_payments_cost_each_their_own_delay(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 1000, T0 + 10 * DAY);
    pay(T0 + 5 * DAY, "i1", 200); /* before due: free */
    pay(T0 + 83 * DAY, "i1", 300); /* 73 days: 4.80 */
    struct customer_view v = view(T0 + 83 * DAY + 73 * DAY); /* 500 for 146 days: 16 */
    assert_true(v.effort == M(4.8) && v.running.micro == M(16) && overdue_cost(&v) == 20.8);
    pay(T0 + 156 * DAY, "i1", 700); /* 200 more than is owed */
    v = view(T0 + 200 * DAY);
    assert_true(v.effort == M(20.8) && overdue_cost(&v) == 20.8 && v.open_overdue == 0);
    pay(T0 + 201 * DAY, "i1", 50);
    pay(T0 + 201 * DAY, "unknown", 50);
    v = view(T0 + 202 * DAY);
    assert_true(v.effort == M(20.8) && v.open_overdue == 0);
    world_close(&w);
}

static void invoice_issued_again_replaces_amount_and_due(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 1000, T0);
    pay(T0 + 73 * DAY, "i1", 400); /* 6.40 */
    invoice(T0 + 80 * DAY, "i1", 900, T0 + 100 * DAY); /* 500 are left, nothing runs */
    struct customer_view v = view(T0 + 100 * DAY);
    assert_true(v.running.micro == 0 && v.running.rest == 0 && v.effort == M(6.4) && v.open_overdue == 0);
    v = view(T0 + 173 * DAY);
    assert_true(v.running.micro == M(8) && v.open_overdue == 1);
    invoice(T0 + 173 * DAY, "i1", 300, T0); /* less than is paid */
    v = view(T0 + 180 * DAY);
    assert_true(v.running.micro == 0 && v.open_overdue == 0);
    invoice(T0 + 180 * DAY, "i1", 450, T0 + 107 * DAY); /* 50 are left */
    v = view(T0 + 180 * DAY);
    assert_true(v.running.micro == M(0.8));
    world_close(&w);
}

static void number_of_an_invoice_long_paid_stands_for_a_new_one(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 100, T0 + 500 * DAY);
    pay(T0 + DAY, "i1", 100);
    invoice(T0 + 366 * DAY, "i1", 100, T0 + 366 * DAY); /* a year after the payment: nothing is owed */
    struct customer_view v = view(T0 + 400 * DAY);
    assert_int_equal(v.open_overdue, 0);
    invoice(T0 + 366 * DAY + 1, "i1", 100, T0 + 366 * DAY);
    v = view(T0 + 400 * DAY);
    assert_int_equal(v.open_overdue, 1);
    world_close(&w);
}

static uint32_t remembered(enum fact_type type)
{
    const struct entity *x = entity_table_at(&w.engine->table, 0);
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->fact_count; i++) {
        n += fact_type(&x->facts[i]) == type;
    }
    return n;
}

/* A payment is kept while the number may come again, and while an invoice from before that may. */
static void invoices_long_paid_are_forgotten_when_another_one_comes(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 100, T0 + 500 * DAY);
    pay(T0 + DAY, "i1", 100);
    int64_t last = T0 + DAY + w.model.reissue_within_ms + w.model.time.lateness_ms;
    invoice(last, "i2", 100, last + DAY);
    assert_int_equal(remembered(FACT_PAID), 1);
    invoice(last + 1, "i3", 100, last + DAY);
    assert_int_equal(remembered(FACT_PAID), 0);
    assert_int_equal(remembered(FACT_INVOICE), 2);
    world_close(&w);
}

static void negative_and_empty_amounts_never_run(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "credit", -500, T0);
    invoice(T0, "none", 0, T0);
    pay(T0 + DAY, "credit", 100);
    pay(T0 + DAY, "credit", -100);
    invoice(T0, "i1", 100, T0);
    pay(T0 + DAY, "i1", -1000); /* nothing was paid */
    struct customer_view v = view(T0 + 73 * DAY);
    assert_true(overdue_cost(&v) == 1.6 && v.open_overdue == 1);
    world_close(&w);
}

static void payment_that_comes_late_is_booked_in_its_own_pane(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 1000, T0);
    struct event e = money_event(KIND_PAYMENT, T0 + 73 * DAY, "i1", 1000);
    buy(T0 + 74 * DAY, 1, NULL);
    send_late(&e);
    struct customer_view v = view(T0 + 74 * DAY + 1);
    assert_true(overdue_cost(&v) == 16.0 && v.margin_present == -M(15) && v.running.micro == 0);
    v = view(T0 + 73 * DAY + 365 * DAY + 1); /* its pane has left, that of the purchase has not */
    assert_true(v.margin_present == M(1));
    world_close(&w);
}

static void extreme_amounts_do_no_harm(void **state)
{
    (void)state;
    open_world();
    struct event e = money_event(KIND_INVOICE, T0, "i1", 0);
    event_put_number(&e, EVENT_AMOUNT, INT64_MAX);
    event_put_number(&e, EVENT_DUE, INT64_MIN);
    assert_int_equal(world_apply(&w, &e), 0);
    event_put_text(&e, EVENT_INVOICE, "i2");
    event_put_number(&e, EVENT_DUE, INT64_MAX);
    assert_int_equal(world_apply(&w, &e), 0);
    struct customer_view v = view(T0 + DAY);
    assert_int_equal(v.open_overdue, 1);
    assert_true(fabs(overdue_cost(&v) / (9223372036854.775807 * 0.08 * 20001 / 365) - 1) < 1e-9);
    e = money_event(KIND_PAYMENT, T0 + DAY, "i1", 0);
    event_put_number(&e, EVENT_AMOUNT, INT64_MAX);
    assert_int_equal(world_apply(&w, &e), 0);
    v = view(T0 + 2 * DAY);
    assert_true(v.open_overdue == 0 && fabs((double)v.effort / (9223372036854775807.0 * 0.08 * 20001 / 365) - 1) < 1e-9);
    world_close(&w);
}

/* ---- unprofitable ---------------------------------------------------------------------------------- */

static void margin_crosses_zero_between_two_events(void **state)
{
    (void)state;
    open_world();
    entity_engine_list_published(w.engine, false);
    buy(T0, 16, NULL);
    invoice(T0, "i1", 1000, T0); /* 16 in 73 days */
    entity_engine_clean(w.engine);
    entity_engine_published_clear(w.engine, false);
    struct customer_view v = view(T0 + 73 * DAY - 1);
    assert_true(!v.unprofitable && v.present_high && v.future_high);
    assert_int_equal(entity_engine_published_count(w.engine), 0);
    v = view(T0 + 73 * DAY); /* exactly 0: low, not unprofitable */
    assert_true(!v.unprofitable && !v.present_high && v.margin_future == 0);
    v = view(T0 + 73 * DAY + 1); /* the instant at which it is below, before its timer has run */
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + 73 * DAY + 1 && v.margin_future < 0);
    v = view(T0 + 90 * DAY);
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + 73 * DAY + 1);
    assert_int_equal(entity_engine_published_count(w.engine), 1);
    bool erased, publish;
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    assert_true(publish);
    pay(T0 + 90 * DAY, "i1", 1000);
    buy(T0 + 91 * DAY, 100, NULL);
    v = view(T0 + 92 * DAY);
    assert_true(!v.unprofitable && v.present_high);
    assert_int_equal(world_run(&w, T0 + 900 * DAY), 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    world_close(&w);
}

static void customer_who_owes_and_brought_nothing_is_unprofitable_at_once(void **state)
{
    (void)state;
    open_world();
    invoice(T0, "i1", 1000, T0 + DAY);
    struct customer_view v = view(T0 + DAY + 2);
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + DAY + 1);
    invoice(T0 + 2 * DAY, "i1", 1000, T0 + 9 * DAY); /* put off */
    v = view(T0 + 3 * DAY);
    assert_false(v.unprofitable);
    v = view(T0 + 9 * DAY + 2);
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + 9 * DAY + 1);
    world_close(&w);
}

static void margin_crosses_when_a_pane_leaves_or_a_straggler_comes(void **state)
{
    (void)state;
    open_world();
    buy(T0, 100, NULL);
    invoice(T0, "i1", 1000, T0 + 200 * DAY);
    struct customer_view v = view(T0 + 365 * DAY); /* 36.16 of 100 are gone */
    assert_true(!v.unprofitable && v.present_high);
    v = view(T0 + 365 * DAY + 1);
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + 365 * DAY);
    struct event e = money_event(KIND_PURCHASE, T0 + 364 * DAY, "", 0);
    event_put_number(&e, EVENT_REVENUE, M(40));
    buy(T0 + 366 * DAY, 0, NULL);
    send_late(&e);
    v = view(T0 + 367 * DAY); /* 36.60 of 40 */
    assert_false(v.unprofitable);
    v = view(T0 + 200 * DAY + 182 * DAY + DAY / 2 + 2);
    assert_true(v.unprofitable && v.unprofitable_since_ms == T0 + 382 * DAY + DAY / 2 + 1); /* 182.5 days: 40 */
    world_close(&w);
}

/* ---- costs ----------------------------------------------------------------------------------------- */

static void costs_are_told_by_category_and_minutes_have_a_rate(void **state)
{
    (void)state;
    world_open(&w);
    w.model.minute_rates[CATEGORY_VISITS] = M(1.2);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    static const char *const names[] = {"sales", "proposals", "visits", "marketing", "low_order_quantity",
                                        "unpredictable_orders", "special_discounts", "slow_payment"};
    for (int c = 0; c < 8; c++) {
        cost(T0 + c, names[c], EVENT_AMOUNT, c + 1);
    }
    cost(T0 + 9, "fuel", EVENT_AMOUNT, 20);
    cost(T0 + 10, "Visits", EVENT_AMOUNT, 3);
    cost(T0 + 11, "visits", EVENT_MINUTES, 10);  /* 12 */
    cost(T0 + 12, "sales", EVENT_MINUTES, 10);   /* 7.50 */
    cost(T0 + 13, "other", EVENT_MINUTES, -0.000002); /* -0.0000015 is rounded away from zero */
    struct customer_view v = view(T0 + 20);
    assert_true(v.costs[CATEGORY_SALES] == M(8.5) && v.costs[CATEGORY_VISITS] == M(15));
    for (int c = CATEGORY_MARKETING; c < CATEGORY_OTHER; c++) {
        assert_true(v.costs[c] == M(c + 1));
    }
    assert_true(v.costs[CATEGORY_OTHER] == M(23) - 2);
    assert_true(v.effort == M(36 + 23 + 19.5) - 2 && v.margin_present == -v.effort);
    world_close(&w);
}

static void amount_of_minutes_is_seen_by_measures(void **state)
{
    (void)state;
    world_open(&w);
    struct condition dear = {.what = EVENT_AMOUNT, .op = CONDITION_RANGE, .low = M(10), .high = INT64_MAX};
    struct measure *sum = world_measure(&w, "sum", "sum", UINT64_C(1) << KIND_COST, 10 * DAY, DAY);
    struct measure *n = world_measure(&w, "n", "count", UINT64_C(1) << KIND_COST, 10 * DAY, DAY);
    sum->from.terms[0].field = EVENT_AMOUNT;
    n->from.where = (struct predicate){&dear, 1};
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 1), 0);
    cost(T0, "visits", EVENT_MINUTES, 20); /* 15 */
    cost(T0, "visits", EVENT_MINUTES, 4);  /* 3 */
    assert_true(world_result(&w, "organisation", sum, T0 + DAY).value == 18.0);
    assert_int_equal(world_result(&w, "organisation", n, T0 + DAY).n, 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_payment_runs_from_due_to_now_and_is_booked_when_paid),
        cmocka_unit_test(part_payments_cost_each_their_own_delay),
        cmocka_unit_test(invoice_issued_again_replaces_amount_and_due),
        cmocka_unit_test(number_of_an_invoice_long_paid_stands_for_a_new_one),
        cmocka_unit_test(invoices_long_paid_are_forgotten_when_another_one_comes),
        cmocka_unit_test(negative_and_empty_amounts_never_run),
        cmocka_unit_test(payment_that_comes_late_is_booked_in_its_own_pane),
        cmocka_unit_test(extreme_amounts_do_no_harm),
        cmocka_unit_test(margin_crosses_zero_between_two_events),
        cmocka_unit_test(customer_who_owes_and_brought_nothing_is_unprofitable_at_once),
        cmocka_unit_test(margin_crosses_when_a_pane_leaves_or_a_straggler_comes),
        cmocka_unit_test(costs_are_told_by_category_and_minutes_have_a_rate),
        cmocka_unit_test(amount_of_minutes_is_seen_by_measures),
    };
    return RUN_TESTS(tests);
}
