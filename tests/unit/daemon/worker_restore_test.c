/* The worker after a restart: how it comes back to where it was. */
#include "support/unit.h"

#include "support/worker_settings.h"
#include "support/worker_world.h"
#include "task/entity_inner.h"

#define PLAIN SETTINGS("idle_after: never", "customers: none")
#define LONG_TICK                                                                                                                  \
    "version: 1\nname: w\nkafka: {bootstrap.servers: \"127.0.0.1:9092\"}\ntime: {out_of_order: 5s, lateness: 1h, max_skew: 5m, idle_after: never}\n" \
    "pack: none\nmeasures:\n  - {name: revenue, aggregation: sum, from: {kind: purchase, value: revenue}, window: 1h}\ncube: {tick: 10m}\n"
#define EVENTS 25000 /* more than a restarted task does once more in two turns */

static struct status status_of(struct world *w)
{
    struct status s;
    worker_status(w->worker, &s);
    return s;
}

/* A purchase a second by so many customers in turn: ten of them in a bucket. */
static void purchases_from(struct fake_log *f, int from, int count, int customers)
{
    for (int i = from; i < count; i++) {
        char key[16], id[16];
        snprintf(key, sizeof key, "c%d", i % customers);
        snprintf(id, sizeof id, "p%d", i);
        put(f, ROLE_INTERACTIONS, "customer", key, T0 + INT64_C(1000) * i, id,
            "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":1,\"region\":\"north\"");
    }
    char last[16];
    snprintf(last, sizeof last, "l%d", count);
    put(f, ROLE_CPI, "customer", "c1", T0 + INT64_C(1000) * count, last, "\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":9");
    put(f, ROLE_HR, "employee", "e1", T0 + INT64_C(1000) * count, last, "\"kind\":\"hire\",\"region\":\"north\"");
}

static void purchases(struct fake_log *f, int count, int customers)
{
    purchases_from(f, 0, count, customers);
}

static void worker_catches_up_in_turns_and_is_ready_only_then(void **state)
{
    (void)state;
    struct world w;
    world_open_on(&w, PLAIN, 1, 1);
    w.now_ms = T0 + INT64_C(1000) * (EVENTS + 600);
    purchases(&w.log, EVENTS, 100);
    turns(&w, 20, 100);
    uint64_t customers = status_of(&w).customers;
    double first = status_of(&w).restore_seconds;
    assert_true(status_of(&w).ready && status_of(&w).redo > EVENTS - 1000);
    fake_log_revoke(&w.log); /* and with the partitions all memory goes */
    fake_log_assign(&w.log);
    worker_turn(w.worker, w.now_ms += 100);
    fake_log_deliver(&w.log, UINT32_MAX);
    int parts = 0;
    while (!status_of(&w).ready) {
        assert_true(parts++ < 10);
        assert_true(status_of(&w).restore_seconds == first);
        int64_t again_ms = worker_turn(w.worker, w.now_ms += 100);
        assert_true((again_ms == 0) == !status_of(&w).ready); /* the loop comes back at once */
    }
    assert_int_equal(parts, EVENTS / 10000 + 1);
    assert_true(status_of(&w).restore_seconds > 0.29);
    assert_int_equal(status_of(&w).customers, customers);
    world_close(&w);
}

static void worker_restores_large_tasks_in_several_turns(void **state)
{
    (void)state;
    struct world w;
    world_open_on(&w, PLAIN "changelog: {redo: 0}\n", 3, 1);
    w.now_ms = T0 + INT64_C(1000) * (2 * EVENTS + 600);
    purchases(&w.log, 2 * EVENTS, 2 * EVENTS);
    turns(&w, 40, 100);
    uint64_t customers = status_of(&w).customers;
    uint64_t scopes = status_of(&w).scopes;
    assert_true(customers > 2 * EVENTS - 100 && scopes > 1);
    process_crash(&w);
    assert_int_equal(worker_turn(w.worker, w.now_ms += 100), 0); /* not all; the loop comes back at once */
    assert_int_equal(status_of(&w).scopes, scopes);
    assert_true(status_of(&w).customers < customers);
    int parts = 1;
    while (worker_turn(w.worker, w.now_ms += 100) == 0) {
        assert_true(parts++ < 4);
    }
    assert_int_equal(status_of(&w).customers, customers);
    turns(&w, 5, 100);
    assert_true(status_of(&w).ready);
    world_close(&w);
}

static struct entity_task *customers_of(const struct world *w)
{
    struct entity_task **tasks;
    assert_true(worker_entity_tasks(w->worker, &tasks) > 0);
    return tasks[0];
}

/* Buckets of 10 s, as versions had them that knew no longer ones: of what one of them applied a minute is not over. */
static void begin_as_before(struct world *w)
{
    turns(w, 1, 100);
    hold_fit(customers_of(w)->hold, 10000);
}

static void worker_comes_back_to_an_instant_within_a_minute_where_events_are_held_by_the_minute(void **state)
{
    (void)state;
    struct world w;
    char *want[TOPICS_COMPARED];
    const int first = 1000, count = 4000;
    for (int restarts = 0; restarts < 2; restarts++) {
        world_open_on(&w, LONG_TICK, 1, 1);
        w.now_ms = T0 + INT64_C(1000) * (count + 600);
        begin_as_before(&w);
        purchases(&w.log, first, 100);
        turns(&w, 20, 100);
        int64_t applied_ms = entity_task_applied(customers_of(&w));
        assert_int_equal(applied_ms, T0 + INT64_C(1000) * (first - 10)); /* 5 s before the last purchase, and the end of a bucket */
        assert_int_not_equal(applied_ms % 60000, 0);
        if (restarts) {
            process_crash(&w);
            turns(&w, 3, 100);
            assert_int_equal(entity_task_applied(customers_of(&w)), applied_ms);
            assert_true(status_of(&w).ready);
        }
        purchases_from(&w.log, first, count, 100);
        turns(&w, 20, 100);
        assert_true(entity_task_applied(customers_of(&w)) > T0 + INT64_C(1000) * (count - 60));
        if (restarts) {
            outputs_equal(&w.log, want, 0, 0, 0);
            texts_free(want);
        } else {
            outputs_take(&w.log, want);
        }
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worker_catches_up_in_turns_and_is_ready_only_then),
                                       cmocka_unit_test(worker_comes_back_to_an_instant_within_a_minute_where_events_are_held_by_the_minute),
                                       cmocka_unit_test(worker_restores_large_tasks_in_several_turns)};
    return RUN_TESTS(tests);
}
