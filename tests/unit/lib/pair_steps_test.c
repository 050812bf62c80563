/* Random opens and ends of ids, told in order and late, against a model that keeps every event. */
#include "measure/pair_steps.h"
#include "score/stat.h"
#include "support/promises.h"
#include "support/random.h"

#define EVENTS 500
#define IDS 40

static struct {
    enum event_kind kind;
    int64_t ts, expect_ms;
    int what, region;
} log_of[EVENTS];

static char names[IDS][16];
static const char *const regions[3] = {"east", "north", "south"};

struct sums {
    int64_t n, hits, waiting, overdue, lost, total_ms;
};

static void naive_id(int what, int region, int64_t t, struct sums *s)
{
    int opened = -1;
    for (int i = 0; i < EVENTS; i++) {
        if (log_of[i].what != what) {
            continue;
        }
        if (log_of[i].kind == KIND_REQUEST_OPEN) {
            opened = opened < 0 ? i : opened;
        } else if (opened >= 0) {
            bool here = region < 0 || log_of[opened].region == region, in = log_of[i].ts / DAY > (t - 1) / DAY - 30;
            int64_t took = log_of[i].ts - log_of[opened].ts;
            s->lost += here && in && log_of[i].kind == KIND_REQUEST_LOST;
            if (here && in && log_of[i].kind == KIND_REQUEST_DONE) {
                s->n++;
                s->hits += took <= log_of[opened].expect_ms;
                s->total_ms += took;
            }
            opened = -1;
        }
    }
    if (opened >= 0 && (region < 0 || log_of[opened].region == region)) {
        s->waiting++;
        s->overdue += log_of[opened].ts + log_of[opened].expect_ms < t;
    }
}

static void compare(int region, int64_t t)
{
    char key[32] = "organisation";
    struct sums s = {0};
    if (region >= 0) {
        snprintf(key, sizeof key, "region=%s", regions[region]);
    }
    for (int id = 0; id < IDS; id++) {
        naive_id(id, region, t, &s);
    }
    check(key, t, s.n, s.hits, s.waiting, s.overdue, s.lost);
    if (s.n > 0) {
        assert_true(at(key, t).field[RESULT_MEAN].d == stat_quotient((cube_i128)s.total_ms, s.n));
    }
}

static void log_fill(struct random *r, int ids)
{
    static const enum event_kind kinds[] = {KIND_REQUEST_OPEN, KIND_REQUEST_OPEN, KIND_REQUEST_DONE, KIND_REQUEST_LOST};
    int64_t ts = T0;
    for (int i = 0; i < EVENTS; i++) {
        ts += random_between(r, 1, 6 * HOUR);
        log_of[i].kind = kinds[random_between(r, 0, 3)];
        log_of[i].ts = ts;
        log_of[i].what = (int)random_between(r, 0, ids - 1);
        log_of[i].region = (int)random_between(r, 0, 2);
        log_of[i].expect_ms = random_between(r, 0, 3) ? DAY : random_between(r, 0, 9 * DAY);
    }
}

static struct event log_event(int i)
{
    struct event e = request(log_of[i].kind, log_of[i].ts, "c1", names[log_of[i].what]);
    e.dims[DIM_REGION] = text_of(regions[log_of[i].region]);
    if (log_of[i].expect_ms != DAY) {
        event_put_number(&e, EVENT_EXPECT_MS, log_of[i].expect_ms);
    }
    return e;
}

static void compare_all(void)
{
    int64_t end = log_of[EVENTS - 1].ts;
    for (int region = -1; region < 3; region++) {
        compare(region, end + DAY);
    }
    compare(-1, end + 31 * DAY);
}

static void names_fill(void)
{
    for (int id = 0; id < IDS; id++) {
        snprintf(names[id], sizeof names[id], "r%d", id);
    }
}

static int seed_now; /* 0: none is tried */

/* A test that fails has not taken its seed away. */
static int seed_told(void **state)
{
    (void)state;
    if (seed_now) {
        print_error("seed %d\n", seed_now);
    }
    seed_now = 0;
    return 0;
}

static void random_pairs_equal_a_model_that_keeps_every_event(void **state)
{
    (void)state;
    names_fill();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        open_world();
        seed_now = (int)seed;
        log_fill(&r, seed % 2 ? IDS : 4);
        for (int i = 0; i < EVENTS; i++) {
            struct event e = log_event(i);
            assert_int_equal(world_apply(&w, &e), 0);
        }
        compare_all();
        world_close(&w);
    }
    seed_now = 0;
}

static int told_compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Up to two of three events come late, by almost as much as is allowed. */
static void random_pairs_told_late_equal_the_same_model(void **state)
{
    (void)state;
    names_fill();
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random r = {seed};
        int64_t told[EVENTS][2], now = INT64_MIN, share = random_between(&r, 1, 66);
        open_world();
        seed_now = (int)seed;
        log_fill(&r, (int)random_between(&r, 1, 12));
        for (int i = 0; i < EVENTS; i++) {
            told[i][0] = log_of[i].ts + (random_between(&r, 1, 100) <= share ? random_between(&r, 1, DAY - 1) : 0);
            told[i][1] = i;
        }
        qsort(told, EVENTS, sizeof told[0], told_compare);
        for (int i = 0; i < EVENTS; i++) {
            struct event e = log_event((int)told[i][1]);
            bool late = e.ts_ms < now;
            now = late ? now : e.ts_ms;
            assert_int_equal(late ? entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), true) : world_apply(&w, &e), 0);
            world_drain(&w);
        }
        compare_all();
        world_close(&w);
    }
    seed_now = 0;
}

static uint32_t steps_kept(void)
{
    const struct entity *x = entity_table_at(&w.engine->table, 0);
    uint32_t steps = 0;
    for (uint32_t i = 0; i < x->fact_count; i++) {
        enum fact_type t = fact_type(&x->facts[i]);
        steps += t == FACT_PAIR || t == FACT_PAIR_OVER || t == FACT_END || t == FACT_END_USED;
    }
    return steps;
}

static void of_one_id_so_many_steps_are_kept(void **state)
{
    (void)state;
    open_world();
    for (int i = 0; i < 5000; i++) {
        send(KIND_REQUEST_OPEN, T0 + i * 10000, "c1", "again", "north");
    }
    assert_int_equal(steps_kept(), PAIR_STEPS_MAX);
    send(KIND_REQUEST_DONE, T0 + 5000 * 10000, "c1", "again", "south");
    check("region=north", T0 + DAY, 1, 1, 0, 0, 0);
    assert_true(at("region=north", T0 + DAY).field[RESULT_MEAN].d == 5000 * 10000.0);
    for (int i = 0; i < 2000; i++) {
        send(i % 2 ? KIND_REQUEST_DONE : KIND_REQUEST_OPEN, T0 + DAY + i * 10000, "c1", "often", "north");
    }
    check("region=north", T0 + 2 * DAY, 1001, 1001, 0, 0, 0);
    assert_true(steps_kept() <= 2 * PAIR_STEPS_MAX);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_pairs_equal_a_model_that_keeps_every_event, seed_told),
        cmocka_unit_test_teardown(random_pairs_told_late_equal_the_same_model, seed_told),
        cmocka_unit_test(of_one_id_so_many_steps_are_kept),
    };
    return RUN_TESTS(tests);
}
