/* The guard: k, change-k, what subtraction would expose, restart; and the owner that shows what is let out. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/guard.h"
#include "support/change_log.h"
#include "support/random.h"
#include "support/scope_steps.h"

#define ALL TEXT_LITERAL("organisation")
#define CARE TEXT_LITERAL("department=care")
#define SALES TEXT_LITERAL("department=sales")
#define CARE_NORTH TEXT_LITERAL("department=care,region=north")

enum { KIND_ALL, KIND_REGION, KIND_DEPARTMENT, KIND_BOTH, KINDS };

static void model_make(struct fixture *f)
{
    fixture_init(f);
    f->model.scopes = (struct scope_plan){KINDS, {{0}, {1, {DIM_REGION}}, {1, {DIM_DEPARTMENT}}, {2, {DIM_DEPARTMENT, DIM_REGION}}}};
    struct measure *m = &f->measures[M_MOOD];
    m->is_private = true;
    m->horizons[0] = (struct horizon){5 * DAY, HOUR, 120, "5d"};
    m->horizons[1] = (struct horizon){2 * DAY, HOUR, 48, "2d"};
    m->horizon_count = 2;
    m->pane_ms = HOUR;
    f->model.privacy.k = 3;
}

static int guard_setup(void **state)
{
    static struct fixture f;
    static struct guard *g;
    model_make(&f);
    assert_int_equal(guard_create(&f.model, 1, &g), 0);
    f.engine = guard_cells(g); /* the words of the fixture speak of the guard's cells */
    *state = g;
    return 0;
}

static int guard_teardown(void **state)
{
    guard_destroy(*state);
    return 0;
}

static uint32_t kind_of(struct text key)
{
    return key.at[0] == 'o' ? KIND_ALL : key.at[0] == 'r' ? KIND_REGION : memchr(key.at, ',', key.len) ? KIND_BOTH : KIND_DEPARTMENT;
}

/* Answers of as many people, all of them good, just before t; seen from t on. */
static void answers(struct guard *g, struct text key, int64_t t, int64_t n)
{
    uint32_t id;
    int64_t cells[CELL_SLOTS_MAX] = {n, n};
    const struct aggregation *ratio = aggregation_find("ratio");
    assert_int_equal(scope_engine_scope(guard_cells(g), key, kind_of(key), &id), 0);
    cells[ratio->respondents ? ratio->pane.slots - 1 : 1] = n;
    struct delta_row row = {
        .set = set_alone(id), .measure = M_MOOD, .kind = ROW_PANE, .slots = ratio->pane.slots, .pane = pane_of(t - 1, HOUR), .cells = cells};
    assert_int_equal(scope_engine_add(guard_cells(g), t, &row), 0);
}

/* What the release tells of a cell; horizon_count 0: nothing. */
static struct let_out_cell told(const struct guard *g, struct text key)
{
    struct let_out_cell c = {0};
    for (uint32_t i = 0; i < guard_count(g); i++) {
        guard_at(g, i, &c);
        if (text_equal(c.scope, key)) {
            return c;
        }
    }
    return (struct let_out_cell){0};
}

static void guard_lets_out_by_k_and_change_k(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + HOUR, 2);
    assert_int_equal(guard_release(g, T0 + DAY), 0);
    assert_int_equal(guard_count(g), 0); /* two people are too few, and withheld is what everybody knows */
    answers(g, ALL, T0 + DAY + HOUR, 1);
    assert_int_equal(guard_release(g, T0 + 2 * DAY), 0);
    struct let_out_cell c = told(g, ALL);
    assert_int_equal(c.horizon_count, 2);
    assert_false(c.horizons[0].withheld);
    assert_int_equal(c.horizons[0].result.n, 3);
    assert_int_equal(c.horizons[0].published_ms, T0 + 2 * DAY);
    assert_false(c.horizons[1].withheld); /* the same three */
    answers(g, ALL, T0 + 2 * DAY + HOUR, 2); /* two changed answers: what was let out stands */
    assert_int_equal(guard_release(g, T0 + 3 * DAY), 0);
    c = told(g, ALL);
    assert_true(c.horizon_count == 0 || !c.horizons[0].withheld);
    answers(g, ALL, T0 + 3 * DAY + HOUR, 1); /* three now */
    assert_int_equal(guard_release(g, T0 + 4 * DAY), 0);
    c = told(g, ALL);
    assert_int_equal(c.horizons[0].result.n, 6);
    assert_int_equal(c.horizons[0].published_ms, T0 + 4 * DAY);
    assert_int_equal(guard_release(g, T0 + 9 * DAY), 0);
    assert_true(told(g, ALL).horizons[0].withheld); /* the window is empty */
    assert_int_equal(guard_release(g, T0 + 10 * DAY), 0);
    assert_int_equal(guard_count(g), 0);
}

