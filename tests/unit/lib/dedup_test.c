#include "support/unit.h"

#include <stdio.h>

#include "engine/dedup.h"
#include "support/failmalloc.h"
#include "support/random.h"

#define NAMES 200
#define STEPS 20000
#define HORIZON 500
#define NEVER_MANY (1u << 30)

static struct hash128 name_of(int64_t n)
{
    char id[16];
    snprintf(id, sizeof id, "%d", (int)n);
    return dedup_name(7, text_of(id));
}

/* Every entry ever made, in order; those before `first` are forgotten. */
struct naive {
    struct {
        int64_t name, ts_ms, offset, max_ts_ms;
    } added[STEPS];
    int first, count, ids_max;
    uint64_t lost;
};

/* The newest entry of a name that is remembered; -1: there is none. */
static int naive_find(const struct naive *n, int64_t name, int64_t wm_ms, int64_t offset)
{
    for (int i = n->count; i-- > n->first;) {
        if (n->added[i].name == name) {
            return wm_ms <= n->added[i].ts_ms + HORIZON && offset - n->added[i].offset <= n->ids_max ? i : -1;
        }
    }
    return -1;
}

static void naive_add(struct naive *n, int64_t name, int64_t ts_ms, int64_t offset, int64_t max_ts_ms)
{
    n->added[n->count].name = name;
    n->added[n->count].ts_ms = ts_ms;
    n->added[n->count].offset = offset;
    n->added[n->count++].max_ts_ms = max_ts_ms;
}

static void naive_expire(struct naive *n, int64_t wm_ms, int64_t next)
{
    for (; n->first < n->count; n->first++) {
        bool old = wm_ms > n->added[n->first].ts_ms + HORIZON, far = next - n->added[n->first].offset > n->ids_max, newest = true;
        if (!old && !far) {
            return;
        }
        for (int i = n->first + 1; i < n->count; i++) {
            newest = newest && n->added[i].name != n->added[n->first].name;
        }
        n->lost += newest && !old;
    }
}

static void agree(struct naive *n, uint64_t seed)
{
    struct random r = {seed};
    struct dedup *d;
    int64_t wm_ms = 0, max_before_ms = INT64_MIN, offset, max_ts_ms;
    print_message("seed %d\n", (int)seed);
    assert_int_equal(dedup_create(HORIZON, (uint32_t)n->ids_max, &d), 0);
    for (int step = 0; step < STEPS; step++) {
        int64_t name = random_between(&r, 0, NAMES - 1), ts_ms = wm_ms + random_between(&r, -200, 400);
        uint32_t place = dedup_place(d, name_of(name));
        int found = naive_find(n, name, wm_ms, step);
        assert_int_equal(dedup_has(d, place, wm_ms, step), found >= 0);
        if (found >= 0) {
            assert_int_equal(dedup_again(d, place, step), 0);
            naive_add(n, name, n->added[found].ts_ms, step, max_before_ms);
        } else {
            assert_int_equal(dedup_add(d, place, name_of(name), ts_ms, step, max_before_ms), 0);
            naive_add(n, name, ts_ms, step, max_before_ms);
            max_before_ms = ts_ms > max_before_ms ? ts_ms : max_before_ms;
        }
        wm_ms += random_between(&r, 0, 9) ? random_between(&r, 0, 3) : random_between(&r, 0, 120);
        dedup_expire(d, wm_ms, step + 1);
        naive_expire(n, wm_ms, step + 1);
        assert_true(dedup_count(d) <= (uint64_t)n->ids_max);
        assert_int_equal(dedup_count(d), n->count - n->first);
        assert_int_equal(dedup_lost(d), n->lost);
        assert_int_equal(dedup_first(d, &offset, &max_ts_ms), n->first < n->count ? 0 : CUBE_ENOTFOUND);
        if (n->first < n->count) {
            assert_int_equal(offset, n->added[n->first].offset);
            assert_int_equal(max_ts_ms, n->added[n->first].max_ts_ms);
        }
    }
    dedup_destroy(d);
}

static void dedup_agrees_with_a_naive_list(void **state)
{
    (void)state;
    static struct naive n = {.ids_max = STEPS};
    agree(&n, 5);
    assert_true(n.first > 1000 && n.count - n.first > 10 && n.lost == 0);
}

