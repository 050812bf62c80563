/* The bytes of a checkpoint file, as they stay for this version. */
#include "support/unit.h"

#include <string.h>

#include "os/checkpoint_frame.h"

static const struct checkpoint_mark mark = {0x0102030405060708, {-2, UINT64_C(0xfffefdfcfbfaf9f8), 9}};

static void frame_make(struct buf *b, uint64_t *chain)
{
    size_t begin;
    assert_int_equal(checkpoint_frame_begin(b, &begin), 0);
    assert_int_equal(checkpoint_record_put(b, begin, (const uint8_t *)"k1", 2, (const uint8_t *)"abc", 3), 0);
    assert_int_equal(checkpoint_record_put(b, begin, (const uint8_t *)"k2", 2, NULL, 0), 0);
    assert_int_equal(checkpoint_record_put(b, begin, NULL, 0, (const uint8_t *)"", 0), 0);
    assert_int_equal(checkpoint_frame_fill(b, begin), 13);
    checkpoint_frame_end(b, begin, &mark, chain);
}

static void checkpoint_head_has_these_bytes(void **state)
{
    (void)state;
    static const uint8_t want[] = "cubedckp\x01\0\0\0\x32\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0id"
                                  "\x28\x3f\xb4\x0e\xcb\xab\xcf\x09";
    struct buf b = {0};
    struct checkpoint_head h = {0x0102030405060708, 3, 4, TEXT_LITERAL("id")}, back;
    uint64_t chain, behind;
    size_t len;
    assert_int_equal(checkpoint_head_put(&b, &h, &chain), 0);
    assert_int_equal(b.len, sizeof want - 1);
    assert_memory_equal(b.at, want, b.len);
    assert_int_equal(checkpoint_head_get(b.at, b.len, &back, &len, &behind), 0);
    assert_true(len == b.len && behind == chain && back.made_ms == h.made_ms && back.follows == 3 && back.stands_for == 4);
    assert_memory_equal(back.identity.at, "id", 2);
    buf_close(&b);
}

static void checkpoint_frame_has_these_bytes(void **state)
{
    (void)state;
    static const uint8_t want[] = "\x2e\0\0\0\xce\x19\xfe\x2c\x70\xd2\xeb\x54\x01\x08\x07\x06\x05\x04\x03\x02\x01\xfe\xff\xff\xff\xff\xff\xff\xff"
                                  "\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff\x09\0\0\0\0\0\0\0\x02\x04k1\x61\x62\x63\x02\0k2\0\x01";
    struct buf b = {0};
    uint64_t chain = 77;
    frame_make(&b, &chain);
    assert_int_equal(b.len, sizeof want - 1);
    assert_memory_equal(b.at, want, b.len);
    buf_close(&b);
}

static void checkpoint_record_get_tells_a_tombstone_from_an_empty_value(void **state)
{
    (void)state;
    struct buf b = {0};
    struct checkpoint_frame f;
    struct record r;
    uint64_t chain = 77, behind = 77;
    size_t len;
    frame_make(&b, &chain);
    assert_int_equal(checkpoint_frame_get(b.at, b.len, &behind, &f, &len), 0);
    assert_true(f.marked && f.mark.wall_ms == mark.wall_ms && memcmp(&f.mark.place, &mark.place, sizeof mark.place) == 0);
    assert_int_equal(checkpoint_record_get(&f.records, &r), 1);
    assert_true(r.key_len == 2 && r.value_len == 3 && memcmp(r.value, "abc", 3) == 0);
    assert_int_equal(checkpoint_record_get(&f.records, &r), 1);
    assert_true(r.key_len == 2 && !r.value && r.value_len == 0);
    assert_int_equal(checkpoint_record_get(&f.records, &r), 1);
    assert_true(r.key_len == 0 && r.value && r.value_len == 0);
    assert_int_equal(checkpoint_record_get(&f.records, &r), 0);
    buf_close(&b);
}

static void checkpoint_frame_get_says_how_much_it_needs_at_every_length(void **state)
{
    (void)state;
    struct buf b = {0};
    struct checkpoint_frame f;
    uint64_t chain = 77, behind = 77;
    size_t need = 0;
    frame_make(&b, &chain);
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(checkpoint_frame_get(b.at, len, &behind, &f, &need), CUBE_ETRUNCATED);
        assert_true(need > len && need <= b.len && behind == 77);
    }
    behind = 78;
    assert_int_equal(checkpoint_frame_get(b.at, b.len, &behind, &f, &need), CUBE_EFORMAT);
    buf_close(&b);
}

static void checkpoint_record_put_refuses_what_does_not_fit_a_frame(void **state)
{
    (void)state;
    struct buf b = {0};
    size_t begin;
    const uint8_t byte = 0;
    assert_int_equal(checkpoint_frame_begin(&b, &begin), 0);
    assert_int_equal(checkpoint_record_put(&b, begin, &byte, 1, &byte, CHECKPOINT_BODY_MAX), CUBE_ELIMIT);
    assert_int_equal(checkpoint_record_put(&b, begin, &byte, SIZE_MAX, &byte, 1), CUBE_ELIMIT);
    assert_int_equal(checkpoint_frame_fill(&b, begin), 0);
    buf_close(&b);
}

static void checkpoint_head_put_refuses_a_long_identity(void **state)
{
    (void)state;
    struct buf b = {0};
    uint64_t chain;
    struct checkpoint_head h = {.identity = {"", CHECKPOINT_IDENTITY_MAX + 1}};
    assert_int_equal(checkpoint_head_put(&b, &h, &chain), CUBE_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpoint_head_has_these_bytes),
        cmocka_unit_test(checkpoint_frame_has_these_bytes),
        cmocka_unit_test(checkpoint_record_get_tells_a_tombstone_from_an_empty_value),
        cmocka_unit_test(checkpoint_frame_get_says_how_much_it_needs_at_every_length),
        cmocka_unit_test(checkpoint_record_put_refuses_what_does_not_fit_a_frame),
        cmocka_unit_test(checkpoint_head_put_refuses_a_long_identity),
    };
    return RUN_TESTS(tests);
}
