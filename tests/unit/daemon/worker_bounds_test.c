/* Bounds of what waits in a worker: reading slows down for them, records are written for them, and nothing is lost. */
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

static const char *purchase = "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":1";

static void buys(struct world *w, const char *key, int64_t from_ms, int count, const char *id)
{
    for (int i = 0; i < count; i++) {
        char each[32];
        snprintf(each, sizeof each, "%s%d", id, i);
        put(&w->log, ROLE_INTERACTIONS, "customer", key, from_ms + i * INT64_C(10000), each, purchase);
    }
}

static void worker_reads_no_further_than_the_slowest_while_too_much_waits_for_ticks(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    char slow[16], fast[16];
    customer_in(0, slow);
    customer_in(1, fast);
    world_open(&w, SETTINGS("idle_after: never, align: 1h", "customers: all") "limits: {waiting_bytes: 2048}\n");
    w.now_ms = NOW + 3600000;
    buys(&w, slow, T0, 1, "a");
    buys(&w, fast, T0, 60, "b");
    turns(&w, 10, 100);
    worker_status(w.worker, &s);
    assert_true(s.memory_waiting > 2048 && s.bounds_reached[BOUND_WAITING] == 1 && s.bounds_reached[BOUND_HELD] == 0);
    assert_string_equal(w.told, "waiting_bound");
    assert_true(w.log.parts[ROLE_INTERACTIONS][1].held);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    buys(&w, fast, T0 + 600000, 60, "c");
    turns(&w, 6, 100);
    assert_int_equal(w.log.parts[ROLE_INTERACTIONS][1].position, 60); /* nothing was drained */
    buys(&w, slow, T0 + 10000, 120, "d");
    turns(&w, 40, 100);
    worker_status(w.worker, &s);
    assert_false(w.log.parts[ROLE_INTERACTIONS][1].held);
    assert_int_equal(w.log.parts[ROLE_INTERACTIONS][1].position, 120);
    assert_true(s.memory_waiting < 2048);
    world_close(&w);
}

/* The only task there is tells of out_of_order and up to a tick behind what it has read. */
static void worker_reads_on_although_align_is_shorter_than_out_of_order(void **state)
{
    (void)state;
    struct world w;
    struct status s;
    char key[16];
    customer_in(0, key);
    world_open(&w, SETTINGS("idle_after: never, align: 1s", "customers: all"));
    w.now_ms = NOW + 3600000;
    for (int i = 0; i < 30; i++) {
        char id[16];
        snprintf(id, sizeof id, "y%d-", i);
        buys(&w, key, T0 + i * INT64_C(10000), 1, id);
        turns(&w, 6, 100);
    }
    worker_status(w.worker, &s);
    assert_int_equal(s.records[0][OUTCOME_APPLIED], 30);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    world_close(&w);
}

/* Each straggler of a customer has its whole record written with the next commit, once. */
static void worker_reads_no_stragglers_beyond_what_a_commit_may_carry(void **state)
{
    (void)state;
    struct world w;
    char key[16], each[64], id[16];
    customer_in(0, key);
    world_open(&w, SETTINGS("idle_after: 1s, align: 1h", "customers: all"));
    buys(&w, key, T0 + 600000, 1, "a");
    turns(&w, 60, 100);
    for (int i = 0; i < 6000; i++) {
        snprintf(id, sizeof id, "s%d", i);
        snprintf(each, sizeof each, "\"kind\":\"purchase\",\"order\":\"o%d\",\"revenue\":1", i);
        put(&w.log, ROLE_INTERACTIONS, "customer", key, T0 + i, id, each);
    }
    uint32_t before = w.log.parts[ROLE_CHANGELOG_CUSTOMERS][0].count;
    turns(&w, 1, 1);
    assert_true(w.log.parts[ROLE_INTERACTIONS][0].held);
    turns(&w, 4, 100);
    assert_false(w.log.parts[ROLE_INTERACTIONS][0].held);
    assert_true(w.log.parts[ROLE_CHANGELOG_CUSTOMERS][0].count < before + 20);
    world_close(&w);
}

static uint64_t releases_kept(const char *limits)
{
    char yaml[600];
    struct world w;
    struct status s;
    char one[16], other[16];
    customer_in(0, one);
    customer_in(1, other);
    snprintf(yaml, sizeof yaml,
             "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\npack: none\ntime: {out_of_order: 5s, idle_after: never}\n"
             "money: {retention: observed}\nprivacy: {release: 1m}\n%s"
             "measures:\n  - {name: revenue, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\n", limits);
    world_open(&w, yaml);
    w.now_ms = NOW + 3600000;
    for (int i = 0; i < 10; i++) {
        char id[16];
        snprintf(id, sizeof id, "x%d-", i);
        buys(&w, one, T0 + i * 120000, 12, id);
        buys(&w, other, T0 + i * 120000, 12, id);
        turns(&w, 30, 100);
    }
    worker_status(w.worker, &s);
    assert_int_equal(s.records[0][OUTCOME_APPLIED], 240);
    world_close(&w);
    return s.releases;
}

static void worker_writes_records_sooner_when_many_releases_are_kept_for_them(void **state)
{
    (void)state;
    assert_true(releases_kept("") > 10);
    assert_true(releases_kept("limits: {releases: 2}\n") <= 4); /* the bound, and what came with the last commit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worker_reads_no_further_than_the_slowest_while_too_much_waits_for_ticks),
                                       cmocka_unit_test(worker_reads_on_although_align_is_shorter_than_out_of_order),
                                       cmocka_unit_test(worker_reads_no_stragglers_beyond_what_a_commit_may_carry),
                                       cmocka_unit_test(worker_writes_records_sooner_when_many_releases_are_kept_for_them)};
    return RUN_TESTS(tests);
}