static void guard_decides_over_the_rows_until_the_tick_of_the_release(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + DAY, 3);
    answers(g, ALL, T0 + DAY + TICK, 30);
    assert_int_equal(guard_release(g, T0 + DAY), 0);
    assert_int_equal(told(g, ALL).horizons[0].result.n, 3);
}

static void guard_withholds_what_a_scope_less_its_parts_would_expose(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + DAY, 11);
    answers(g, CARE, T0 + DAY, 5);
    answers(g, SALES, T0 + DAY, 4);
    answers(g, CARE_NORTH, T0 + DAY, 5);
    assert_int_equal(guard_release(g, T0 + DAY), 0); /* 11 - 9: two of no department */
    assert_false(told(g, ALL).horizons[0].withheld);
    assert_false(told(g, CARE).horizons[0].withheld);
    assert_int_equal(told(g, SALES).horizon_count, 0);
    assert_false(told(g, CARE_NORTH).horizons[0].withheld);
    answers(g, ALL, T0 + DAY + HOUR, 1); /* but they are three now */
    assert_int_equal(guard_release(g, T0 + 2 * DAY), 0);
    assert_int_equal(told(g, SALES).horizon_count, 0); /* as let out the organisation has eleven still */
    answers(g, ALL, T0 + 2 * DAY + HOUR, 2);
    assert_int_equal(guard_release(g, T0 + 3 * DAY), 0);
    struct let_out_cell c = told(g, SALES);
    assert_false(c.horizons[0].withheld);
    assert_int_equal(c.horizons[0].published_ms, T0 + 3 * DAY);
}

static void guard_withholds_the_shorter_horizon_that_would_expose_a_few(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + HOUR, 2);
    answers(g, ALL, T0 + 2 * DAY + HOUR, 5);
    assert_int_equal(guard_release(g, T0 + 3 * DAY), 0);
    struct let_out_cell c = told(g, ALL);
    assert_int_equal(c.horizons[0].result.n, 7);
    assert_true(c.horizons[1].withheld);
}

/* A cell that is withheld for a while was not let out meanwhile: what counts as changed goes on. */
static void guard_counts_changes_on_while_a_cell_is_withheld(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + DAY, 10);
    answers(g, CARE, T0 + DAY, 5);
    assert_int_equal(guard_release(g, T0 + DAY), 0);
    assert_int_equal(told(g, CARE).horizons[0].result.n, 5);
    answers(g, CARE, T0 + DAY + HOUR, 3);
    answers(g, ALL, T0 + DAY + HOUR, 0); /* 10 - 8 */
    assert_int_equal(guard_release(g, T0 + 2 * DAY), 0);
    assert_true(told(g, CARE).horizons[0].withheld);
    answers(g, ALL, T0 + 2 * DAY + HOUR, 9);
    assert_int_equal(guard_release(g, T0 + 3 * DAY), 0);
    assert_int_equal(told(g, CARE).horizons[0].result.n, 8);
    assert_int_equal(told(g, CARE).horizons[0].published_ms, T0 + 3 * DAY);
}

