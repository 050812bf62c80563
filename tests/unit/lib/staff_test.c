/* Absence, time to productivity and cost per hire, against figures worked out by hand and against a model
 * that keeps every event. */
#include "support/unit.h"

#include <math.h>

#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *m;

static void open_world(const char *aggregation, int64_t window_ms)
{
    world_open(&w);
    m = world_measure(&w, "m", aggregation, 0, window_ms, DAY);
    assert_int_equal(world_start(&w, ENTITY_EMPLOYEE, 3), 0);
}

static struct event event_at(enum event_kind kind, int64_t ts, int who, const char *department)
{
    static char names[32][16];
    snprintf(names[who], sizeof names[who], "e%d", who);
    struct event e = world_event(&w, kind, ts, names[who]);
    if (department) {
        e.dims[DIM_DEPARTMENT] = text_of(department);
    }
    return e;
}

static void send(enum event_kind kind, int64_t ts, int who, const char *department)
{
    struct event e = event_at(kind, ts, who, department);
    assert_int_equal(world_apply(&w, &e), 0);
}

static void send_number(enum event_kind kind, int64_t ts, int who, enum event_field field, int64_t micro)
{
    struct event e = event_at(kind, ts, who, NULL);
    event_put_number(&e, field, micro);
    assert_int_equal(world_apply(&w, &e), 0);
}

static struct result result_at(const char *key, int64_t t)
{
    return world_result(&w, key, m, t);
}

static double field_of(const struct result *r, enum result_field f)
{
    assert_true(r->present >> f & 1);
    return r->field[f].d;
}

/* ---- absence --------------------------------------------------------------------------------------- */

static void absence_of_73_in_1000_days_is_7_3_percent(void **state)
{
    (void)state;
    open_world("absence", 100 * DAY);
    for (int i = 0; i < 10; i++) {
        send(KIND_HIRE, T0, i, "care");
    }
    send(KIND_ABSENCE_START, T0 + 10 * DAY, 0, NULL);
    send(KIND_ABSENCE_START, T0 + 20 * DAY, 1, NULL);
    send(KIND_ABSENCE_END, T0 + 43 * DAY, 1, NULL);
    send(KIND_ABSENCE_END, T0 + 60 * DAY, 0, NULL);
    struct result r = result_at("organisation", T0 + 100 * DAY);
    assert_true(r.has_value && r.value == 0.073);
    assert_int_equal(r.n, 10);
    assert_true(field_of(&r, RESULT_DAYS) == 73 && field_of(&r, RESULT_AVAILABLE_DAYS) == 1000);
    assert_true(field_of(&r, RESULT_MEAN_DURATION) == 36.5 * (double)DAY);
    assert_true(fabs(field_of(&r, RESULT_FREQUENCY) - 2 / (1000.0 / 365)) < 1e-12);
    assert_false(r.has_interval);
    world_close(&w);
}

static void absence_counts_fractions_of_part_timers_and_running_spells(void **state)
{
    (void)state;
    open_world("absence", 10 * DAY);
    send_number(KIND_HIRE, T0, 0, EVENT_FTE, FIXED_ONE / 2);
    send(KIND_HIRE, T0, 1, NULL);
    send(KIND_ABSENCE_START, T0 + 2 * DAY, 0, NULL);
    send_number(KIND_ABSENCE_UPDATE, T0 + 4 * DAY, 0, EVENT_FRACTION, FIXED_ONE / 2);
    send_number(KIND_HEADCOUNT, T0 + 6 * DAY, 0, EVENT_FTE, FIXED_ONE);
    send_number(KIND_ABSENCE_START, T0 + 8 * DAY, 0, EVENT_FRACTION, FIXED_ONE / 4); /* no new spell */
    struct result r = result_at("organisation", T0 + 10 * DAY);
    assert_true(field_of(&r, RESULT_DAYS) == 2 * 0.5 + 2 * 0.25 + 2 * 0.5 + 2 * 0.25);
    assert_true(field_of(&r, RESULT_AVAILABLE_DAYS) == 10 + 6 * 0.5 + 4);
    assert_true(fabs(field_of(&r, RESULT_FREQUENCY) - 1 / (20.0 / 365)) < 1e-12);
    assert_false(r.present >> RESULT_MEAN_DURATION & 1);
    r = result_at("organisation", T0 + 100 * DAY); /* nothing happened since: two people, one of them a quarter absent */
    assert_true(r.value == 0.125 && field_of(&r, RESULT_DAYS) == 2.5);
    assert_true(field_of(&r, RESULT_FREQUENCY) == 0);
    world_close(&w);
}

