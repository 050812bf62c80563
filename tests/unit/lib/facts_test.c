#include "support/unit.h"

#include "engine/entity_table.h"
#include "engine/facts.h"
#include "engine/timers.h"
#include <stdio.h>

#include "support/random.h"
#include "window/cells.h"

static struct fact_home home;
static struct entity x;

static void open_facts(void)
{
    memset(&home, 0, sizeof home);
    memset(&x, 0, sizeof x);
    home.tracks = 1;
}

static void close_facts(void)
{
    facts_close(&home, &x);
    block_pool_close(&home.pool);
}

static struct fact sum_fact(uint64_t key, int64_t t, int64_t value)
{
    return (struct fact){fact_head(FACT_POINTS_SUM, 0, t), key, value};
}

static void facts_find_what_was_added_and_keep_the_tracks(void **state)
{
    (void)state;
    open_facts();
    for (uint64_t k = 0; k < 3000; k++) {
        assert_int_equal(facts_add(&home, &x, sum_fact(k, 5, (int64_t)k)), 0);
        if (k == 0) {
            cell_set_wide(facts_track(&home, &x, 0), -77);
        }
        if (k % 3 == 0) {
            assert_int_equal(facts_add(&home, &x, (struct fact){fact_head(FACT_MARK, 2, 0), k, (int64_t)k + 1}), 0);
        }
    }
    assert_int_equal(x.mark_count, 1000);
    for (uint64_t k = 0; k < 3000; k++) {
        assert_int_equal(facts_find(&x, FACT_POINTS_SUM, 0, k)->value, k);
        assert_true((facts_find(&x, FACT_MARK, 2, k) != NULL) == (k % 3 == 0));
    }
    assert_null(facts_find(&x, FACT_POINTS_SUM, 0, 3000));
    assert_null(facts_find(&x, FACT_POINTS_SUM, 1, 3));
    assert_true(cell_get_wide(facts_track(&home, &x, 0)) == -77);
    close_facts();
}

/* In a plain block, by prints, and by the index. */
static void facts_find_head_takes_no_heed_of_the_key(void **state)
{
    (void)state;
    open_facts();
    for (int64_t t = 1; t <= 700; t++) {
        assert_null(facts_find_head(&x, fact_head(FACT_LEDGER, 2, t)));
        assert_int_equal(facts_add(&home, &x, (struct fact){fact_head(FACT_LEDGER, 2, t), 1, t}), 0);
        assert_int_equal(facts_add(&home, &x, sum_fact((uint64_t)t, t, 0)), 0);
        struct fact *f = facts_find_head(&x, fact_head(FACT_LEDGER, 2, t));
        assert_int_equal(f->value, t);
        f->key = (uint64_t)t * 3;
        assert_null(facts_find_head(&x, fact_head(FACT_LEDGER, 1, t)));
    }
    for (int64_t t = 1; t <= 700; t += 2) {
        facts_remove(&x, (uint32_t)(facts_find_head(&x, fact_head(FACT_LEDGER, 2, t)) - x.facts));
    }
    for (int64_t t = 1; t <= 700; t++) {
        assert_true((facts_find_head(&x, fact_head(FACT_LEDGER, 2, t)) != NULL) == (t % 2 == 0));
    }
    close_facts();
}

