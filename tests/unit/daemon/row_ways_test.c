/* Rows on their way: from the sender's sets to the tasks that own the scopes, and from a bundle's names to the
 * sets of the scope engine. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/scope_fixture.h"
#include "task/row_names.h"
#include "task/row_routes.h"
#include "task/row_spread.h"

#define NORTH TEXT_LITERAL("region=north")
#define T0 (100 * DAY)

static const struct scope_set *set_of(struct scope_table *t, const char *region, const char *segment)
{
    struct dim_values v;
    const struct scope_set *set;
    memset(&v, 0xff, sizeof v);
    assert_int_equal(scope_table_value(t, DIM_REGION, text_of(region), &v.id[DIM_REGION]), 0);
    assert_int_equal(scope_table_value(t, DIM_SEGMENT, text_of(segment), &v.id[DIM_SEGMENT]), 0);
    assert_int_equal(scope_table_set(t, &v, &set), 0);
    return set;
}

static void row_routes_of_gives_every_scope_to_the_task_that_owns_it_once(void **state)
{
    (void)state;
    static const struct scope_plan plan = {.count = 4, .kinds = {{0}, {1, {DIM_REGION}}, {1, {DIM_SEGMENT}}, {2, {DIM_REGION, DIM_SEGMENT}}}};
    static const char *const regions[] = {"north", "south", "east", "west"}, *const segments[] = {"smb", "key"};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    for (uint32_t tasks = 1; tasks <= 7; tasks++) {
        struct row_routes r = {.tasks = tasks, .kinds = SCOPE_KINDS_MAX};
        for (unsigned i = 0; i < 8; i++) {
            const struct scope_set *set = set_of(t, regions[i / 2], segments[i % 2]);
            const struct set_routes *routes = NULL;
            uint32_t seen = 0;
            assert_int_equal(row_routes_of(&r, t, set->id, &routes), 0);
            for (uint32_t k = 0; k < routes->count; k++) {
                const struct row_route *to = &routes->routes[k];
                assert_true(k == 0 || to->task != to[-1].task);
                for (uint32_t s = 0; s < to->set.count; s++, seen++) {
                    assert_int_equal(scope_task_of(scope_table_key(t, to->set.scopes[s]), tasks), to->task);
                }
            }
            assert_int_equal(seen, set->count);
        }
        row_routes_close(&r);
    }
    scope_table_destroy(t);
}

static struct fixture f;

/* Rows of all sets of two regions and `segments` segments; cells: 1 each. */
static void spread(uint32_t segments, enum row_kind kind, struct row_spread *s, struct scope_table *t, struct delta_table *rows,
                   struct row_list *ret_list)
{
    delta_table_clear(rows);
    for (uint32_t i = 0; i < 2 * segments; i++) {
        char segment[16];
        snprintf(segment, sizeof segment, "s%u", (unsigned)(i / 2));
        const struct scope_set *set = set_of(t, i % 2 ? "north" : "south", segment);
        int64_t *cells;
        assert_int_equal(delta_row(rows, set->id, M_STAFF, kind, 0, 0, 1, &cells), 0);
        *cells = 1;
    }
    assert_int_equal(row_spread(s, &f.model, t, rows, ret_list), 0);
}

static int64_t cells_of(const struct row_list *rows, const struct scope_table *t, const char *key)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct delta_row *r = &rows->at[i];
        if (r->set & SET_ALONE && text_equal(scope_table_key(t, r->set ^ SET_ALONE), text_of(key))) {
            return r->cells[0];
        }
    }
    return -1;
}