static void absence_needs_somebody_present_and_ends_with_the_exit(void **state)
{
    (void)state;
    open_world("absence", 10 * DAY);
    send(KIND_ABSENCE_START, T0, 0, NULL);
    struct result r = result_at("organisation", T0 + DAY);
    assert_true(!r.has_value && r.n == 0 && field_of(&r, RESULT_AVAILABLE_DAYS) == 0);
    assert_false(r.present >> RESULT_FREQUENCY & 1);
    send(KIND_HIRE, T0 + DAY, 0, NULL); /* not absent: the start came before it was hired */
    send(KIND_ABSENCE_UPDATE, T0 + DAY, 0, NULL);
    send(KIND_ABSENCE_END, T0 + 2 * DAY, 0, NULL);
    r = result_at("organisation", T0 + 3 * DAY);
    assert_true(r.has_value && r.value == 0 && field_of(&r, RESULT_FREQUENCY) == 0);
    send(KIND_ABSENCE_START, T0 + 3 * DAY, 0, NULL);
    send(KIND_EXIT, T0 + 4 * DAY, 0, NULL);
    send(KIND_ABSENCE_END, T0 + 5 * DAY, 0, NULL);
    r = result_at("organisation", T0 + 6 * DAY);
    assert_true(field_of(&r, RESULT_DAYS) == 1 && field_of(&r, RESULT_AVAILABLE_DAYS) == 3 && r.n == 1);
    assert_false(r.present >> RESULT_MEAN_DURATION & 1);
    send(KIND_HIRE, T0 + 6 * DAY, 0, NULL); /* hired again: well */
    r = result_at("organisation", T0 + 7 * DAY);
    assert_true(field_of(&r, RESULT_DAYS) == 1 && field_of(&r, RESULT_AVAILABLE_DAYS) == 4);
    world_close(&w);
}

static void absence_moves_with_the_employee_and_its_spells_stay(void **state)
{
    (void)state;
    open_world("absence", 10 * DAY);
    send(KIND_HIRE, T0, 0, "care");
    send(KIND_ABSENCE_START, T0 + 2 * DAY, 0, NULL);
    send(KIND_TRANSFER, T0 + 5 * DAY, 0, "sales");
    send(KIND_ABSENCE_END, T0 + 9 * DAY, 0, NULL);
    struct result care = result_at("department=care", T0 + 10 * DAY), sales = result_at("department=sales", T0 + 10 * DAY);
    assert_true(field_of(&care, RESULT_DAYS) == 3 && field_of(&care, RESULT_AVAILABLE_DAYS) == 5 && care.n == 0);
    assert_true(field_of(&sales, RESULT_DAYS) == 4 && field_of(&sales, RESULT_AVAILABLE_DAYS) == 5 && sales.n == 1);
    assert_true(field_of(&care, RESULT_FREQUENCY) == 73 && field_of(&sales, RESULT_FREQUENCY) == 0);
    assert_true(field_of(&sales, RESULT_MEAN_DURATION) == 7 * (double)DAY);
    assert_false(care.present >> RESULT_MEAN_DURATION & 1);
    world_close(&w);
}

