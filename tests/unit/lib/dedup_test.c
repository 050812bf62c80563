#include "support/unit.h"

#include <stdio.h>

#include "engine/dedup.h"
#include "support/failmalloc.h"
#include "support/random.h"

#define NAMES 200
#define STEPS 20000
#define HORIZON 500

static struct hash128 name_of(int64_t n)
{
    char id[16];
    snprintf(id, sizeof id, "%d", (int)n);
    return dedup_name(7, text_of(id));
}

/* Every add ever made, in order; those before `first` are forgotten. */
struct naive {
    struct {
        int64_t name, ts_ms, offset, max_ts_ms;
    } added[STEPS];
    int first, count;
};

static bool naive_has(const struct naive *n, int64_t name, int64_t wm_ms)
{
    for (int i = n->count; i-- > n->first;) {
        if (n->added[i].name == name) {
            return wm_ms <= n->added[i].ts_ms + HORIZON;
        }
    }
    return false;
}

static void dedup_agrees_with_a_naive_list(void **state)
{
    (void)state;
    static struct naive n;
    struct random r = {5};
    struct dedup *d;
    int64_t wm_ms = 0, max_before_ms = INT64_MIN, offset, max_ts_ms;
    print_message("seed 5\n");
    assert_int_equal(dedup_create(HORIZON, &d), 0);
    for (int step = 0; step < STEPS; step++) {
        int64_t name = random_between(&r, 0, NAMES - 1), ts_ms = wm_ms + random_between(&r, -200, 400);
        bool has = dedup_has(d, dedup_place(d, name_of(name)), wm_ms);
        assert_int_equal(has, naive_has(&n, name, wm_ms));
        if (!has) {
            assert_int_equal(dedup_add(d, dedup_place(d, name_of(name)), name_of(name), ts_ms, step, max_before_ms), 0);
            n.added[n.count].name = name;
            n.added[n.count].ts_ms = ts_ms;
            n.added[n.count].offset = step;
            n.added[n.count++].max_ts_ms = max_before_ms;
            max_before_ms = ts_ms > max_before_ms ? ts_ms : max_before_ms;
        }
        wm_ms += random_between(&r, 0, 9) ? random_between(&r, 0, 3) : random_between(&r, 0, 120);
        dedup_expire(d, wm_ms);
        while (n.first < n.count && wm_ms > n.added[n.first].ts_ms + HORIZON) {
            n.first++;
        }
        assert_int_equal(dedup_count(d), n.count - n.first);
        assert_int_equal(dedup_first(d, &offset, &max_ts_ms), n.first < n.count ? 0 : CUBE_ENOTFOUND);
        if (n.first < n.count) {
            assert_int_equal(offset, n.added[n.first].offset);
            assert_int_equal(max_ts_ms, n.added[n.first].max_ts_ms);
        }
    }
    assert_true(n.first > 1000 && n.count - n.first > 10);
    dedup_destroy(d);
}

static void dedup_remembers_until_the_watermark_has_passed_ts_plus_horizon(void **state)
{
    (void)state;
    struct dedup *d;
    assert_int_equal(dedup_create(100, &d), 0);
    assert_int_equal(dedup_add(d, dedup_place(d, name_of(1)), name_of(1), 1000, 0, 0), 0);
    assert_true(dedup_has(d, dedup_place(d, name_of(1)), INT64_MIN));
    assert_true(dedup_has(d, dedup_place(d, name_of(1)), 1100));
    assert_false(dedup_has(d, dedup_place(d, name_of(1)), 1101));
    assert_false(dedup_has(d, dedup_place(d, name_of(2)), 1000));
    dedup_expire(d, 1100);
    assert_int_equal(dedup_count(d), 1);
    dedup_expire(d, 1101);
    assert_int_equal(dedup_count(d), 0);
    dedup_destroy(d);
}

static void dedup_name_tells_keys_and_ids_apart(void **state)
{
    (void)state;
    struct hash128 a = dedup_name(hash64("ab", 2), TEXT_LITERAL("c")), b = dedup_name(hash64("a", 1), TEXT_LITERAL("bc")),
                   again = dedup_name(hash64("ab", 2), TEXT_LITERAL("c"));
    assert_true(a.low == again.low && a.high == again.high);
    assert_true(a.low != b.low && a.high != b.high);
}

static void dedup_tells_names_of_one_slot_apart(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct dedup *d;
    struct hash128 names[COUNT];
    assert_int_equal(dedup_create(0, &d), 0);
    for (uint64_t i = 0; i < COUNT; i++) { /* the last slots of the index and its first, half of them told apart by the tag */
        names[i] = (struct hash128){i % 4 < 2 ? i % 4 : (i / 8) << 9 | (508 + i % 4), i};
        assert_false(dedup_has(d, dedup_place(d, names[i]), INT64_MIN));
        assert_int_equal(dedup_add(d, dedup_place(d, names[i]), names[i], (int64_t)i, (int64_t)i, 0), 0);
    }
    for (uint64_t forgotten = 0; forgotten <= COUNT; forgotten++) {
        dedup_expire(d, (int64_t)forgotten);
        for (uint64_t i = 0; i < COUNT; i++) {
            assert_int_equal(dedup_has(d, dedup_place(d, names[i]), INT64_MIN), i >= forgotten);
        }
    }
    dedup_destroy(d);
}

static int dedup_story(void *arg)
{
    struct dedup *d;
    (void)arg;
    int rc = dedup_create(HORIZON, &d);
    for (int i = 0; i < 2000 && !rc; i++) {
        rc = dedup_add(d, dedup_place(d, name_of(i)), name_of(i), i, i, i);
        assert_int_equal(dedup_count(d), i + !rc);
        assert_int_equal(dedup_has(d, dedup_place(d, name_of(i)), i), !rc);
        assert_true(i == 0 || dedup_has(d, dedup_place(d, name_of(i - 1)), i));
        if (rc) {
            dedup_destroy(d);
            return rc;
        }
    }
    if (!rc) {
        dedup_destroy(d);
    }
    return rc;
}

static void dedup_add_changes_nothing_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(dedup_story, NULL) >= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dedup_agrees_with_a_naive_list),
        cmocka_unit_test(dedup_remembers_until_the_watermark_has_passed_ts_plus_horizon),
        cmocka_unit_test(dedup_name_tells_keys_and_ids_apart),
        cmocka_unit_test(dedup_tells_names_of_one_slot_apart),
        cmocka_unit_test(dedup_add_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
