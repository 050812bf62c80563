/* Employees of whom something is told late: the same as if each event had come in its turn, over restarts, too. */
#include "support/unit.h"

#include "support/entity_world.h"
#include "support/random.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 120
#define PEOPLE 3

static struct world w;
static const struct measure *heads, *turnover, *absence, *arrival;

static void open_world(void)
{
    world_open(&w);
    heads = world_measure(&w, "headcount", "headcount", 0, 60 * DAY, DAY);
    turnover = world_measure(&w, "turnover", "turnover", 0, 60 * DAY, DAY);
    absence = world_measure(&w, "absence", "absence", 0, 60 * DAY, DAY);
    arrival = world_measure(&w, "arrival", "time_to_productivity", 0, 60 * DAY, DAY);
    (void)world_measure(&w, "cost_per_hire", "cost_per_hire", 0, 60 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_EMPLOYEE, 3), 0);
}

static void send(enum event_kind kind, int64_t ts, bool late)
{
    struct event e = world_event(&w, kind, ts, "e1");
    assert_int_equal(late ? world_straggle(&w, &e) : world_apply(&w, &e), 0);
}

static struct result result_of(const struct measure *m)
{
    return world_result(&w, "organisation", m, T0 + 10 * DAY);
}

static void hire_that_comes_after_the_exit_leaves_nobody_here(void **state)
{
    (void)state;
    open_world();
    send(KIND_EXIT, T0 + 2 * HOUR, false);
    assert_int_equal(result_of(turnover).field[RESULT_HITS].i, 0);
    send(KIND_HIRE, T0 + HOUR, true);
    assert_int_equal(result_of(heads).n, 0);
    assert_int_equal(result_of(turnover).field[RESULT_HITS].i, 1);
    world_close(&w);
}

static void exit_that_comes_after_the_next_hire_ends_the_employment_before(void **state)
{
    (void)state;
    open_world();
    send(KIND_HIRE, T0 - 3 * DAY, false);
    send(KIND_HIRE, T0 + 2 * HOUR, false);
    send(KIND_PRODUCTIVE, T0 + 3 * HOUR, false);
    send(KIND_EXIT, T0 + HOUR, true);
    assert_int_equal(result_of(heads).n, 1);
    assert_int_equal(result_of(turnover).field[RESULT_HITS].i, 1);
    assert_true(result_of(arrival).value == (double)HOUR); /* of the second one */
    world_close(&w);
}

static void spell_whose_start_comes_after_its_end_is_closed(void **state)
{
    (void)state;
    open_world();
    send(KIND_HIRE, T0, false);
    send(KIND_ABSENCE_END, T0 + 5 * HOUR, false);
    send(KIND_ABSENCE_START, T0 + 2 * HOUR, true);
    struct result r = result_of(absence);
    assert_true(r.field[RESULT_MEAN_DURATION].d == 3.0 * (double)HOUR && r.field[RESULT_DAYS].d == 0.125);
    world_close(&w);
}

static void more_than_so_many_steps_are_survived(void **state)
{
    (void)state;
    open_world();
    for (int i = 0; i < 3 * STAFF_STEPS_MAX; i++) {
        send(i % 2 ? KIND_EXIT : KIND_HIRE, T0 + i, false);
    }
    for (int i = 0; i < 3 * STAFF_STEPS_MAX; i++) {
        send(KIND_ABSENCE_START, T0 - 1 - i, true);
    }
    assert_int_equal(result_of(heads).n, 0);
    assert_int_equal(result_of(turnover).field[RESULT_HITS].i, 3 * STAFF_STEPS_MAX / 2);
    world_close(&w);
}

/* ---- any order ---------------------------------------------------------------------------------------- */

static struct told {
    enum event_kind kind;
    int64_t ts, told_ms, number;
    int who;
} log_of[EVENTS], as_told[EVENTS];

static const char *const people[PEOPLE] = {"e1", "e2", "e3"}, *const regions[PEOPLE] = {"east", "north", "east"};

static void log_fill(struct random *r)
{
    static const enum event_kind kinds[] = {KIND_HIRE, KIND_HIRE, KIND_EXIT, KIND_HEADCOUNT, KIND_ABSENCE_START, KIND_ABSENCE_UPDATE,
                                            KIND_ABSENCE_END, KIND_PRODUCTIVE, KIND_RECRUIT_COST, KIND_TRANSFER};
    int64_t ts = T0;
    for (int i = 0; i < EVENTS; i++) {
        ts += random_between(r, 1, random_between(r, 0, 9) ? 3 * HOUR : 2 * DAY);
        bool late = random_between(r, 0, 2) == 0;
        log_of[i] = (struct told){kinds[random_between(r, 0, 9)], ts, late ? ts + random_between(r, 1, 20 * HOUR) : ts,
                                  random_between(r, 0, 4) * 250000, (int)random_between(r, 0, PEOPLE - 1)};
    }
}

