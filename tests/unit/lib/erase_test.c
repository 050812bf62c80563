/* An erased customer is not made again by what is older than its erasure. */
#include "support/unit.h"

#include "support/entity_world.h"

#define T0 (INT64_C(20000) * DAY)

static struct world w;
static struct measure *revenue, *active, *mean, *waiting;

static void open_world(void)
{
    world_open(&w);
    revenue = world_measure(&w, "revenue", "sum", UINT64_C(1) << KIND_PURCHASE, 30 * DAY, DAY);
    revenue->from.terms[0].field = EVENT_REVENUE;
    active = world_measure(&w, "active", "active", 0, 30 * DAY, DAY);
    mean = world_measure(&w, "mean", "ledger_mean", 0, 365 * DAY, DAY);
    waiting = world_measure(&w, "waiting", "first_time", 0, 30 * DAY, DAY);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 3), 0);
    entity_engine_list_published(w.engine, false);
}

static void send(enum event_kind kind, int64_t ts, bool straggler)
{
    struct event e = world_event(&w, kind, ts, "c1");
    event_put_number(&e, EVENT_REVENUE, 100 * FIXED_ONE);
    event_put_text(&e, EVENT_CASE, "k");
    event_put_text(&e, EVENT_ORDER, "o");
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    if (!straggler) {
        assert_int_equal(world_run(&w, ts), 0);
    }
    assert_int_equal(entity_engine_apply(w.engine, &e, entity_engine_hash(w.engine, e.entity), straggler), 0);
    world_drain(&w);
}

static void check(int64_t t, int64_t purchases, int64_t customers)
{
    assert_int_equal(world_result(&w, "region=north", revenue, t).n, purchases);
    assert_int_equal(world_result(&w, "region=north", active, t).n, customers);
    assert_int_equal(world_result(&w, "region=north", mean, t).n, customers);
    assert_int_equal(entity_engine_count(w.engine), customers);
}

/* How often cube.customers is to be told; all that was to be told is. */
static unsigned told(bool *ret_erased)
{
    unsigned n = entity_engine_published_count(w.engine);
    *ret_erased = false;
    if (n > 0) {
        entity_engine_published_at(w.engine, 0, ret_erased);
    }
    entity_engine_published_clear(w.engine, false);
    return n;
}

/* Writes the record and reads it into a new engine, as a restart does. The number of bytes: 0 = a tombstone. */
static size_t restart(void)
{
    bool erased, publish;
    struct buf value = {0};
    assert_int_equal(entity_engine_dirty_count(w.engine), 1);
    entity_engine_dirty_at(w.engine, 0, &erased, &publish);
    if (!erased) {
        assert_int_equal(entity_engine_dirty_encode(w.engine, 0, &value), 0);
    }
    entity_engine_clean(w.engine);
    entity_engine_destroy(w.engine);
    assert_int_equal(world_start(&w, ENTITY_CUSTOMER, 9), 0);
    entity_engine_list_published(w.engine, false);
    assert_int_equal(entity_engine_restore(w.engine, TEXT_LITERAL("c1"), value.at, value.len, NULL), 0);
    assert_int_equal(entity_engine_restored(w.engine), 0);
    size_t len = value.len;
    buf_close(&value);
    return len;
}

static void events_from_before_count_in_flows_and_make_nobody(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        bool erased;
        open_world();
        send(KIND_PURCHASE, T0, false);
        (void)told(&erased);
        send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
        assert_true(told(&erased) == 1 && erased);
        if (restarts) {
            assert_true(restart() < 40);
            assert_int_equal(told(&erased), 0);
        }
        send(KIND_PURCHASE, T0 + 1, true);
        send(KIND_PURCHASE, T0 + HOUR, true);
        send(KIND_CONTACT_OPEN, T0 + 2, true);
        check(T0 + DAY, 3, 0);
        assert_int_equal(world_result(&w, "region=north", waiting, T0 + DAY).field[RESULT_WAITING].i, 0);
        assert_int_equal(told(&erased), 0);
        struct customer_view v;
        assert_int_equal(entity_engine_customer(w.engine, TEXT_LITERAL("c1"), T0 + DAY, &v), CUBE_ENOTFOUND);
        world_close(&w);
    }
}

static void later_event_makes_a_new_customer_that_old_ones_do_not_touch(void **state)
{
    (void)state;
    bool erased;
    open_world();
    send(KIND_PURCHASE, T0, false);
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    (void)told(&erased);
    send(KIND_PURCHASE, T0 + HOUR + 1, false);
    assert_true(told(&erased) == 1 && !erased);
    (void)restart();
    send(KIND_PURCHASE, T0 + 1, true);
    send(KIND_CUSTOMER_ERASE, T0 + 2, true); /* read again */
    check(T0 + DAY, 3, 1);
    struct customer_view v;
    assert_int_equal(entity_engine_customer(w.engine, TEXT_LITERAL("c1"), T0 + DAY, &v), 0);
    assert_true(v.purchases == 1 && v.first_seen_ms == T0 + HOUR + 1);
    assert_int_equal(world_run(&w, T0 + 2 * DAY), 0);
    check(T0 + 2 * DAY, 3, 1);
    world_close(&w);
}

