#include "support/unit.h"

#include <stdlib.h>

#include "support/scope_steps.h"

/* ---- rows, windows, ticks ------------------------------------------------------------------------ */

static void scope_engine_tick_sees_exactly_the_rows_up_to_it(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0 + 2 * TICK, M_CARE, 5, 1);
    share(f, s, T0 + TICK, M_CARE, 3, 3);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + TICK);
    tick(f, T0 + TICK);
    struct scope_view v = view(f, s, T0 + TICK);
    assert_int_equal(measure(&v, "care")->horizons[0].n, 3);
    tick(f, T0 + 2 * TICK);
    v = view(f, s, T0 + 2 * TICK);
    assert_int_equal(measure(&v, "care")->horizons[0].n, 8);
    assert_int_equal(v.measure_count, 1);
    assert_int_equal(v.as_of_ms, T0 + 2 * TICK);
}

static void scope_engine_tick_rolls_each_horizon_at_its_pane_edge_and_then_sleeps(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0 + TICK, M_CARE, 4, 2);
    tick(f, T0 + TICK);
    /* The pane of T0 is in the 10-minute window up to T0 + 10 min and out at the tick after. */
    int64_t edge = T0 + 10 * MINUTE;
    assert_int_equal(scope_engine_next_tick(f->engine), edge + TICK);
    struct scope_view v = view(f, s, edge);
    assert_int_equal(measure(&v, "care")->horizons[1].n, 4);
    tick(f, edge + TICK);
    v = view(f, s, edge + TICK);
    assert_int_equal(measure(&v, "care")->horizons[0].n, 4);
    assert_int_equal(measure(&v, "care")->horizons[1].n, 0);
    assert_false(measure(&v, "care")->horizons[1].has_value);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + HOUR + TICK);
    tick(f, T0 + HOUR + TICK);
    v = view(f, s, T0 + HOUR + TICK);
    assert_int_equal(measure(&v, "care")->horizons[0].n, 0);
    assert_int_equal(scope_engine_next_tick(f->engine),
                     T0 + DAY + 2 * TICK); /* the axis turns stale */
    tick(f, T0 + DAY + 2 * TICK);
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_engine_add_leaves_out_windows_a_late_pane_has_left(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    int64_t t = T0 + HOUR;
    assert_int_equal(fixture_share(f, s, t, M_CARE, t - 20 * MINUTE, 4, 2), 0);
    assert_int_equal(fixture_share(f, s, t, M_CARE, t - 2 * HOUR, 9, 9), 0);
    assert_int_equal(fixture_one(f, s, t, 0, ROW_CORRECTION, 0, 0, 2), 0);
    tick(f, t);
    struct scope_view v = view(f, s, t);
    assert_int_equal(measure(&v, "care")->horizons[0].n, 4);
    assert_int_equal(measure(&v, "care")->horizons[1].n, 0);
    assert_int_equal(v.revision, 2);
}

static void scope_engine_add_takes_a_row_of_the_past_at_the_next_tick(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 1, 1);
    tick(f, T0);
    share(f, s, T0 - TICK, M_CARE, 1, 1);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + TICK);
}

static void scope_engine_add_refuses_rows_that_do_not_fit_the_model(void **state)
{
    struct fixture *f = start(state);
    int64_t cells[CELL_SLOTS_MAX] = {0};
    uint32_t s = scope(f, NORTH);
    const struct delta_row bad[] = {
        {.set = set_alone(s), .measure = M_COUNT, .kind = ROW_PANE, .slots = 3, .cells = cells},
        {.set = set_alone(s), .measure = M_CARE, .kind = ROW_PANE, .slots = 2, .cells = cells},
        {.set = set_alone(s), .measure = M_CARE, .kind = ROW_LEVEL, .slots = 0, .cells = cells},
        {.set = set_alone(s), .measure = M_CARE, .kind = ROW_HIST, .slots = 1, .cells = cells},
        {.set = set_alone(s),
         .measure = M_ANSWERS,
         .kind = ROW_HIST,
         .slots = 1,
         .bucket = 5000,
         .cells = cells},
        {.set = set_alone(s),
         .measure = M_CARE,
         .kind = ROW_PANE,
         .slots = 3,
         .pane = INT64_MAX / 10,
         .cells = cells},
        {.set = set_alone(s), .measure = 0, .kind = ROW_CORRECTION, .slots = 2, .cells = cells},
        {.set = set_alone(s), .measure = 0, .kind = ROW_KIND_COUNT, .slots = 1, .cells = cells},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scope_engine_add(f->engine, T0, &bad[i]), CUBE_EFORMAT);
    }
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