static void dedup_agrees_with_a_naive_list_at_its_bound(void **state)
{
    (void)state;
    static struct naive n = {.ids_max = 30};
    agree(&n, 6);
    assert_true(n.lost > 1000);
}

/* Whoever begins to read anywhere knows after so many records what whoever read all of them knows. */
static void dedup_at_its_bound_follows_from_the_last_records(void **state)
{
    (void)state;
    enum { IDS = 50, BEGIN = 1000, END = 4000 };
    struct random r = {7};
    struct dedup *all, *later;
    assert_int_equal(dedup_create(1000000, IDS, &all), 0);
    assert_int_equal(dedup_create(1000000, IDS, &later), 0);
    uint64_t unlike = 0, duplicates = 0;
    for (int64_t offset = 0; offset < END; offset++) {
        struct hash128 name = name_of(random_between(&r, 0, NAMES - 1));
        struct dedup *both[] = {all, later};
        bool has[2] = {false, false};
        for (int i = 0; i < 2 && (i == 0 || offset >= BEGIN); i++) {
            uint32_t place = dedup_place(both[i], name);
            has[i] = dedup_has(both[i], place, 0, offset);
            assert_int_equal(has[i] ? dedup_again(both[i], place, offset) : dedup_add(both[i], place, name, 0, offset, 0), 0);
            dedup_expire(both[i], 0, offset + 1);
        }
        unlike += offset >= BEGIN && has[0] != has[1];
        duplicates += has[0];
        assert_true(offset < BEGIN + IDS || has[0] == has[1]);
    }
    assert_true(unlike > 0 && duplicates > 100);
    dedup_destroy(all);
    dedup_destroy(later);
}

static void dedup_remembers_until_the_watermark_has_passed_ts_plus_horizon(void **state)
{
    (void)state;
    struct dedup *d;
    assert_int_equal(dedup_create(100, NEVER_MANY, &d), 0);
    assert_int_equal(dedup_add(d, dedup_place(d, name_of(1)), name_of(1), 1000, 0, 0), 0);
    assert_true(dedup_has(d, dedup_place(d, name_of(1)), INT64_MIN, 1));
    assert_true(dedup_has(d, dedup_place(d, name_of(1)), 1100, 1));
    assert_false(dedup_has(d, dedup_place(d, name_of(1)), 1101, 1));
    assert_false(dedup_has(d, dedup_place(d, name_of(2)), 1000, 1));
    dedup_expire(d, 1100, 1);
    assert_int_equal(dedup_count(d), 1);
    dedup_expire(d, 1101, 1);
    assert_int_equal(dedup_count(d), 0);
    dedup_destroy(d);
}

/* What is new, by the steps that dedup_take takes at once. */
static bool taken_by_steps(struct dedup *d, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t before_ms, int64_t watermark_ms)
{
    uint32_t place = dedup_place(d, name);
    bool known = dedup_has(d, place, watermark_ms, offset);
    assert_int_equal(known ? dedup_again(d, place, offset) : dedup_add(d, place, name, ts_ms, offset, before_ms), 0);
    return !known;
}

static void assert_same_first(const struct dedup *a, const struct dedup *b)
{
    int64_t offset[2] = {-1, -1}, max_ms[2] = {-1, -1};
    assert_int_equal(dedup_first(a, &offset[0], &max_ms[0]), dedup_first(b, &offset[1], &max_ms[1]));
    assert_true(offset[0] == offset[1] && max_ms[0] == max_ms[1]);
    assert_int_equal(dedup_count(a), dedup_count(b));
}

