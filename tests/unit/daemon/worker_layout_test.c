/* What a worker waits for and what it refuses: topics, partitions, offsets, a broker that does not answer. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/commit_record.h"
#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

#define OBSERVED                                                                                      \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\nmoney: {retention: observed}\n" \
    "measures:\n  - {name: active, aggregation: active, window: 1h}\n"

static void worker_waits_for_topics_that_are_missing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.counts[ROLE_CPI] = 0;
    turns(&w, 3, 100);
    assert_string_equal(w.told, "topic_missing");
    assert_int_equal(w.log.commits, 0);
    w.log.counts[ROLE_CPI] = 2;
    turns(&w, 1, 500);
    assert_int_equal(w.log.commits, 0); /* looked at once a second */
    turns(&w, 1, 600);
    fake_log_revoke(&w.log);
    fake_log_assign(&w.log);
    story(&w.log, 1, 20);
    assert_true(play(&w, FAULT_NONE, 0) > 3);
    world_close(&w);
}

static void worker_tells_less_and_less_often_of_what_stays_missing(void **state)
{
    (void)state;
    struct world w;
    int told = 0;
    world_open(&w, QUIET);
    w.log.counts[ROLE_CPI] = 0;
    for (int second = 0; second < 128; second++) {
        w.told[0] = 0;
        turns(&w, 1, 1000);
        told += strcmp(w.told, "topic_missing") == 0;
    }
    assert_int_equal(told, 8); /* at once, after 1, 2, 4 ... 64 seconds */
    w.log.counts[ROLE_CPI] = 2;
    w.log.counts[ROLE_HR] = 0;
    w.told[0] = 0;
    turns(&w, 1, 1000);
    assert_string_equal(w.told, "topic_missing"); /* another one */
    world_close(&w);
}

static void worker_restores_later_when_the_broker_is_busy(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.busy = 3;
    turns(&w, 3, 100);
    assert_int_equal(w.log.commits, 0);
    assert_int_equal(w.error, 0);
    turns(&w, 2, 100); /* it restores; it learns that its inputs are empty */
    assert_int_equal(w.log.commits, 1);
    world_close(&w);
}

static void refused(struct world *w, const char *told, const char *says)
{
    turns(w, 3, 100);
    assert_int_equal(w->error, CUBE_ELAYOUT);
    assert_string_equal(w->told, told);
    assert_non_null(strstr(w->text, says));
    world_close(w);
}

static void worker_refuses_another_layout_or_other_offsets(void **state)
{
    (void)state;
    struct world w;
    const char *const told[] = {"layout_differs", "offsets_differ", "offsets_differ", "layout_refused"};
    const char *const says[] = {"the changelog comes from 2 partitions of interactions and cpi, 1 of hr, 2 of w-partials; there are 2, 2, 2 now: ",
                                "cpi[0]: the group has committed offset ", ", it has 0 to ", ""};
    for (int what = 0; what < 4; what++) {
        world_open(&w, QUIET);
        story(&w.log, 2, 30);
        play(&w, FAULT_NONE, 0);
        w.log.counts[ROLE_HR] += what == 0;
        w.log.counts[ROLE_CHANGELOG_EMPLOYEES] += what == 0;
        w.log.parts[ROLE_CPI][0].committed -= what == 1;
        if (what == 2) { /* the changelog is gone */
            fake_log_forget(&w.log, ROLE_CHANGELOG_SCOPES);
        }
        w.log.counts[ROLE_CPI] += what == 3;
        process_crash(&w);
        refused(&w, told[what], says[what]);
    }
}

#define ANOTHER SETTINGS_OF("region, department", "idle_after: never", "customers: all")

static void worker_tells_once_that_the_configuration_is_another(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    story(&w.log, 2, 30);
    play(&w, FAULT_NONE, 0);
    worker_destroy(w.worker);
    struct config *before = w.config;
    w.config = config_of(ANOTHER);
    process_start(&w);
    turns(&w, 3, 100);
    assert_int_equal(w.layouts, 1);
    assert_null(strstr(w.text, "partitions"));
    assert_non_null(strstr(w.text, before->model.digest.at));
    config_destroy(before);
    refused(&w, "layout_differs", "the changelog was written with model ");
}

static void story_committed(struct world *w)
{
    world_open(w, QUIET);
    story(&w->log, 2, 30);
    play(w, FAULT_NONE, 0);
    process_crash(w);
}

static void goes_on(struct world *w)
{
    uint32_t commits = w->log.commits;
    story(&w->log, 1, 20);
    play(w, FAULT_NONE, 0);
    assert_true(w->log.commits > commits);
    world_close(w);
}

/* It slept between the two, the group had not said yet that its partitions are another's. */
static void worker_restores_again_when_others_have_committed_meanwhile(void **state)
{
    (void)state;
    struct world w;
    story_committed(&w);
    w.log.stale = 1;
    turns(&w, 5, 100);
    assert_int_equal(w.log.stale, 0);
    assert_int_equal(w.error, 0);
    assert_string_equal(w.told, "");
    goes_on(&w);
}

/* What the commit before the last one said of the first partials. */
static int64_t next_before(const struct fake_partition *p)
{
    struct commit_record c;
    uint32_t i = p->count - 1;
    do {
        i--;
    } while (p->records[i].key_len != strlen(COMMIT_RECORD_KEY) || memcmp(p->records[i].key, COMMIT_RECORD_KEY, p->records[i].key_len) != 0);
    assert_int_equal(commit_record_decode(p->records[i].value, p->records[i].value_len, &c), 0);
    int64_t next = c.inputs[0].next;
    commit_record_close(&c);
    return next;
}