static void absence_is_not_changed_by_a_straggler_from_before_its_spell(void **state)
{
    (void)state;
    open_world("absence", 10 * DAY);
    send(KIND_HIRE, T0, 0, NULL);
    send(KIND_ABSENCE_START, T0 + 4 * DAY, 0, NULL);
    struct event ends = event_at(KIND_ABSENCE_END, T0 + 3 * DAY, 0, NULL), starts = event_at(KIND_ABSENCE_UPDATE, T0 + 2 * DAY, 0, NULL);
    event_put_number(&starts, EVENT_FRACTION, 0);
    assert_int_equal(entity_engine_apply(w.engine, &ends, entity_engine_hash(w.engine, ends.entity), true), 0);
    assert_int_equal(entity_engine_apply(w.engine, &starts, entity_engine_hash(w.engine, starts.entity), true), 0);
    world_drain(&w);
    struct result r = result_at("organisation", T0 + 6 * DAY);
    assert_true(field_of(&r, RESULT_DAYS) == 2 && !(r.present >> RESULT_MEAN_DURATION & 1));
    world_close(&w);
}

/* What a model that walks through every event says of one employee's days within [from, to). */
struct days {
    double available, absent;
};

static struct days naive_days(const struct event *events, int count, struct text who, int64_t from, int64_t to)
{
    struct days d = {0, 0};
    double fte = 1, fraction = 0;
    bool here = false, absent = false;
    int64_t at = from;
    for (int i = 0; i <= count; i++) {
        bool last = i == count;
        if (!last && !text_equal(events[i].entity, who)) {
            continue;
        }
        int64_t ts = last ? to : events[i].ts_ms < from ? from : events[i].ts_ms;
        d.available += here ? fte * (double)(ts - at) : 0;
        d.absent += here && absent ? fte * fraction * (double)(ts - at) : 0;
        at = ts;
        if (last) {
            break;
        }
        const struct event *e = &events[i];
        double told = (double)event_number(e, EVENT_FRACTION, FIXED_ONE) / 1e6;
        switch (e->kind) {
        case KIND_HIRE:
            fte = (double)event_number(e, EVENT_FTE, FIXED_ONE) / 1e6;
            absent = absent && here;
            here = true;
            break;
        case KIND_EXIT: here = absent = false; break;
        case KIND_HEADCOUNT: fte = (double)event_number(e, EVENT_FTE, 0) / 1e6; break;
        case KIND_ABSENCE_START:
            absent = here;
            fraction = told;
            break;
        case KIND_ABSENCE_UPDATE: fraction = told; break;
        case KIND_ABSENCE_END: absent = false; break;
        default: break;
        }
    }
    return d;
}

static void absence_equals_a_walk_over_all_events(void **state)
{
    (void)state;
    static const enum event_kind kinds[] = {KIND_HIRE, KIND_EXIT, KIND_HEADCOUNT, KIND_ABSENCE_START, KIND_ABSENCE_START,
                                            KIND_ABSENCE_UPDATE, KIND_ABSENCE_END, KIND_TRANSFER};
    static struct event events[400];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        open_world("absence", 7 * DAY);
        int64_t ts = T0;
        for (int i = 0; i < 400; i++) {
            ts += random_between(&r, 0, 5 * HOUR);
            events[i] = event_at(kinds[random_between(&r, 0, 7)], ts, (int)random_between(&r, 0, 5), NULL);
            event_put_number(&events[i], EVENT_FTE, random_between(&r, 0, 4) * FIXED_ONE / 4);
            event_put_number(&events[i], EVENT_FRACTION, random_between(&r, 0, 4) * FIXED_ONE / 4);
            events[i].dims[DIM_REGION] = random_between(&r, 0, 3) == 0 ? text_of("north") : (struct text){0};
            assert_int_equal(world_apply(&w, &events[i]), 0);
            if (i % 20 != 0) {
                continue;
            }
            int64_t from = (pane_newest(ts + 1, DAY) - 6) * DAY;
            struct days want = {0, 0};
            for (int who = 0; who < 6; who++) {
                char name[16];
                snprintf(name, sizeof name, "e%d", who);
                struct days d = naive_days(events, i + 1, text_of(name), from, ts + 1);
                want = (struct days){want.available + d.available, want.absent + d.absent};
            }
            struct result got = result_at("organisation", ts + 1);
            assert_true(fabs(field_of(&got, RESULT_DAYS) * (double)DAY - want.absent) < 0.01);
            assert_true(fabs(field_of(&got, RESULT_AVAILABLE_DAYS) * (double)DAY - want.available) < 0.01);
        }
        world_close(&w);
    }
}

