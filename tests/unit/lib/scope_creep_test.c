/* What follows time alone is judged again at pane edges, for as long as it does, and nothing else is. */
#include "support/unit.h"

#include "engine/scope_record.h"
#include "score/running_stat.h"
#include "support/change_log.h"
#include "support/random.h"
#include "support/scope_steps.h"
#include "window/cells.h"

#define THOUSAND (1000 * FIXED_ONE)
#define RATE (FIXED_ONE * 365 * DAY / MINUTE / 1000) /* of a thousand that is overdue: one a minute */

/* worth: a mean margin per customer, of 990 or less 0, of 1000 100. */
static struct fixture *margins(void **state)
{
    struct fixture *f = *state;
    struct measure *m = &f->measures[M_WORTH];
    m->aggregation = aggregation_find("ledger_mean");
    m->at0 = 990;
    m->at100 = 1000;
    f->rules[A_WORTH_LOW].for_ms = 0;
    f->rules[A_WORTH_LOW].with.threshold = (struct threshold_condition){.has_below = true, .below = 995};
    f->model.cost_of_capital = RATE;
    return start(state);
}

/* A customer (or one less) with a margin of a thousand and a thousand that is overdue since a second after T0. */
static void owes(struct fixture *f, uint32_t s, int64_t t, int sign)
{
    struct running r = {THOUSAND, (cube_i128)THOUSAND * (T0 + SECOND)};
    int64_t cells[CELL_SLOTS_MAX] = {0};
    running_add(cells, THOUSAND, &r, false, RATE, sign);
    struct delta_row row = {.set = set_alone(s), .measure = M_WORTH, .kind = ROW_SKETCH, .slots = RUNNING_SLOTS, .cells = cells};
    assert_int_equal(scope_engine_add(f->engine, t, &row), 0);
}

/* One whose margin stays as it is. */
static void stands(struct fixture *f, uint32_t s, int64_t t)
{
    int64_t cells[CELL_SLOTS_MAX] = {1};
    cell_set_wide(cells + 1, THOUSAND);
    cells_add_square(cells + 3, THOUSAND, 1);
    struct delta_row row = {.set = set_alone(s), .measure = M_WORTH, .kind = ROW_LEVEL, .slots = 7, .cells = cells};
    assert_int_equal(scope_engine_add(f->engine, t, &row), 0);
}

static void pop(struct fixture *f, uint32_t s, int64_t t)
{
    uint32_t id;
    int64_t tick_ms;
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &tick_ms), 0);
    assert_int_equal(id, s);
    assert_int_equal(tick_ms, t);
}

static void scope_engine_tick_judges_what_creeps_at_each_pane_edge(void **state)
{
    struct fixture *f = margins(state);
    uint32_t s = scope(f, NORTH), at = 0;
    owes(f, s, T0 + TICK, 1);
    tick(f, T0 + TICK);
    pop(f, s, T0 + TICK);
    for (int64_t t = T0 + MINUTE; t <= T0 + 5 * MINUTE; t += MINUTE) {
        assert_int_equal(scope_engine_next_tick(f->engine), t);
        tick(f, t);
        pop(f, s, t);
    }
    struct scope_view v = view(f, s, T0 + 5 * MINUTE);
    assert_true(measure(&v, "worth")->horizons[0].value > 995);
    assert_int_equal(v.states[AXIS_V].side, SIDE_HIGH);
    assert_null(decided(f, DECISION_ALERT, &at));
    tick(f, T0 + 6 * MINUTE);
    v = view(f, s, T0 + 6 * MINUTE);
    assert_int_equal(v.states[AXIS_V].side, SIDE_LOW);
    const struct decision *d = decided(f, DECISION_ALERT, &at);
    assert_non_null(d);
    assert_int_equal(d->t_ms, T0 + 6 * MINUTE);
}

static void scope_engine_tick_asks_for_no_edge_when_nothing_creeps(void **state)
{
    struct fixture *f = margins(state);
    uint32_t s = scope(f, NORTH);
    stands(f, s, T0 + TICK);
    tick(f, T0 + TICK);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + TICK + DAY + TICK); /* the axis turns stale */
    owes(f, s, T0 + 2 * TICK, 1);
    tick(f, T0 + 2 * TICK);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + MINUTE);
    owes(f, s, T0 + 3 * TICK, -1);
    tick(f, T0 + 3 * TICK);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 3 * TICK + DAY + TICK);
}