static void row_spread_makes_rows_by_scope_where_they_are_fewer(void **state)
{
    (void)state;
    static const struct scope_plan plan = {.count = 3, .kinds = {{0}, {1, {DIM_REGION}}, {1, {DIM_SEGMENT}}}};
    struct row_spread s = {0};
    struct scope_table *t;
    struct delta_table *rows;
    struct row_list out;
    fixture_init(&f);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    assert_int_equal(delta_table_create(&rows), 0);
    spread(50, ROW_LEVEL, &s, t, rows, &out);
    assert_int_equal(out.count, 1 + 2 + 50);
    assert_int_equal(cells_of(&out, t, "organisation"), 100);
    assert_int_equal(cells_of(&out, t, "region=north"), 50);
    assert_int_equal(cells_of(&out, t, "segment=s49"), 2);
    const struct scope_set *set = set_of(t, "north", "s0");
    assert_non_null(delta_sums_claim(delta_table_sums(rows), t, set, M_STAFF, true, 0)); /* and summed so from now on */
    assert_null(delta_sums_claim(delta_table_sums(rows), t, set, M_STAFF, false, 0));
    spread(50, ROW_SKETCH, &s, t, rows, &out); /* with buckets: as they are */
    assert_int_equal(out.count, 100);
    assert_int_equal(cells_of(&out, t, "organisation"), -1);
    spread(50, ROW_QUIET_LEVEL, &s, t, rows, &out); /* what time moved is spread, too, but has no sums that go on */
    assert_int_equal(out.count, 1 + 2 + 50);
    assert_int_equal(out.at[0].kind, ROW_QUIET_LEVEL);
    spread(4, ROW_LEVEL, &s, t, rows, &out); /* few */
    assert_ptr_equal(out.at, delta_table_at(rows, 0));
    row_spread_close(&s);
    delta_table_destroy(rows);
    scope_table_destroy(t);
}

/* Of the rows of one tick, those of 100 sets with 53 scopes and those of two sets with five. */
static void row_spread_looks_at_each_kind_measure_and_pane(void **state)
{
    (void)state;
    static const struct scope_plan plan = {.count = 3, .kinds = {{0}, {1, {DIM_REGION}}, {1, {DIM_SEGMENT}}}};
    struct row_spread s = {0};
    struct scope_table *t;
    struct delta_table *rows;
    struct row_list out;
    fixture_init(&f);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    assert_int_equal(delta_table_create(&rows), 0);
    for (int tick = 0; tick < 3; tick++) {
        spread(50, ROW_LEVEL, &s, t, rows, &out);
        for (int i = 0; i < 2; i++) {
            int64_t *cells;
            const struct scope_set *set = set_of(t, i ? "north" : "south", i ? "s1" : "s2");
            assert_int_equal(delta_row(rows, set->id, M_STAFF, ROW_LEVEL, 7, 0, 1, &cells), 0);
            *cells = 1000;
        }
        assert_int_equal(row_spread(&s, &f.model, t, rows, &out), 0);
        assert_int_equal(out.count, 1 + 2 + 50 + 2);
        assert_int_equal(cells_of(&out, t, "segment=s1"), 2);
        for (uint32_t i = 0; i < out.count; i++) { /* and they stand together */
            assert_int_equal(out.at[i].pane, i < 53 ? 0 : 7);
            assert_true(i < 53 ? (out.at[i].set & SET_ALONE) != 0 : out.at[i].set < SET_ALONE && out.at[i].cells[0] == 1000);
        }
    }
    row_spread_close(&s);
    delta_table_destroy(rows);
    scope_table_destroy(t);
}

/* What a commit writes hangs on it (task/entity_redo.c). */
static void scope_table_value_counts_a_refused_value_each_time(void **state)
{
    (void)state;
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct scope_table *t;
    uint32_t first, id[2];
    assert_int_equal(scope_table_create(&plan, 1, 1, &t), 0);
    assert_int_equal(scope_table_value(t, DIM_REGION, TEXT_LITERAL("north"), &first), 0);
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(scope_table_value(t, DIM_REGION, TEXT_LITERAL("south"), &id[i]), 0);
        assert_int_equal(scope_table_values_refused(t), i + 1);
    }
    assert_int_equal(id[0], id[1]);
    assert_int_not_equal(id[0], first);
    static const struct text texts[DIM_COUNT] = {[DIM_REGION] = {"south", 5}};
    assert_false(scope_table_value_is(t, DIM_REGION, id[0], texts[DIM_REGION]));
    scope_table_destroy(t);
}

