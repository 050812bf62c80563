/* Scopes at the bounds there are for them, and lists of them that grow. */
#include "support/unit.h"

#include <stdio.h>

#include "scope/scope_table.h"
#include "support/scope_steps.h"

static const struct scope_plan plan = {2, {{0}, {1, {DIM_REGION}}}};

static const struct scope_set *set_of(struct scope_table *t, const char *region)
{
    const struct scope_set *set;
    struct dim_values v;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        v.id[d] = DIM_ABSENT;
    }
    assert_int_equal(scope_table_value(t, DIM_REGION, text_of(region), &v.id[DIM_REGION]), 0);
    assert_int_equal(scope_table_set(t, &v, &set), 0);
    assert_int_equal(set->count, 2);
    return set;
}

static struct text key_of(const struct scope_table *t, const struct scope_set *set)
{
    return scope_table_key(t, set->scopes[1]);
}

/* Three names: the organisation, two regions. The third region is the overflow, at first by its scope, then by its value. */
static void scope_table_counts_beyond_its_bound_in_the_overflow(void **state)
{
    (void)state;
    struct scope_table *t;
    struct buf overflow = {0};
    assert_int_equal(scope_key_overflow(&plan.kinds[1], &overflow), 0);
    struct text beyond = {(const char *)overflow.at, (uint32_t)overflow.len};
    assert_int_equal(scope_table_create(&plan, 3, 1, &t), 0);
    const struct scope_set *north = set_of(t, "north"), *south = set_of(t, "south");
    assert_true(text_equal(key_of(t, north), NORTH) && text_equal(key_of(t, south), TEXT_LITERAL("region=south")));
    assert_int_equal(scope_table_refused(t), 0);
    const struct scope_set *east = set_of(t, "east");
    assert_true(text_equal(key_of(t, east), beyond));
    assert_int_equal(scope_table_refused(t), 1);
    assert_int_equal(scope_table_values_refused(t), 0);
    const struct scope_set *west = set_of(t, "west");
    assert_true(text_equal(key_of(t, west), beyond) && west->scopes[1] == east->scopes[1]);
    assert_int_equal(scope_table_values_refused(t), 1);
    assert_ptr_equal(set_of(t, "north"), north);
    buf_close(&overflow);
    scope_table_destroy(t);
}

static void set_take(struct scope_table *t, const char *region, const char *segment)
{
    struct dim_values v;
    uint32_t id;
    memset(&v, 0xff, sizeof v);
    assert_int_equal(scope_table_value(t, DIM_REGION, text_of(region), &v.id[DIM_REGION]), 0);
    assert_int_equal(scope_table_value(t, DIM_SEGMENT, text_of(segment), &v.id[DIM_SEGMENT]), 0);
    assert_int_equal(scope_table_set_id(t, &v, &id), 0);
    assert_int_equal(scope_table_set_at(t, id)->id, id);
}

/* In each set that has it, whichever scopes of single values were met before. */
static void scope_table_counts_what_it_refuses_each_time(void **state)
{
    (void)state;
    static const struct scope_plan two = {.kinds = {{0}, {.dims = {DIM_REGION}, .count = 1}, {.dims = {DIM_SEGMENT}, .count = 1}}, .count = 3};
    struct scope_table *t;
    assert_int_equal(scope_table_create(&two, 3, 1, &t), 0);
    set_take(t, "north", "smb");
    set_take(t, "north", "corp");
    assert_int_equal(scope_table_refused(t), 1);
    set_take(t, "east", "smb");
    assert_int_equal(scope_table_refused(t), 2);
    set_take(t, "east", "corp");
    assert_int_equal(scope_table_refused(t), 4);
    assert_int_equal(scope_table_values_refused(t), 0);
    scope_table_destroy(t);
}

static void scope_engine_has_no_scope_of_a_kind_that_is_none(void **state)
{
    struct fixture *f = start(state);
    uint32_t id = 7;
    assert_int_equal(scope_engine_scope(f->engine, NORTH, 2, &id), CUBE_EFORMAT);
    assert_true(id == 7 && scope_engine_count(f->engine) == 0);
}

static void let_out(struct fixture *f, struct text key, int64_t t)
{
    struct let_out_cell c = {.scope = key, .kind = 1, .measure = M_MOOD, .horizon_count = 1};
    c.horizons[0] = (struct let_out){.result = {.has_value = true, .value = 0.5, .n = 8}, .published_ms = t};
    assert_int_equal(scope_engine_let_out(f->engine, t, &c), 0);
}

/* What the guard lets out of a scope that goes to the overflow has nobody to be told to, and makes nobody. */
static void scope_engine_is_let_out_nothing_of_scopes_it_does_not_keep(void **state)
{
    struct fixture *f = *state;
    f->model.limits.scopes = 1;
    f->measures[M_MOOD].is_private = true;
    start(state);
    uint32_t north = scope(f, NORTH);
    share(f, north, T0, M_CARE, 10, 5);
    tick(f, T0);
    let_out(f, TEXT_LITERAL("region=south"), T0 + TICK);
    assert_int_equal(scope_engine_count(f->engine), 1);
    let_out(f, NORTH, T0 + TICK);
    tick(f, T0 + TICK);
    struct scope_view v = view(f, north, T0 + TICK);
    assert_int_equal(measure(&v, "mood")->horizons[0].n, 8);
}

/* Those that wait are more than there was room for at first, some of them taken already. */
static void scope_engine_changed_keep_their_turn_when_more_come(void **state)
{
    struct fixture *f = start(state);
    char keys[60][24];
    int64_t t = T0;
    for (int i = 0; i < 60; i++) {
        snprintf(keys[i], sizeof keys[i], "region=%02d", i);
        share(f, scope(f, text_of(keys[i])), t, M_CARE, 10, 5);
        if (i % 10 == 9) { /* ten a tick, of which two are taken */
            uint32_t id;
            int64_t tick_ms;
            tick(f, t);
            for (int k = 0; k < 2; k++) {
                assert_int_equal(scope_engine_changed_pop(f->engine, &id, &tick_ms), 0);
                assert_true(text_equal(scope_engine_key(f->engine, id), text_of(keys[i / 10 * 2 + k])));
            }
            t += TICK;
        }
    }
    for (int i = 12; i < 60; i++) {
        uint32_t id;
        int64_t tick_ms;
        assert_int_equal(scope_engine_changed_pop(f->engine, &id, &tick_ms), 0);
        assert_true(text_equal(scope_engine_key(f->engine, id), text_of(keys[i])));
    }
    assert_int_equal(scope_engine_changed_count(f->engine), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_table_counts_beyond_its_bound_in_the_overflow),
        cmocka_unit_test(scope_table_counts_what_it_refuses_each_time),
        cmocka_unit_test_setup_teardown(scope_engine_has_no_scope_of_a_kind_that_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_engine_is_let_out_nothing_of_scopes_it_does_not_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_engine_changed_keep_their_turn_when_more_come, setup, teardown),
    };
    return RUN_TESTS(tests);
}
