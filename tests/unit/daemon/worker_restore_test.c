/* The worker after a restart: how it comes back to where it was. */
#include "support/unit.h"

#include "support/worker_settings.h"
#include "support/worker_world.h"

#define PLAIN SETTINGS("idle_after: never", "customers: none")
#define EVENTS 25000 /* more than a restarted task does once more in two turns */

static struct status status_of(struct world *w)
{
    struct status s;
    worker_status(w->worker, &s);
    return s;
}

/* A purchase a second by so many customers in turn: ten of them in a bucket. */
static void purchases(struct fake_log *f, int count, int customers)
{
    for (int i = 0; i < count; i++) {
        char key[16], id[16];
        snprintf(key, sizeof key, "c%d", i % customers);
        snprintf(id, sizeof id, "p%d", i);
        put(f, ROLE_INTERACTIONS, "customer", key, T0 + INT64_C(1000) * i, id,
            "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":1,\"region\":\"north\"");
    }
    put(f, ROLE_CPI, "customer", "c1", T0 + INT64_C(1000) * count, "e", "\"kind\":\"survey\",\"instrument\":\"nps\",\"value\":9");
    put(f, ROLE_HR, "employee", "e1", T0 + INT64_C(1000) * count, "h", "\"kind\":\"hire\",\"region\":\"north\"");
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worker_catches_up_in_turns_and_is_ready_only_then),
                                       cmocka_unit_test(worker_restores_large_tasks_in_several_turns)};
    return RUN_TESTS(tests);
}
