/* E of scopes without answers of employees: linked, inherited, and what drives its moves. */
#include "support/unit.h"

#include "support/scope_steps.h"

#define CARE TEXT_LITERAL("department=care")
#define SALES TEXT_LITERAL("department=sales")
#define SMB TEXT_LITERAL("region=north,segment=smb")

enum { KIND_REGION = 1, KIND_DEPARTMENT, KIND_BOTH };

/* Scored measures of the fixture in order: care, speed, mood, worth. */
enum { MOOD_PLACE = 2, PLACES = 4 };

static struct fixture *start_given(void **state)
{
    struct fixture *f = *state;
    fixture_init(f);
    f->model.scopes = (struct scope_plan){4, {{0}, {1, {DIM_REGION}}, {1, {DIM_DEPARTMENT}}, {2, {DIM_REGION, DIM_SEGMENT}}}};
    f->model.cube.linked = (struct horizon){HOUR, MINUTE, 60, "1h"};
    f->model.alert_count = 0;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    return f;
}

static uint32_t scope_of_kind(struct fixture *f, struct text key, uint32_t kind)
{
    uint32_t id;
    assert_int_equal(scope_engine_scope(f->engine, key, kind, &id), 0);
    return id;
}

static void contacts(struct fixture *f, uint32_t s, int64_t t, struct text department, int64_t n)
{
    uint32_t giver;
    assert_int_equal(scope_engine_giver(f->engine, department, &giver), 0);
    struct delta_row row = {.set = set_alone(s), .kind = ROW_CONTACTS, .slots = 1, .bucket = (int32_t)giver,
                            .pane = pane_of(t - 1, MINUTE), .cells = &n};
    assert_int_equal(scope_engine_add(f->engine, t, &row), 0);
}

static void gift(struct fixture *f, struct text giver, int64_t points)
{
    int64_t parts[PLACES] = {[MOOD_PLACE] = points * 1000000};
    struct axis_gift g = {(double)points, 3, 1, parts};
    assert_int_equal(scope_engine_gift(f->engine, giver, &g), 0);
}

static struct axis_now e_of(struct fixture *f, uint32_t s, int64_t t)
{
    return view(f, s, t).axes[AXIS_E];
}

static void scope_without_own_answers_is_linked_by_its_contacts_while_they_last(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION), care = scope_of_kind(f, CARE, KIND_DEPARTMENT);
    gift(f, CARE, 40);
    gift(f, SALES, 80);
    gift(f, TEXT_LITERAL("organisation"), 10);
    contacts(f, north, T0, SALES, 1);
    contacts(f, north, T0, CARE, 3);
    contacts(f, care, T0, CARE, 3);
    tick(f, T0);
    assert_true(e_of(f, north, T0).basis == BASIS_LINKED && !e_of(f, north, T0).known && e_of(f, north, T0).coverage == 0);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + TICK);
    struct axis_now e = e_of(f, north, T0 + TICK);
    assert_true(e.known && e.score == 50 && e.coverage == 1 && e.basis == BASIS_LINKED);
    contacts(f, north, T0 + 2 * TICK, CARE, 4);
    run_to(f, T0 + 2 * TICK);
    assert_true(e_of(f, north, T0 + 2 * TICK).score == 45);
    const int64_t leaves = T0 + 59 * MINUTE; /* the pane that ends with T0 */
    run_to(f, leaves);
    assert_true(e_of(f, north, leaves).score == 45);
    run_to(f, leaves + TICK);
    assert_true(e_of(f, north, leaves + TICK).score == 40); /* the four of the pane after it are left */
    run_to(f, leaves + 2 * MINUTE);
    e = e_of(f, north, leaves + 2 * MINUTE);
    assert_true(e.basis == BASIS_INHERITED && e.known && e.score == 10);
    assert_int_equal(scope_engine_next_tick(f->engine), INT64_MAX);
}

static void scope_served_by_departments_without_an_e_inherits(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    contacts(f, north, T0, CARE, 3);
    tick(f, T0);
    assert_true(e_of(f, north, T0).basis == BASIS_INHERITED && e_of(f, north, T0).score == 10);
    gift(f, CARE, 40);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + TICK);
    assert_true(e_of(f, north, T0 + TICK).basis == BASIS_LINKED && e_of(f, north, T0 + TICK).score == 40);
}

static void scope_with_own_answers_keeps_its_own(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    share(f, north, T0, M_MOOD, 10, 6);
    contacts(f, north, T0, CARE, 3);
    tick(f, T0);
    assert_true(e_of(f, north, T0).basis == BASIS_OWN && e_of(f, north, T0).score == 60);
    run_to(f, T0 + HOUR + MINUTE);
    assert_true(e_of(f, north, T0 + HOUR + MINUTE).basis == BASIS_INHERITED);
}

static void scope_inherits_from_the_nearest_around_it(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t smb = scope_of_kind(f, SMB, KIND_BOTH), all = scope_of_kind(f, TEXT_LITERAL("organisation"), 0);
    share(f, smb, T0, M_CARE, 10, 6);
    share(f, all, T0, M_CARE, 10, 6);
    tick(f, T0);
    assert_true(!e_of(f, smb, T0).known && e_of(f, smb, T0).basis == BASIS_OWN);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + TICK);
    assert_true(e_of(f, smb, T0 + TICK).score == 10);
    assert_false(e_of(f, all, T0 + TICK).known); /* nobody is around the organisation */
    gift(f, NORTH, 30);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + 2 * TICK);
    assert_true(e_of(f, smb, T0 + 2 * TICK).score == 30 && e_of(f, smb, T0 + 2 * TICK).basis == BASIS_INHERITED);
}