/* Random adds and removals: the same facts as a plain array, marks first, and due ones are all found. */
static void facts_equal_a_plain_array_under_random_changes(void **state)
{
    (void)state;
    enum { KEYS = 200 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        int64_t due[2][KEYS] = {{0}};
        open_facts();
        for (int step = 0; step < 3000; step++) {
            int mark = (int)random_between(&r, 0, 3) == 0;
            uint64_t key = (uint64_t)random_between(&r, 0, KEYS - 1);
            struct fact *f = facts_find(&x, mark ? FACT_MARK : FACT_POINTS_SUM, 0, key);
            assert_true((f != NULL) == (due[mark][key] != 0));
            if (f) {
                facts_remove(&x, (uint32_t)(f - x.facts));
                due[mark][key] = 0;
            } else {
                due[mark][key] = random_between(&r, 1, 1000);
                struct fact add = {fact_head(mark ? FACT_MARK : FACT_POINTS_SUM, 0, due[mark][key]), key, 0};
                assert_int_equal(facts_add(&home, &x, add), 0);
            }
            int64_t earliest = INT64_MAX;
            for (int k = 0; k < KEYS; k++) {
                earliest = due[0][k] != 0 && due[0][k] < earliest ? due[0][k] : earliest;
            }
            assert_int_equal(facts_due_ms(&x), earliest);
            for (uint32_t i = 0; i < x.fact_count; i++) {
                assert_int_equal(fact_type(&x.facts[i]) == FACT_MARK, i < x.mark_count);
            }
        }
        int64_t t_ms = 500;
        uint32_t found = 0, expected = 0;
        for (uint32_t i = 0; (i = facts_due(&x, i, t_ms)) < x.fact_count; i++) {
            found++;
        }
        for (int k = 0; k < KEYS; k++) {
            expected += due[0][k] != 0 && due[0][k] <= t_ms;
        }
        assert_int_equal(found, expected);
        close_facts();
    }
}

static void facts_due_changed_lowers_the_bound(void **state)
{
    (void)state;
    open_facts();
    for (uint64_t k = 0; k < 200; k++) {
        assert_int_equal(facts_add(&home, &x, (struct fact){fact_head(FACT_CASE, 0, 0), k, 0}), 0);
    }
    assert_int_equal(facts_due_ms(&x), INT64_MAX);
    struct fact *f = facts_find(&x, FACT_CASE, 0, 150);
    f->head = fact_head(FACT_CASE, 0, 42);
    f->value = FACT_CASE_PROVISIONAL;
    facts_due_changed(&x, f);
    assert_int_equal(facts_due_ms(&x), 42);
    assert_int_equal(facts_due(&x, 0, 42), (uint32_t)(f - x.facts));
    assert_int_equal(facts_due(&x, 0, 41), x.fact_count);
    close_facts();
}

static void facts_sweep_takes_what_is_old_and_has_no_bit_of_the_mask(void **state)
{
    (void)state;
    open_facts();
    assert_int_equal(facts_add(&home, &x, (struct fact){fact_head(FACT_MARK, 0, 0), 1, 0}), 0);
    for (uint64_t k = 0; k < 100; k++) {
        assert_int_equal(facts_add(&home, &x, (struct fact){fact_head(FACT_VALUE, k % 2, (int64_t)k), k, k % 3 == 0}), 0);
    }
    facts_sweep(&x, FACT_VALUE, 1, 53, 1);
    for (uint64_t k = 0; k < 100; k++) {
        bool gone = k % 2 == 1 && k < 53 && k % 3 != 0;
        assert_true((facts_find(&x, FACT_VALUE, k % 2, k) == NULL) == gone);
    }
    assert_non_null(facts_find(&x, FACT_MARK, 0, 1));
    close_facts();
}

static void facts_reserve_makes_room_that_adding_does_not_move(void **state)
{
    (void)state;
    open_facts();
    for (uint32_t more = 1; more < 400; more += more / 2 + 1) {
        assert_int_equal(facts_reserve(&home, &x, more), 0);
        const struct fact *at = x.facts;
        for (uint64_t k = 0; k < more; k++) {
            assert_int_equal(facts_add(&home, &x, sum_fact(1000 * more + k, 5, 1)), 0);
        }
        assert_ptr_equal(x.facts, at);
        assert_non_null(facts_find(&x, FACT_POINTS_SUM, 0, 1000 * more));
    }
    close_facts();
}

