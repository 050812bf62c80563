#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/retention.h"
#include "support/handover_model.h"

static struct measure measures[HANDOVER_MEASURES];
static const struct layout_stamp layout = {4, 2, 4, 0xCAFEu};

static struct let_out_cell example_cell(void)
{
    struct let_out_cell c = {.scope = TEXT_LITERAL("region=north"), .kind = 1, .measure = 1, .horizon_count = 2};
    c.horizons[0] = (struct let_out){false, 200000, {.has_value = true, .value = 0.5, .n = 10}};
    result_set_int(&c.horizons[0].result, RESULT_HITS, 5);
    c.horizons[1].withheld = true;
    return c;
}

static const int64_t example_parts[] = {10000000, 0, 20000000};
static const struct axis_gift example_gift = {40, 3, 1, example_parts};

static struct buf let_out_record(void)
{
    struct buf body = {0}, out = {0};
    struct let_out_cell c = example_cell();
    struct handover_head h = {HANDOVER_LET_OUT, 0, 100000, true, layout};
    assert_int_equal(handover_put_let_out(&body, &c), 0);
    assert_int_equal(handover_finish(&body, &h, &out), 0);
    assert_int_equal(body.len, 0);
    buf_close(&body);
    return out;
}

static struct buf gift_record(void)
{
    struct buf body = {0}, out = {0};
    struct handover_head h = {HANDOVER_GIFTS, 3, 100000, true, layout};
    assert_int_equal(handover_put_gift(&body, TEXT_LITERAL("organisation"), &example_gift, handover_scored, 3), 0);
    assert_int_equal(handover_finish(&body, &h, &out), 0);
    buf_close(&body);
    return out;
}

/* Version 1, byte by byte: tasks of the same version talk to each other. */
static const uint8_t golden_let_out[] = {
    'H', 0x01, 0x00, 0x00, 0xC0, 0x9A, 0x0C, 0x01,                                       /* mark, version, part, task, t, last */
    0x04, 0x02, 0x04, 0xFE, 0x95, 0x03,                                                  /* layout */
    0x0D, 'r', 'e', 'g', 'i', 'o', 'n', '=', 'n', 'o', 'r', 't', 'h', 0x01, 0x01,        /* scope, kind, measure */
    0x00, 0x80, 0xB5, 0x18,                                                              /* let out, since */
    0x01, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 0x14,                                            /* flags, value, n */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                                      /* interval */
    0x01, 0x0A,                                                                          /* fields, hits */
    0x01,                                                                                /* withheld */
};
static const uint8_t golden_gift[] = {
    'H', 0x01, 0x01, 0x03, 0xC0, 0x9A, 0x0C, 0x01, 0x04, 0x02, 0x04, 0xFE, 0x95, 0x03,
    0x0D, 'o', 'r', 'g', 'a', 'n', 'i', 's', 'a', 't', 'i', 'o', 'n',
    0, 0, 0, 0, 0, 0, 0x44, 0x40, 0, 0, 0, 0, 0, 0, 0x08, 0x40, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, /* score, half, coverage */
    0x02, 0x00, 0x80, 0xDA, 0xC4, 0x09, 0x03, 0x80, 0xB4, 0x89, 0x13,                    /* contributions */
};

static const uint8_t golden_retention[] = {
    'H', 0x01, 0x02, 0x00, 0xC0, 0x9A, 0x0C, 0x01, 0x04, 0x02, 0x04, 0xFE, 0x95, 0x03,
    0x00, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 0x04, 's', 'm', 'b', 0, 0, 0, 0, 0, 0, 0xE8, 0x3F, /* the whole, a segment */
};

static void handover_of_retention_is_items_of_a_table(void **state)
{
    (void)state;
    struct model m = handover_model(measures);
    struct retention_table t = {0}, back = {0};
    struct buf body = {0}, out = {0};
    struct handover_head h = {HANDOVER_RETENTION, 0, 100000, true, layout};
    struct handover_reader r;
    uint32_t next = 0;
    assert_int_equal(retention_table_whole(&t, 0.5), 0);
    assert_int_equal(retention_table_add(&t, TEXT_LITERAL("smb"), 0.75), 0);
    assert_int_equal(retention_put_items(&t, &next, SIZE_MAX, &body), 0);
    assert_int_equal(handover_finish(&body, &h, &out), 0);
    assert_int_equal(out.len, sizeof golden_retention);
    assert_memory_equal(out.at, golden_retention, sizeof golden_retention);
    assert_int_equal(handover_open(&r, &m, out.at, out.len, &h), 0);
    assert_true(h.part == HANDOVER_RETENTION && retention_get(&r.at, &back) == 1 && retention_get(&r.at, &back) == 1);
    assert_true(retention_get(&r.at, &back) == 0 && back.whole == 0.5 && back.shares[0].share == 0.75);
    retention_table_close(&t);
    retention_table_close(&back);
    buf_close(&body);
    buf_close(&out);
}