static void check_take(uint32_t ids_max, unsigned seed)
{
    struct dedup *at_once, *by_steps;
    int64_t max_ms = 0, offset = 0;
    uint32_t plainly = 0;
    assert_int_equal(dedup_create(HORIZON, ids_max, &at_once), 0);
    assert_int_equal(dedup_create(HORIZON, ids_max, &by_steps), 0);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245 + 12345;
        struct hash128 name = name_of((int)(seed >> 8) % (i % 1000 < 500 ? 100000 : 300));
        int64_t ts_ms = i + (int64_t)(seed >> 16) % 50, before_ms = max_ms, watermark_ms = before_ms - 60;
        max_ms = ts_ms > max_ms ? ts_ms : max_ms;
        offset += 1 + (seed >> 20) % 64 / 63;
        bool is_new = taken_by_steps(by_steps, name, ts_ms, offset, before_ms, watermark_ms);
        dedup_expire(by_steps, is_new ? max_ms - 60 : watermark_ms, offset + 1);
        uint64_t lost = dedup_lost(at_once);
        int taken = dedup_take(at_once, name, ts_ms, offset, before_ms, max_ms - 60);
        assert_true(taken ? is_new : taken_by_steps(at_once, name, ts_ms, offset, before_ms, watermark_ms) == is_new);
        if (!taken) {
            dedup_expire(at_once, is_new ? max_ms - 60 : watermark_ms, offset + 1);
        }
        plainly += taken != 0;
        assert_int_equal(dedup_lost(at_once), dedup_lost(by_steps));
        assert_true(!taken || (taken == DEDUP_LOST) == (dedup_lost(at_once) != lost));
        if (i % 97 == 0) {
            dedup_expire(at_once, is_new ? max_ms - 60 : watermark_ms, offset + 1);
            assert_same_first(at_once, by_steps);
        }
    }
    assert_true(plainly > 5000);
    dedup_destroy(at_once);
    dedup_destroy(by_steps);
}

static void dedup_take_does_what_its_steps_do(void **state)
{
    (void)state;
    check_take(NEVER_MANY, 1);
    check_take(64, 2);
    check_take(40, 3);
}

static void dedup_name_tells_keys_and_ids_apart(void **state)
{
    (void)state;
    struct hash128 a = dedup_name(hash64("ab", 2), TEXT_LITERAL("c")), b = dedup_name(hash64("a", 1), TEXT_LITERAL("bc")),
                   again = dedup_name(hash64("ab", 2), TEXT_LITERAL("c"));
    assert_true(a.low == again.low && a.high == again.high);
    assert_true(a.low != b.low && a.high != b.high);
}

static void dedup_tells_names_of_one_line_apart(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct dedup *d;
    struct hash128 names[COUNT];
    assert_int_equal(dedup_create(0, NEVER_MANY, &d), 0);
    for (uint64_t i = 0; i < COUNT; i++) { /* the last lines of the index and its first, more than they hold; half of them told apart by the tag */
        names[i] = (struct hash128){i % 4 < 2 ? i % 4 : (i / 8) << 9 | (508 + i % 4), i};
        assert_false(dedup_has(d, dedup_place(d, names[i]), INT64_MIN, (int64_t)i));
        assert_int_equal(dedup_add(d, dedup_place(d, names[i]), names[i], (int64_t)i, (int64_t)i, 0), 0);
    }
    for (uint64_t forgotten = 0; forgotten <= COUNT; forgotten++) {
        dedup_expire(d, (int64_t)forgotten, COUNT);
        for (uint64_t i = 0; i < COUNT; i++) {
            assert_int_equal(dedup_has(d, dedup_place(d, names[i]), INT64_MIN, (int64_t)i), i >= forgotten);
        }
    }
    dedup_destroy(d);
}

static int dedup_story(void *arg)
{
    struct dedup *d;
    (void)arg;
    int rc = dedup_create(HORIZON, NEVER_MANY, &d);
    for (int i = 0; i < 2000 && !rc; i++) {
        rc = dedup_add(d, dedup_place(d, name_of(i)), name_of(i), i, i, i);
        assert_int_equal(dedup_count(d), i + !rc);
        assert_int_equal(dedup_has(d, dedup_place(d, name_of(i)), i, i), !rc);
        assert_true(i == 0 || dedup_has(d, dedup_place(d, name_of(i - 1)), i, i));
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
        cmocka_unit_test(dedup_agrees_with_a_naive_list_at_its_bound),
        cmocka_unit_test(dedup_at_its_bound_follows_from_the_last_records),
        cmocka_unit_test(dedup_remembers_until_the_watermark_has_passed_ts_plus_horizon),
        cmocka_unit_test(dedup_take_does_what_its_steps_do),
        cmocka_unit_test(dedup_name_tells_keys_and_ids_apart),
        cmocka_unit_test(dedup_tells_names_of_one_line_apart),
        cmocka_unit_test(dedup_add_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