/* Rows of a pane meet before they come to its windows: an answer that came and one that went are two that changed. */
static void guard_counts_each_answer_that_comes_or_goes_at_a_tick(void **state)
{
    struct guard *g = *state;
    answers(g, ALL, T0 + DAY, 4);
    assert_int_equal(guard_release(g, T0 + DAY), 0);
    assert_int_equal(told(g, ALL).horizons[0].published_ms, T0 + DAY);
    answers(g, ALL, T0 + DAY + HOUR, 1);
    answers(g, ALL, T0 + DAY + HOUR, -1);
    assert_int_equal(guard_release(g, T0 + 2 * DAY), 0);
    assert_int_equal(guard_count(g), 0); /* two */
    answers(g, ALL, T0 + 2 * DAY + HOUR, -2);
    answers(g, ALL, T0 + 2 * DAY + HOUR, 2);
    assert_int_equal(guard_release(g, T0 + 3 * DAY), 0);
    assert_int_equal(told(g, ALL).horizons[0].published_ms, T0 + 3 * DAY); /* six */
    answers(g, ALL, T0 + 3 * DAY + HOUR, 1);
    answers(g, ALL, T0 + 3 * DAY + 2 * HOUR, 1);
    assert_int_equal(guard_release(g, T0 + 4 * DAY), 0);
    assert_int_equal(guard_count(g), 0); /* those of one tick are counted once */
}

/* ---- restart ---------------------------------------------------------------------------------------- */

static char *tell(const struct guard *g)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (uint32_t i = 0; i < guard_count(g); i++) {
        struct let_out_cell c;
        guard_at(g, i, &c);
        fprintf(out, "%.*s %u", (int)c.scope.len, c.scope.at, c.measure);
        for (uint32_t h = 0; h < c.horizon_count; h++) {
            fprintf(out, " %d %lld %lld %.17g", c.horizons[h].withheld, (long long)c.horizons[h].published_ms,
                    (long long)c.horizons[h].result.n, c.horizons[h].result.value);
        }
        fprintf(out, "\n");
    }
    fclose(out);
    return text;
}

static struct guard *put_back(const struct fixture *f, const struct change_log *log, struct random *r)
{
    struct guard *g;
    bool compacted = random_between(r, 0, 1);
    assert_int_equal(guard_create(&f->model, random_next(r), &g), 0);
    for (size_t i = 0; i < log->count; i++) {
        if (!log->at[i].superseded || !compacted) {
            struct text key = {(const char *)log->at[i].key, log->at[i].key_len};
            assert_int_equal(key.at[0], GUARD_KEY_MARK);
            assert_int_equal(guard_restore(g, key, log->at[i].value, log->at[i].len), 0);
        }
    }
    assert_int_equal(guard_restored(g), 0);
    return g;
}

static void guard_restored_decides_as_the_one_that_flushed(void **state)
{
    (void)state;
    static const struct text of[] = {{"organisation", 12}, {"department=care", 15}, {"department=sales", 16},
                                     {"department=care,region=north", 28}, {"region=north", 12}};
    size_t length = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random r = {seed};
        struct change_log log = {0};
        struct fixture f;
        struct guard *g;
        model_make(&f);
        assert_int_equal(guard_create(&f.model, 1, &g), 0);
        for (int day = 1; day <= 12; day++) {
            struct guard *back = put_back(&f, &log, &r);
            for (int i = 0; i < 6; i++) {
                struct text key = of[random_between(&r, 0, 4)];
                int64_t n = random_between(&r, 0, 4), t = T0 + day * DAY - random_between(&r, 0, 23) * HOUR;
                answers(g, key, t, n);
                answers(back, key, t, n);
            }
            assert_int_equal(guard_release(g, T0 + day * DAY), 0);
            assert_int_equal(guard_release(back, T0 + day * DAY), 0);
            char *a = tell(g), *b = tell(back);
            assert_string_equal(a, b);
            length += strlen(a);
            free(a);
            free(b);
            guard_destroy(back);
            assert_int_equal(guard_flush(g, log_put, &log), 0);
        }
        guard_destroy(g);
        log_close(&log);
    }
    assert_true(length > 10000);
}

/* ---- the owner -------------------------------------------------------------------------------------- */

