#include "support/unit.h"

#include "support/aggregating.h"
#include "support/failmalloc.h"

/* Many panes into one table, so that it has to grow while an aggregation emits. */
static int apply_many(void *arg)
{
    struct aggregating g = aggregating_of(arg);
    struct event e = event_of(KIND_MEASUREMENT, EVENT_VALUE, 7 * FIXED_ONE);
    struct delta_table *t;
    int rc = delta_table_create(&t);
    if (rc) {
        return rc;
    }
    for (int i = 0; rc == 0 && i < 3000; i++) {
        struct applying a = {.event = &e, .ts_ms = i * g.measure.pane_ms, .flow = &g.flow.set, .out = t};
        rc = g.measure.aggregation->apply(&g.measure, &a);
    }
    delta_table_destroy(t);
    return rc;
}

static void apply_of_every_row_over_events_reports_lack_of_memory(void **state)
{
    (void)state;
    const char *const names[] = {"count", "sum", "rate", "mean", "stddev",
                                 "ratio", "quotient", "within", "nps", "top_box"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(failmalloc_sweep(apply_many, (void *)names[i]) >= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply_of_every_row_over_events_reports_lack_of_memory),
    };
    return RUN_TESTS(tests);
}
