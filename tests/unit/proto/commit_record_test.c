#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "proto/commit_record.h"
#include "support/failmalloc.h"
#include "support/random.h"

static struct commit_peer peers[] = {{7, 1, 1, 60000}, {0, 0, 0, INT64_MIN}};
static struct commit_refused refused[] = {{1, 300}};

static struct commit_record example(void)
{
    return (struct commit_record){
        .seq = 5,
        .lineage = 300,
        .layout = {4, 2, 4, 0xCAFEu},
        .watermark_ms = 20000,
        .redo_watermark_ms = 10000,
        .release = {10000, 20000, INT64_MIN, 0},
        .input_count = 2,
        .inputs = {{0, 10, 12, 25000, 11, 24000, {1, 2, 3, 4, 5}}, {1, 0, 0, INT64_MIN, 0, INT64_MIN, {0}}},
        .peer_count = 2,
        .peers = peers,
        .refused_count = 1,
        .refused = refused,
    };
}

/* Version 4, byte by byte: changelogs hold it. */
static const uint8_t golden[] = {
    0x04, 0x05, 0xAC, 0x02,                                           /* version, seq, lineage */
    0x04, 0x02, 0x04, 0xFE, 0x95, 0x03,                               /* layout */
    0xC0, 0xB8, 0x02,                                                 /* watermark */
    0xA0, 0x9C, 0x01, 0xC0, 0xB8, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00, /* release */
    0x02,                                                             /* inputs */
    0x00, 0x14, 0x18, 0xD0, 0x86, 0x03, 0x16, 0x80, 0xF7, 0x02, 1, 2, 3, 4, 5,
    0x01, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,
    0, 0, 0, 0, 0,
    0x02,                                                             /* peers */
    0x07, 0x01, 0x01, 0xC0, 0xA9, 0x07,
    0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,
    0x01, 0x01, 0xD8, 0x04,                                           /* refused */
    0xA0, 0x9C, 0x01,                                                 /* redo watermark */
};

static int decode_exact(const uint8_t *at, size_t len, struct commit_record *ret_r)
{
    uint8_t *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, at, len);
    int rc = commit_record_decode(exact, len, ret_r);
    free(exact);
    return rc;
}

static void commit_record_encode_writes_version_4(void **state)
{
    (void)state;
    struct commit_record r = example();
    struct buf b = {0};
    assert_int_equal(commit_record_encode(&r, &b), 0);
    assert_int_equal(b.len, sizeof golden);
    assert_memory_equal(b.at, golden, sizeof golden);
    buf_close(&b);
}

static void commit_record_decode_gives_everything_back(void **state)
{
    (void)state;
    struct commit_record r = {0}, want = example();
    assert_int_equal(decode_exact(golden, sizeof golden, &r), 0);
    assert_int_equal(r.seq, 5);
    assert_int_equal(r.lineage, 300);
    assert_memory_equal(&r.layout, &want.layout, sizeof r.layout);
    assert_int_equal(r.watermark_ms, 20000);
    assert_int_equal(r.redo_watermark_ms, 10000);
    assert_memory_equal(&r.release, &want.release, sizeof r.release);
    assert_int_equal(r.input_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r.inputs[i].topic, want.inputs[i].topic);
        assert_int_equal(r.inputs[i].first, want.inputs[i].first);
        assert_int_equal(r.inputs[i].next, want.inputs[i].next);
        assert_int_equal(r.inputs[i].max_ts_ms, want.inputs[i].max_ts_ms);
        assert_int_equal(r.inputs[i].redo, want.inputs[i].redo);
        assert_int_equal(r.inputs[i].redo_max_ts_ms, want.inputs[i].redo_max_ts_ms);
        assert_memory_equal(r.inputs[i].counts, want.inputs[i].counts, sizeof r.inputs[i].counts);
        assert_int_equal(r.peers[i].seq, peers[i].seq);
        assert_int_equal(r.peers[i].heard, peers[i].heard);
        assert_int_equal(r.peers[i].state, peers[i].state);
        assert_int_equal(r.peers[i].watermark_ms, peers[i].watermark_ms);
    }
    assert_int_equal(r.peer_count, 2);
    assert_int_equal(r.refused_count, 1);
    assert_int_equal(r.refused[0].input, 1);
    assert_int_equal(r.refused[0].offset, 300);
    commit_record_close(&r);
}

