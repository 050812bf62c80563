/* The worker over a log in memory: crashes between and inside commits, lost commits, rebalances. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

static void told_counts(const struct worker *w, uint64_t ret_counts[OUTCOME_COUNT])
{
    struct status s;
    worker_status((struct worker *)w, &s);
    for (int o = 0; o < OUTCOME_COUNT; o++) {
        ret_counts[o] = s.records[0][o] + s.records[1][o] + s.records[2][o];
    }
    assert_int_equal(s.bundle_gaps, 0);
}

static void every_fault_at_every_commit(const char *yaml, const char *want_yaml, uint64_t seed, int events, bool compacted)
{
    struct world w;
    char *want[TOPICS_COMPARED];
    world_open(&w, want_yaml);
    story(&w.log, seed, events);
    int commits = play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, want);
    world_close(&w);
    assert_true(commits > 10);
    print_message("seed %llu: %d commits\n", (unsigned long long)seed, commits);
    for (int fault = FAULT_NONE; fault < FAULT_COUNT; fault++) {
        for (int at = 0; at < commits; at++) {
            world_open(&w, yaml);
            w.log.compacted = compacted;
            story(&w.log, seed, events);
            play(&w, (enum fault)fault, at);
            outputs_equal(&w.log, want, seed, fault, at);
            world_close(&w);
        }
    }
    texts_free(want);
}

/* ---- the tests -------------------------------------------------------------------------------------- */

static void worker_counts_every_record_with_its_outcome_and_publishes(void **state)
{
    (void)state;
    struct world w;
    uint64_t counts[OUTCOME_COUNT], read = 0;
    world_open(&w, QUIET);
    story(&w.log, 3, 120);
    play(&w, FAULT_NONE, 0);
    told_counts(w.worker, counts);
    for (int r = 0; r < TOPIC_COUNT; r++) {
        read += w.log.parts[r][0].count + w.log.parts[r][1].count;
    }
    assert_int_equal(counts[OUTCOME_APPLIED] + counts[OUTCOME_DUPLICATE] + counts[OUTCOME_LATE] + counts[OUTCOME_DEAD_LETTER] +
                         counts[OUTCOME_IGNORED], read);
    assert_true(counts[OUTCOME_DUPLICATE] > 3 && counts[OUTCOME_LATE] > 0 && counts[OUTCOME_DEAD_LETTER] > 1);
    assert_true(w.log.parts[ROLE_CHANGES][0].count + w.log.parts[ROLE_CHANGES][1].count > 3);
    assert_true(w.log.parts[ROLE_ALERTS][0].count + w.log.parts[ROLE_ALERTS][1].count > 1);
    assert_true(w.log.parts[ROLE_LATE][0].count + w.log.parts[ROLE_LATE][1].count > 0);
    world_close(&w);
}

static void worker_gives_the_same_after_every_fault_at_every_commit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        every_fault_at_every_commit(QUIET, QUIET, seed, 50, seed % 2);
    }
}

static void worker_publishes_every_waiting_customer_after_every_fault(void **state)
{
    (void)state;
    every_fault_at_every_commit(SLOW, QUIET, 4, 40, false);
    every_fault_at_every_commit(SLOW, QUIET, 5, 40, true);
}

static void worker_keeps_the_same_beyond_the_limits_after_every_fault(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    world_open(&w, FULL);
    story(&w.log, 2, 60);
    play(&w, FAULT_NONE, 0);
    worker_status(w.worker, &s);
    assert_true(s.overflow_scopes > 0 && s.overflow_customers > 0 && s.overflow_employees > 0 && s.overflow_ids > 0);
    assert_string_equal(s.alerts[s.alert_count - 1].alertname, "Overflow");
    assert_true(s.alerts[s.alert_count - 1].firing > 6); /* three tasks, and their inputs */
    assert_string_equal(w.told, "overflow");
    world_close(&w);
    every_fault_at_every_commit(FULL, FULL, 2, 60, false);
    every_fault_at_every_commit(FULL, FULL, 3, 60, true);
}

