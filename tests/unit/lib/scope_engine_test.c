#include "support/unit.h"

#include <math.h>
#include <stdlib.h>

#include "support/scope_fixture.h"

#define T0 (100 * DAY)
#define NORTH TEXT_LITERAL("region=north")

static int setup(void **state)
{
    static struct fixture f;
    fixture_init(&f);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    scope_engine_destroy(f->engine);
    return 0;
}

static struct fixture *start(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    return f;
}

static uint32_t scope(struct fixture *f, struct text key)
{
    uint32_t id;
    assert_int_equal(fixture_scope(f, key, &id), 0);
    return id;
}

static void share(struct fixture *f, uint32_t s, int64_t t, uint16_t m, int64_t n, int64_t hits)
{
    assert_int_equal(fixture_share(f, s, t, m, t - 1, n, hits), 0);
}

static void tick(struct fixture *f, int64_t t)
{
    assert_int_equal(scope_engine_tick(f->engine, t), 0);
}

static struct scope_view view(struct fixture *f, uint32_t s, int64_t t)
{
    struct scope_view v;
    assert_int_equal(scope_engine_view(f->engine, s, t, &v), 0);
    return v;
}

static const struct measure_view *measure(const struct scope_view *v, const char *name)
{
    for (uint32_t i = 0; i < v->measure_count; i++) {
        if (text_equal(v->measures[i].measure->name, text_of(name))) {
            return &v->measures[i];
        }
    }
    return NULL;
}

/* Runs all active ticks up to and including t. */
static void run_to(struct fixture *f, int64_t t)
{
    while (scope_engine_next_tick(f->engine) <= t) {
        tick(f, scope_engine_next_tick(f->engine));
    }
}

/* The next decision from *at on of a type. */
static const struct decision *decided(struct fixture *f, enum decision_type type, uint32_t *at)
{
    for (; *at < scope_engine_decision_count(f->engine); (*at)++) {
        const struct decision *d = scope_engine_decision_at(f->engine, *at);
        if (d->type == type) {
            (*at)++;
            return d;
        }
    }
    return NULL;
}

/* care, mood and worth at these hits of 10: X, E, V. */
static void position(struct fixture *f, uint32_t s, int64_t t, int64_t e, int64_t x, int64_t v)
{
    share(f, s, t, M_MOOD, 10, e);
    share(f, s, t, M_CARE, 10, x);
    share(f, s, t, M_WORTH, 10, v);
}

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
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + DAY + 2 * TICK); /* the axis turns stale */
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
        {.scope = s, .measure = M_COUNT, .kind = ROW_PANE, .slots = 3, .cells = cells},
        {.scope = s, .measure = M_CARE, .kind = ROW_PANE, .slots = 2, .cells = cells},
        {.scope = s, .measure = M_CARE, .kind = ROW_LEVEL, .slots = 0, .cells = cells},
        {.scope = s, .measure = M_CARE, .kind = ROW_HIST, .slots = 1, .cells = cells},
        {.scope = s, .measure = M_ANSWERS, .kind = ROW_HIST, .slots = 1, .bucket = 5000, .cells = cells},
        {.scope = s, .measure = M_CARE, .kind = ROW_PANE, .slots = 3, .pane = INT64_MAX / 10, .cells = cells},
        {.scope = s, .measure = 0, .kind = ROW_CORRECTION, .slots = 2, .cells = cells},
        {.scope = s, .measure = 0, .kind = ROW_KIND_COUNT, .slots = 1, .cells = cells},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scope_engine_add(f->engine, T0, &bad[i]), CUBE_EFORMAT);
    }
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_engine_scope_refuses_beyond_the_limit_and_counts(void **state)
{
    struct fixture *f = *state;
    f->model.limits.scopes = 1;
    start(state);
    uint32_t id = 9;
    assert_int_equal(fixture_scope(f, NORTH, &id), 0);
    assert_int_equal(fixture_scope(f, TEXT_LITERAL("region=south"), &id), CUBE_ELIMIT);
    assert_int_equal(fixture_scope(f, NORTH, &id), 0);
    assert_int_equal(id, 0);
    assert_int_equal(scope_engine_refused(f->engine), 1);
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
    position(f, s, t, 9, 0, 0); /* care 7 of 20, worth 8 of 20 */
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
    } steps[] = {{10, 6, 7}, {2, 0, 7} /* 50 */, {1, 0, 7} /* 46 */, {2, 0, 5} /* 40 */, {3, 3, 5} /* 50 */, {2, 2, 5} /* 55 */, {8, 8, 7} /* 68 */};
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
    int64_t due = T0 + TICK + 3 * MINUTE + TICK; /* the first tick not before the end of the dwell */
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