static void handover_finish_writes_version_1(void **state)
{
    (void)state;
    struct buf b = let_out_record();
    assert_int_equal(b.len, sizeof golden_let_out);
    assert_memory_equal(b.at, golden_let_out, sizeof golden_let_out);
    buf_close(&b);
    b = gift_record();
    assert_int_equal(b.len, sizeof golden_gift);
    assert_memory_equal(b.at, golden_gift, sizeof golden_gift);
    buf_close(&b);
}

static void handover_reads_back_what_was_written(void **state)
{
    (void)state;
    struct model m = handover_model(measures);
    struct handover_reader r;
    struct handover_head h;
    struct let_out_cell c, want = example_cell();
    struct buf b = let_out_record();
    assert_true(handover_is(b.at, b.len));
    assert_int_equal(handover_open(&r, &m, b.at, b.len, &h), 0);
    assert_true(h.part == HANDOVER_LET_OUT && h.task == 0 && h.t_ms == 100000 && h.last);
    assert_memory_equal(&h.layout, &layout, sizeof layout);
    assert_int_equal(handover_next_let_out(&r, &c), 1);
    assert_true(text_equal(c.scope, want.scope) && c.kind == 1 && c.measure == 1 && c.horizon_count == 2);
    assert_memory_equal(&c.horizons[0].result, &want.horizons[0].result, sizeof(struct result));
    assert_true(c.horizons[0].published_ms == 200000 && c.horizons[1].withheld && !c.horizons[0].withheld);
    assert_int_equal(handover_next_let_out(&r, &c), 0);
    buf_close(&b);
    b = gift_record();
    struct axis_gift g;
    struct text scope;
    int64_t parts[3];
    assert_int_equal(handover_open(&r, &m, b.at, b.len, &h), 0);
    assert_true(h.part == HANDOVER_GIFTS && h.task == 3);
    assert_int_equal(handover_next_gift(&r, handover_scored, 3, &scope, &g, parts), 1);
    assert_true(text_equal(scope, TEXT_LITERAL("organisation")) && g.score == 40 && g.half == 3 && g.coverage == 1);
    assert_memory_equal(parts, example_parts, sizeof parts);
    assert_ptr_equal(g.contributions, parts);
    assert_int_equal(handover_next_gift(&r, handover_scored, 3, &scope, &g, parts), 0);
    buf_close(&b);
}

/* Reads a record to its end. */
static int read_all(const uint8_t *at, size_t len)
{
    struct model m = handover_model(measures);
    struct handover_reader r;
    struct handover_head h;
    uint8_t *exact = malloc(len ? len : 1);
    memcpy(exact, at, len);
    int rc = handover_open(&r, &m, exact, len, &h), more = 1;
    while (rc == 0 && more == 1) {
        struct let_out_cell c;
        struct axis_gift g;
        struct text scope;
        int64_t parts[3];
        more = h.part == HANDOVER_LET_OUT ? handover_next_let_out(&r, &c) : handover_next_gift(&r, handover_scored, 3, &scope, &g, parts);
    }
    free(exact);
    return rc ? rc : more;
}

static void handover_refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof golden_let_out; len++) {
        assert_int_equal(read_all(golden_let_out, len), len == 14 ? 0 : CUBE_ETRUNCATED); /* 14: a head without items */
    }
    for (size_t len = 0; len < sizeof golden_gift; len++) {
        assert_int_equal(read_all(golden_gift, len), len == 14 ? 0 : CUBE_ETRUNCATED);
    }
}

static void handover_refuses_other_bytes(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t byte;
        int rc;
    } let_out[] = {{0, 1, CUBE_EFORMAT}, {1, 2, CUBE_EVERSION}, {2, 2, CUBE_EFORMAT}, {2, 9, CUBE_EVERSION}, {4, 0xC2, CUBE_EFORMAT},
                   {7, 2, CUBE_EFORMAT}, {14, 0, CUBE_EFORMAT}, {27, 2, CUBE_EFORMAT}, {28, 2, CUBE_EFORMAT}, {28, 4, CUBE_EFORMAT},
                   {29, 2, CUBE_EFORMAT}};
    uint8_t b[sizeof golden_let_out + sizeof golden_gift];
    for (size_t i = 0; i < sizeof let_out / sizeof let_out[0]; i++) {
        memcpy(b, golden_let_out, sizeof golden_let_out);
        b[let_out[i].at] = let_out[i].byte;
        assert_int_equal(read_all(b, sizeof golden_let_out), let_out[i].rc);
    }
    for (size_t i = 0; i < 3; i++) { /* a score, a half width, a coverage that is no number */
        memcpy(b, golden_gift, sizeof golden_gift);
        b[27 + 8 * i + 6] = 0xF8;
        b[27 + 8 * i + 7] = 0x7F;
        assert_int_equal(read_all(b, sizeof golden_gift), CUBE_EFORMAT);
    }
    assert_false(handover_is((const uint8_t *)"\x01", 1) || handover_is((const uint8_t *)"H", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handover_finish_writes_version_1),
        cmocka_unit_test(handover_of_retention_is_items_of_a_table),
        cmocka_unit_test(handover_reads_back_what_was_written),
        cmocka_unit_test(handover_refuses_every_truncation),
        cmocka_unit_test(handover_refuses_other_bytes),
    };
    return RUN_TESTS(tests);
}