static int by_told(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    return x->told_ms != y->told_ms ? (x->told_ms > y->told_ms) - (x->told_ms < y->told_ms) : (x->ts > y->ts) - (x->ts < y->ts);
}

static void tell_one(const struct told *t)
{
    struct event e = world_event(&w, t->kind, t->ts, people[t->who]);
    e.dims[DIM_REGION] = text_of(regions[t->who]);
    event_put_number(&e, t->kind == KIND_HIRE || t->kind == KIND_HEADCOUNT ? EVENT_FTE : EVENT_FRACTION, t->number);
    event_put_number(&e, EVENT_VOLUNTARY, t->number > 500000);
    assert_int_equal(world_run(&w, t->told_ms), 0);
    entity_engine_passed(w.engine, t->told_ms + 1);
    assert_int_equal(t->ts < t->told_ms ? world_straggle(&w, &e) : world_apply(&w, &e), 0);
}

/* Another engine goes on with the records of this one. */
static void restart(struct buf records[PEOPLE], char keys[PEOPLE][8], unsigned *count)
{
    bool erased, publish;
    for (uint32_t i = 0; i < entity_engine_dirty_count(w.engine); i++) {
        struct text key = entity_engine_dirty_at(w.engine, i, &erased, &publish);
        unsigned k = 0;
        while (k < *count && !text_equal(text_of(keys[k]), key)) {
            k++;
        }
        *count += k == *count;
        snprintf(keys[k], sizeof keys[k], "%.*s", (int)key.len, key.at);
        buf_clear(&records[k]);
        assert_int_equal(entity_engine_dirty_encode(w.engine, i, &records[k]), 0);
    }
    entity_engine_destroy(w.engine);
    assert_int_equal(world_start(&w, ENTITY_EMPLOYEE, 9), 0);
    for (unsigned k = 0; k < *count; k++) {
        assert_int_equal(entity_engine_restore(w.engine, text_of(keys[k]), records[k].at, records[k].len, NULL), 0);
    }
}

static void tell_all(const struct told *list, int restarts_every)
{
    struct buf records[PEOPLE] = {{0}};
    char keys[PEOPLE][8] = {{0}};
    unsigned count = 0;
    for (int i = 0; i < EVENTS; i++) {
        tell_one(&list[i]);
        if (restarts_every && i % restarts_every == 0) {
            restart(records, keys, &count);
        }
    }
    for (unsigned k = 0; k < PEOPLE; k++) {
        buf_close(&records[k]);
    }
}

/* All but that there were corrections. */
static void compare_rows(const struct world *a, struct world *b)
{
    for (uint32_t i = 0; i < a->row_count; i++) {
        const struct world_row *x = &a->rows[i];
        struct delta_row key = {.measure = x->measure, .kind = x->kind, .slots = x->slots, .pane = x->pane, .bucket = x->bucket};
        const struct world_row *y = world_row_get(b, text_of(x->key), &key);
        assert_true(x->kind == ROW_CORRECTION || memcmp(x->cells, y->cells, sizeof x->cells) == 0);
    }
}

static void staff_told_late_equals_that_told_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random r = {seed};
        log_fill(&r);
        memcpy(as_told, log_of, sizeof as_told);
        qsort(as_told, EVENTS, sizeof as_told[0], by_told);
        for (int i = 0; i < EVENTS; i++) {
            log_of[i].told_ms = log_of[i].ts;
        }
        open_world();
        tell_all(log_of, 0);
        struct world in_order = w;
        open_world();
        tell_all(as_told, seed % 3 == 0 ? 0 : (int)(seed % 7) + 1);
        compare_rows(&in_order, &w);
        compare_rows(&w, &in_order);
        world_close(&w);
        world_close(&in_order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hire_that_comes_after_the_exit_leaves_nobody_here),
        cmocka_unit_test(exit_that_comes_after_the_next_hire_ends_the_employment_before),
        cmocka_unit_test(spell_whose_start_comes_after_its_end_is_closed),
        cmocka_unit_test(more_than_so_many_steps_are_survived),
        cmocka_unit_test(staff_told_late_equals_that_told_in_order),
    };
    return RUN_TESTS(tests);
}