static void commit_record_decode_refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof golden; n++) {
        struct commit_record r = {0};
        int rc = decode_exact(golden, n, &r);
        assert_true(rc == CUBE_ETRUNCATED || rc == CUBE_EFORMAT);
        assert_null(r.peers);
    }
}

/* Version 3 was the same without a lineage. */
static void commit_record_decode_reads_version_3(void **state)
{
    (void)state;
    uint8_t old[sizeof golden - 2] = {0x03, 0x05};
    struct commit_record r = {0};
    uint64_t lineage = 9, seq = 9;
    memcpy(old + 2, golden + 4, sizeof golden - 4);
    assert_int_equal(decode_exact(old, sizeof old, &r), 0);
    assert_int_equal(r.seq, 5);
    assert_int_equal(r.lineage, 0);
    assert_int_equal(r.redo_watermark_ms, 10000);
    commit_record_close(&r);
    assert_int_equal(commit_record_peek(old, sizeof old, &lineage, &seq), 0);
    assert_int_equal(lineage, 0);
    assert_int_equal(seq, 5);
}

static void commit_record_peek_reads_the_head_only(void **state)
{
    (void)state;
    uint64_t lineage = 0, seq = 0;
    for (size_t n = 0; n < 4; n++) {
        assert_int_equal(commit_record_peek(golden, n, &lineage, &seq), CUBE_ETRUNCATED);
    }
    assert_int_equal(commit_record_peek(golden, 4, &lineage, &seq), 0);
    assert_int_equal(lineage, 300);
    assert_int_equal(seq, 5);
    assert_int_equal(commit_record_peek((const uint8_t *)"\x05\x01\x01", 3, &lineage, &seq), CUBE_EVERSION);
}

static void commit_record_layout_reads_up_to_the_layout_only(void **state)
{
    (void)state;
    struct layout_stamp l = {0};
    for (size_t n = 0; n < 10; n++) {
        assert_int_equal(commit_record_layout(golden, n, &l), CUBE_ETRUNCATED);
    }
    assert_int_equal(commit_record_layout(golden, 10, &l), 0);
    assert_true(l.customers == 4 && l.employees == 2 && l.scopes == 4 && l.model == 0xCAFEu);
    assert_int_equal(commit_record_layout((const uint8_t *)"\x05\x01\x01", 3, &l), CUBE_EVERSION);
}

static void commit_record_decode_refuses_another_version(void **state)
{
    (void)state;
    struct commit_record r = {0};
    assert_int_equal(decode_exact((const uint8_t *)"\x01", 1, &r), CUBE_EVERSION);
}

static void commit_record_decode_survives_random_damage(void **state)
{
    (void)state;
    struct random r = {21};
    print_message("seed 21\n");
    for (int i = 0; i < 50000; i++) {
        uint8_t bytes[sizeof golden];
        struct commit_record c = {0};
        memcpy(bytes, golden, sizeof golden);
        for (int64_t k = random_between(&r, 1, 4); k > 0; k--) {
            bytes[random_between(&r, 0, sizeof golden - 1)] = (uint8_t)random_next(&r);
        }
        if (decode_exact(bytes, sizeof bytes, &c) == 0) {
            assert_true(c.input_count <= COMMIT_INPUTS_MAX && c.peer_count <= sizeof golden);
            commit_record_close(&c);
        }
    }
}

static int commit_record_story(void *arg)
{
    struct commit_record r = example(), back = {0};
    struct buf b = {0};
    (void)arg;
    int rc = commit_record_encode(&r, &b);
    rc = rc ? rc : commit_record_decode(b.at, b.len, &back);
    commit_record_close(&back);
    buf_close(&b);
    return rc;
}

static void commit_record_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(commit_record_story, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_record_encode_writes_version_4),
        cmocka_unit_test(commit_record_decode_gives_everything_back),
        cmocka_unit_test(commit_record_decode_refuses_every_truncation),
        cmocka_unit_test(commit_record_decode_reads_version_3),
        cmocka_unit_test(commit_record_peek_reads_the_head_only),
        cmocka_unit_test(commit_record_layout_reads_up_to_the_layout_only),
        cmocka_unit_test(commit_record_decode_refuses_another_version),
        cmocka_unit_test(commit_record_decode_survives_random_damage),
        cmocka_unit_test(commit_record_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