static void scope_is_published_again_only_when_what_it_takes_is_another_e(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t smb = scope_of_kind(f, SMB, KIND_BOTH), id;
    int64_t t;
    share(f, smb, T0, M_CARE, 10, 6);
    tick(f, T0);
    assert_int_equal(scope_engine_changed_pop(f->engine, &id, &t), 0);
    for (int i = 1; i <= 3; i++) {
        gift(f, NORTH, i < 3 ? 30 : 31);
        scope_engine_gifts_turn(f->engine);
        tick(f, T0 + i * TICK);
        assert_int_equal(scope_engine_changed_count(f->engine), i != 2);
        (void)scope_engine_changed_pop(f->engine, &id, &t);
    }
}

static void moves_of_a_borrowed_e_have_drivers_that_add_up(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION), at = 0;
    share(f, north, T0, M_CARE, 10, 6);
    share(f, north, T0, M_WORTH, 10, 6);
    contacts(f, north, T0, SALES, 1);
    contacts(f, north, T0, CARE, 2);
    gift(f, CARE, 80);
    gift(f, SALES, 75);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0);
    assert_int_equal(view(f, north, T0).octant, 7);
    gift(f, CARE, 30);
    gift(f, SALES, 20);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + TICK);
    const struct decision *d = decided(f, DECISION_CHANGE, &at);
    assert_non_null(d);
    assert_int_equal(d->to, 3);
    assert_int_equal(d->move_count, 1);
    assert_int_equal(d->moves[0].from, 78333333);
    assert_int_equal(d->moves[0].to, 26666667);
    assert_int_equal(d->moves[0].driver_count, 1);
    assert_int_equal(d->moves[0].drivers[0].measure, M_MOOD);
    assert_int_equal(d->moves[0].drivers[0].contribution, 26666667 - 78333333);
}

struct given {
    int count;
    double scores;
    int64_t contributions;
};

static int on_give(void *arg, struct text key, const struct axis_gift *g)
{
    struct given *given = arg;
    given->count++;
    given->scores += g->score;
    given->contributions += g->contributions[MOOD_PLACE];
    assert_true(text_equal(key, CARE) || text_equal(key, TEXT_LITERAL("organisation")));
    return 0;
}

static void only_known_e_of_their_own_is_given(void **state)
{
    struct fixture *f = start_given(state);
    uint32_t care = scope_of_kind(f, CARE, KIND_DEPARTMENT), all = scope_of_kind(f, TEXT_LITERAL("organisation"), 0);
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION), smb = scope_of_kind(f, SMB, KIND_BOTH);
    share(f, care, T0, M_MOOD, 10, 4);
    share(f, all, T0, M_MOOD, 20, 9);
    share(f, smb, T0, M_MOOD, 20, 9);
    share(f, north, T0, M_CARE, 10, 6);
    gift(f, TEXT_LITERAL("organisation"), 10);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0);
    struct given given = {0};
    assert_int_equal(scope_engine_give(f->engine, T0, on_give, &given), 0);
    assert_int_equal(given.count, 2);
    assert_true(given.scores == 85 && given.contributions == 85000000);
}

static void an_alert_looks_at_the_e_that_a_scope_takes_from_others(void **state)
{
    struct fixture *f = start_given(state);
    f->model.alert_count = 1;
    f->rules[0].condition = alert_condition_find("coverage");
    f->rules[0].axis = AXIS_E;
    f->rules[0].with.coverage = (struct coverage_condition){0.5};
    uint32_t north = scope_of_kind(f, NORTH, KIND_REGION);
    struct decision now;
    gift(f, CARE, 40);
    contacts(f, north, T0, CARE, 3);
    tick(f, T0); /* what is given counts from the next tick on */
    assert_int_equal(scope_engine_alert_now(f->engine, north, 0, &now), 0);
    assert_true(now.firing && now.answer.value == 0);
    scope_engine_gifts_turn(f->engine);
    tick(f, T0 + TICK);
    assert_int_equal(scope_engine_alert_now(f->engine, north, 0, &now), CUBE_ENOTFOUND);
    f->rules[0].with.coverage.below = 2; /* so that it fires with what there is */
    tick(f, T0 + 2 * TICK);
    contacts(f, north, T0 + 3 * TICK, CARE, 1);
    tick(f, T0 + 3 * TICK);
    assert_int_equal(scope_engine_alert_now(f->engine, north, 0, &now), 0);
    assert_true(now.answer.value == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scope_served_by_departments_without_an_e_inherits, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_without_own_answers_is_linked_by_its_contacts_while_they_last, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_with_own_answers_keeps_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_inherits_from_the_nearest_around_it, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_is_published_again_only_when_what_it_takes_is_another_e, setup, teardown),
        cmocka_unit_test_setup_teardown(moves_of_a_borrowed_e_have_drivers_that_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(only_known_e_of_their_own_is_given, setup, teardown),
        cmocka_unit_test_setup_teardown(an_alert_looks_at_the_e_that_a_scope_takes_from_others, setup, teardown),
    };
    return RUN_TESTS(tests);
}