static void row_spread_keeps_sets_that_share_no_scope(void **state)
{
    (void)state;
    static const struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_SEGMENT}}}};
    struct row_spread s = {0};
    struct scope_table *t;
    struct delta_table *rows;
    struct row_list out;
    fixture_init(&f);
    assert_int_equal(scope_table_create(&plan, 1000, 1, &t), 0);
    assert_int_equal(delta_table_create(&rows), 0);
    spread(100, ROW_LEVEL, &s, t, rows, &out);
    assert_int_equal(out.count, delta_table_count(rows)); /* 100 sets; 101 scopes */
    assert_false(out.at[0].set & SET_ALONE);
    assert_int_equal(out.count, 100);
    assert_int_equal(s.recent[M_STAFF * ROW_KIND_COUNT + ROW_LEVEL].from, 200);
    row_spread_close(&s);
    delta_table_destroy(rows);
    scope_table_destroy(t);
}

static struct row_names names;

static int learn_scope(struct text key, uint32_t kind)
{
    struct bundle_item item = {.type = BUNDLE_SCOPE, .key = key, .kind = kind};
    return row_names_learn(&names, f.engine, &item);
}

static int learn_set(uint32_t first, uint32_t second)
{
    const uint32_t scopes[] = {first, second};
    struct bundle_item item = {.type = BUNDLE_SET, .scopes = scopes, .scope_count = 2};
    return row_names_learn(&names, f.engine, &item);
}

static int add(uint32_t set, int64_t staff)
{
    struct delta_row row = {.set = set, .measure = M_STAFF, .kind = ROW_LEVEL, .slots = 1, .cells = &staff};
    return row_names_add(&names, f.engine, T0, &row);
}

static int64_t staff_of(const char *key)
{
    uint32_t id;
    struct scope_view v;
    assert_int_equal(fixture_scope(&f, text_of(key), &id), 0);
    assert_int_equal(scope_engine_view(f.engine, id, T0, &v), 0);
    return v.measures[0].horizons[0].n;
}

static void row_names_add_reaches_every_scope_of_the_set(void **state)
{
    (void)state;
    fixture_init(&f);
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    uint32_t earlier; /* so that the bundle's index is not the engine's */
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("region=west"), &earlier), 0);
    row_names_clear(&names);
    assert_int_equal(learn_scope(TEXT_LITERAL("organisation"), 0), 0);
    assert_int_equal(learn_scope(NORTH, 1), 0);
    assert_int_equal(learn_set(0, 1), 0);
    assert_int_equal(add(0, 5), 0);
    assert_int_equal(add(set_alone(1), 2), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(staff_of("organisation"), 5);
    assert_int_equal(staff_of("region=north"), 7);
    scope_engine_destroy(f.engine);
    row_names_close(&names);
}

static void row_names_add_gives_scopes_beyond_the_limit_to_the_overflow(void **state)
{
    (void)state;
    fixture_init(&f);
    f.model.limits.scopes = 1;
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    row_names_clear(&names);
    assert_int_equal(learn_scope(TEXT_LITERAL("organisation"), 0), 0);
    assert_int_equal(learn_scope(NORTH, 1), 0);
    assert_int_equal(learn_scope(TEXT_LITERAL("region=south"), 1), 0);
    assert_int_equal(learn_set(0, 1), 0);
    assert_int_equal(learn_set(1, 2), 0);
    assert_int_equal(add(0, 5), 0);
    assert_int_equal(add(1, 5), 0);
    assert_int_equal(add(set_alone(2), 5), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(staff_of("organisation"), 5);
    assert_int_equal(staff_of("region=north"), 10);
    assert_int_equal(staff_of("region=overflow"), 10);
    assert_int_equal(scope_engine_overflowed(f.engine), 2);
    assert_true(scope_engine_is_full(f.engine));
    scope_engine_destroy(f.engine);
    row_names_close(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_routes_of_gives_every_scope_to_the_task_that_owns_it_once),
        cmocka_unit_test(row_spread_makes_rows_by_scope_where_they_are_fewer),
        cmocka_unit_test(row_spread_looks_at_each_kind_measure_and_pane),
        cmocka_unit_test(row_spread_keeps_sets_that_share_no_scope),
        cmocka_unit_test(scope_table_value_counts_a_refused_value_each_time),
        cmocka_unit_test(row_names_add_reaches_every_scope_of_the_set),
        cmocka_unit_test(row_names_add_gives_scopes_beyond_the_limit_to_the_overflow),
    };
    return RUN_TESTS(tests);
}
