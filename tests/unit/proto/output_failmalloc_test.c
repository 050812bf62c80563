/* The outputs under an allocator that fails at the 1st, 2nd, ... call. */
#include "support/unit.h"

#include "proto/output.h"
#include "proto/schema.h"
#include "support/failmalloc.h"
#include "support/scope_fixture.h"

#define T0 (100 * DAY)
#define NORTH TEXT_LITERAL("region=north")

static struct fixture fixture;
static struct scope_view view;

static int story(struct fixture *f)
{
    uint32_t s;
    fixture_init(f);
    int rc = scope_engine_create(&f->model, 1, &f->engine);
    rc = rc ? rc : fixture_scope(f, NORTH, &s);
    for (uint16_t m = 0; m < M_ANSWERS && rc == 0; m++) {
        rc = fixture_share(f, s, T0, m, T0 - 1, 10, 9);
    }
    rc = rc ? rc : scope_engine_tick(f->engine, T0);
    scope_engine_decisions_clear(f->engine);
    rc = rc ? rc : fixture_share(f, s, T0 + TICK, M_CARE, T0, 90, 0);
    rc = rc ? rc : scope_engine_tick(f->engine, T0 + TICK);
    return rc ? rc : scope_engine_view(f->engine, s, T0 + TICK, &view);
}

static int run_state(void *arg)
{
    struct buf b = {0};
    int rc = output_state(&fixture.model, &view, NULL, 0, *(enum output_format *)arg, &b);
    buf_close(&b);
    return rc;
}

static int run_decisions(void *arg)
{
    struct buf b = {0};
    int rc = 0;
    for (uint32_t i = 0; i < scope_engine_decision_count(fixture.engine) && rc == 0; i++) {
        const struct decision *d = scope_engine_decision_at(fixture.engine, i);
        enum output_format f = *(enum output_format *)arg;
        rc = d->type == DECISION_CHANGE ? output_change(&fixture.model, NORTH, d, f, &b)
                                        : output_alert(&fixture.model, NORTH, d, f, &b);
    }
    buf_close(&b);
    return rc;
}

static int run_customer(void *arg)
{
    struct buf b = {0};
    struct customer_view v = {.key = TEXT_LITERAL("c1"),
                              .dims = {[DIM_REGION] = TEXT_LITERAL("north")}};
    int rc = output_customer(&fixture.model, &v, *(enum output_format *)arg, &b);
    buf_close(&b);
    return rc;
}

static int run_schemas(void *arg)
{
    struct buf b = {0};
    (void)arg;
    int rc = schema_page(&b);
    for (unsigned t = 0; t < TOPIC_COUNT && rc == 0; t++) {
        buf_close(&b);
        rc = schema_events((enum event_topic)t, &b);
    }
    for (unsigned m = 0; m < OUTPUT_VALUES && rc == 0; m++) {
        buf_close(&b);
        rc = schema_output((enum output_map)m, &b);
    }
    buf_close(&b);
    return rc;
}

static void schemas_fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(run_schemas, NULL) > 20);
}

static void outputs_fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    assert_int_equal(story(&fixture), 0);
    for (enum output_format f = FORMAT_JSON; f <= FORMAT_MSGPACK; f++) {
        assert_true(failmalloc_sweep(run_state, &f) > 2);
        assert_true(failmalloc_sweep(run_decisions, &f) > 4);
        assert_true(failmalloc_sweep(run_customer, &f) > 1);
    }
    scope_engine_destroy(fixture.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs_fail_cleanly_at_every_allocation),
                                       cmocka_unit_test(schemas_fail_cleanly_at_every_allocation)};
    return RUN_TESTS(tests);
}
