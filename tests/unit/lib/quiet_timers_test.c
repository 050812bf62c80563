/* Which rows of customers are quiet: those of what time alone has moved (engine/applying.h). */
#include "support/unit.h"

#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *promises, *cases, *margin, *losers, *most;

static void open_world(void)
{
    world_open(&w);
    w.model.tracks[0].horizon = (struct horizon){30 * DAY, DAY, 30, "30d"};
    w.model.tracks[1] = (struct ledger_track){LEDGER_EFFORT, {30 * DAY, DAY, 30, "30d"}};
    w.model.track_count = 2;
    promises = world_measure(&w, "promises", "duration", UINT64_C(1) << KIND_REQUEST_OPEN, 30 * DAY, DAY);
    promises->per = (struct source){.kinds = UINT64_C(1) << KIND_REQUEST_DONE, .term_count = 1};
    promises->by = EVENT_REQUEST;
    promises->target = DAY;
    cases = world_measure(&w, "cases", "first_time", 0, 30 * DAY, DAY);
    margin = world_measure(&w, "margin", "ledger_mean", 0, 30 * DAY, DAY);
    losers = world_measure(&w, "losers", "ledger_ratio", 0, 30 * DAY, DAY);
    losers->total_low = INT64_MIN;
    losers->total_high = -1;
    most = world_measure(&w, "most", "concentration", 0, 30 * DAY, DAY);
    most->tracks[0] = 1;
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 5), 0);
}

static struct event event_of(enum event_kind kind, int64_t ts, enum event_field f, const char *text)
{
    struct event e = world_event(&w, kind, ts, "c1");
    event_put_text(&e, f, text);
    return e;
}

static void send(struct event e)
{
    w.row_count = 0; /* rows of this one alone */
    assert_int_equal(world_apply(&w, &e), 0);
}

static void run_to(int64_t t)
{
    w.row_count = 0;
    assert_int_equal(world_run(&w, t), 0);
}

/* The rows of a measure since the last step: how many are quiet and how many are not. */
static void told(const struct measure *m, bool quiet, bool aloud)
{
    bool some[2] = {false, false};
    for (uint32_t i = 0; i < w.row_count; i++) {
        const struct world_row *x = &w.rows[i];
        some[x->quiet] |= x->measure == m->index && x->kind != ROW_CORRECTION && x->kind != ROW_CONTACTS;
    }
    assert_int_equal(some[true], quiet);
    assert_int_equal(some[false], aloud);
}

static void promise_that_becomes_overdue_is_quiet(void **state)
{
    (void)state;
    open_world();
    send(event_of(KIND_REQUEST_OPEN, T0, EVENT_REQUEST, "r"));
    told(promises, false, true);
    run_to(T0 + 2 * DAY);
    told(promises, true, false);
    send(event_of(KIND_REQUEST_DONE, T0 + 3 * DAY, EVENT_REQUEST, "r"));
    told(promises, false, true);
    world_close(&w);
}

static void case_that_becomes_final_is_quiet(void **state)
{
    (void)state;
    open_world();
    send(event_of(KIND_CONTACT_OPEN, T0, EVENT_CASE, "k"));
    told(cases, false, true);
    send(event_of(KIND_CONTACT_RESOLVE, T0 + HOUR, EVENT_CASE, "k"));
    told(cases, false, true);
    run_to(T0 + 8 * DAY);
    told(cases, true, false);
    world_close(&w);
}

/* A case that is resolved at the end of its window is final because of the event that comes late. */
static void case_that_an_event_makes_final_is_not(void **state)
{
    (void)state;
    open_world();
    struct event e = event_of(KIND_CONTACT_OPEN, T0 + 9 * DAY, EVENT_CASE, "other");
    send(e);
    entity_engine_passed(w.engine, T0 + 9 * DAY);
    w.row_count = 0;
    e = event_of(KIND_CONTACT_RESOLVE, T0, EVENT_CASE, "k");
    assert_int_equal(world_straggle(&w, &e), 0);
    told(cases, false, true);
    world_close(&w);
}

static void purchase_that_leaves_the_window_is_quiet(void **state)
{
    (void)state;
    open_world();
    struct event e = event_of(KIND_PURCHASE, T0, EVENT_ORDER, "o");
    event_put_number(&e, EVENT_REVENUE, 5 * FIXED_ONE);
    send(e);
    told(margin, false, true);
    told(losers, false, true);
    run_to(T0 + 40 * DAY);
    told(margin, true, false);
    told(losers, true, false);
    send(event_of(KIND_COMPLAINT, T0 + 41 * DAY, EVENT_CASE, "k"));
    told(margin, false, true); /* it acts again */
    world_close(&w);
}

static struct event bill(enum event_kind kind, int64_t ts, int64_t amount)
{
    struct event e = event_of(kind, ts, EVENT_INVOICE, "i");
    event_put_number(&e, EVENT_AMOUNT, amount);
    if (kind == KIND_INVOICE) {
        event_put_number(&e, EVENT_DUE, T0 + 2 * DAY);
    }
    return e;
}

/* Also where an event of the customer is the occasion to tell it. */
static void slow_payment_that_runs_on_is_quiet(void **state)
{
    (void)state;
    open_world();
    send(event_of(KIND_COMPLAINT, T0, EVENT_CASE, "k"));
    told(losers, false, true);
    send(bill(KIND_INVOICE, T0 + HOUR, 1000 * FIXED_ONE));
    run_to(T0 + 3 * DAY);
    told(most, true, false);
    told(losers, true, false); /* below 0 */
    run_to(T0 + 4 * DAY);
    told(most, true, false); /* at a release */
    send(event_of(KIND_COMPLAINT, T0 + 4 * DAY + HOUR, EVENT_CASE, "k"));
    told(most, true, false);
    told(losers, false, false);
    send(bill(KIND_PAYMENT, T0 + 4 * DAY + 2 * HOUR, 1000 * FIXED_ONE));
    told(most, false, true);
    told(margin, false, true);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promise_that_becomes_overdue_is_quiet),
        cmocka_unit_test(case_that_becomes_final_is_quiet),
        cmocka_unit_test(case_that_an_event_makes_final_is_not),
        cmocka_unit_test(purchase_that_leaves_the_window_is_quiet),
        cmocka_unit_test(slow_payment_that_runs_on_is_quiet),
    };
    return RUN_TESTS(tests);
}