static void few_facts_sweep_always_and_many_seldom(void **state)
{
    (void)state;
    open_facts();
    for (uint64_t k = 0; k < 1024; k++) {
        assert_true(facts_sweeps(&x, 1) == (k < 16) && facts_sweeps(&x, 0) && facts_sweeps(&x, 1024));
        assert_int_equal(facts_add(&home, &x, sum_fact(k, 5, 1)), 0);
    }
    assert_false(facts_sweeps(&x, 32) || facts_sweeps(&x, 64));
    assert_true(facts_sweeps(&x, 128));
    close_facts();
}

static void blocks_given_back_are_zeroed(void **state)
{
    (void)state;
    struct block_pool pool = {0};
    for (size_t n = 1; n < 70000; n += n / 3 + 1) {
        assert_true(block_size(n) >= n && (n < 129 || block_size(n) <= n + n / 4 + 1));
        char *b = block_get(&pool, n);
        assert_non_null(b);
        memset(b, 0xaa, n);
        block_put(&pool, b, n);
        char *again = block_get(&pool, n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(again[i], 0);
        }
        block_put(&pool, again, n);
    }
    block_pool_close(&pool);
}

static void table_finds_adds_and_removes_under_random_changes(void **state)
{
    (void)state;
    enum { KEYS = 500 };
    static struct entity_table t;
    struct block_pool pool = {0};
    struct random r = {9};
    bool there[KEYS] = {0};
    char key[16];
    uint32_t number, guessed = 0, count = 0;
    struct entity *guess = NULL;
    t.seed = 5;
    for (int step = 0; step < 40000; step++) {
        int k = (int)random_between(&r, 0, KEYS - 1);
        int len = snprintf(key, sizeof key, "key-%d", k);
        struct text name = {key, (uint32_t)len};
        uint64_t hash = entity_table_hash(&t, name);
        assert_true((entity_table_find(&t, name, hash, &number) != NULL) == there[k]);
        assert_true((entity_table_find_guessed(&t, name, hash, guess, guessed, &number) != NULL) == there[k]);
        if (there[k]) {
            assert_true(text_equal(entity_key(entity_table_at(&t, number)), name));
            entity_table_remove(&t, &pool, number);
        } else {
            assert_int_equal(entity_table_add(&t, &pool, name, hash, &number), 0);
        }
        count += there[k] ? UINT32_MAX : 1;
        there[k] = !there[k];
        assert_int_equal(t.count, count);
        len = snprintf(key, sizeof key, "key-%d", (int)random_between(&r, 0, KEYS - 1)); /* who is guessed may be gone when it is asked for */
        guess = entity_table_prefetch_entity(&t, entity_table_hash(&t, (struct text){key, (uint32_t)len}), &guessed);
    }
    assert_true(t.used <= KEYS);
    entity_table_close(&t);
    block_pool_close(&pool);
}

static void table_finds_another_than_the_one_guessed(void **state)
{
    (void)state;
    static struct entity_table t;
    struct block_pool pool = {0};
    const struct text names[] = {TEXT_LITERAL("a-customer"), TEXT_LITERAL("b-customer"), TEXT_LITERAL("a-custom"), TEXT_LITERAL("ab"),
                                 TEXT_LITERAL("a-customer of a long name"), TEXT_LITERAL("a-customer of a long game")};
    const uint64_t hash = 77; /* of all of them */
    uint32_t numbers[6], number;
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(entity_table_add(&t, &pool, names[i], hash, &numbers[i]), 0);
    }
    uint32_t guessed;
    struct entity *guess = entity_table_prefetch_entity(&t, hash, &guessed);
    assert_ptr_equal(guess, entity_table_at(&t, numbers[0]));
    for (unsigned i = 0; i < 6; i++) {
        assert_ptr_equal(entity_table_find_guessed(&t, names[i], hash, guess, guessed, &number), entity_table_at(&t, numbers[i]));
        assert_int_equal(number, numbers[i]);
    }
    assert_null(entity_table_find_guessed(&t, TEXT_LITERAL("c-customer"), hash, guess, guessed, &number));
    assert_ptr_equal(entity_table_find_guessed(&t, names[1], hash, NULL, 0, &number), entity_table_at(&t, numbers[1]));
    entity_table_close(&t);
    block_pool_close(&pool);
}