static void scope_engine_tick_judges_scopes_by_key_whatever_came_first(void **state)
{
    struct fixture *f = start(state);
    const struct text keys[] = {TEXT_LITERAL("region=west"), TEXT_LITERAL("organisation"), TEXT_LITERAL("region=east")};
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
    assert_int_equal(scope_engine_changed_pop(f->engine, &(uint32_t){0}, &(int64_t){0}), CUBE_ENOTFOUND);
}

/* ---- alerts -------------------------------------------------------------------------------------- */

static const struct decision *alert(struct fixture *f, unsigned rule)
{
    uint32_t at = 0;
    for (const struct decision *d; (d = decided(f, DECISION_ALERT, &at)) != NULL;) {
        if (d->rule == &f->rules[rule]) {
            return d;
        }
    }
    return NULL;
}

static void scope_engine_tick_fires_octant_alerts_with_the_drivers_of_the_move(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    position(f, s, T0, 9, 9, 9);
    tick(f, T0);
    assert_true(alert(f, A_ENTERED)->firing);
    assert_int_equal(alert(f, A_ENTERED)->move_count, 0);
    assert_int_equal(alert(f, A_ENTERED)->from, OCTANT_NONE);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + TICK, M_CARE, 90, 0);
    tick(f, T0 + TICK);
    const struct decision *left = alert(f, A_LEFT), *entered = alert(f, A_ENTERED);
    assert_true(left->firing);
    assert_int_equal(left->starts_ms, T0 + TICK);
    assert_int_equal(left->from, 7);
    assert_int_equal(left->to, 5);
    assert_int_equal(left->move_count, 1);
    assert_int_equal(left->moves[0].drivers[0].measure, M_CARE);
    assert_false(entered->firing);
    assert_int_equal(entered->starts_ms, T0);
    assert_int_equal(entered->ends_ms, T0 + TICK);
    assert_int_equal(scope_engine_alert(f->engine, s, A_LEFT)->status, ALERT_FIRING);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + 2 * TICK, M_WORTH, 90, 0); /* another change resolves it */
    tick(f, T0 + 2 * TICK);
    assert_false(alert(f, A_LEFT)->firing);
}

static void scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_WORTH, 10, 3);
    tick(f, T0);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 5 * MINUTE);
    tick(f, T0 + 5 * MINUTE);
    const struct decision *d = alert(f, A_WORTH_LOW);
    assert_true(d->firing && d->answer.value == 0.3 && d->answer.n == 10);
    assert_int_equal(d->starts_ms, T0 + 5 * MINUTE);
    scope_engine_decisions_clear(f->engine);
    int64_t good = T0 + 20 * MINUTE; /* the condition held until the tick before this one */
    share(f, s, good, M_WORTH, 10, 10);
    run_to(f, good + 3 * MINUTE - 2 * TICK);
    assert_null(alert(f, A_WORTH_LOW));
    assert_int_equal(scope_engine_next_tick(f->engine), good + 3 * MINUTE - TICK);
    tick(f, good + 3 * MINUTE - TICK);
    assert_false(alert(f, A_WORTH_LOW)->firing);
}

static void scope_engine_tick_fires_stale_alerts_by_their_own_clock(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_MOOD, 1, 1);
    run_to(f, T0 + 2 * HOUR);
    assert_null(alert(f, A_QUIET));
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 2 * HOUR + TICK);
    tick(f, T0 + 2 * HOUR + TICK);
    assert_true(alert(f, A_QUIET)->firing);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0 + 3 * HOUR, M_MOOD, 1, 1);
    run_to(f, T0 + 3 * HOUR);
    assert_false(alert(f, A_QUIET)->firing);
}

static void scope_engine_tick_burns_by_both_windows(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    share(f, s, T0, M_CARE, 100, 10); /* error share 0.9, lower bound 0.826 > 1.2 x 0.5 */
    tick(f, T0);
    const struct decision *d = alert(f, A_BURN);
    assert_true(d->firing && fabs(d->answer.value - 1.8) < 1e-12 && d->answer.n == 100);
    scope_engine_decisions_clear(f->engine);
    run_to(f, T0 + 15 * MINUTE); /* the short window is empty */
    assert_false(alert(f, A_BURN)->firing);
}

/* ---- privacy ------------------------------------------------------------------------------------- */

static const struct measure_view *mood(struct fixture *f, uint32_t s, int64_t t, struct scope_view *v)
{
    *v = view(f, s, t);
    return measure(v, "mood");
}

