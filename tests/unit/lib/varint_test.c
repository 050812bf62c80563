#include "support/unit.h"

#include <string.h>

#include "base/varint.h"
#include "support/random.h"

static struct cursor cursor_of(const struct buf *b)
{
    return (struct cursor){b->at, b->at + b->len};
}

static void put_uint_writes_the_shortest_groups_of_seven(void **state)
{
    (void)state;
    static const struct {
        uint64_t v;
        size_t len;
        uint8_t at[10];
    } rows[] = {{0, 1, {0}},
                {127, 1, {0x7f}},
                {128, 2, {0x80, 0x01}},
                {300, 2, {0xac, 0x02}},
                {UINT64_MAX, 10, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        assert_int_equal(put_uint(&b, rows[i].v), 0);
        assert_int_equal(b.len, rows[i].len);
        assert_memory_equal(b.at, rows[i].at, b.len);
        buf_close(&b);
    }
}

/* Byte by byte, as the format says it. */
static size_t groups_of(uint64_t v, uint8_t at[VARINT_BYTES_MAX])
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) {
        at[n++] = (uint8_t)(v | 0x80);
    }
    at[n++] = (uint8_t)v;
    return n;
}

static void assert_groups(uint64_t v)
{
    uint8_t expected[VARINT_BYTES_MAX], at[VARINT_BYTES_MAX];
    size_t len = groups_of(v, expected);
    assert_int_equal(varint_write(at, v) - at, len);
    assert_memory_equal(at, expected, len);
    assert_int_equal(varint_write_longer(at, v) - at, len);
    assert_memory_equal(at, expected, len);
    for (size_t more = 0; more < 9; more++) { /* with so many bytes behind it, that belong to others */
        uint8_t bytes[VARINT_BYTES_MAX + 9];
        memcpy(bytes, expected, len);
        memset(bytes + len, 0xff, more);
        struct cursor c = {bytes, bytes + len + more};
        uint64_t read = ~v;
        assert_int_equal(get_uint(&c, &read), 0);
        assert_true(read == v && c.at == bytes + len);
    }
}

static void numbers_of_every_length_are_groups_of_seven(void **state)
{
    (void)state;
    struct random rnd = {12};
    for (unsigned bits = 0; bits < 64; bits++) {
        assert_groups(UINT64_C(1) << bits);
        assert_groups((UINT64_C(1) << bits) - 1);
        for (int i = 0; i < 100; i++) {
            assert_groups(random_next(&rnd) >> bits);
        }
    }
    assert_groups(UINT64_MAX);
}

static void put_int_keeps_small_magnitudes_short(void **state)
{
    (void)state;
    const int64_t values[] = {0, -1, 1, -64, 64};
    const uint8_t expected[] = {0, 1, 2, 127, 0x80, 0x01};
    struct buf b = {0};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(put_int(&b, values[i]), 0);
    }
    assert_int_equal(b.len, sizeof expected);
    assert_memory_equal(b.at, expected, sizeof expected);
    buf_close(&b);
}

static void numbers_read_back_the_same(void **state)
{
    (void)state;
    struct random rnd = {11};
    print_message("seed %llu\n", (unsigned long long)rnd.state);
    struct buf b = {0};
    for (int i = 0; i < 20000; i++) {
        uint64_t u = random_next(&rnd) >> (random_next(&rnd) & 63);
        int64_t s = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : (int64_t)random_next(&rnd) >> (u & 63);
        cube_i128 w = (cube_i128)((cube_u128)random_next(&rnd) << 64 | random_next(&rnd)) >> (random_next(&rnd) & 127);
        if (i < 2) {
            w = (cube_i128)(((cube_u128)1 << 127) - (cube_u128)i); /* the smallest and the largest */
        }
        double d = (double)s / 3;
        buf_clear(&b);
        assert_int_equal(put_uint(&b, u) | put_int(&b, s) | put_i128(&b, w) | put_double(&b, d), 0);
        struct cursor c = cursor_of(&b);
        uint64_t u2;
        int64_t s2 = 0;
        cube_i128 w2;
        double d2;
        assert_int_equal(get_uint(&c, &u2) | get_int(&c, &s2) | get_i128(&c, &w2) | get_double(&c, &d2), 0);
        assert_true(u2 == u && s2 == s && w2 == w && d2 == d && c.at == c.end);
    }
    buf_close(&b);
}

static void texts_read_back_the_same_absent_and_empty_apart(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(put_text(&b, (struct text){0}) | put_text(&b, TEXT_LITERAL("")) | put_text(&b, TEXT_LITERAL("noord")), 0);
    struct cursor c = cursor_of(&b);
    struct text absent, empty, word;
    assert_int_equal(get_text(&c, &absent) | get_text(&c, &empty) | get_text(&c, &word), 0);
    assert_null(absent.at);
    assert_true(empty.at && empty.len == 0);
    assert_true(text_equal(word, TEXT_LITERAL("noord")));
    assert_true(word.at == (const char *)b.at + 3 && c.at == c.end);
    buf_close(&b);
}

/* Everything at once, cut off after every byte: whatever is not whole is CUBE_ETRUNCATED. */
static void readers_report_bytes_that_end_too_early(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(put_uint(&b, UINT64_MAX) | put_i128(&b, (cube_i128)1 << 120) | put_double(&b, 1) |
                         put_text(&b, TEXT_LITERAL("word")), 0);
    for (size_t n = 0; n < b.len; n++) {
        struct cursor c = {b.at, b.at + n};
        uint64_t u = 1;
        cube_i128 w = 2;
        double d = 3;
        struct text t = {0};
        int rc = get_uint(&c, &u);
        rc = rc ? rc : get_i128(&c, &w);
        rc = rc ? rc : get_double(&c, &d);
        const uint8_t *before = c.at;
        rc = rc ? rc : get_text(&c, &t);
        assert_int_equal(rc, CUBE_ETRUNCATED);
        assert_null(t.at);
        assert_true(n >= 10 || u == 1);
        assert_ptr_equal(c.at, before);
    }
    buf_close(&b);
}

static void readers_refuse_numbers_that_are_too_long(void **state)
{
    (void)state;
    uint8_t at[20];
    memset(at, 0xff, sizeof at);
    struct cursor c = {at, at + sizeof at};
    uint64_t u = 5;
    cube_i128 w = 6;
    assert_int_equal(get_uint(&c, &u), CUBE_EFORMAT);
    assert_int_equal(get_i128(&c, &w), CUBE_EFORMAT);
    at[9] = 2; /* the 65th bit */
    assert_int_equal(get_uint(&c, &u), CUBE_EFORMAT);
    at[9] = 0xff;
    at[18] = 4; /* the 129th bit */
    assert_int_equal(get_i128(&c, &w), CUBE_EFORMAT);
    at[18] = 3;
    assert_int_equal(get_i128(&c, &w), 0);
    assert_true(u == 5 && w == (cube_i128)((cube_u128)1 << 127));
    struct buf b = {0};
    assert_int_equal(put_uint(&b, UINT64_C(1) << 33), 0);
    c = cursor_of(&b);
    struct text t;
    assert_int_equal(get_text(&c, &t), CUBE_EFORMAT);
    buf_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_uint_writes_the_shortest_groups_of_seven),
        cmocka_unit_test(numbers_of_every_length_are_groups_of_seven),
        cmocka_unit_test(put_int_keeps_small_magnitudes_short),
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(texts_read_back_the_same_absent_and_empty_apart),
        cmocka_unit_test(readers_report_bytes_that_end_too_early),
        cmocka_unit_test(readers_refuse_numbers_that_are_too_long),
    };
    return RUN_TESTS(tests);
}
