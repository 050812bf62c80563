/* The entity engine with employees: head count, turnover and who answered a private survey. */
#include "support/unit.h"

#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;

static struct measure *head, *turnover, *enps;

static void employees_open(void)
{
    world_open(&w);
    head = world_measure(&w, "headcount", "headcount", 0, 10 * DAY, DAY);
    turnover = world_measure(&w, "turnover", "turnover", 0, 365 * DAY, DAY);
    enps = world_measure(&w, "enps", "nps", UINT64_C(1) << KIND_ENPS, 30 * DAY, DAY);
    enps->is_private = true;
    assert_int_equal(world_start(&w, ENTITY_EMPLOYEE, 1), 0);
}

static void send(enum event_kind kind, int64_t ts, const char *who, const char *region)
{
    struct event e = world_event(&w, kind, ts, who);
    e.dims[DIM_REGION] = text_of(region);
    assert_int_equal(world_apply(&w, &e), 0);
}

static int64_t n_of(const char *key, const struct measure *m, int64_t t)
{
    struct result r = world_result(&w, key, m, t);
    assert_int_equal(r.has_value, r.n > 0);
    return r.n;
}

static void headcount_never_counts_twice_and_transfers(void **state)
{
    (void)state;
    employees_open();
    send(KIND_HIRE, T0, "e1", "north");
    send(KIND_HIRE, T0 + 1, "e1", "north");
    send(KIND_HIRE, T0 + 5 * DAY, "e2", "north");
    send(KIND_EXIT, T0 + 5 * DAY, "stranger", "north");
    struct result r = world_result(&w, "organisation", head, T0 + 10 * DAY);
    assert_true(r.value == 2.0 && r.field[RESULT_AVERAGE].d == 1.5);
    send(KIND_TRANSFER, T0 + 6 * DAY, "e1", "south");
    r = world_result(&w, "region=south", head, T0 + 10 * DAY);
    assert_true(r.value == 1.0 && r.field[RESULT_AVERAGE].d == 0.4);
    r = world_result(&w, "region=north", head, T0 + 10 * DAY);
    assert_true(r.value == 1.0 && r.field[RESULT_AVERAGE].d == 1.1);
    r = world_result(&w, "organisation", head, T0 + 20 * DAY);
    assert_true(r.value == 2.0 && r.field[RESULT_AVERAGE].d == 2.0); /* nothing changed in this window */
    assert_false(world_result(&w, "region=west", head, T0 + 20 * DAY).has_value);
    world_close(&w);
}

static void turnover_is_exits_over_average_headcount(void **state)
{
    (void)state;
    employees_open();
    char who[16];
    for (int i = 0; i < 1470; i++) {
        snprintf(who, sizeof who, "e%d", i);
        send(KIND_HIRE, T0 - 400 * DAY, who, i % 2 ? "north" : "south");
    }
    for (int i = 0; i < 237; i++) {
        snprintf(who, sizeof who, "e%d", i);
        struct event e = world_event(&w, KIND_EXIT, T0 + 364 * DAY + 86399999, who);
        event_put_number(&e, EVENT_VOLUNTARY, i < 200);
        event_put_number(&e, EVENT_REGRETTED, i < 50);
        assert_int_equal(world_apply(&w, &e), 0);
    }
    struct result r = world_result(&w, "organisation", turnover, T0 + 365 * DAY);
    assert_int_equal(r.field[RESULT_HITS].i, 237);
    assert_int_equal(r.field[RESULT_VOLUNTARY].i, 200);
    assert_int_equal(r.field[RESULT_REGRETTED].i, 50);
    assert_int_equal(r.n, 1233 + 237);
    assert_true(r.value > 0.16122 && r.value < 0.16123); /* 237 of 1,470 */
    int64_t exits = 0;
    exits += world_result(&w, "region=north", turnover, T0 + 365 * DAY).field[RESULT_HITS].i;
    exits += world_result(&w, "region=south", turnover, T0 + 365 * DAY).field[RESULT_HITS].i;
    assert_int_equal(exits, 237);
    world_close(&w);
}

static int64_t respondents(const char *key, int64_t from, int64_t to)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < w.row_count; i++) {
        const struct world_row *r = &w.rows[i];
        if (r->measure == enps->index && strcmp(r->key, key) == 0 && r->pane >= from && r->pane <= to) {
            n += r->cells[aggregation_respondents_slot(enps->aggregation)];
        }
    }
    return n;
}

static void answer(int64_t ts, const char *who, const char *region, const char *department)
{
    struct event e = world_event(&w, KIND_ENPS, ts, who);
    e.dims[DIM_REGION] = text_of(region);
    e.dims[DIM_DEPARTMENT] = text_of(department);
    event_put_number(&e, EVENT_VALUE, 9 * FIXED_ONE);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void turnover_is_annualised_by_whole_panes(void **state)
{
    (void)state;
    employees_open();
    *turnover->horizons = (struct horizon){36 * HOUR, DAY, 2, "36h"};
    send(KIND_HIRE, T0 - DAY, "e1", "north");
    send(KIND_HIRE, T0 - DAY, "e2", "north");
    send(KIND_EXIT, T0 + 2 * DAY - 1, "e2", "north");
    struct result r = world_result(&w, "organisation", turnover, T0 + 2 * DAY); /* it holds two days */
    assert_true(r.value > 0.4999 * 365 / 2 && r.value < 0.5001 * 365 / 2);
    world_close(&w);
}

static void respondents_of_private_cells_are_distinct_per_scope(void **state)
{
    (void)state;
    employees_open();
    answer(T0, "e1", "north", "sales");
    answer(T0 + DAY, "e1", "north", "sales");
    answer(T0 + 2 * DAY, "e1", "north", "care");
    answer(T0 + 2 * DAY, "e2", "north", "care");
    assert_int_equal(respondents("organisation", 20000, 20002), 2);
    assert_int_equal(respondents("region=north", 20000, 20002), 2);
    assert_int_equal(respondents("department=sales", 20000, 20002), 1);
    assert_int_equal(respondents("department=care", 20000, 20002), 2);
    assert_int_equal(respondents("organisation", 20000, 20001), 0); /* each counts in the pane of its latest answer */
    assert_int_equal(n_of("organisation", enps, T0 + 3 * DAY), 4);
    answer(T0 + 100 * DAY, "e1", "north", "sales"); /* old marks are forgotten, not taken back */
    assert_int_equal(respondents("department=sales", 20000, 20002), 1);
    assert_int_equal(respondents("department=sales", 20100, 20100), 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headcount_never_counts_twice_and_transfers),
        cmocka_unit_test(turnover_is_exits_over_average_headcount),
        cmocka_unit_test(turnover_is_annualised_by_whole_panes),
        cmocka_unit_test(respondents_of_private_cells_are_distinct_per_scope),
    };
    return RUN_TESTS(tests);
}