/* An edge between two ticks is looked at at the next one. */
static void scope_engine_tick_judges_at_the_first_tick_behind_an_edge(void **state)
{
    struct fixture *f = *state;
    f->measures[M_WORTH].horizons[0] = (struct horizon){65 * SECOND, 13 * SECOND, 5, "65s"};
    f->measures[M_WORTH].pane_ms = 13 * SECOND;
    margins(state);
    int64_t t = T0 + TICK;
    owes(f, scope(f, NORTH), t, 1);
    for (int i = 0; i < 20; i++) {
        int64_t edge = (t / (13 * SECOND) + 1) * 13 * SECOND;
        tick(f, t);
        t = (edge + TICK - 1) / TICK * TICK;
        assert_int_equal(scope_engine_next_tick(f->engine), t);
    }
}

/* As long as nobody looks at a measure, it may creep. */
static void scope_engine_tick_leaves_alone_what_no_axis_and_no_rule_looks_at(void **state)
{
    struct fixture *f = *state;
    f->measures[M_WORTH].axis = AXIS_NONE;
    f->measures[M_WORTH].scored = false;
    f->rules[A_WORTH_LOW].measure = M_CARE;
    margins(state);
    f->measures[M_WORTH].scored = false;
    owes(f, scope(f, NORTH), T0 + TICK, 1);
    tick(f, T0 + TICK);
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_engine_restored_asks_for_the_same_edge(void **state)
{
    struct fixture *f = margins(state);
    struct change_log log = {0};
    uint32_t at = 0;
    owes(f, scope(f, NORTH), T0 + TICK, 1);
    run_to(f, T0 + 2 * MINUTE);
    assert_int_equal(scope_engine_flush(f->engine, log_put, &log), 0);
    scope_engine_destroy(f->engine);
    start(state);
    for (size_t i = 0; i < log.count; i++) {
        struct text key = {(const char *)log.at[i].key, log.at[i].key_len};
        assert_int_equal(scope_engine_restore(f->engine, key, log.at[i].value, log.at[i].len), 0);
    }
    assert_int_equal(scope_engine_restored(f->engine), 0);
    assert_int_equal(scope_engine_next_tick(f->engine), T0 + 3 * MINUTE);
    run_to(f, T0 + 6 * MINUTE);
    const struct decision *d = decided(f, DECISION_ALERT, &at);
    assert_non_null(d);
    assert_int_equal(d->t_ms, T0 + 6 * MINUTE);
    log_close(&log);
}

/* ---- who says that it creeps ----------------------------------------------------------------------- */

static void draw(struct random *r, const struct layout *l, int64_t *cells)
{
    for (unsigned i = 0; i < l->slots; i++) {
        int64_t x = random_between(r, 0, 2) ? 0 : random_between(r, -3, 9);
        if (layout_is_wide(l, i)) {
            cell_set_wide(cells + i++, (cube_i128)x * (T0 - HOUR / 2));
        } else {
            cells[i] = x;
        }
    }
}

static bool differ(const struct measure *m, const struct window_view *w)
{
    struct window_view later = *w;
    struct result a, b;
    later.t_ms += TICK;
    m->aggregation->result(m, w, &a);
    m->aggregation->result(m, &later, &b);
    return a.has_value != b.has_value || (a.has_value && a.value != b.value);
}

static void aggregations_say_when_their_value_follows_time(void **state)
{
    static const char *const names[] = {"churn", "turnover", "absence"};
    struct fixture *f = *state;
    struct random r = {7};
    for (unsigned k = 0; k < 3; k++) {
        struct measure *m = &f->measures[M_STAFF];
        m->aggregation = aggregation_find(names[k]);
        int still = 0, creeping = 0;
        for (int i = 0; i < 20000; i++) {
            int64_t pane[CELL_SLOTS_MAX] = {0}, level[CELL_SLOTS_MAX] = {0};
            struct window_view w = {.horizon = &m->horizons[0], .pane = pane, .level = level, .from_ms = T0 - HOUR, .t_ms = T0};
            draw(&r, &m->aggregation->pane, pane);
            draw(&r, &m->aggregation->level, level);
            bool creeps = m->aggregation->creeps(&w), differs = differ(m, &w);
            assert_true(creeps || !differs);
            still += !creeps;
            creeping += differs;
        }
        assert_true(still > 500 && creeping > 500);
    }
}

int main(void)
{
#define CREEP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CREEP_TEST(scope_engine_tick_judges_what_creeps_at_each_pane_edge),
        CREEP_TEST(scope_engine_tick_asks_for_no_edge_when_nothing_creeps),
        CREEP_TEST(scope_engine_tick_judges_at_the_first_tick_behind_an_edge),
        CREEP_TEST(scope_engine_tick_leaves_alone_what_no_axis_and_no_rule_looks_at),
        CREEP_TEST(scope_engine_restored_asks_for_the_same_edge),
        cmocka_unit_test_setup(aggregations_say_when_their_value_follows_time, setup),
    };
    return RUN_TESTS(tests);
}
