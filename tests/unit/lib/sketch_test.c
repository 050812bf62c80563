#include "support/unit.h"

#include "support/random.h"
#include "window/hist.h"
#include "window/sketch.h"

static const struct layout layout = {.slots = 3, .wide = 1u << 1};

struct naive {
    int64_t count;
    cube_i128 sum;
};

static void add(struct sketch *s, int32_t bucket, int64_t count, int64_t sum)
{
    int64_t cells[3] = {count};
    cell_set_wide(cells + 1, sum);
    assert_int_equal(sketch_add(s, &layout, bucket, cells), 0);
}

/* Buckets are so many apart. */
static void assert_same(const struct sketch *s, const struct naive *all, int32_t limit, int32_t apart)
{
    uint32_t seen = 0;
    for (int32_t b = -limit; b <= limit; b++) {
        const struct naive *x = &all[b + limit];
        uint32_t i = sketch_first(s, &layout, b * apart);
        const int64_t *cells = NULL;
        bool there = i < s->count && sketch_at(s, &layout, i, &cells) == b * apart;
        assert_int_equal(i, seen);
        assert_int_equal(there, x->count != 0 || x->sum != 0);
        if (there) {
            assert_true(cells[0] == x->count && cell_get_wide(cells + 1) == x->sum);
            seen++;
        }
    }
    assert_int_equal(s->count, seen);
}

static void sketch_add_keeps_what_an_array_keeps(void **state)
{
    (void)state;
    enum { LIMIT = 90 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random r = {seed};
        int32_t apart = seed % 2 ? 1 : SKETCH_BUCKET_LIMIT / (LIMIT + 1);
        struct naive all[2 * LIMIT + 1] = {{0}};
        struct sketch s = {0};
        for (int i = 0; i < 400; i++) {
            int32_t bucket = (int32_t)random_between(&r, -LIMIT, LIMIT);
            struct naive *x = &all[bucket + LIMIT];
            int64_t count = random_between(&r, -2, 2), sum = random_between(&r, -3, 3);
            if (random_between(&r, 0, 2) == 0) { /* back to nothing */
                count = -x->count;
                sum = (int64_t)-x->sum;
            }
            x->count += count;
            x->sum += sum;
            add(&s, bucket * apart, count, sum);
            assert_same(&s, all, LIMIT, apart);
        }
        for (int32_t b = -LIMIT; b <= LIMIT; b++) {
            add(&s, b * apart, -all[b + LIMIT].count, (int64_t)-all[b + LIMIT].sum);
        }
        assert_int_equal(s.count, 0);
        assert_int_equal(sketch_bytes(&s, &layout), 0);
        sketch_close(&s);
    }
}

static void sketch_takes_the_buckets_of_all_numbers(void **state)
{
    (void)state;
    static const int64_t values[] = {INT64_MIN, -1000000, -1, 0, 1, 31, 32, 1000000, INT64_MAX};
    struct sketch s = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int32_t bucket = hist_bucket(values[i]);
        unsigned octave = sketch_octave(bucket);
        assert_true(octave < SKETCH_OCTAVES && sketch_octave_first(octave) <= bucket && bucket < sketch_octave_first(octave) + SKETCH_OCTAVE);
        add(&s, bucket, 1, 1);
        assert_true(s.dirty[octave / 64] >> octave % 64 & 1);
        assert_int_equal(s.count, i + 1);
    }
    sketch_close(&s);
}

static void sketch_octave_clear_empties_one_octave(void **state)
{
    (void)state;
    struct sketch s = {0};
    for (int32_t b = -40; b < 40; b++) {
        add(&s, b, 1, 5);
    }
    sketch_octave_clear(&s, &layout, sketch_octave(5)); /* 0 to 31 */
    assert_int_equal(s.count, 80 - 32);
    const int64_t *cells;
    assert_int_equal(sketch_at(&s, &layout, sketch_first(&s, &layout, 0), &cells), 32);
    sketch_octave_clear(&s, &layout, sketch_octave(5));
    assert_int_equal(s.count, 80 - 32);
    uint32_t count;
    assert_int_equal(*sketch_octave_at(&s, &layout, sketch_octave(-40), &count), -40);
    assert_int_equal(count, 8);
    sketch_octave_at(&s, &layout, SKETCH_OCTAVES - 1, &count);
    assert_int_equal(count, 0);
    sketch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sketch_add_keeps_what_an_array_keeps),
        cmocka_unit_test(sketch_takes_the_buckets_of_all_numbers),
        cmocka_unit_test(sketch_octave_clear_empties_one_octave),
    };
    return RUN_TESTS(tests);
}