static void worker_offsets_stay_while_an_input_of_the_task_replays(void **state)
{
    (void)state;
    struct world w;
    char *want[TOPICS_COMPARED];
    world_open(&w, QUIET);
    story(&w.log, 6, 60);
    play(&w, FAULT_NONE, 0);
    outputs_take(&w.log, want);
    world_close(&w);
    world_open(&w, QUIET);
    story(&w.log, 6, 60);
    turns_of(&w, 8, 100, 1);
    process_crash(&w);
    uint32_t commits = w.log.commits;
    w.log.parts[ROLE_INTERACTIONS][0].slow = w.log.parts[ROLE_INTERACTIONS][1].slow = true;
    turns_of(&w, 5, 100, 1);
    assert_true(w.log.commits > commits); /* those of the employees' task */
    process_crash(&w);
    w.log.parts[ROLE_INTERACTIONS][0].slow = w.log.parts[ROLE_INTERACTIONS][1].slow = false;
    play(&w, FAULT_NONE, 0);
    outputs_equal(&w.log, want, 6, -1, -1);
    world_close(&w);
    texts_free(want);
}

static const char *purchase = "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":1";

/* An id comes again with a much later time. What is read again after a crash begins between the two. */
static void twins(struct world *w, bool crash)
{
    static const struct {
        const char *id;
        int64_t after_ms;
    } records[] = {{"x", 0}, {"y", 20000}, {"x", 240000}, {"z", 75000}};
    world_open(w, QUIET "changelog: {redo: 0}\n");
    for (uint32_t i = 0; i < sizeof records / sizeof *records; i++) {
        put(&w->log, ROLE_INTERACTIONS, "customer", "c1", T0 + records[i].after_ms, records[i].id, purchase);
    }
    turns(w, 20, 100);
    if (crash) {
        process_crash(w);
        turns(w, 5, 100);
    }
    put(&w->log, ROLE_INTERACTIONS, "customer", "c1", T0 + 360000, "w", purchase);
    play(w, FAULT_NONE, 0);
}

static void worker_takes_a_duplicate_of_another_time_for_one_after_a_restart(void **state)
{
    (void)state;
    struct world w;
    char *want[TOPICS_COMPARED];
    twins(&w, false);
    outputs_take(&w.log, want);
    world_close(&w);
    twins(&w, true);
    outputs_equal(&w.log, want, 1, -1, -1);
    world_close(&w);
    texts_free(want);
}

static void worker_leaves_when_it_is_fenced(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    worker_turn(w.worker, w.now_ms);
    fake_log_deliver(&w.log, 1);
    worker_turn(w.worker, w.now_ms);
    assert_true(worker_is_committing(w.worker));
    w.log.events.committed(w.log.events.arg, COMMIT_FENCED, 0);
    assert_int_equal(w.error, CUBE_EFENCED);
    world_close(&w);
}

static uint32_t count_of(const struct world *w, enum topic_role role)
{
    return w->log.parts[role][0].count + w->log.parts[role][1].count;
}


static void worker_idle_partitions_follow_the_clock_after_idle_after_only(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, IDLE);
    turns(&w, 1, 100);
    put(&w.log, ROLE_INTERACTIONS, "customer", "c1", NOW, "a", purchase);
    turns(&w, 30, 1000);
    assert_int_equal(count_of(&w, ROLE_STATE), 0);
    turns(&w, 14, 1000); /* now - 30 s - 5 s has not reached the tick 10 s after the event */
    assert_int_equal(count_of(&w, ROLE_STATE), 0);
    turns(&w, 3, 1000);
    assert_int_equal(count_of(&w, ROLE_STATE), 1);
    world_close(&w);
}

static void worker_does_not_follow_the_clock_while_replaying(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, IDLE);
    turns(&w, 1, 100);
    put(&w.log, ROLE_INTERACTIONS, "customer", "c1", NOW, "a", purchase);
    turns(&w, 3, 1000);
    process_crash(&w);
    w.log.parts[ROLE_INTERACTIONS][0].slow = w.log.parts[ROLE_INTERACTIONS][1].slow = true;
    turns(&w, 100, 1000);
    assert_int_equal(count_of(&w, ROLE_STATE), 0);
    w.log.parts[ROLE_INTERACTIONS][0].slow = w.log.parts[ROLE_INTERACTIONS][1].slow = false;
    turns(&w, 60, 1000);
    assert_true(count_of(&w, ROLE_STATE) >= 1); /* and again as its drift steps */
    world_close(&w);
}

