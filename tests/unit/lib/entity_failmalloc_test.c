#include "support/unit.h"

#include "support/entity_random.h"
#include "support/failmalloc.h"

#define T0 (INT64_C(20000) * DAY)
#define EVENTS 70

static int nothing(void *arg, struct text key)
{
    (void)arg;
    (void)key;
    return 0;
}

static int events_apply(struct world *w, enum entity_type type)
{
    struct random r = {3};
    int rc = 0;
    for (int i = 0; rc == 0 && i < EVENTS; i++) {
        struct event e = random_event(w, &r, type, T0 + i * 5 * HOUR);
        while ((rc = entity_engine_timers(w->engine, e.ts_ms)) == 1) {
        }
        rc = rc ? rc : entity_engine_apply(w->engine, &e, entity_engine_hash(w->engine, e.entity), i % 7 == 0);
    }
    return rc;
}

/* Every dirty record goes into the other engine. */
static int records_carry(struct world *w, struct world *other)
{
    struct buf b = {0};
    int rc = 0;
    bool erased, publish;
    for (uint32_t i = 0; rc == 0 && i < entity_engine_dirty_count(w->engine); i++) {
        buf_clear(&b);
        struct text key = entity_engine_dirty_at(w->engine, i, &erased, &publish);
        rc = erased ? 0 : entity_engine_dirty_encode(w->engine, i, &b);
        rc = rc ? rc : entity_engine_restore(other->engine, key, b.at, b.len, NULL);
    }
    buf_close(&b);
    return rc;
}

struct lives {
    enum entity_type type;
    bool owing;
};

static int whole_life(void *arg)
{
    static struct world w, other;
    enum entity_type type = ((struct lives *)arg)->type;
    random_world(&w);
    random_world(&other);
    w.model.cancel_within_ms = 20 * DAY;
    w.owing = ((struct lives *)arg)->owing;
    int rc = world_start(&w, type, 1);
    rc = rc ? rc : world_start(&other, type, 2);
    rc = rc ? rc : events_apply(&w, type);
    rc = rc ? rc : records_carry(&w, &other);
    rc = rc ? rc : entity_engine_each(w.engine, nothing, NULL);
    if (rc == 0) {
        entity_engine_clean(w.engine);
        while ((rc = entity_engine_timers(w.engine, T0 + 60 * DAY)) == 1) {
        }
    }
    entity_engine_destroy(w.engine);
    entity_engine_destroy(other.engine);
    return rc;
}

static void engine_says_so_whichever_allocation_fails(void **state)
{
    (void)state;
    static struct lives all[] = {{ENTITY_CUSTOMER, false}, {ENTITY_CUSTOMER, true}, {ENTITY_EMPLOYEE, false}};
    for (int i = 0; i < 3; i++) {
        assert_true(failmalloc_sweep(whole_life, &all[i]) > 50);
    }
}

static int tables(void *arg)
{
    (void)arg;
    struct scope_plan plan = {.count = 2, .kinds = {{0}, {1, {DIM_REGION}}}};
    struct scope_table *t = NULL;
    struct delta_table *d = NULL;
    int rc = scope_table_create(&plan, 1000, 1, &t);
    rc = rc ? rc : delta_table_create(&d);
    for (uint32_t i = 0; rc == 0 && i < 700; i++) {
        char value[16];
        struct dim_values v;
        const struct scope_set *set;
        int64_t *cells;
        memset(&v, 0xff, sizeof v);
        snprintf(value, sizeof value, "r%u", i);
        rc = scope_table_value(t, DIM_REGION, text_of(value), &v.id[DIM_REGION]);
        rc = rc ? rc : scope_table_set(t, &v, &set);
        rc = rc ? rc : delta_row(d, i, 1, ROW_PANE, i, 0, 20, &cells);
    }
    scope_table_destroy(t);
    delta_table_destroy(d);
    return rc;
}

static void tables_say_so_whichever_allocation_fails(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(tables, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_says_so_whichever_allocation_fails),
        cmocka_unit_test(tables_say_so_whichever_allocation_fails),
    };
    return RUN_TESTS(tests);
}