static void scope_shows_what_is_let_out_and_before_that_only_that_it_is_withheld(void **state)
{
    (void)state;
    struct fixture f;
    model_make(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    uint32_t s;
    assert_int_equal(scope_engine_scope(f.engine, CARE, KIND_DEPARTMENT, &s), 0);
    struct delta_row row = {.set = set_alone(s), .measure = M_MOOD, .kind = ROW_TOUCH};
    assert_int_equal(scope_engine_add(f.engine, T0, &row), 0);
    tick(&f, T0);
    struct scope_view v = view(&f, s, T0);
    assert_true(measure(&v, "mood")->withheld && measure(&v, "mood")->withheld_horizons == 3);
    assert_int_equal(v.states[AXIS_E].fresh_ms, T0);
    struct let_out_cell c = {.scope = CARE, .kind = KIND_DEPARTMENT, .measure = M_MOOD, .horizon_count = 2,
                             .horizons = {{false, T0 + DAY, {.has_value = true, .value = 0.6, .n = 5}}, {true, 0, {0}}}};
    assert_int_equal(scope_engine_let_out(f.engine, T0 + DAY, &c), 0);
    assert_int_equal(scope_engine_next_tick(f.engine), T0 + DAY);
    tick(&f, T0 + DAY);
    v = view(&f, s, T0 + DAY);
    const struct measure_view *m = measure(&v, "mood");
    assert_true(!m->withheld && m->withheld_horizons == 2 && m->horizons[0].n == 5 && m->published_ms == T0 + DAY);
    assert_true(v.axes[AXIS_E].known && v.axes[AXIS_E].score == 60);
    assert_int_equal(v.states[AXIS_E].fresh_ms, T0); /* a release is no new answer */
    scope_engine_destroy(f.engine);
}

static void rows_of_private_measures_are_for_the_guard_alone(void **state)
{
    (void)state;
    struct fixture f;
    struct guard *g;
    uint32_t s;
    int64_t cells[CELL_SLOTS_MAX] = {1};
    model_make(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(guard_create(&f.model, 1, &g), 0);
    struct delta_row row = {.set = set_alone(0), .measure = M_MOOD, .kind = ROW_PANE,
                            .slots = f.measures[M_MOOD].aggregation->pane.slots, .cells = cells};
    assert_int_equal(scope_engine_scope(f.engine, ALL, KIND_ALL, &s), 0);
    assert_int_equal(scope_engine_add(f.engine, T0, &row), CUBE_EFORMAT);
    assert_int_equal(scope_engine_scope(guard_cells(g), ALL, KIND_ALL, &s), 0);
    assert_int_equal(scope_engine_add(guard_cells(g), T0, &row), 0);
    row.kind = ROW_TOUCH;
    row.slots = 0;
    assert_int_equal(scope_engine_add(guard_cells(g), T0, &row), CUBE_EFORMAT);
    assert_int_equal(scope_engine_add(f.engine, T0, &row), 0);
    row.measure = M_CARE;
    assert_int_equal(scope_engine_add(f.engine, T0, &row), CUBE_EFORMAT);
    guard_destroy(g);
    scope_engine_destroy(f.engine);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, guard_setup, guard_teardown)
    const struct CMUnitTest tests[] = {
        TEST(guard_lets_out_by_k_and_change_k),
        TEST(guard_decides_over_the_rows_until_the_tick_of_the_release),
        TEST(guard_withholds_what_a_scope_less_its_parts_would_expose),
        TEST(guard_withholds_the_shorter_horizon_that_would_expose_a_few),
        TEST(guard_counts_changes_on_while_a_cell_is_withheld),
        TEST(guard_counts_each_answer_that_comes_or_goes_at_a_tick),
        cmocka_unit_test(guard_restored_decides_as_the_one_that_flushed),
        cmocka_unit_test(scope_shows_what_is_let_out_and_before_that_only_that_it_is_withheld),
        cmocka_unit_test(rows_of_private_measures_are_for_the_guard_alone),
    };
    return RUN_TESTS(tests);
}