static void erasure_is_forgotten_after_the_lateness_with_a_tombstone(void **state)
{
    (void)state;
    bool erased;
    open_world();
    send(KIND_PURCHASE, T0, false);
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    (void)told(&erased);
    (void)restart();
    assert_int_equal(entity_engine_next_timer(w.engine), T0 + HOUR + DAY + 1);
    assert_int_equal(world_run(&w, T0 + HOUR + DAY), 0);
    assert_int_equal(entity_engine_dirty_count(w.engine), 0);
    assert_int_equal(world_run(&w, T0 + HOUR + DAY + 1), 0);
    assert_int_equal(told(&erased), 0); /* cube.customers has its tombstone already */
    assert_int_equal(restart(), 0);
    assert_int_equal(entity_engine_next_timer(w.engine), INT64_MAX);
    send(KIND_PURCHASE, T0 + 3 * DAY, false);
    check(T0 + 4 * DAY, 2, 1);
    world_close(&w);
}

static void second_erasure_changes_nothing_but_reaches_further(void **state)
{
    (void)state;
    bool erased;
    open_world();
    send(KIND_PURCHASE, T0, false);
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    assert_int_equal(told(&erased), 1);
    send(KIND_CUSTOMER_ERASE, T0 + 2 * HOUR, false);
    assert_int_equal(told(&erased), 0);
    send(KIND_PURCHASE, T0 + 2 * HOUR, true);
    check(T0 + DAY, 2, 0);
    assert_int_equal(entity_engine_next_timer(w.engine), T0 + 2 * HOUR + DAY + 1);
    world_close(&w);
}

static void stranger_that_is_erased_is_kept_out_and_not_told(void **state)
{
    (void)state;
    bool erased;
    open_world();
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    send(KIND_PURCHASE, T0, true);
    check(T0 + DAY, 1, 0);
    assert_int_equal(told(&erased), 0);
    assert_int_equal(world_run(&w, T0 + 2 * DAY), 0);
    assert_int_equal(restart(), 0);
    world_close(&w);
}

/* It is listed to the end of that tick, whenever was committed. */
static void customer_that_comes_again_in_the_tick_of_its_erasure_is_told_however_short_the_lateness(void **state)
{
    (void)state;
    const struct {
        bool straggler;
        int64_t ticks, more_ms; /* since T0, when it is applied */
    } cases[] = {{false, 0, 0}, {true, 2, 1000}, {true, 2, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool erased, straggler = cases[i].straggler;
        open_world();
        int64_t tick = w.model.cube.tick_ms, at = T0 + cases[i].ticks * tick + cases[i].more_ms;
        w.model.time.lateness_ms = 1000;
        send(KIND_PURCHASE, T0, false);
        (void)told(&erased);
        entity_engine_passed(w.engine, at);
        send(KIND_CUSTOMER_ERASE, T0 + 1, straggler);
        entity_engine_published_clear(w.engine, true); /* a commit within the tick */
        assert_int_equal(entity_engine_next_timer(w.engine), T0 + (cases[i].ticks + 1) * tick);
        send(KIND_CONTACT_OPEN, at + 5000, false);
        assert_true(told(&erased) == 1 && !erased);
        world_close(&w);
    }
}

/* A configuration may have a longer tick than the one before it. */
static void erased_customer_waits_for_the_end_of_its_tick_unless_it_is_forgotten_before(void **state)
{
    (void)state;
    bool erased;
    open_world();
    send(KIND_PURCHASE, T0, false);
    (void)told(&erased);
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    entity_engine_published_clear(w.engine, true);
    assert_int_equal(entity_engine_published_count(w.engine), 1);
    assert_false(entity_engine_published_goes(w.engine, 0));
    assert_int_equal(world_run(&w, T0 + HOUR + DAY + 1), 0);
    assert_true(entity_engine_published_goes(w.engine, 0));
    entity_engine_published_clear(w.engine, true);
    assert_int_equal(entity_engine_published_count(w.engine), 0);
    world_close(&w);
}

static void customer_that_comes_between_expiry_and_commit_is_a_new_one(void **state)
{
    (void)state;
    open_world();
    send(KIND_PURCHASE, T0, false);
    send(KIND_CUSTOMER_ERASE, T0 + HOUR, false);
    send(KIND_PURCHASE, T0 + 3 * DAY, false); /* runs the timer first; nothing was written since */
    check(T0 + 4 * DAY, 2, 1);
    assert_true(restart() > 0);
    check(T0 + 4 * DAY, 2, 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_from_before_count_in_flows_and_make_nobody),
        cmocka_unit_test(later_event_makes_a_new_customer_that_old_ones_do_not_touch),
        cmocka_unit_test(erasure_is_forgotten_after_the_lateness_with_a_tombstone),
        cmocka_unit_test(second_erasure_changes_nothing_but_reaches_further),
        cmocka_unit_test(stranger_that_is_erased_is_kept_out_and_not_told),
        cmocka_unit_test(customer_that_comes_again_in_the_tick_of_its_erasure_is_told_however_short_the_lateness),
        cmocka_unit_test(erased_customer_waits_for_the_end_of_its_tick_unless_it_is_forgotten_before),
        cmocka_unit_test(customer_that_comes_between_expiry_and_commit_is_a_new_one),
    };
    return RUN_TESTS(tests);
}