static void worker_holds_a_partition_that_is_further_ahead_than_align(void **state)
{
    (void)state;
    struct world w;
    char slow[16], fast[16];
    customer_in(0, slow);
    customer_in(1, fast);
    world_open(&w, QUIET);
    w.now_ms = NOW + 3600000;
    put(&w.log, ROLE_INTERACTIONS, "customer", slow, T0, "a", purchase);
    put(&w.log, ROLE_INTERACTIONS, "customer", fast, T0 + 1200000, "b", purchase);
    turns(&w, 6, 100);
    assert_true(w.log.parts[ROLE_INTERACTIONS][1].held);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    put(&w.log, ROLE_INTERACTIONS, "customer", fast, T0 + 1300000, "c", purchase);
    turns(&w, 6, 100);
    assert_int_equal(w.log.parts[ROLE_INTERACTIONS][1].position, 1); /* nothing was drained */
    put(&w.log, ROLE_INTERACTIONS, "customer", slow, T0 + 1200000, "d", purchase);
    turns(&w, 6, 100);
    assert_false(w.log.parts[ROLE_INTERACTIONS][1].held);
    assert_int_equal(w.log.parts[ROLE_INTERACTIONS][1].position, 2);
    world_close(&w);
}

static void worker_reads_no_input_far_ahead_of_another_once_a_task_holds_much(void **state)
{
    (void)state;
    struct world w;
    char key[16], id[16];
    customer_in(0, key);
    world_open(&w, SETTINGS("idle_after: never, align: 1h", "customers: all"));
    put(&w.log, ROLE_CPI, "customer", key, T0, "first", "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1");
    put(&w.log, ROLE_INTERACTIONS, "customer", key, T0 + 60000, "early", purchase);
    turns(&w, 2, 100);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held); /* it holds little */
    for (int i = 0; i < 30000; i++) {
        snprintf(id, sizeof id, "i%d", i);
        put(&w.log, ROLE_INTERACTIONS, "customer", key, T0 + 60000 + i, id, purchase);
    }
    turns(&w, 200, 10);
    assert_true(w.log.parts[ROLE_INTERACTIONS][0].held);
    assert_false(w.log.parts[ROLE_CPI][0].held);
    put(&w.log, ROLE_CPI, "customer", key, T0 + 80000, "next", "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1");
    turns(&w, 2, 10);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    world_close(&w);
}

static void held_bound(int64_t set_back_ms)
{
    struct world w;
    char key[16], id[16];
    customer_in(0, key);
    world_open(&w, SETTINGS("idle_after: 30s, align: 1h", "customers: all"));
    put(&w.log, ROLE_CPI, "customer", key, T0, "first", "\"kind\":\"survey\",\"instrument\":\"csat\",\"value\":1");
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "i%d", i);
        put(&w.log, ROLE_INTERACTIONS, "customer", key, T0 + 20000 + i, id, purchase);
    }
    ((struct config *)w.config)->model.limits.held_bytes = 1000;
    turns(&w, 2, 100);
    assert_true(w.log.parts[ROLE_INTERACTIONS][0].held);
    assert_false(w.log.parts[ROLE_CPI][0].held);
    w.now_ms -= set_back_ms;
    turns(&w, 25, 1000);
    assert_true(w.log.parts[ROLE_INTERACTIONS][0].held);
    turns(&w, 10, 1000); /* cpi is idle now: nobody is waited for */
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    world_close(&w);
}

static void worker_holds_the_input_that_is_ahead_when_held_events_are_at_their_bound(void **state)
{
    (void)state;
    held_bound(0);
}

static void worker_passes_over_a_quiet_input_as_soon_when_the_clock_is_set_back(void **state)
{
    (void)state;
    held_bound(3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_counts_every_record_with_its_outcome_and_publishes),
        cmocka_unit_test(worker_gives_the_same_after_every_fault_at_every_commit),
        cmocka_unit_test(worker_keeps_the_same_beyond_the_limits_after_every_fault),
        cmocka_unit_test(worker_publishes_every_waiting_customer_after_every_fault),
        cmocka_unit_test(worker_offsets_stay_while_an_input_of_the_task_replays),
        cmocka_unit_test(worker_takes_a_duplicate_of_another_time_for_one_after_a_restart),
        cmocka_unit_test(worker_leaves_when_it_is_fenced),
        cmocka_unit_test(worker_idle_partitions_follow_the_clock_after_idle_after_only),
        cmocka_unit_test(worker_does_not_follow_the_clock_while_replaying),
        cmocka_unit_test(worker_holds_a_partition_that_is_further_ahead_than_align),
        cmocka_unit_test(worker_reads_no_input_far_ahead_of_another_once_a_task_holds_much),
        cmocka_unit_test(worker_holds_the_input_that_is_ahead_when_held_events_are_at_their_bound),
        cmocka_unit_test(worker_passes_over_a_quiet_input_as_soon_when_the_clock_is_set_back),
    };
    return RUN_TESTS(tests);
}
