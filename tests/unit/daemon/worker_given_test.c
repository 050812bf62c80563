/* What a worker concludes from what the group gives out, from what it lacks, and from not being told. */
#include "support/unit.h"

#include <string.h>

#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

#define OBSERVED                                                                                      \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\nmoney: {retention: observed}\n" \
    "measures:\n  - {name: active, aggregation: active, window: 1h}\n"

#define LACKS "an input is given to no instance: the group is joined again"
#define MISSED "an input was missing, and the group has not told yet that it is given out"
#define UNTOLD "the group has not told yet what it has given out"

static struct status status_of(struct world *w)
{
    struct status s;
    worker_status(w->worker, &s);
    return s;
}

/* The group, of which the log says this, gave out all inputs but cpi, which was not there just then. */
static void world_of_a_part(struct world *w, enum inputs_given given)
{
    static const struct log_partition without_cpi[] = {{ROLE_INTERACTIONS, 0}, {ROLE_INTERACTIONS, 1}, {ROLE_HR, 0}, {ROLE_PARTIALS, 0}};
    world_open(w, QUIET);
    turns(w, 1, 100);
    fake_log_revoke(&w->log);
    w->log.given = given;
    w->log.events.assigned(w->log.events.arg, without_cpi, 4);
    turns(w, 1, 1000); /* the topics are seen */
}

static void waits_and_refuses(struct world *w, int seconds)
{
    turns(w, seconds - 1, 1000);
    assert_int_equal(w->error, 0);
    turns(w, 1, 1000);
    assert_int_equal(w->error, CUBE_ELAYOUT);
    assert_string_equal(w->told, "not_co_partitioned");
    world_close(w);
}

static void worker_refuses_customers_without_the_scopes_of_their_number(void **state)
{
    (void)state;
    struct world w;
    static const struct log_partition customers[] = {{ROLE_INTERACTIONS, 0}, {ROLE_CPI, 0}};
    world_open(&w, OBSERVED);
    turns(&w, 1, 100);
    fake_log_revoke(&w.log);
    w.log.events.assigned(w.log.events.arg, customers, 2);
    turns(&w, 1, 1000);
    waits_and_refuses(&w, 60);
}

/* It is made now. */
static void worker_waits_until_a_new_topic_is_given_out(void **state)
{
    (void)state;
    struct world w;
    world_of_a_part(&w, INPUTS_GIVEN);
    turns(&w, 59, 1000);
    assert_int_equal(w.error, 0);
    assert_false(status_of(&w).ready);
    fake_log_revoke(&w.log);
    fake_log_assign(&w.log);
    turns(&w, 5, 100);
    assert_int_equal(w.error, 0);
    assert_true(status_of(&w).ready);
    world_close(&w);
}

static void worker_takes_no_part_of_its_inputs_for_all_there_is(void **state)
{
    (void)state;
    struct world w;
    world_of_a_part(&w, INPUTS_LACK);
    turns(&w, 500, 1000);
    assert_int_equal(w.error, 0);
    w.log.given = INPUTS_GIVEN;
    waits_and_refuses(&w, 1);
}

static void worker_waits_longer_for_the_rest_while_the_group_tells_nothing(void **state)
{
    (void)state;
    struct world w;
    world_of_a_part(&w, INPUTS_UNTOLD);
    turns(&w, 200, 1000);
    assert_int_equal(w.error, 0);
    w.log.given = INPUTS_GIVEN;
    waits_and_refuses(&w, 1);
    world_of_a_part(&w, INPUTS_UNTOLD);
    waits_and_refuses(&w, 300);
}

/* Stopped, or its clock was set: whatever the group tells, its leader had no time. */
static void worker_has_not_waited_while_it_stood_still(void **state)
{
    (void)state;
    struct world w;
    for (int given = INPUTS_UNTOLD; given <= INPUTS_LACK; given++) {
        world_of_a_part(&w, (enum inputs_given)given);
        turns(&w, 10, 3600000);
        assert_int_equal(w.error, 0);
        world_close(&w);
    }
}

static void worker_is_not_ready_while_an_input_is_given_to_nobody(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.given = INPUTS_LACK;
    turns(&w, 500, 1000);
    assert_string_equal(status_of(&w).not_ready, LACKS);
    w.log.given = INPUTS_GIVEN;
    assert_true(status_of(&w).ready);
    world_close(&w);
}

static void worker_is_not_ready_before_the_group_has_told_what_it_gave_out(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.given = INPUTS_UNTOLD;
    turns(&w, 3, 3600000);
    assert_string_equal(status_of(&w).not_ready, UNTOLD);
    assert_string_equal(w.told, "");
    w.log.given = INPUTS_GIVEN;
    assert_true(status_of(&w).ready);
    world_close(&w);
}

static void is_ready_after(struct world *w, int seconds, const char *not_ready)
{
    turns(w, seconds - 1, 1000);
    assert_string_equal(status_of(w).not_ready, not_ready);
    assert_string_equal(w->told, "");
    turns(w, 1, 1000);
    assert_true(status_of(w).ready);
    assert_string_equal(w->told, "inputs_untold");
    w->told[0] = 0;
    turns(w, 100, 1000);
    assert_true(status_of(w).ready);
    assert_string_equal(w->told, "");
}

/* It may never do: that is said once after each assignment. */
static void worker_is_ready_after_ten_seconds_in_which_the_group_told_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.given = INPUTS_UNTOLD;
    for (int assignment = 0; assignment < 2; assignment++) {
        is_ready_after(&w, 11, UNTOLD);
        fake_log_revoke(&w.log);
        fake_log_assign(&w.log);
    }
    w.log.given = INPUTS_LACK;
    turns(&w, 100, 1000);
    assert_string_equal(status_of(&w).not_ready, LACKS);
    world_close(&w);
}

/* Its leader would have seen by then that it is there. */
static void worker_is_ready_a_minute_after_an_input_was_missed_of_a_group_that_tells_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.given = INPUTS_MISSED;
    is_ready_after(&w, 61, MISSED);
    w.log.given = INPUTS_UNTOLD; /* whatever was said before it */
    is_ready_after(&w, 10, UNTOLD);
    w.log.given = INPUTS_MISSED;
    is_ready_after(&w, 60, MISSED);
    world_close(&w);
}

static void worker_waits_five_minutes_for_the_rest_of_what_was_missed(void **state)
{
    (void)state;
    struct world w;
    world_of_a_part(&w, INPUTS_MISSED);
    waits_and_refuses(&w, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_refuses_customers_without_the_scopes_of_their_number),
        cmocka_unit_test(worker_waits_until_a_new_topic_is_given_out),
        cmocka_unit_test(worker_takes_no_part_of_its_inputs_for_all_there_is),
        cmocka_unit_test(worker_waits_longer_for_the_rest_while_the_group_tells_nothing),
        cmocka_unit_test(worker_has_not_waited_while_it_stood_still),
        cmocka_unit_test(worker_is_not_ready_while_an_input_is_given_to_nobody),
        cmocka_unit_test(worker_is_not_ready_before_the_group_has_told_what_it_gave_out),
        cmocka_unit_test(worker_is_ready_after_ten_seconds_in_which_the_group_told_nothing),
        cmocka_unit_test(worker_is_ready_a_minute_after_an_input_was_missed_of_a_group_that_tells_nothing),
        cmocka_unit_test(worker_waits_five_minutes_for_the_rest_of_what_was_missed),
    };
    return RUN_TESTS(tests);
}
