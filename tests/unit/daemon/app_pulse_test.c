/* Whether the process gets on, as /livez and the watchdog are told. */
#include "support/unit.h"

#include "app_pulse.h"

#define BEGIN INT64_C(100000)

static void app_pulse_is_alive_for_ten_seconds_after_progress(void **state)
{
    (void)state;
    struct app_pulse p = {0};
    app_pulse_beat(&p, BEGIN);
    assert_true(app_pulse_is_alive(&p, BEGIN + PULSE_ALIVE_MS - 1));
    assert_false(app_pulse_is_alive(&p, BEGIN + PULSE_ALIVE_MS));
    app_pulse_beat(&p, BEGIN + PULSE_ALIVE_MS);
    assert_true(app_pulse_is_alive(&p, BEGIN + PULSE_ALIVE_MS));
}

/* As during a restore from copies of a minute, looked at every ten milliseconds: nothing but the others gets on. */
static void app_pulse_stays_alive_while_others_get_on(void **state)
{
    (void)state;
    struct app_pulse p = {.feed_every_ms = 15000};
    int fed = 0;
    app_pulse_beat(&p, BEGIN);
    for (int64_t ms = 0; ms < 60000; ms += 10) {
        app_pulse_look(&p, 1 + (uint64_t)ms / 5000, BEGIN + ms); /* a job ends every five seconds */
        assert_true(app_pulse_is_alive(&p, BEGIN + ms));
        fed += app_pulse_feeds(&p);
    }
    assert_int_equal(fed, 4);
}

static void app_pulse_tells_others_that_stand_still(void **state)
{
    (void)state;
    struct app_pulse p = {.feed_every_ms = 1000};
    app_pulse_look(&p, 7, BEGIN);
    assert_true(app_pulse_feeds(&p));
    for (int64_t ms = 10; ms < 60000; ms += 10) {
        app_pulse_look(&p, 7, BEGIN + ms);
        assert_int_equal(app_pulse_is_alive(&p, BEGIN + ms), ms < PULSE_ALIVE_MS);
        assert_false(app_pulse_feeds(&p));
    }
    app_pulse_look(&p, 8, BEGIN + 60000);
    assert_true(app_pulse_is_alive(&p, BEGIN + 60000) && app_pulse_feeds(&p));
}

static void app_pulse_feeds_nobody_who_does_not_wait(void **state)
{
    (void)state;
    struct app_pulse p = {0};
    app_pulse_beat(&p, BEGIN);
    assert_false(app_pulse_feeds(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(app_pulse_is_alive_for_ten_seconds_after_progress),
                                       cmocka_unit_test(app_pulse_stays_alive_while_others_get_on),
                                       cmocka_unit_test(app_pulse_tells_others_that_stand_still),
                                       cmocka_unit_test(app_pulse_feeds_nobody_who_does_not_wait)};
    return RUN_TESTS(tests);
}
