#include "support/unit.h"

#include <stdio.h>

#include "engine/hold.h"
#include "support/random.h"

/* As many as are opened together. */
enum { TOGETHER = 512, BUCKET_MS = 1000 };

static void put(struct hold *h, int64_t ts_ms, const char *id, int64_t offset)
{
    struct event e = {.ts_ms = ts_ms, .kind = KIND_PURCHASE, .topic = TOPIC_INTERACTIONS, .id = text_of(id), .entity = TEXT_LITERAL("c")};
    assert_int_equal(hold_add(h, &e, (uint64_t)offset, &(struct hold_origin){0, offset, 0}, false), 0);
}

static void fill(struct hold *h, int64_t bucket, int count)
{
    for (int i = 0; i < count; i++) {
        put(h, bucket * BUCKET_MS + i % BUCKET_MS, "a", i);
    }
}

static void opens(struct hold *h, int64_t before_ms, uint32_t events, int64_t next_ms)
{
    assert_int_equal(hold_open(h, before_ms), 1);
    assert_int_equal(hold_count(h), events);
    assert_int_equal(hold_earliest_ms(h), next_ms);
    hold_close(h);
}

static void hold_open_takes_buckets_together_while_they_have_few_events(void **state)
{
    (void)state;
    struct hold *h;
    assert_int_equal(hold_create(BUCKET_MS, &h), 0);
    for (int64_t bucket = 0; bucket < 8; bucket++) {
        fill(h, bucket, 100);
    }
    fill(h, 8, TOGETHER + 1);
    fill(h, 9, TOGETHER - 1);
    fill(h, 10, 1);
    fill(h, 11, 1);
    opens(h, INT64_MAX, 500, 5 * BUCKET_MS);
    opens(h, INT64_MAX, 300, 8 * BUCKET_MS);
    opens(h, INT64_MAX, TOGETHER + 1, 9 * BUCKET_MS);
    opens(h, INT64_MAX, TOGETHER, 11 * BUCKET_MS);
    opens(h, INT64_MAX, 1, INT64_MAX);
    assert_int_equal(hold_bytes(h), 0);
    hold_destroy(h);
}

static void hold_open_takes_none_with_it_that_has_not_ended(void **state)
{
    (void)state;
    struct hold *h;
    assert_int_equal(hold_create(BUCKET_MS, &h), 0);
    for (int64_t bucket = 0; bucket < 4; bucket++) {
        fill(h, bucket, 10);
    }
    opens(h, 3 * BUCKET_MS - 1, 20, 2 * BUCKET_MS);
    opens(h, 3 * BUCKET_MS, 10, 3 * BUCKET_MS);
    assert_int_equal(hold_open(h, 4 * BUCKET_MS - 1), 0);
    hold_destroy(h);
}

static void hold_destroy_gives_back_what_is_open(void **state)
{
    (void)state;
    struct hold *h;
    assert_int_equal(hold_create(BUCKET_MS, &h), 0);
    fill(h, 0, 10);
    fill(h, 1, 10);
    fill(h, 2, 10);
    assert_int_equal(hold_open(h, 2 * BUCKET_MS), 1);
    hold_destroy(h);
}

/* Returns how many were opened at once. */
static uint32_t opened_in_order(struct hold *h, int64_t *before_ms, char *before_id, size_t size)
{
    assert_int_equal(hold_open(h, INT64_MAX), 1);
    uint32_t n = hold_count(h);
    for (uint32_t i = 0; i < n; i++) {
        struct event e;
        struct said_dims said;
        hold_event(h, i, &e, &said);
        assert_true(e.ts_ms >= *before_ms);
        assert_true(e.ts_ms > *before_ms || text_compare(text_of(before_id), e.id) <= 0);
        *before_ms = e.ts_ms;
        snprintf(before_id, size, "%.*s", (int)e.id.len, e.id.at);
    }
    hold_close(h);
    return n;
}

/* Crowds of a few milliseconds, and hours to months between them: counting sees nothing of a crowd then. */
static void hold_sorts_buckets_that_are_far_apart(void **state)
{
    (void)state;
    static const int64_t apart_ms[] = {1000, 60000, 3600000, INT64_C(86400000) * 40};
    for (size_t a = 0; a < sizeof apart_ms / sizeof *apart_ms; a++) {
        struct random r = {31 + a};
        struct hold *h;
        uint32_t opened = 0, most = 0;
        assert_int_equal(hold_create(BUCKET_MS, &h), 0);
        for (int i = 0; i < 2000; i++) {
            char id[16];
            snprintf(id, sizeof id, "%d", (int)random_between(&r, 0, 99));
            put(h, random_between(&r, -25, 25) * apart_ms[a] + random_between(&r, 0, 9), id, i);
        }
        int64_t before_ms = INT64_MIN;
        char before_id[16] = "";
        while (hold_earliest_ms(h) != INT64_MAX) {
            uint32_t n = opened_in_order(h, &before_ms, before_id, sizeof before_id);
            opened += n;
            most = n > most ? n : most;
        }
        assert_int_equal(opened, 2000);
        assert_in_range(most, 400, TOGETHER);
        hold_destroy(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_open_takes_buckets_together_while_they_have_few_events),
        cmocka_unit_test(hold_open_takes_none_with_it_that_has_not_ended),
        cmocka_unit_test(hold_destroy_gives_back_what_is_open),
        cmocka_unit_test(hold_sorts_buckets_that_are_far_apart),
    };
    return RUN_TESTS(tests);
}