/* The same, and the end of the changelog was asked for in the middle of that commit. */
static void worker_restores_again_when_it_saw_half_of_a_commit_of_others(void **state)
{
    (void)state;
    struct world w;
    story_committed(&w);
    w.log.halved = true;
    w.log.half_next = next_before(&w.log.parts[ROLE_CHANGELOG_SCOPES][0]);
    turns(&w, 5, 100);
    assert_false(w.log.halved);
    assert_int_equal(w.error, 0);
    goes_on(&w);
}

/* Otherwise it would look for the missing partition for ever. */
static void worker_refuses_a_changelog_smaller_than_its_input(void **state)
{
    (void)state;
    struct world w;
    static const enum topic_role changelogs[] = {ROLE_CHANGELOG_CUSTOMERS, ROLE_CHANGELOG_EMPLOYEES, ROLE_CHANGELOG_SCOPES};
    static const char *const says[] = {"interactions has 2 partitions and w-changelog-customers has 1",
                                       "hr has 2 partitions and w-changelog-employees has 1",
                                       "w-partials has 2 partitions and w-changelog-scopes has 1"};
    for (int i = 0; i < 3; i++) {
        world_open(&w, QUIET);
        w.log.counts[ROLE_HR] = w.log.counts[ROLE_CHANGELOG_EMPLOYEES] = 2;
        w.log.counts[changelogs[i]] = 1;
        refused(&w, "layout_refused", says[i]);
    }
}

static void worker_waits_for_a_changelog_that_is_missing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    w.log.counts[ROLE_CHANGELOG_SCOPES] = 0;
    turns(&w, 3, 100);
    assert_int_equal(w.error, 0);
    assert_string_equal(w.told, "topic_missing");
    world_close(&w);
}

/* What is observed of retention goes from each task of scopes to the customers of its own number. */
static void worker_refuses_unequal_partials_with_observed_retention(void **state)
{
    (void)state;
    struct world w;
    for (int more = 0; more < 2; more++) {
        world_open(&w, OBSERVED);
        w.log.counts[ROLE_PARTIALS] = w.log.counts[ROLE_INTERACTIONS] + more;
        if (more) {
            refused(&w, "layout_refused", "");
            continue;
        }
        turns(&w, 3, 100);
        assert_int_equal(w.error, 0);
        world_close(&w);
    }
}

static void worker_refuses_partitions_added_while_it_runs(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, QUIET);
    turns(&w, 3, 100);
    assert_int_equal(w.error, 0);
    fake_log_revoke(&w.log);
    w.log.counts[ROLE_INTERACTIONS] = w.log.counts[ROLE_CPI] = 3;
    fake_log_assign(&w.log);
    refused(&w, "layout_differs", " had 2 partitions when this process started and has 3 now");
}

static void worker_waits_when_a_topic_is_gone_after_a_rebalance(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    world_open(&w, QUIET);
    turns(&w, 3, 100);
    fake_log_revoke(&w.log);
    w.log.counts[ROLE_HR] = 0;
    fake_log_assign(&w.log);
    turns(&w, 3, 100);
    worker_status(w.worker, &s);
    assert_int_equal(w.error, 0);
    assert_string_equal(s.not_ready, "the topics are not all seen: is one missing?");
    assert_string_equal(w.told, "topic_missing");
    w.log.counts[ROLE_HR] = 1;
    turns(&w, 30, 100);
    worker_status(w.worker, &s);
    assert_int_equal(w.error, 0);
    assert_true(s.ready);
    world_close(&w);
}

static void worker_is_not_ready_while_a_commit_does_not_end(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    world_open(&w, QUIET);
    worker_turn(w.worker, w.now_ms);
    fake_log_deliver(&w.log, 1);
    worker_turn(w.worker, w.now_ms);
    assert_true(worker_is_committing(w.worker));
    w.now_ms += 15000;
    worker_turn(w.worker, w.now_ms);
    worker_status(w.worker, &s);
    assert_true(s.ready);
    w.now_ms += 1;
    worker_turn(w.worker, w.now_ms);
    worker_status(w.worker, &s);
    assert_string_equal(s.not_ready, "a commit does not end: the log says why");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worker_waits_for_topics_that_are_missing),
        cmocka_unit_test(worker_tells_less_and_less_often_of_what_stays_missing),
        cmocka_unit_test(worker_restores_later_when_the_broker_is_busy),
        cmocka_unit_test(worker_refuses_another_layout_or_other_offsets),
        cmocka_unit_test(worker_tells_once_that_the_configuration_is_another),
        cmocka_unit_test(worker_restores_again_when_others_have_committed_meanwhile),
        cmocka_unit_test(worker_restores_again_when_it_saw_half_of_a_commit_of_others),
        cmocka_unit_test(worker_refuses_a_changelog_smaller_than_its_input),
        cmocka_unit_test(worker_waits_for_a_changelog_that_is_missing),
        cmocka_unit_test(worker_refuses_unequal_partials_with_observed_retention),
        cmocka_unit_test(worker_refuses_partitions_added_while_it_runs),
        cmocka_unit_test(worker_waits_when_a_topic_is_gone_after_a_rebalance),
        cmocka_unit_test(worker_is_not_ready_while_a_commit_does_not_end),
    };
    return RUN_TESTS(tests);
}