/* ---- time to productivity --------------------------------------------------------------------------- */

static void time_to_productivity_is_the_mean_from_hire_to_productive(void **state)
{
    (void)state;
    open_world("time_to_productivity", 365 * DAY);
    for (int i = 0; i < 4; i++) {
        send(KIND_HIRE, T0 + i * DAY, i, "care");
    }
    send(KIND_PRODUCTIVE, T0 + 30 * DAY, 0, NULL);
    send(KIND_PRODUCTIVE, T0 + 51 * DAY, 1, NULL);
    send(KIND_PRODUCTIVE, T0 + 60 * DAY, 1, NULL); /* once per employment */
    struct result r = result_at("organisation", T0 + 100 * DAY);
    assert_true(r.has_value && r.value == 40 * (double)DAY && r.n == 2 && r.has_interval);
    assert_true(fabs(r.high - r.value - 1.959964 * sqrt(200) / sqrt(2) * (double)DAY) < 1);
    assert_true(fabs(field_of(&r, RESULT_P50) / (30.0 * (double)DAY) - 1) <= 0.016);
    assert_true(fabs(field_of(&r, RESULT_P90) / (50.0 * (double)DAY) - 1) <= 0.016);
    assert_int_equal(r.field[RESULT_RAMPING].i, 2);
    assert_true(field_of(&r, RESULT_RAMPING_MEAN) == 97.5 * (double)DAY);
    assert_false(r.present >> RESULT_MEAN & 1);
    world_close(&w);
}

static void ramping_moves_with_the_employee_and_ends_with_the_exit(void **state)
{
    (void)state;
    open_world("time_to_productivity", 365 * DAY);
    send(KIND_PRODUCTIVE, T0, 0, "care"); /* nobody hired it */
    send(KIND_HIRE, T0 + DAY, 0, "care");
    send(KIND_TRANSFER, T0 + 2 * DAY, 0, "sales");
    assert_int_equal(result_at("department=care", T0 + 3 * DAY).field[RESULT_RAMPING].i, 0);
    assert_int_equal(result_at("department=sales", T0 + 3 * DAY).field[RESULT_RAMPING].i, 1);
    send(KIND_EXIT, T0 + 4 * DAY, 0, NULL);
    struct result r = result_at("department=sales", T0 + 5 * DAY);
    assert_true(r.field[RESULT_RAMPING].i == 0 && !(r.present >> RESULT_RAMPING_MEAN & 1) && !r.has_value);
    send(KIND_HIRE, T0 + 6 * DAY, 0, NULL);
    send(KIND_PRODUCTIVE, T0 + 8 * DAY, 0, NULL); /* a second employment counts anew */
    r = result_at("department=sales", T0 + 9 * DAY);
    assert_true(r.value == 2 * (double)DAY && r.n == 1 && r.field[RESULT_RAMPING].i == 0);
    r = result_at("department=sales", T0 + 400 * DAY);
    assert_true(!r.has_value && r.n == 0); /* exactly empty after its length */
    world_close(&w);
}

/* ---- cost per hire ----------------------------------------------------------------------------------- */

