#include "app_known.h"

#include "support/unit.h"

#define T0 INT64_C(1760000000000)
#define DAY_MS INT64_C(86400000)

static void known_after(bool broker_up, bool assigned, int64_t ms, uint32_t want)
{
    struct app_known k = {0};
    struct alert_count one = {"Much", 0, 1};
    struct status complete = {.complete = true, .broker_up = true, .assigned = true, .alerts = &one, .alert_count = 1};
    struct status lost = {.broker_up = broker_up, .assigned = assigned, .alerts = &one, .alert_count = 1};
    app_known_status(&k, &lost, T0);
    assert_int_equal(lost.alert_count, 0);
    app_known_status(&k, &complete, T0);
    assert_int_equal(app_known_series(&k, TEXT_LITERAL("organisation"), TEXT_LITERAL("nps"), 1), 0);
    app_known_status(&k, &lost, T0 + ms);
    assert_int_equal(lost.alert_count, want);
    assert_int_equal(k.series.len > 0, want);
    app_known_close(&k);
}

static void app_known_status_forgets_a_minute_after_others_may_have_the_partitions(void **state)
{
    (void)state;
    known_after(true, false, KNOWN_MS, 1);
    known_after(true, false, KNOWN_MS + 1, 0);
    known_after(false, false, DAY_MS, 1);
    known_after(true, true, DAY_MS, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(app_known_status_forgets_a_minute_after_others_may_have_the_partitions),
    };
    return RUN_TESTS(tests);
}