static void timers_below_walks_all_that_are_due_first(void **state)
{
    (void)state;
    static struct entity_table t;
    struct block_pool pool = {0};
    struct timers timers = {0};
    struct random r = {6};
    char key[16];
    uint32_t number, expected = 0, places[300], count = 1;
    for (int i = 0; i < 300; i++) {
        struct text name = {key, (uint32_t)snprintf(key, sizeof key, "%d", i)};
        assert_int_equal(entity_table_add(&t, &pool, name, entity_table_hash(&t, name), &number), 0);
        struct entity *e = entity_table_at(&t, number);
        e->due_ms = random_between(&r, 0, 2) ? random_between(&r, 6, 90) : 5;
        expected += e->due_ms == 5;
        assert_int_equal(timers_set(&timers, &t, number), 0);
    }
    places[0] = 0;
    for (uint32_t next = 0; next < count; next++) {
        uint32_t below[TIMER_CHILDREN], n = timers_below(&timers, places[next], below);
        assert_int_equal(timers.at[places[next]].due_ms, 5);
        for (uint32_t i = 0; i < n; i++) {
            places[count++] = below[i];
        }
    }
    assert_int_equal(count, expected);
    timers_close(&timers);
    entity_table_close(&t);
    block_pool_close(&pool);
}

static void timers_come_in_order(void **state)
{
    (void)state;
    static struct entity_table t;
    struct block_pool pool = {0};
    struct timers timers = {0};
    struct random r = {4};
    char key[16];
    uint32_t number;
    for (int i = 0; i < 300; i++) {
        struct text name = {key, (uint32_t)snprintf(key, sizeof key, "%d", i)};
        assert_int_equal(entity_table_add(&t, &pool, name, entity_table_hash(&t, name), &number), 0);
    }
    for (int i = 0; i < 3000; i++) {
        number = (uint32_t)random_between(&r, 0, 299);
        entity_table_at(&t, number)->due_ms = random_between(&r, 0, 9) ? random_between(&r, 1, 500) : INT64_MAX;
        assert_int_equal(timers_set(&timers, &t, number), 0);
    }
    int64_t before = 0;
    while (timers_next(&timers) != INT64_MAX) {
        struct entity *e = entity_table_at(&t, timers.at[0].number);
        assert_true(timers_next(&timers) >= before && timers_next(&timers) == e->due_ms);
        before = e->due_ms;
        e->due_ms = INT64_MAX;
        assert_int_equal(timers_set(&timers, &t, timers.at[0].number), 0);
    }
    for (uint32_t i = 0; i < 300; i++) {
        assert_int_equal(entity_table_at(&t, i)->due_ms, INT64_MAX);
    }
    timers_close(&timers);
    entity_table_close(&t);
    block_pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_find_what_was_added_and_keep_the_tracks),
        cmocka_unit_test(facts_find_head_takes_no_heed_of_the_key),
        cmocka_unit_test(facts_equal_a_plain_array_under_random_changes),
        cmocka_unit_test(facts_due_changed_lowers_the_bound),
        cmocka_unit_test(facts_sweep_takes_what_is_old_and_has_no_bit_of_the_mask),
        cmocka_unit_test(facts_reserve_makes_room_that_adding_does_not_move),
        cmocka_unit_test(few_facts_sweep_always_and_many_seldom),
        cmocka_unit_test(blocks_given_back_are_zeroed),
        cmocka_unit_test(table_finds_adds_and_removes_under_random_changes),
        cmocka_unit_test(table_finds_another_than_the_one_guessed),
        cmocka_unit_test(timers_below_walks_all_that_are_due_first),
        cmocka_unit_test(timers_come_in_order),
    };
    return RUN_TESTS(tests);
}
