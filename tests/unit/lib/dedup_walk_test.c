/* Remembered names written down and put back. */
#include "support/unit.h"

#include <stdio.h>

#include "engine/dedup_walk.h"
#include "support/failmalloc.h"
#include "support/random.h"

#define NAMES 150
#define STEPS 6000
#define HORIZON 400

static struct hash128 name_of(int64_t n)
{
    char id[16];
    snprintf(id, sizeof id, "%d", (int)n);
    return dedup_name(7, text_of(id));
}

struct story {
    struct random random;
    int64_t max_ms, offset;
};

/* What the table makes of the next record. */
struct step {
    int64_t name, ts_ms, offset, before_ms, watermark_ms;
};

static struct step step_next(struct story *s)
{
    struct step x = {random_between(&s->random, 0, NAMES - 1), s->max_ms + random_between(&s->random, -30, 20), s->offset, s->max_ms, 0};
    s->max_ms = x.ts_ms > s->max_ms ? x.ts_ms : s->max_ms;
    s->offset += random_between(&s->random, 1, 3);
    x.watermark_ms = s->max_ms - 60;
    return x;
}

static bool step_take(struct dedup *d, const struct step *x)
{
    uint32_t place = dedup_place(d, name_of(x->name));
    bool known = dedup_has(d, place, x->watermark_ms, x->offset);
    assert_int_equal(known ? dedup_again(d, place, x->offset)
                           : dedup_add(d, place, name_of(x->name), x->ts_ms, x->offset, x->before_ms), 0);
    dedup_expire(d, x->watermark_ms, x->offset + 1);
    return known;
}

static void equal(const struct dedup *a, const struct dedup *b)
{
    int64_t offset[2] = {-1, -1}, max_ms[2] = {-1, -1};
    assert_int_equal(dedup_count(a), dedup_count(b));
    assert_int_equal(dedup_first(a, &offset[0], &max_ms[0]), dedup_first(b, &offset[1], &max_ms[1]));
    assert_true(offset[0] == offset[1] && max_ms[0] == max_ms[1]);
}

/* As a restart does: what was written down from some time before, less what is forgotten. */
static struct dedup *put_back(const struct dedup *from, uint32_t ids_max)
{
    struct dedup *d;
    struct dedup_entry e;
    int64_t first, max_ms;
    struct dedup_walk w = dedup_walk_from(from, INT64_MIN);
    assert_int_equal(dedup_create(HORIZON, ids_max, &d), 0);
    for (int64_t old = 1; old < 20; old++) {
        assert_int_equal(dedup_put(d, &(struct dedup_entry){name_of(1000 + old), 5, old}), 0);
    }
    int none = dedup_first(from, &first, &max_ms);
    if (none || first < 20) {
        dedup_cut(d, INT64_MAX);
    }
    while (dedup_walk_next(from, &w, &e)) {
        assert_int_equal(dedup_put(d, &e), 0);
    }
    if (!none) {
        dedup_cut(d, first);
        dedup_put_all(d, max_ms);
    }
    return d;
}

static void compare(uint32_t ids_max)
{
    struct story s = {{ids_max}, 100000, 0};
    struct dedup *live, *back = NULL;
    assert_int_equal(dedup_create(HORIZON, ids_max, &live), 0);
    uint64_t lost_before = 0;
    for (int i = 0; i < STEPS; i++) {
        struct step x = step_next(&s);
        bool known = step_take(live, &x);
        if (back) {
            assert_int_equal(step_take(back, &x), known);
            equal(live, back);
            assert_int_equal(dedup_lost(back), dedup_lost(live) - lost_before);
        }
        if (i % 97 == 0) {
            dedup_destroy(back);
            back = put_back(live, ids_max);
            lost_before = dedup_lost(live);
            equal(live, back);
            assert_int_equal(dedup_lost(back), 0);
        }
    }
    assert_true(ids_max > 1000 || lost_before > 100);
    dedup_destroy(live);
    dedup_destroy(back);
}

static void dedup_put_back_answers_as_the_one_it_was_written_from(void **state)
{
    (void)state;
    compare(1u << 30);
    compare(60);
    compare(1);
}

static void dedup_walk_begins_at_an_offset(void **state)
{
    (void)state;
    struct dedup *d;
    struct dedup_entry e;
    assert_int_equal(dedup_create(HORIZON, 1000, &d), 0);
    for (int64_t i = 0; i < 300; i++) {
        assert_int_equal(dedup_put(d, &(struct dedup_entry){name_of(i), i, 3 * i}), 0);
    }
    dedup_cut(d, 30);
    for (int64_t from = -5; from < 910; from++) {
        struct dedup_walk w = dedup_walk_from(d, from);
        int64_t want = from < 30 ? 30 : (from + 2) / 3 * 3;
        for (; want < 900; want += 3) {
            assert_true(dedup_walk_next(d, &w, &e) && e.offset == want && e.ts_ms == want / 3 && e.name.low == name_of(want / 3).low);
        }
        assert_false(dedup_walk_next(d, &w, &e));
    }
    dedup_destroy(d);
}

static void dedup_put_refuses_what_is_not_behind_the_last(void **state)
{
    (void)state;
    struct dedup *d;
    assert_int_equal(dedup_create(HORIZON, 1000, &d), 0);
    assert_int_equal(dedup_put(d, &(struct dedup_entry){name_of(1), 1, 7}), 0);
    assert_int_equal(dedup_put(d, &(struct dedup_entry){name_of(2), 1, 7}), CUBE_EFORMAT);
    assert_int_equal(dedup_put(d, &(struct dedup_entry){name_of(2), 1, 6}), CUBE_EFORMAT);
    assert_int_equal(dedup_count(d), 1);
    dedup_destroy(d);
}

static int story(void *arg)
{
    struct dedup **d = arg;
    *d = NULL;
    int rc = dedup_create(HORIZON, 1u << 30, d);
    for (int64_t i = 0; i < 3000 && !rc; i++) {
        rc = dedup_put(*d, &(struct dedup_entry){name_of(i), i, i});
        assert_int_equal(dedup_count(*d), i + !rc);
    }
    dedup_destroy(*d);
    return rc;
}

static void dedup_put_changes_nothing_when_memory_is_out(void **state)
{
    (void)state;
    struct dedup *d;
    assert_true(failmalloc_sweep(story, &d) >= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dedup_put_back_answers_as_the_one_it_was_written_from),
        cmocka_unit_test(dedup_walk_begins_at_an_offset),
        cmocka_unit_test(dedup_put_refuses_what_is_not_behind_the_last),
        cmocka_unit_test(dedup_put_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
