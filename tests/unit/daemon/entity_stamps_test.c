#include "task/entity_stamps.h"

#include "support/failmalloc.h"
#include "support/unit.h"

static const struct stamp some = {-1, {300, 5}};

/* Version, watermark, offsets: changelogs hold it. */
static const uint8_t golden[] = {3, 1, 0xD8, 0x04, 10};

static void stamp_put_writes_version_3(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(stamp_put(&b, &some, 2), 0);
    assert_int_equal(b.len, sizeof golden);
    assert_memory_equal(b.at, golden, sizeof golden);
    buf_close(&b);
}

static void stamp_get_gives_it_back_and_leaves_the_rest(void **state)
{
    (void)state;
    struct cursor c = {golden, golden + sizeof golden};
    struct stamp s;
    assert_int_equal(stamp_get(&c, 1, &s), 0);
    assert_true(s.applied_ms == -1 && s.next[0] == 300 && c.at == golden + 4);
}

static void stamp_get_refuses_truncation_and_another_version(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof golden; n++) {
        struct cursor c = {golden, golden + n};
        struct stamp s;
        assert_int_equal(stamp_get(&c, 2, &s), CUBE_ETRUNCATED);
    }
    static const uint8_t older[] = {2, 1, 1, 1};
    struct cursor old = {older, older + sizeof older};
    struct stamp s;
    assert_int_equal(stamp_get(&old, 2, &s), CUBE_EVERSION);
}

static void stamp_get_refuses_instants_that_no_event_has(void **state)
{
    (void)state;
    static const struct {
        int64_t applied_ms;
        int rc;
    } cases[] = {{INT64_MIN, 0}, {INT64_MIN + 1, CUBE_EFORMAT}, {INT64_MAX, CUBE_EFORMAT}, {INT64_C(1) << 55, 0}, {0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        struct stamp s = {.applied_ms = cases[i].applied_ms};
        assert_int_equal(stamp_put(&b, &s, 1), 0);
        struct cursor c = {b.at, b.at + b.len};
        assert_int_equal(stamp_get(&c, 1, &s), cases[i].rc);
        buf_close(&b);
    }
}

/* As a record brings it. */
static int stamp_take(struct stamps *t, uint32_t number, const struct stamp *s)
{
    struct buf b = {0};
    uint32_t place = 0;
    int rc = stamp_put(&b, s, 2);
    struct cursor c = {b.at, b.at + b.len};
    rc = rc ? rc : stamps_get(t, &c, 2, &place);
    assert_true(rc || c.at == c.end);
    buf_close(&b);
    return rc ? rc : stamps_set(t, number, place);
}

static int stamps_fill(void *arg)
{
    struct stamps *t = arg;
    *t = (struct stamps){0};
    int rc = 0;
    for (uint32_t i = 0; i < 1000 && !rc; i++) {
        rc = stamp_take(t, i * 3, &(struct stamp){i / 10, {i / 10, 7}});
    }
    return rc;
}

static void stamps_of_names_the_last_stamp_that_was_set(void **state)
{
    (void)state;
    struct stamps t;
    assert_int_equal(stamps_fill(&t), 0);
    assert_int_equal(t.count, 100); /* one serves those of a commit */
    assert_int_equal(stamp_take(&t, 30, &some), 0);
    assert_int_equal(stamps_of(&t, 30)->next[0], 300);
    assert_int_equal(stamps_of(&t, 33)->next[0], 1);
    assert_int_equal(stamps_of(&t, 999 * 3)->applied_ms, 99);
    assert_null(stamps_of(&t, 31));
    assert_null(stamps_of(&t, 1000000));
    stamps_close(&t);
}

static void stamps_get_reads_what_follows_the_same_stamp_and_refuses_what_is_cut_off(void **state)
{
    (void)state;
    struct stamps t = {0};
    uint32_t place;
    for (int i = 0; i < 2; i++) {
        struct cursor c = {golden, golden + sizeof golden};
        assert_int_equal(stamps_get(&t, &c, 1, &place), 0);
        assert_true(place == 1 && c.at == golden + 4);
    }
    struct cursor cut = {golden, golden + 3};
    assert_int_equal(stamps_get(&t, &cut, 1, &place), CUBE_ETRUNCATED);
    stamps_close(&t);
}

static int stamps_story(void *arg)
{
    struct stamps t;
    (void)arg;
    int rc = stamps_fill(&t);
    stamps_close(&t);
    return rc;
}

static void stamps_set_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(stamps_story, NULL) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamp_put_writes_version_3),
        cmocka_unit_test(stamp_get_gives_it_back_and_leaves_the_rest),
        cmocka_unit_test(stamp_get_refuses_truncation_and_another_version),
        cmocka_unit_test(stamp_get_refuses_instants_that_no_event_has),
        cmocka_unit_test(stamps_of_names_the_last_stamp_that_was_set),
        cmocka_unit_test(stamps_get_reads_what_follows_the_same_stamp_and_refuses_what_is_cut_off),
        cmocka_unit_test(stamps_set_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