static void cost_per_hire_divides_all_costs_by_all_hires(void **state)
{
    (void)state;
    open_world("cost_per_hire", 30 * DAY);
    send_number(KIND_RECRUIT_COST, T0, 0, EVENT_EXTERNAL, 3000 * FIXED_ONE);
    struct result r = result_at("organisation", T0 + DAY);
    assert_true(!r.has_value && r.n == 0 && field_of(&r, RESULT_EXTERNAL) == 3000);
    send_number(KIND_RECRUIT_COST, T0 + DAY, 0, EVENT_INTERNAL, 1500500000);
    send(KIND_HIRE, T0 + 2 * DAY, 0, NULL);
    send(KIND_HIRE, T0 + 2 * DAY, 0, NULL); /* is here already */
    send(KIND_HIRE, T0 + 3 * DAY, 1, NULL);
    r = result_at("organisation", T0 + 4 * DAY);
    assert_true(r.has_value && r.value == 2250.25 && r.n == 2 && r.field[RESULT_HIRES].i == 2 && !r.has_interval);
    assert_true(field_of(&r, RESULT_INTERNAL) == 1500.5);
    r = result_at("organisation", T0 + 31 * DAY + 1);
    assert_true(r.has_value && r.value == 0 && r.n == 2); /* the costs have left, the hires not yet */
    r = result_at("organisation", T0 + 40 * DAY);
    assert_true(!r.has_value && r.n == 0 && field_of(&r, RESULT_EXTERNAL) == 0);
    world_close(&w);
}

/* ---- all ---------------------------------------------------------------------------------------------- */

/* Where everybody has left and every window has passed, nothing is left of anything: no level, no n. */
static void nothing_is_left_when_all_have_gone_and_the_windows_have_passed(void **state)
{
    (void)state;
    static const char *const departments[] = {"care", "sales", NULL};
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct random r = {seed};
        world_open(&w);
        world_measure(&w, "absence", "absence", 0, 30 * DAY, DAY);
        world_measure(&w, "ramp", "time_to_productivity", 0, 30 * DAY, DAY);
        world_measure(&w, "hiring", "cost_per_hire", 0, 30 * DAY, DAY);
        assert_int_equal(world_start(&w, ENTITY_EMPLOYEE, seed), 0);
        int64_t ts = T0;
        for (int i = 0; i < 300; i++) {
            ts += random_between(&r, 0, 5 * HOUR);
            struct event e = event_at((enum event_kind)random_between(&r, KIND_HIRE, KIND_RECRUIT_COST), ts,
                                      (int)random_between(&r, 0, 5), departments[random_between(&r, 0, 2)]);
            assert_int_equal(world_apply(&w, &e), 0);
        }
        for (int who = 0; who < 6; who++) {
            send(KIND_EXIT, ts + 1, who, NULL);
        }
        for (uint32_t i = 0; i < w.row_count; i++) {
            const struct world_row *x = &w.rows[i];
            assert_true(x->kind != ROW_LEVEL || cells_are_zero(&w.measures[x->measure].aggregation->level, x->cells));
        }
        for (uint32_t i = 0; i < w.model.measure_count; i++) {
            struct result x = world_result(&w, "organisation", &w.measures[i], ts + 31 * DAY);
            assert_true(x.n == 0 && !x.has_value && !(x.present >> RESULT_P50 & 1) && x.field[RESULT_RAMPING].i == 0);
        }
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absence_of_73_in_1000_days_is_7_3_percent),
        cmocka_unit_test(absence_counts_fractions_of_part_timers_and_running_spells),
        cmocka_unit_test(absence_needs_somebody_present_and_ends_with_the_exit),
        cmocka_unit_test(absence_moves_with_the_employee_and_its_spells_stay),
        cmocka_unit_test(absence_is_not_changed_by_a_straggler_from_before_its_spell),
        cmocka_unit_test(absence_equals_a_walk_over_all_events),
        cmocka_unit_test(time_to_productivity_is_the_mean_from_hire_to_productive),
        cmocka_unit_test(ramping_moves_with_the_employee_and_ends_with_the_exit),
        cmocka_unit_test(cost_per_hire_divides_all_costs_by_all_hires),
        cmocka_unit_test(nothing_is_left_when_all_have_gone_and_the_windows_have_passed),
    };
    return RUN_TESTS(tests);
}
