#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/failmalloc.h"
#include "support/random.h"
#include "task/records_last.h"

#define SEED 7
#define KEYS 3000
#define RECORDS 60000

/* Of a record follow all its bytes from key and number. */
struct told {
    char key[80];
    uint8_t value[400];
    struct record record;
};

static const struct record *record_of(struct told *t, uint32_t key, int64_t number)
{
    int len = snprintf(t->key, sizeof t->key, "h%u-%.*s", key, (int)(key % 50), "..................................................");
    uint32_t value_len = (uint32_t)(key * 31 + (uint64_t)number * 17) % sizeof t->value;
    memset(t->value, (int)(number & 255), value_len);
    t->record = (struct record){.offset = number, .key = (const uint8_t *)t->key, .key_len = (size_t)len, .value = t->value, .value_len = value_len};
    if (number % 7 == 3) {
        t->record.value = NULL;
        t->record.value_len = 0;
    }
    return &t->record;
}

static void keep(struct records_last *l, uint32_t key, int64_t number)
{
    struct told t;
    assert_int_equal(records_last_keep(l, record_of(&t, key, number), SEED), 0);
}

static void is_next(struct records_last *l, uint32_t key, int64_t number)
{
    struct told t;
    struct record r;
    const struct record *want = record_of(&t, key, number);
    assert_true(records_last_next(l, &r));
    assert_int_equal(r.offset, number);
    assert_true(r.key_len == want->key_len && memcmp(r.key, want->key, r.key_len) == 0);
    assert_true((r.value == NULL) == (want->value == NULL) && r.value_len == want->value_len);
    assert_true(!r.value || memcmp(r.value, want->value, r.value_len) == 0);
}

static void records_last_next_gives_the_last_of_each_key_in_the_order_of_the_log(void **state)
{
    (void)state;
    struct random dice = {1};
    struct records_last l = {0};
    struct record none;
    int64_t *last = malloc(KEYS * sizeof *last);
    uint32_t *key_of = malloc(RECORDS * sizeof *key_of);
    assert_true(last && key_of);
    for (int64_t n = 0; n < RECORDS; n++) {
        uint32_t most = n < RECORDS / 2 ? KEYS / 3 : KEYS; /* half of the time most keys are known */
        key_of[n] = (uint32_t)random_between(&dice, 0, most - 1);
        last[key_of[n]] = n;
        keep(&l, key_of[n], n);
    }
    for (int64_t n = 0; n < RECORDS; n++) {
        if (last[key_of[n]] == n) {
            is_next(&l, key_of[n], n);
        }
    }
    assert_false(records_last_next(&l, &none));
    records_last_close(&l);
    assert_false(records_last_next(&l, &none));
    free(last);
    free(key_of);
}

static void records_last_keep_takes_memory_for_the_keys_not_for_the_records(void **state)
{
    (void)state;
    struct records_last l = {0};
    size_t once = 0;
    for (int64_t n = 0; n < 40 * KEYS; n++) {
        keep(&l, (uint32_t)(n % KEYS), n);
        once = n == KEYS ? l.bytes.len : once;
    }
    assert_true(l.bytes.capacity < 4 * once); /* they are half as much again, and room grows by doubling */
    assert_int_equal(l.count, KEYS);
    records_last_close(&l);
}

static void records_last_next_tells_a_tombstone_from_an_empty_value(void **state)
{
    (void)state;
    struct records_last l = {0};
    struct record r = {.offset = -1, .key = (const uint8_t *)"a", .key_len = 1, .value = (const uint8_t *)"", .value_len = 0};
    assert_int_equal(records_last_keep(&l, &r, SEED), 0);
    r.key = (const uint8_t *)"b";
    r.value = NULL;
    assert_int_equal(records_last_keep(&l, &r, SEED), 0);
    assert_true(records_last_next(&l, &r) && r.key[0] == 'a' && r.value && r.offset == -1);
    assert_true(records_last_next(&l, &r) && r.key[0] == 'b' && !r.value);
    records_last_close(&l);
}

static int story(void *arg)
{
    struct records_last l = {0};
    int rc = 0;
    (void)arg;
    for (int64_t n = 0; n < 3 * KEYS && !rc; n++) {
        struct told t;
        rc = records_last_keep(&l, record_of(&t, (uint32_t)(n % (KEYS / 2)), n), SEED);
    }
    records_last_close(&l);
    return rc;
}

static void records_last_says_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(story, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_last_next_gives_the_last_of_each_key_in_the_order_of_the_log),
        cmocka_unit_test(records_last_keep_takes_memory_for_the_keys_not_for_the_records),
        cmocka_unit_test(records_last_next_tells_a_tombstone_from_an_empty_value),
        cmocka_unit_test(records_last_says_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