static void scope_engine_tick_lets_private_cells_out_at_releases_by_k_and_change_k(void **state)
{
    struct fixture *f = *state;
    f->measures[M_MOOD].is_private = true;
    f->measures[M_MOOD].horizons[0] = (struct horizon){5 * DAY, HOUR, 120, "5d"};
    f->measures[M_MOOD].pane_ms = HOUR;
    start(state);
    uint32_t s = scope(f, NORTH);
    struct scope_view v;
    share(f, s, T0 + HOUR, M_MOOD, 2, 2);
    tick(f, T0 + HOUR);
    assert_true(mood(f, s, T0 + HOUR, &v)->withheld);
    assert_false(mood(f, s, T0 + HOUR, &v)->scored.counts);
    run_to(f, T0 + DAY); /* two people are too few */
    assert_true(mood(f, s, T0 + DAY, &v)->withheld);
    assert_int_equal(mood(f, s, T0 + DAY, &v)->horizons[0].n, 0);
    share(f, s, T0 + DAY + HOUR, M_MOOD, 1, 0);
    run_to(f, T0 + 2 * DAY);
    const struct measure_view *m = mood(f, s, T0 + 2 * DAY, &v);
    assert_false(m->withheld);
    assert_int_equal(m->horizons[0].n, 3);
    assert_int_equal(m->published_ms, T0 + 2 * DAY);
    assert_true(m->scored.counts);
    share(f, s, T0 + 2 * DAY + HOUR, M_MOOD, 2, 0); /* two changed answers: what was let out stands */
    run_to(f, T0 + 3 * DAY);
    m = mood(f, s, T0 + 3 * DAY, &v);
    assert_int_equal(m->horizons[0].n, 3);
    assert_int_equal(m->published_ms, T0 + 2 * DAY);
    share(f, s, T0 + 3 * DAY + HOUR, M_MOOD, 1, 0); /* three now */
    run_to(f, T0 + 4 * DAY);
    m = mood(f, s, T0 + 4 * DAY, &v);
    assert_int_equal(m->horizons[0].n, 6);
    assert_int_equal(m->published_ms, T0 + 4 * DAY);
    run_to(f, T0 + 9 * DAY); /* the window runs empty: 4 leave by the release of day 8, all by that of day 9 */
    assert_true(mood(f, s, T0 + 9 * DAY, &v)->withheld);
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_engine_tick_releases_on_the_tick_that_is_the_release(void **state)
{
    struct fixture *f = *state;
    f->measures[M_MOOD].is_private = true;
    start(state);
    uint32_t s = scope(f, NORTH);
    struct scope_view v;
    share(f, s, T0 + DAY, M_MOOD, 3, 3); /* its events are before the release */
    tick(f, T0 + DAY);
    assert_int_equal(mood(f, s, T0 + DAY, &v)->horizons[0].n, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(scope_engine_tick_sees_exactly_the_rows_up_to_it),
        TEST(scope_engine_tick_rolls_each_horizon_at_its_pane_edge_and_then_sleeps),
        TEST(scope_engine_add_leaves_out_windows_a_late_pane_has_left),
        TEST(scope_engine_add_takes_a_row_of_the_past_at_the_next_tick),
        TEST(scope_engine_add_refuses_rows_that_do_not_fit_the_model),
        TEST(scope_engine_scope_refuses_beyond_the_limit_and_counts),
        TEST(scope_engine_view_follows_time_without_disturbing_the_engine),
        TEST(scope_engine_tick_decides_a_change_whose_drivers_add_up),
        TEST(scope_engine_tick_compares_drivers_with_the_last_change_not_the_last_tick),
        TEST(scope_engine_tick_holds_the_side_within_the_hysteresis_across_ticks),
        TEST(scope_engine_tick_moves_after_the_dwell_without_a_row),
        TEST(scope_engine_tick_is_undecided_while_the_interval_holds_the_threshold),
        TEST(scope_engine_tick_keeps_the_octant_when_it_goes_stale),
        TEST(scope_engine_tick_judges_scopes_by_key_whatever_came_first),
        TEST(scope_engine_tick_fires_octant_alerts_with_the_drivers_of_the_move),
        TEST(scope_engine_tick_wakes_for_the_end_of_for_and_of_keep_firing),
        TEST(scope_engine_tick_fires_stale_alerts_by_their_own_clock),
        TEST(scope_engine_tick_burns_by_both_windows),
        TEST(scope_engine_tick_lets_private_cells_out_at_releases_by_k_and_change_k),
        TEST(scope_engine_tick_releases_on_the_tick_that_is_the_release),
    };
    return RUN_TESTS(tests);
}
