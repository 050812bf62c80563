#include "support/unit.h"

#include "engine/packed_pool.h"
#include "support/random.h"

#define BLOCKS 3000u

static struct packed_pool pool;
static uint64_t *blocks[BLOCKS];
static uint32_t sizes[BLOCKS];

static void take(uint32_t i, uint32_t words)
{
    blocks[i] = packed_get(&pool, words, i);
    assert_non_null(blocks[i]);
    sizes[i] = words;
    for (uint32_t k = 1; k < words; k++) {
        blocks[i][k] = (uint64_t)i << 32 | k;
    }
}

static void give(uint32_t i)
{
    uint32_t owner;
    if (packed_put(&pool, blocks[i], sizes[i], &owner)) {
        blocks[owner] = blocks[i];
    }
    blocks[i] = NULL;
}

static void holds_what_was_written(uint32_t i)
{
    assert_int_equal((uint32_t)blocks[i][0], i);
    for (uint32_t k = 1; k < sizes[i]; k++) {
        assert_int_equal(blocks[i][k], (uint64_t)i << 32 | k);
    }
}

static void blocks_keep_what_is_in_them_while_others_come_and_go(void **state)
{
    (void)state;
    struct random r = {3};
    memset(&pool, 0, sizeof pool);
    for (int n = 0; n < 60000; n++) {
        uint32_t i = (uint32_t)(random_next(&r) % BLOCKS);
        if (blocks[i]) {
            holds_what_was_written(i);
            give(i);
        } else {
            take(i, 1 + (uint32_t)(random_next(&r) % (n % 100 == 0 ? 2 * PACKED_POOLED_MAX : 90)));
        }
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (blocks[i]) {
            holds_what_was_written(i);
            give(i);
        }
    }
    assert_int_equal(pool.bytes, 0);
    packed_pool_close(&pool);
}

static void memory_follows_what_is_in_use(void **state)
{
    (void)state;
    memset(&pool, 0, sizeof pool);
    for (uint32_t words = 8; words <= 40; words++) { /* each grows, and leaves smaller sizes to nobody */
        for (uint32_t i = 0; i < BLOCKS; i++) {
            if (words > 8) {
                give(i);
            }
            take(i, words);
        }
    }
    assert_true(pool.bytes < BLOCKS * 40 * 8 * 102 / 100 + 17000);
    packed_pool_close(&pool);
    assert_int_equal(pool.bytes, 0);
    memset(blocks, 0, sizeof blocks);
}

static void nothing_stays_of_a_block_given_back(void **state)
{
    (void)state;
    memset(&pool, 0, sizeof pool);
    take(0, 5);
    take(1, 5);
    const uint64_t *second = blocks[1];
    give(0);
    for (unsigned k = 0; k < 5; k++) {
        assert_int_equal(second[k], 0);
    }
    holds_what_was_written(1);
    packed_pool_close(&pool);
    memset(blocks, 0, sizeof blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_what_is_in_them_while_others_come_and_go),
        cmocka_unit_test(memory_follows_what_is_in_use),
        cmocka_unit_test(nothing_stays_of_a_block_given_back),
    };
    return RUN_TESTS(tests);
}