/* Which scopes are kept follows from the ticks of their first rows and their keys, not from who was met first. */
static void scope_engine_tick_keeps_the_first_scopes_by_tick_and_key(void **state)
{
    struct fixture *f = *state;
    f->model.limits.scopes = 2;
    start(state);
    uint32_t west = scope(f, TEXT_LITERAL("region=west")), north = scope(f, NORTH), south = scope(f, TEXT_LITERAL("region=south"));
    uint32_t late = scope(f, TEXT_LITERAL("region=a")), id = 9;
    assert_int_equal(fixture_one(f, late, T0 + TICK, M_STAFF, ROW_LEVEL, 0, 0, 1), 0);
    assert_int_equal(fixture_one(f, west, T0, M_STAFF, ROW_LEVEL, 0, 0, 4), 0);
    assert_int_equal(fixture_one(f, north, T0, M_STAFF, ROW_LEVEL, 0, 0, 2), 0);
    assert_int_equal(fixture_one(f, south, T0, M_STAFF, ROW_LEVEL, 0, 0, 3), 0);
    tick(f, T0);
    assert_true(scope_engine_is_full(f->engine));
    assert_int_equal(scope_engine_overflowed(f->engine), 1);
    tick(f, T0 + TICK);
    assert_int_equal(scope_engine_overflowed(f->engine), 2);
    assert_int_equal(fixture_scope(f, TEXT_LITERAL("region=b"), &id), 0);
    assert_true(text_equal(scope_engine_key(f->engine, id), TEXT_LITERAL("region=overflow")));
    assert_true(scope_engine_keeps(f->engine, NORTH) && scope_engine_keeps(f->engine, TEXT_LITERAL("region=overflow")));
    assert_false(scope_engine_keeps(f->engine, TEXT_LITERAL("region=west")));
    struct scope_view v;
    assert_int_equal(scope_engine_view(f->engine, west, T0 + TICK, &v), CUBE_ENOTFOUND);
    v = view(f, id, T0 + TICK);
    assert_true(measure(&v, "staff")->horizons[0].value == 5);
}

static void scope_engine_view_follows_time_without_disturbing_the_engine(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    struct scope_view v;
    assert_int_equal(scope_engine_view(f->engine, s, T0, &v), CUBE_ENOTFOUND);
    assert_int_equal(fixture_one(f, s, T0 + TICK, M_STAFF, ROW_LEVEL, 0, 0, 7), 0);
    tick(f, T0 + TICK);
    v = view(f, s, T0 + TICK);
    assert_true(measure(&v, "staff")->horizons[0].field[RESULT_AVERAGE].d == 7.0 * TICK);
    v = view(f, s, T0 + MINUTE);
    assert_true(measure(&v, "staff")->horizons[0].field[RESULT_AVERAGE].d == 7.0 * MINUTE);
    assert_int_equal(v.as_of_ms, T0 + MINUTE);
    v = view(f, s, T0 + TICK);
    assert_true(measure(&v, "staff")->horizons[0].field[RESULT_AVERAGE].d == 7.0 * TICK);
    assert_int_equal(scope_engine_view(f->engine, s, T0, &v), CUBE_ENOTFOUND);
}

/* ---- changes ------------------------------------------------------------------------------------- */

static void scope_engine_tick_decides_a_change_whose_drivers_add_up(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH), at = 0;
    position(f, s, T0, 9, 7, 8);
    share(f, s, T0, M_SPEED, 7, 5);
    tick(f, T0);
    assert_null(decided(f, DECISION_CHANGE, &at)); /* the first octant is no change */
    struct scope_view v = view(f, s, T0);
    assert_int_equal(v.octant, 7);
    assert_int_equal(v.since_ms, T0);
    assert_true(v.has_probabilities && v.probabilities[7] > 0.8);
    scope_engine_decisions_clear(f->engine);
    int64_t t = T0 + MINUTE;
    position(f, s, t, 9, 0, 0);    /* care 7 of 20, worth 8 of 20 */
    share(f, s, t, M_SPEED, 7, 1); /* 6 of 14 */
    tick(f, t);
    at = 0;
    const struct decision *d = decided(f, DECISION_CHANGE, &at);
    assert_non_null(d);
    assert_int_equal(d->from, 7);
    assert_int_equal(d->to, 4);
    assert_int_equal(d->jump, 2);
    assert_int_equal(d->t_ms, t);
    assert_int_equal(d->move_count, 2);
    const struct axis_move *x = &d->moves[0], *w = &d->moves[1];
    assert_int_equal(x->axis, AXIS_X);
    assert_int_equal(x->from, 70476190); /* (2 x 70 + 71.428571) / 3, rounded */
    assert_int_equal(x->to, 37619048);   /* (2 x 35 + 42.857143) / 3 */
    assert_int_equal(x->driver_count, 2);
    assert_int_equal(x->drivers[0].measure, M_CARE);
    assert_int_equal(x->drivers[0].contribution + x->drivers[1].contribution, x->to - x->from);
    assert_true(llabs(x->drivers[0].contribution + 23333333) <= 1);
    assert_int_equal(w->axis, AXIS_V);
    assert_int_equal(w->driver_count, 1);
    assert_int_equal(w->drivers[0].contribution, -40000000);
    assert_int_equal(view(f, s, t).since_ms, t);
    assert_null(decided(f, DECISION_CHANGE, &at));
}

