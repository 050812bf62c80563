#include "support/unit.h"

#include "support/failmalloc.h"
#include "window/hist.h"
#include "window/pane_ring.h"
#include "window/sketch.h"

static const struct layout layout = {.slots = 3, .wide = 1u << 1};

static int fill_ring(void *arg)
{
    struct pane_ring r = {0};
    (void)arg;
    int rc = 0;
    for (int64_t p = 0; rc == 0 && p < 100; p++) {
        int64_t pane = p % 7 ? p : p / 2, sum = r.count ? pane_ring_total(&r)[0] : 0;
        uint32_t count = r.count;
        rc = pane_ring_add(&r, &layout, pane, (int64_t[]){1, 2, 3});
        if (rc) {
            assert_int_equal(r.count, count);
            assert_int_equal(r.count ? pane_ring_total(&r)[0] : 0, sum);
        }
    }
    pane_ring_close(&r);
    return rc;
}

static void pane_ring_add_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(fill_ring, NULL) >= 7);
}

static int fill_and_roll_ring(void *arg)
{
    int rc = 0;
    struct pane_ring r = {0};
    for (int64_t p = 0; rc == 0 && p < 64; p++) {
        rc = pane_ring_add(&r, &layout, p, (int64_t[]){1, 2, 3});
    }
    if (rc == 0) {
        *(int *)arg += 1;
        for (int64_t p = 0; p < 64; p++) {
            pane_ring_roll(&r, &layout, p, NULL, NULL);
            assert_int_equal(pane_ring_total(&r)[0], 64 - p);
        }
    }
    pane_ring_close(&r);
    return rc;
}

static void pane_ring_roll_does_without_memory_to_shrink(void **state)
{
    (void)state;
    int filled = 0;
    failmalloc_sweep_tolerant(fill_and_roll_ring, &filled);
    assert_true(filled > 1);
}

static int fill_hist(void *arg)
{
    struct hist_ring r = {0};
    (void)arg;
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < 300; i++) {
        int64_t n = r.n;
        rc = hist_ring_add(&r, i / 10, (int32_t)(i * 7 % 90), 1);
        if (rc) {
            assert_int_equal(r.n, n);
        }
    }
    if (rc == 0) {
        hist_ring_roll(&r, 28);
        assert_int_equal(r.n, 20);
    }
    hist_ring_close(&r);
    return rc;
}

static void hist_ring_add_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep_tolerant(fill_hist, NULL) >= 8);
}

static int fill_sketch(void *arg)
{
    struct sketch s = {0};
    (void)arg;
    int rc = 0;
    for (int32_t i = 0; rc == 0 && i < 300; i++) {
        uint32_t count = s.count;
        rc = sketch_add(&s, &layout, i * 7 % 190 - 95, (int64_t[]){1, 2, 0});
        assert_true(rc == 0 || s.count == count);
    }
    for (int32_t b = -95; rc == 0 && b < 95; b++) { /* giving memory back needs none */
        const int64_t *cells;
        sketch_at(&s, &layout, 0, &cells);
        int64_t less[] = {-cells[0], -cells[1], -1};
        assert_int_equal(sketch_add(&s, &layout, b, less), 0);
    }
    sketch_close(&s);
    return rc;
}

static void sketch_add_reports_lack_of_memory_and_changes_nothing(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep_tolerant(fill_sketch, NULL) >= 6);
}

static void fill(struct sketch *s, int32_t from, int32_t to)
{
    for (int32_t b = from; b < to; b++) {
        assert_int_equal(sketch_add(s, &layout, b * 37 % 601, (int64_t[]){1, b, 0}), 0);
    }
}

/* The sixth allocation: rooms for 4, 8, 16, 32 and 64 buckets come before it. */
static void sketch_without_memory_for_its_index_finds_buckets_without(void **state)
{
    (void)state;
    struct sketch s = {0}, indexed = {0};
    fill(&indexed, 0, 60);
    assert_non_null(indexed.index);
    failmalloc_set(6);
    fill(&s, 0, 60);
    assert_true(failmalloc_hit());
    failmalloc_off();
    assert_null(s.index);
    for (uint32_t i = 0; i < 60; i++) {
        const int64_t *a, *b;
        assert_int_equal(sketch_at(&s, &layout, i, &a), sketch_at(&indexed, &layout, i, &b));
        assert_memory_equal(a, b, layout.slots * sizeof *a);
        assert_int_equal(sketch_first(&s, &layout, (int32_t)i * 10), sketch_first(&indexed, &layout, (int32_t)i * 10));
    }
    fill(&s, 60, 100);
    assert_non_null(s.index); /* with more room it has one after all */
    fill(&indexed, 60, 100);
    for (int32_t b = 0; b < 610; b++) {
        assert_int_equal(sketch_first(&s, &layout, b), sketch_first(&indexed, &layout, b));
    }
    sketch_close(&s);
    sketch_close(&indexed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pane_ring_add_reports_lack_of_memory_and_changes_nothing),
        cmocka_unit_test(pane_ring_roll_does_without_memory_to_shrink),
        cmocka_unit_test(hist_ring_add_reports_lack_of_memory_and_changes_nothing),
        cmocka_unit_test(sketch_without_memory_for_its_index_finds_buckets_without),
        cmocka_unit_test(sketch_add_reports_lack_of_memory_and_changes_nothing),
    };
    return RUN_TESTS(tests);
}
