/* Idle ticks cost nothing because nothing can happen in them: an engine that is made to judge every scope at
 * every tick decides the same as one that works on active ticks only. */
#include "support/unit.h"

#include <stdlib.h>

#include "support/scope_random.h"

#define TICKS 900

static void decisions_print(FILE *out, struct scope_engine *e)
{
    for (uint32_t i = 0; i < scope_engine_decision_count(e); i++) {
        print_decision(out, e, scope_engine_decision_at(e, i));
    }
    scope_engine_decisions_clear(e);
}

/* A correction of nothing: the scope is judged, nothing is refreshed. */
static void wake_all(struct scope_engine *e, int64_t t)
{
    int64_t none = 0;
    for (uint32_t s = 0; s < scope_engine_count(e); s++) {
        struct delta_row row = {.set = set_alone(s), .kind = ROW_CORRECTION, .slots = 1, .cells = &none};
        assert_int_equal(scope_engine_add(e, t, &row), 0);
    }
}

static char *run(const struct fixture *f, uint64_t seed, bool every_tick, uint32_t *ret_ticks)
{
    struct scope_engine *e;
    struct random r = {seed};
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(scope_engine_create(&f->model, seed, &e), 0);
    *ret_ticks = 0;
    for (int n = 1; n <= TICKS; n++) {
        int64_t t = T0 + n * TICK;
        for (int64_t rows = random_between(&r, 0, 40) ? 0 : random_between(&r, 1, 30); rows > 0;
             rows--) {
            struct random_row row;
            draw_row(&r, f, t, &row);
            add_row(e, &row);
        }
        if (every_tick) {
            wake_all(e, t);
        }
        if (scope_engine_next_tick(e) <= t) {
            assert_int_equal(scope_engine_next_tick(e), t);
            assert_int_equal(scope_engine_tick(e, t), 0);
            ++*ret_ticks;
        }
        decisions_print(out, e);
    }
    fclose(out);
    scope_engine_destroy(e);
    return text;
}

static void scope_engine_tick_decides_the_same_when_it_skips_idle_ticks(void **state)
{
    (void)state;
    size_t told = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fixture f;
        uint32_t every, active;
        fixture_init(&f);
        f.model.privacy.release_ms = HOUR;
        f.measures[M_MOOD].is_private = seed % 2;
        for (unsigned a = 0; a < AXIS_COUNT; a++) {
            f.model.cube.axes[a].dwell_ms = seed % 3 * 7 * MINUTE + 1;
            f.model.cube.axes[a].hysteresis = (double)(seed % 5);
            f.model.cube.axes[a].stale_after_ms = 40 * MINUTE;
        }
        f.rules[A_QUIET].with.stale.after_ms = 30 * MINUTE;
        char *a = run(&f, seed, true, &every), *b = run(&f, seed, false, &active);
        if (strcmp(a, b) != 0) {
            fail_msg("seed %llu:\n%s\nnot\n%s", (unsigned long long)seed, b, a);
        }
        assert_true(active < every / 2);
        told += strlen(a);
        free(a);
        free(b);
    }
    assert_true(told > 20000); /* it was not all silence */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_tick_decides_the_same_when_it_skips_idle_ticks)};
    return RUN_TESTS(tests);
}
