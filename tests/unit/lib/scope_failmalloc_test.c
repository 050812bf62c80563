/* Every public function of the scope engine under an allocator that fails at the 1st, 2nd, ... call. */
#include "support/unit.h"

#include "engine/guard.h"
#include "support/failmalloc.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)

static struct fixture fixture;

static int add_contacts(struct fixture *f, uint32_t s, int64_t t)
{
    uint32_t giver;
    int64_t one = 1, parts[M_COUNT] = {0};
    struct axis_gift g = {50, 1, 1, parts};
    int rc = scope_engine_giver(f->engine, TEXT_LITERAL("department=care"), &giver);
    struct delta_row row = {.set = set_alone(s), .kind = ROW_CONTACTS, .slots = 1, .cells = &one, .pane = pane_of(t - 1, MINUTE)};
    row.bucket = rc ? 0 : (int32_t)giver;
    rc = rc ? rc : scope_engine_add(f->engine, t, &row);
    rc = rc ? rc : scope_engine_gift(f->engine, TEXT_LITERAL("organisation"), &g);
    if (rc == 0) {
        scope_engine_gifts_turn(f->engine);
    }
    return rc;
}

static int add_all(struct fixture *f, uint32_t s, int64_t t, int64_t hits)
{
    int rc = 0;
    for (uint16_t m = 0; m < M_STAFF && rc == 0; m++) {
        rc = fixture_share(f, s, t, m, t - 1, 10, hits);
    }
    rc = rc ? rc : fixture_one(f, s, t, M_ANSWERS, ROW_HIST, t - 1, 7, 10);
    rc = rc ? rc : fixture_one(f, s, t, M_STAFF, ROW_LEVEL, 0, 0, 3);
    rc = rc ? rc : fixture_one(f, s, t, 0, ROW_CORRECTION, 0, 0, 1);
    return rc || f->model.cube.linked.panes == 0 ? rc : add_contacts(f, s, t);
}

static int two_ticks(struct fixture *f)
{
    uint32_t s;
    int rc = fixture_scope(f, TEXT_LITERAL("region=north"), &s);
    rc = rc ? rc : add_all(f, s, T0, 9);
    rc = rc ? rc : scope_engine_tick(f->engine, T0);
    rc = rc ? rc : add_all(f, s, T0 + TICK, 0);
    return rc ? rc : scope_engine_tick(f->engine, T0 + TICK);
}

static int run_create(void *arg)
{
    struct fixture *f = arg;
    int rc = scope_engine_create(&f->model, 1, &f->engine);
    if (rc == 0) {
        scope_engine_destroy(f->engine);
    }
    return rc;
}

static int run_ticks(void *arg)
{
    struct fixture *f = arg;
    int rc = scope_engine_create(&f->model, 1, &f->engine);
    if (rc) {
        return rc;
    }
    rc = two_ticks(f);
    struct scope_view v;
    while (rc == 0 && scope_engine_next_tick(f->engine) <= T0 + 2 * DAY) {
        rc = scope_engine_tick(f->engine, scope_engine_next_tick(f->engine));
    }
    rc = rc ? rc : scope_engine_view(f->engine, 0, T0 + 2 * DAY, &v);
    scope_engine_destroy(f->engine);
    return rc;
}

struct kept {
    uint8_t key[64], value[4096];
    uint32_t key_len;
    size_t len;
};

static struct kept kept[64];
static uint32_t kept_count;

static int keep(void *arg, struct text key, const uint8_t *value, size_t len)
{
    (void)arg;
    struct kept *k = &kept[kept_count++];
    assert(kept_count <= 64 && key.len <= sizeof k->key && len <= sizeof k->value);
    memcpy(k->key, key.at, key.len);
    memcpy(k->value, value, len);
    k->key_len = key.len;
    k->len = len;
    return 0;
}

static int run_flush(void *arg)
{
    struct fixture *f = arg;
    kept_count = 0;
    int rc = scope_engine_flush(f->engine, keep, NULL);
    return rc;
}

static int run_guard(void *arg)
{
    struct fixture *f = arg;
    struct guard *g;
    uint32_t s;
    int rc = guard_create(&f->model, 1, &g);
    if (rc) {
        return rc;
    }
    f->engine = guard_cells(g);
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = fixture_scope(f, i ? TEXT_LITERAL("region=north") : TEXT_LITERAL("organisation"), &s);
        rc = rc ? rc : fixture_share(f, s, T0, M_MOOD, T0 - 1, 10 - i, 5);
    }
    rc = rc ? rc : guard_release(g, T0);
    kept_count = 0;
    rc = rc ? rc : guard_flush(g, keep, NULL);
    rc = rc ? rc : guard_restored(g);
    guard_destroy(g);
    return rc;
}

static int run_restore(void *arg)
{
    struct fixture *f = arg;
    int rc = scope_engine_create(&f->model, 1, &f->engine);
    if (rc) {
        return rc;
    }
    for (uint32_t i = 0; i < kept_count && rc == 0; i++) {
        rc = scope_engine_restore(f->engine,
                                  (struct text){(const char *)kept[i].key, kept[i].key_len},
                                  kept[i].value, kept[i].len);
    }
    rc = rc ? rc : scope_engine_restored(f->engine);
    scope_engine_destroy(f->engine);
    return rc;
}

static void scope_engine_create_gives_everything_back_when_memory_ends(void **state)
{
    (void)state;
    fixture_init(&fixture);
    assert_true(failmalloc_sweep(run_create, &fixture) > 4);
}

static void scope_engine_tick_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture_remembers(&fixture);
    fixture.model.cube.linked = (struct horizon){HOUR, MINUTE, 60, "1h"};
    assert_true(failmalloc_sweep_tolerant(run_ticks, &fixture) > 30);
}

static void guard_fails_cleanly_at_every_allocation(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.measures[M_MOOD].is_private = true;
    assert_true(failmalloc_sweep_tolerant(run_guard, &fixture) > 20);
}

static void scope_engine_flush_and_restore_fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture_remembers(&fixture);
    assert_int_equal(scope_engine_create(&fixture.model, 1, &fixture.engine), 0);
    assert_int_equal(two_ticks(&fixture), 0);
    assert_true(failmalloc_sweep(run_flush, &fixture) > 0);
    scope_engine_destroy(fixture.engine);
    assert_true(failmalloc_sweep_tolerant(run_restore, &fixture) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_engine_create_gives_everything_back_when_memory_ends),
        cmocka_unit_test(scope_engine_tick_fails_cleanly_at_every_allocation),
        cmocka_unit_test(guard_fails_cleanly_at_every_allocation),
        cmocka_unit_test(scope_engine_flush_and_restore_fail_cleanly_at_every_allocation),
    };
    return RUN_TESTS(tests);
}
