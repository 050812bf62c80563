/* When the worker commits and when it asks for its next turn. */
#include "support/unit.h"

#include "support/worker_settings.h"
#include "support/worker_story.h"
#include "support/worker_world.h"

#define FEW SETTINGS("idle_after: 30s", "customers: none")

enum { MIN_MS = 20, MAX_MS = 100 }; /* commit.min_interval, commit.max_interval */

static void buys_at(struct world *w, const char *key, int64_t ts_ms, const char *id)
{
    put(&w->log, ROLE_INTERACTIONS, "customer", key, ts_ms, id, "\"kind\":\"purchase\",\"order\":\"o\",\"revenue\":1");
}

/* A turn so much later, with what has come. Returns what the worker asks for. */
static int64_t turn_after(struct world *w, int64_t ms)
{
    w->now_ms += ms;
    fake_log_deliver(&w->log, UINT32_MAX);
    return worker_turn(w->worker, w->now_ms);
}

/* Both customers' tasks are at T0, and all that is committed. */
static void both_begun(struct world *w, char one[16], char other[16])
{
    world_open(w, FEW);
    customer_in(0, one);
    customer_in(1, other);
    buys_at(w, one, T0, "a");
    buys_at(w, other, T0, "b");
    turns(w, 20, 100);
    assert_null(w->log.pending);
}

static void worker_commits_ticks_of_the_others_with_those_of_the_slowest_task(void **state)
{
    (void)state;
    struct world w;
    char one[16], other[16];
    both_begun(&w, one, other);
    buys_at(&w, one, T0 + 20000, "c");
    turn_after(&w, MIN_MS);
    turn_after(&w, MIN_MS);
    assert_null(w.log.pending);
    buys_at(&w, other, T0 + 20000, "d");
    turn_after(&w, MIN_MS);
    assert_non_null(w.log.pending);
    world_close(&w);
}

static void worker_commits_ticks_at_the_largest_interval_though_a_task_stands(void **state)
{
    (void)state;
    struct world w;
    char one[16], other[16];
    both_begun(&w, one, other);
    buys_at(&w, one, T0 + 20000, "c");
    assert_int_equal(turn_after(&w, MIN_MS), MAX_MS);
    assert_int_equal(turn_after(&w, MAX_MS - 1), 1);
    assert_null(w.log.pending);
    turn_after(&w, 1);
    assert_non_null(w.log.pending);
    world_close(&w);
}

/* A tick ends by the clock when all inputs are quiet: out_of_order and idle_after behind it. */
static void worker_asks_for_its_turn_when_the_clock_ends_a_tick(void **state)
{
    (void)state;
    struct world w;
    char one[16], other[16];
    both_begun(&w, one, other);
    int64_t over_ms = 5000 + 30000, tick_ms = 10000;
    turns(&w, 60, 1000);
    turn_after(&w, 1);
    int64_t to_end = tick_ms - (w.now_ms - over_ms) % tick_ms;
    turns(&w, 1, to_end - 500);
    assert_int_equal(turn_after(&w, 0), 500);
    assert_null(w.log.pending);
    turn_after(&w, 500);
    assert_non_null(w.log.pending);
    world_close(&w);
}

static int64_t some_lag(void *self, enum topic_role role, int32_t partition)
{
    (void)self;
    (void)role;
    (void)partition;
    return 100;
}

static int64_t much_lag(void *self, enum topic_role role, int32_t partition)
{
    return 10 * some_lag(self, role, partition);
}

/* True when a tick is committed at once although many records have come and some, by the lag, are still to come. */
static bool commits_with(int64_t (*lag)(void *self, enum topic_role role, int32_t partition))
{
    struct world w;
    char one[16], other[16], id[16];
    both_begun(&w, one, other);
    w.log.log.lag = lag;
    for (int i = 0; i < 700; i++) {
        snprintf(id, sizeof id, "n%d", i);
        buys_at(&w, one, T0 + 20000 + i, id);
        buys_at(&w, other, T0 + 20000 + i, id);
    }
    w.now_ms += MIN_MS;
    fake_log_deliver(&w.log, 600);
    worker_turn(w.worker, w.now_ms);
    bool commits = w.log.pending != NULL;
    world_close(&w);
    return commits;
}

static void worker_gathers_records_of_a_backlog_only(void **state)
{
    (void)state;
    assert_true(commits_with(some_lag));
    assert_false(commits_with(much_lag));
    assert_false(commits_with(NULL)); /* not known: it may be one */
}

static void worker_that_waits_for_nothing_rests(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, FEW);
    turns(&w, 20, 100);
    assert_int_equal(turn_after(&w, 100), 1000);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worker_commits_ticks_of_the_others_with_those_of_the_slowest_task),
                                       cmocka_unit_test(worker_commits_ticks_at_the_largest_interval_though_a_task_stands),
                                       cmocka_unit_test(worker_asks_for_its_turn_when_the_clock_ends_a_tick),
                                       cmocka_unit_test(worker_gathers_records_of_a_backlog_only),
                                       cmocka_unit_test(worker_that_waits_for_nothing_rests)};
    return RUN_TESTS(tests);
}
