#include "support/unit.h"

#include <string.h>

#include "engine/piece_pool.h"
#include "support/failmalloc.h"

/* Takes n bytes and writes them. */
static int taken(struct pieces *p, struct piece_pool *pool, size_t n, uint8_t with, uint8_t **ret_at)
{
    if ((size_t)(p->end - p->to) < n) {
        int rc = pieces_more(p, pool, n);
        if (rc) {
            return rc;
        }
    }
    *ret_at = p->to;
    memset(p->to, with, n);
    p->to += n;
    return 0;
}

static void pieces_more_leaves_everything_where_it_is(void **state)
{
    (void)state;
    enum { COUNT = 2000, BYTES = 300 };
    static uint8_t *at[COUNT];
    struct piece_pool pool = {0};
    struct pieces p = {0};
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(taken(&p, &pool, BYTES, (uint8_t)i, &at[i]), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_true(at[i][0] == (uint8_t)i && at[i][BYTES - 1] == (uint8_t)i);
    }
    assert_true(p.bytes >= COUNT * BYTES && p.bytes <= COUNT * BYTES + 2 * PIECE_BYTES_MAX);
    pieces_clear(&p, &pool);
    assert_true(p.newest == NULL && p.bytes == 0 && pool.kept_bytes > 0);
    piece_pool_close(&pool);
}

static void pieces_more_begins_small_and_doubles(void **state)
{
    (void)state;
    static const uint64_t sums[] = {1, 2, 4, 8, 16, 32, 64, 128, 192, 256};
    struct piece_pool pool = {0};
    struct pieces p = {0};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        assert_int_equal(pieces_more(&p, &pool, 1), 0);
        assert_int_equal(p.bytes, sums[i] * 1024);
    }
    pieces_clear(&p, &pool);
    piece_pool_close(&pool);
}

static void pieces_rewind_keeps_the_first_piece_and_the_pool_the_others(void **state)
{
    (void)state;
    struct piece_pool pool = {0};
    struct pieces p = {0};
    uint8_t *first, *again;
    assert_int_equal(taken(&p, &pool, 10, 1, &first), 0);
    assert_int_equal(pieces_more(&p, &pool, PIECE_BYTES_MIN), 0);
    assert_int_equal(pieces_more(&p, &pool, 1), 0);
    uint64_t bytes = p.bytes;
    pieces_rewind(&p, &pool);
    assert_int_equal(p.bytes, PIECE_BYTES_MIN);
    assert_int_equal(pool.kept_bytes, bytes - PIECE_BYTES_MIN);
    assert_int_equal(taken(&p, &pool, 10, 1, &again), 0);
    assert_ptr_equal(again, first);
    assert_int_equal(pieces_more(&p, &pool, PIECE_BYTES_MIN), 0);
    assert_true(pool.kept_bytes < bytes - PIECE_BYTES_MIN); /* taken from there */
    pieces_clear(&p, &pool);
    pieces_rewind(&p, &pool); /* of none */
    assert_int_equal(p.bytes, 0);
    piece_pool_close(&pool);
    assert_int_equal(pool.kept_bytes, 0);
}

static void pieces_rewind_gives_a_large_first_piece_back(void **state)
{
    (void)state;
    struct piece_pool pool = {0};
    struct pieces p = {0};
    assert_int_equal(pieces_more(&p, &pool, 2 * PIECE_BYTES_MAX), 0);
    assert_true((size_t)(p.end - p.to) >= 2 * PIECE_BYTES_MAX);
    pieces_rewind(&p, &pool);
    assert_true(p.newest == NULL && pool.kept_bytes == 0); /* too large to be kept */
    assert_int_equal(pieces_more(&p, &pool, PIECE_BYTES_MIN), 0);
    pieces_rewind(&p, &pool);
    assert_true(p.newest == NULL && pool.kept_bytes > 0);
    piece_pool_close(&pool);
}

static void piece_pool_keeps_no_more_than_its_bound(void **state)
{
    (void)state;
    struct piece_pool pool = {0};
    struct pieces p = {0};
    while (p.bytes < 2 * PIECES_KEPT_BYTES_MAX) {
        assert_int_equal(pieces_more(&p, &pool, 1), 0);
    }
    pieces_clear(&p, &pool);
    assert_true(pool.kept_bytes <= PIECES_KEPT_BYTES_MAX && pool.kept_bytes > PIECES_KEPT_BYTES_MAX - PIECE_BYTES_MAX);
    piece_pool_close(&pool);
}

static int pieces_story(void *arg)
{
    struct piece_pool pool = {0};
    struct pieces p = {0};
    int rc = 0;
    (void)arg;
    for (int i = 0; i < 10 && !rc; i++) {
        struct pieces before = p;
        rc = pieces_more(&p, &pool, i == 5 ? 100000 : 10);
        assert_true(!rc || memcmp(&before, &p, sizeof p) == 0);
    }
    pieces_clear(&p, &pool);
    piece_pool_close(&pool);
    return rc;
}

static void pieces_more_changes_nothing_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(pieces_story, NULL) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_more_leaves_everything_where_it_is),
        cmocka_unit_test(pieces_more_begins_small_and_doubles),
        cmocka_unit_test(pieces_rewind_keeps_the_first_piece_and_the_pool_the_others),
        cmocka_unit_test(pieces_rewind_gives_a_large_first_piece_back),
        cmocka_unit_test(piece_pool_keeps_no_more_than_its_bound),
        cmocka_unit_test(pieces_more_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