static void scope_engine_tick_compares_drivers_with_the_last_change_not_the_last_tick(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH), at = 0;
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    share(f, s, T0 + TICK, M_CARE, 10, 3); /* 12 of 20: 60, still high */
    tick(f, T0 + TICK);
    share(f, s, T0 + 2 * TICK, M_CARE, 10, 0); /* 12 of 30: 40 */
    tick(f, T0 + 2 * TICK);
    const struct decision *d = decided(f, DECISION_CHANGE, &at);
    assert_int_equal(d->moves[0].from, 90000000);
    assert_int_equal(d->moves[0].to, 40000000);
}

static void scope_engine_tick_holds_the_side_within_the_hysteresis_across_ticks(void **state)
{
    struct fixture *f = *state;
    f->model.cube.axes[AXIS_X].hysteresis = 10;
    start(state);
    uint32_t s = scope(f, NORTH);
    const struct {
        int64_t n, hits; /* added */
        uint8_t octant;
    } steps[] = {{10, 6, 7},         {2, 0, 7} /* 50 */, {1, 0, 7} /* 46 */, {2, 0, 5} /* 40 */,
                 {3, 3, 5} /* 50 */, {2, 2, 5} /* 55 */, {8, 8, 7} /* 68 */};
    share(f, s, T0, M_MOOD, 10, 9);
    share(f, s, T0, M_WORTH, 10, 9);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int64_t t = T0 + (int64_t)i * TICK;
        share(f, s, t, M_CARE, steps[i].n, steps[i].hits);
        tick(f, t);
        assert_int_equal(view(f, s, t).octant, steps[i].octant);
    }
}

static void scope_engine_tick_moves_after_the_dwell_without_a_row(void **state)
{
    struct fixture *f = *state;
    f->model.cube.axes[AXIS_X].dwell_ms = 3 * MINUTE + 1;
    start(state);
    uint32_t s = scope(f, NORTH), at = 0;
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    share(f, s, T0 + TICK, M_CARE, 90, 0);
    tick(f, T0 + TICK);
    struct scope_view v = view(f, s, T0 + TICK);
    assert_int_equal(v.octant, 7);
    assert_true(v.undecided);
    int64_t due = T0 + TICK + 3 * MINUTE +
                  TICK; /* the first tick not before the end of the dwell */
    assert_int_equal(scope_engine_next_tick(f->engine), due);
    tick(f, due);
    assert_int_equal(decided(f, DECISION_CHANGE, &at)->to, 5);
    assert_false(view(f, s, due).undecided);
}

static void scope_engine_tick_is_undecided_while_the_interval_holds_the_threshold(void **state)
{
    struct fixture *f = *state;
    f->model.cube.by_interval = true;
    start(state);
    uint32_t s = scope(f, NORTH);
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    share(f, s, T0 + TICK, M_CARE, 10, 0); /* 9 of 20: 45, but 26 .. 66 */
    tick(f, T0 + TICK);
    struct scope_view v = view(f, s, T0 + TICK);
    assert_int_equal(v.octant, 7);
    assert_true(v.undecided);
    assert_true(v.probabilities[5] > 0.5 && v.probabilities[7] > 0.2);
}

static void scope_engine_tick_keeps_the_octant_when_it_goes_stale(void **state)
{
    struct fixture *f = start(state);
    for (unsigned a = 0; a < AXIS_COUNT; a++) {
        f->model.cube.axes[a].stale_after_ms = 15 * MINUTE;
    }
    uint32_t s = scope(f, NORTH);
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    int64_t due = T0 + 15 * MINUTE + TICK;
    run_to(f, due - TICK);
    assert_false(view(f, s, due - TICK).stale);
    assert_int_equal(scope_engine_next_tick(f->engine), due);
    tick(f, due);
    struct scope_view v = view(f, s, due);
    assert_true(v.stale);
    assert_int_equal(v.octant, 7);
    share(f, s, due + TICK, M_MOOD, 1, 1);
    share(f, s, due + TICK, M_WORTH, 1, 1);
    share(f, s, due + TICK, M_CARE, 1, 1);
    tick(f, due + TICK);
    assert_false(view(f, s, due + TICK).stale);
}

