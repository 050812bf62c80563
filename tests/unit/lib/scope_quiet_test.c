/* Quiet rows: what time alone moved changes the figures of a scope and makes nothing fresh. */
#include "support/unit.h"

#include "support/change_log.h"
#include "support/scope_steps.h"

/* As row_of of a share, n answers and hits of them, in the pane before t. */
static void quiet(struct fixture *f, uint32_t s, int64_t t, uint16_t m, int64_t n, int64_t hits)
{
    int64_t cells[CELL_SLOTS_MAX] = {n, hits};
    struct delta_row row = {.set = set_alone(s), .measure = m, .kind = ROW_QUIET_PANE, .slots = f->measures[m].aggregation->pane.slots,
                            .pane = pane_of(t - 1, f->measures[m].pane_ms), .cells = cells};
    assert_int_equal(scope_engine_add(f->engine, t, &row), 0);
}

static bool is_firing(struct fixture *f, bool before, uint16_t rule)
{
    uint32_t at = 0;
    const struct decision *d;
    while ((d = decided(f, DECISION_ALERT, &at)) != NULL) {
        before = d->rule == &f->rules[rule] ? d->firing : before;
    }
    return before;
}

/* V and a stale alert of its measure, a day after the only event. */
static struct fixture *start_stale(void **state, uint32_t *ret_scope)
{
    struct fixture *f = *state;
    f->rules[A_QUIET].measure = M_WORTH;
    f->measures[M_WORTH].horizons[0] = (struct horizon){3 * DAY, HOUR, 72, "3d"};
    f->measures[M_WORTH].pane_ms = HOUR;
    start(state);
    *ret_scope = scope(f, NORTH);
    share(f, *ret_scope, T0, M_WORTH, 10, 9);
    run_to(f, T0 + DAY + TICK);
    assert_true(view(f, *ret_scope, T0 + DAY + TICK).states[AXIS_V].stale);
    return f;
}

static void axis_that_is_stale_stays_so_and_keeps_its_side_over_quiet_rows(void **state)
{
    uint32_t s;
    struct fixture *f = start_stale(state, &s);
    int64_t t = T0 + DAY + HOUR;
    uint32_t id;
    int64_t at;
    while (scope_engine_changed_pop(f->engine, &id, &at) == 0) {
    }
    quiet(f, s, t, M_WORTH, 100, 0);
    run_to(f, t);
    struct scope_view v = view(f, s, t);
    assert_int_equal(measure(&v, "worth")->horizons[0].n, 110);
    assert_true(v.axes[AXIS_V].score < 50);
    assert_true(v.states[AXIS_V].stale);
    assert_int_equal(v.states[AXIS_V].side, SIDE_HIGH);
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &at), 0); /* it is told */
    assert_int_equal(at, t);
    share(f, s, t + TICK, M_WORTH, 1, 0);
    run_to(f, t + TICK);
    v = view(f, s, t + TICK);
    assert_false(v.states[AXIS_V].stale);
    assert_int_equal(v.states[AXIS_V].side, SIDE_LOW);
}

static void alert_on_silence_keeps_firing_over_quiet_rows(void **state)
{
    uint32_t s;
    struct fixture *f = start_stale(state, &s);
    int64_t t = T0 + DAY + HOUR;
    quiet(f, s, t, M_WORTH, 1, 1);
    tick(f, t);
    assert_true(is_firing(f, true, A_QUIET));
    quiet(f, s, t + TICK, M_WORTH, -1, -1); /* whichever of two comes first */
    share(f, s, t + TICK, M_WORTH, 1, 1);
    quiet(f, s, t + TICK, M_WORTH, 5, 5);
    tick(f, t + TICK);
    assert_false(is_firing(f, true, A_QUIET));
    struct scope_view v = view(f, s, t + TICK);
    assert_int_equal(measure(&v, "worth")->horizons[0].n, 16);
}

/* Nobody has told anything that could be missed since. So it stays when it is restored. */
static void scope_that_only_time_told_of_is_there_and_never_stale(void **state)
{
    struct fixture *f = start(state);
    struct change_log log = {0};
    uint32_t s = scope(f, NORTH);
    quiet(f, s, T0, M_WORTH, 10, 9);
    tick(f, T0);
    assert_int_equal(scope_engine_flush(f->engine, log_put, &log), 0);
    scope_engine_destroy(f->engine);
    start(state);
    for (size_t i = 0; i < log.count; i++) {
        const struct log_record *r = &log.at[i];
        assert_int_equal(scope_engine_restore(f->engine, (struct text){(const char *)r->key, r->key_len}, r->value, r->len), 0);
    }
    assert_int_equal(scope_engine_restored(f->engine), 0);
    s = scope(f, NORTH);
    struct scope_view v = view(f, s, T0);
    assert_int_equal(measure(&v, "worth")->horizons[0].n, 10);
    assert_int_equal(v.states[AXIS_V].side, SIDE_HIGH);
    share(f, s, T0 + 2 * DAY, M_SPEED, 10, 9);
    run_to(f, T0 + 2 * DAY);
    v = view(f, s, T0 + 2 * DAY);
    assert_false(v.states[AXIS_V].stale);
    log_close(&log);
}

static void levels_and_sketches_have_quiet_rows_too(void **state)
{
    struct fixture *f = start(state);
    uint32_t s = scope(f, NORTH);
    int64_t cells[CELL_SLOTS_MAX] = {1, 5 * FIXED_ONE};
    struct delta_row row = {.set = set_alone(s), .measure = M_WEALTH, .kind = ROW_QUIET_SKETCH, .slots = 3, .bucket = 33, .cells = cells};
    assert_int_equal(scope_engine_add(f->engine, T0, &row), 0);
    row.bucket = SKETCH_BUCKET_LIMIT;
    assert_int_equal(scope_engine_add(f->engine, T0, &row), CUBE_EFORMAT);
    assert_int_equal(fixture_one(f, s, T0, M_STAFF, ROW_QUIET_LEVEL, 0, 0, 4), 0);
    assert_int_equal(fixture_one(f, s, T0, M_CARE, ROW_QUIET_LEVEL, 0, 0, 4), CUBE_EFORMAT);
    tick(f, T0);
    struct scope_view v = view(f, s, T0);
    assert_true(measure(&v, "staff")->horizons[0].value == 4);
    assert_int_equal(measure(&v, "wealth")->horizons[0].n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(axis_that_is_stale_stays_so_and_keeps_its_side_over_quiet_rows),
        TEST(alert_on_silence_keeps_firing_over_quiet_rows),
        TEST(scope_that_only_time_told_of_is_there_and_never_stale),
        TEST(levels_and_sketches_have_quiet_rows_too),
    };
    return RUN_TESTS(tests);
}