static void scope_engine_tick_refuses_sums_of_no_events(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    struct text where, measure;
    share(f, s, T0, M_CARE, 5, 2);
    tick(f, T0);
    assert_false(scope_engine_impossible(f->engine, &where, &measure));
    share(f, s, T0 + TICK, M_CARE, 1, 5);
    assert_int_equal(scope_engine_tick(f->engine, T0 + TICK), CUBE_ERANGE);
    assert_true(scope_engine_impossible(f->engine, &where, &measure));
    assert_true(text_equal(where, NORTH) && text_equal(measure, TEXT_LITERAL("care")));
}

static void scope_engine_tick_judges_scopes_by_key_whatever_came_first(void **state)
{
    struct fixture *f = start(state);
    const struct text keys[] = {TEXT_LITERAL("region=west"), TEXT_LITERAL("organisation"),
                                TEXT_LITERAL("region=east")};
    for (size_t i = 0; i < 3; i++) {
        position(f, scope(f, keys[i]), T0, 9, 9, 9);
    }
    tick(f, T0);
    scope_engine_decisions_clear(f->engine);
    for (size_t i = 0; i < 3; i++) {
        share(f, scope(f, keys[i]), T0 + TICK, M_CARE, 90, 0);
    }
    tick(f, T0 + TICK);
    const size_t order[] = {1, 2, 0};
    uint32_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct decision *d = decided(f, DECISION_CHANGE, &at);
        assert_true(text_equal(scope_engine_key(f->engine, d->scope), keys[order[i]]));
    }
    for (size_t i = 0; i < 3; i++) {
        uint32_t id;
        int64_t t;
        assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0);
        assert_true(text_equal(scope_engine_key(f->engine, id), keys[order[i]]));
        assert_int_equal(t, T0 + TICK);
    }
    assert_int_equal(scope_engine_changed_pop(f->engine, &(uint32_t){0}, &(int64_t){0}),
                     CUBE_ENOTFOUND);
}

/* Keys are compared by their first 16 bytes as numbers, and whole where these are alike. */
static void scope_engine_changed_pop_orders_keys_that_begin_alike(void **state)
{
    struct fixture *f = start(state);
    const struct text ascending[] = {TEXT_LITERAL("region=a"),       TEXT_LITERAL("region=a\x01"),         TEXT_LITERAL("region=abcdefgh"),
                                     TEXT_LITERAL("region=abcdefghi"), TEXT_LITERAL("region=abcdefghi\xc3"), TEXT_LITERAL("region=abcdefghik"),
                                     TEXT_LITERAL("region=abcdefgi"),  TEXT_LITERAL("region=\xc3\xa4")};
    enum { KEYS = sizeof ascending / sizeof ascending[0] };
    const size_t expected[KEYS] = {0, 1, 2, 3, 5, 4, 6, 7}; /* bytes are unsigned */
    for (size_t i = 0; i < KEYS; i++) {
        share(f, scope(f, ascending[(i * 5 + 3) % KEYS]), T0, M_CARE, 9, 0);
    }
    tick(f, T0);
    for (size_t i = 0; i < KEYS; i++) {
        uint32_t id;
        int64_t t;
        assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0);
        assert_true(text_equal(scope_engine_key(f->engine, id), ascending[expected[i]]));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(scope_engine_tick_sees_exactly_the_rows_up_to_it),
        TEST(scope_engine_changed_pop_orders_keys_that_begin_alike),
        TEST(scope_engine_tick_rolls_each_horizon_at_its_pane_edge_and_then_sleeps),
        TEST(scope_engine_add_leaves_out_windows_a_late_pane_has_left),
        TEST(scope_engine_add_takes_a_row_of_the_past_at_the_next_tick),
        TEST(scope_engine_add_refuses_rows_that_do_not_fit_the_model),
        TEST(scope_engine_tick_keeps_the_first_scopes_by_tick_and_key),
        TEST(scope_engine_view_follows_time_without_disturbing_the_engine),
        TEST(scope_engine_tick_decides_a_change_whose_drivers_add_up),
        TEST(scope_engine_tick_compares_drivers_with_the_last_change_not_the_last_tick),
        TEST(scope_engine_tick_holds_the_side_within_the_hysteresis_across_ticks),
        TEST(scope_engine_tick_moves_after_the_dwell_without_a_row),
        TEST(scope_engine_tick_is_undecided_while_the_interval_holds_the_threshold),
        TEST(scope_engine_tick_keeps_the_octant_when_it_goes_stale),
        TEST(scope_engine_tick_refuses_sums_of_no_events),
        TEST(scope_engine_tick_judges_scopes_by_key_whatever_came_first),
    };
    return RUN_TESTS(tests);
}
