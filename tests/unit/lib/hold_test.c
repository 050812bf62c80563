#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/event_pack.h"
#include "engine/hold.h"
#include "support/failmalloc.h"
#include "support/random.h"
#include "window/pane.h"

#define EVENTS 3000

struct kept {
    struct event e;
    char id[8];
    struct hold_origin origin;
    bool straggler, held;
};

static int kept_compare(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    int c = event_compare(&x->e, &y->e);
    return c ? c : (x->origin.offset > y->origin.offset) - (x->origin.offset < y->origin.offset);
}

static struct event purchase(int64_t ts_ms, const char *id)
{
    struct event e = {.ts_ms = ts_ms, .kind = KIND_PURCHASE, .topic = TOPIC_INTERACTIONS, .id = text_of(id), .entity = TEXT_LITERAL("c")};
    return e;
}

static void kept_fill(struct kept *all, struct random *r)
{
    for (int i = 0; i < EVENTS; i++) {
        struct kept *k = &all[i];
        snprintf(k->id, sizeof k->id, "%d", (int)random_between(r, 0, 300));
        /* a crowd at one millisecond, negative times, and the rest wide apart */
        int64_t ts_ms = random_between(r, 0, 3) == 0 ? 12345 : random_between(r, -50000, 50000);
        k->e = purchase(ts_ms, k->id);
        k->e.topic = random_between(r, 0, 1) ? TOPIC_CPI : TOPIC_INTERACTIONS;
        k->origin = (struct hold_origin){k->e.topic == TOPIC_CPI, i, i * 10};
        k->straggler = random_between(r, 0, 9) == 0;
        k->held = true;
    }
}

static void firsts_agree(const struct hold *h, const struct kept *all)
{
    for (uint32_t input = 0; input < HOLD_INPUTS_MAX; input++) {
        const struct kept *first = NULL;
        for (int i = 0; i < EVENTS; i++) {
            if (all[i].held && all[i].origin.input == input && (!first || all[i].origin.offset < first->origin.offset)) {
                first = &all[i];
            }
        }
        struct hold_origin o;
        assert_int_equal(hold_first(h, input, &o), first ? 0 : CUBE_ENOTFOUND);
        if (first) {
            assert_int_equal(o.offset, first->origin.offset);
            assert_int_equal(o.max_ts_before_ms, first->origin.max_ts_before_ms);
        }
    }
}

static void bucket_agrees(const struct hold *h, struct kept *all, int *next, int64_t before_ms)
{
    assert_true(hold_count(h) > 0);
    for (uint32_t i = 0; i < hold_count(h); i++) {
        struct event e;
        struct said_dims said;
        hold_event(h, i, &e, &said);
        struct kept *k = &all[(*next)++];
        assert_true(e.ts_ms < before_ms);
        assert_int_equal(e.ts_ms, k->e.ts_ms);
        assert_true(text_equal(e.id, k->e.id));
        assert_int_equal(e.topic, k->e.topic);
        assert_int_equal(hold_events(h)[i].entity_hash, (uint64_t)k->origin.offset);
        assert_int_equal(hold_events(h)[i].straggler, k->straggler);
        k->held = false;
    }
}

static void assert_order_is_that_of_a_naive_sort(struct random *r, int64_t bucket_ms)
{
    static struct kept all[EVENTS];
    struct hold *h;
    assert_int_equal(hold_create(bucket_ms, &h), 0);
    kept_fill(all, r);
    for (int i = 0; i < EVENTS; i++) {
        assert_int_equal(hold_add(h, &all[i].e, (uint64_t)all[i].origin.offset, &all[i].origin, all[i].straggler), 0);
    }
    qsort(all, EVENTS, sizeof *all, kept_compare);
    for (int i = 0; i < EVENTS; i++) {
        all[i].e.id = text_of(all[i].id);
    }
    int next = 0;
    for (int64_t wm = -60000; wm <= 60000; wm += bucket_ms == 1000 ? 7000 : bucket_ms) {
        while (hold_open(h, wm) == 1) {
            bucket_agrees(h, all, &next, wm);
            hold_close(h);
        }
        assert_true(hold_earliest_ms(h) > wm - bucket_ms);
        firsts_agree(h, all);
    }
    assert_int_equal(next, EVENTS);
    assert_int_equal(hold_bytes(h), 0);
    assert_int_equal(hold_earliest_ms(h), INT64_MAX);
    hold_destroy(h);
}

static void hold_releases_in_the_order_of_a_naive_sort(void **state)
{
    (void)state;
    struct random r = {11};
    print_message("seed 11\n");
    assert_order_is_that_of_a_naive_sort(&r, 1000);
    assert_order_is_that_of_a_naive_sort(&r, HOLD_BUCKET_MAX_MS);
}

static void hold_open_waits_until_the_bucket_has_ended(void **state)
{
    (void)state;
    struct hold *h;
    struct hold_origin o = {0, 5, 4};
    struct event e = purchase(10000, "a");
    assert_int_equal(hold_create(10000, &h), 0);
    assert_int_equal(hold_add(h, &e, 1, &o, false), 0);
    assert_int_equal(hold_earliest_ms(h), 10000);
    assert_int_equal(hold_open(h, 19999), 0);
    assert_int_equal(hold_open(h, 20000), 1);
    assert_int_equal(hold_count(h), 1);
    hold_close(h);
    assert_int_equal(hold_open(h, INT64_MAX), 0);
    hold_destroy(h);
}

static void hold_add_puts_nothing_into_a_bucket_that_was_opened(void **state)
{
    (void)state;
    struct hold *h;
    struct event e = purchase(100, "a");
    assert_int_equal(hold_create(1000, &h), 0);
    for (int64_t i = 0; i < 2; i++) {
        assert_int_equal(hold_add(h, &e, 1, &(struct hold_origin){0, i, 0}, false), 0);
        assert_int_equal(hold_open(h, 1000), 1);
        assert_int_equal(hold_add(h, &e, 1, &(struct hold_origin){0, i, 0}, false), 0);
        assert_int_equal(hold_count(h), 1 + (i > 0));
        hold_close(h);
        assert_int_equal(hold_earliest_ms(h), 0);
    }
    hold_destroy(h);
}

static void hold_add_finds_the_bucket_of_any_time(void **state)
{
    (void)state;
    static const int64_t lengths_ms[] = {1, 2, 3, 7, 625, 4096, 9973, 10000, 59999, 60000};
    static const int64_t middles_ms[] = {0, 1735689600000, 253402300799999, INT64_C(1) << 47, INT64_C(1) << 48, INT64_C(1) << 50};
    for (size_t l = 0; l < sizeof lengths_ms / sizeof *lengths_ms; l++) {
        for (size_t m = 0; m < sizeof middles_ms / sizeof *middles_ms; m++) {
            int64_t edge_ms = middles_ms[m] / lengths_ms[l] * lengths_ms[l];
            for (int64_t ts_ms = edge_ms - 3; ts_ms <= edge_ms + 3; ts_ms++) {
                struct hold *h;
                struct event e = purchase(ts_ms, "a");
                assert_int_equal(hold_create(lengths_ms[l], &h), 0);
                assert_int_equal(hold_add(h, &e, 1, &(struct hold_origin){0, 0, 0}, false), 0);
                assert_int_equal(hold_earliest_ms(h), pane_of(ts_ms, lengths_ms[l]) * lengths_ms[l]);
                hold_destroy(h);
            }
        }
    }
}

static void hold_sorts_a_crowd_of_one_millisecond_in_good_time(void **state)
{
    (void)state;
    enum { CROWD = 200000 }; /* by insertion: 10^10 comparisons */
    struct hold *h;
    assert_int_equal(hold_create(10000, &h), 0);
    for (int i = CROWD; i-- > 0;) {
        char id[16];
        snprintf(id, sizeof id, "%06d", i);
        struct event e = purchase(5, id);
        assert_int_equal(hold_add(h, &e, (uint64_t)i, &(struct hold_origin){0, CROWD - i, 0}, false), 0);
    }
    assert_int_equal(hold_open(h, 10000), 1);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_int_equal(hold_events(h)[i].entity_hash, i);
    }
    hold_close(h);
    hold_destroy(h);
}

static void hold_bucket_ms_divides_the_tick_and_ten_seconds_or_a_minute(void **state)
{
    (void)state;
    assert_int_equal(hold_bucket_ms(10000), 10000);
    assert_int_equal(hold_bucket_ms(100), 100);
    assert_int_equal(hold_bucket_ms(15000), 5000);
    assert_int_equal(hold_bucket_ms(60000), 10000);
    assert_int_equal(hold_bucket_ms(600000), 60000);
    assert_int_equal(hold_bucket_ms(750000), 30000);
    assert_int_equal(hold_bucket_ms(7001), 1);
}

static void hold_fit_makes_a_bucket_end_there(void **state)
{
    (void)state;
    static const struct {
        int64_t end_ms, before_ms, after_ms; /* the ends around 100,000 then */
    } cases[] = {{600000, 60000, 120000}, {650000, 100000, 110000}, {-650000, 100000, 110000}, {0, 60000, 120000}, {630000, 90000, 120000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hold *h;
        struct event e = purchase(100000, "a");
        assert_int_equal(hold_create(60000, &h), 0);
        hold_fit(h, cases[i].end_ms);
        assert_int_equal(hold_end_ms(h, 100000), cases[i].before_ms);
        assert_int_equal(hold_end_after_ms(h, 100000), cases[i].after_ms);
        assert_int_equal(hold_add(h, &e, 1, &(struct hold_origin){0, 0, 0}, false), 0);
        assert_int_equal(hold_earliest_ms(h), cases[i].before_ms);
        hold_destroy(h);
    }
}

/* Texts of any length with something behind them, for events that say so and for others. */
static void event_pack_writes_the_same_where_texts_have_room(void **state)
{
    (void)state;
    char room[2 * EVENT_TEXT_ROOM];
    memset(room, 'x', sizeof room);
    for (uint32_t len = 0; len <= EVENT_TEXT_ROOM; len++) {
        struct event e = purchase(len, "the id, followed by more than there is room"), other;
        struct buf a = {0}, b = {0};
        e.id.len = 6;
        e.dims[DIM_REGION] = e.dims[DIM_TOUCHPOINT] = e.entity = (struct text){room, len};
        e.present = UINT64_C(1) << EVENT_ORDER | UINT64_C(1) << EVENT_REVENUE | UINT64_C(1) << EVENT_UNIT;
        e.slot[EVENT_ORDER].text = (struct text){room, EVENT_TEXT_ROOM - len};
        e.slot[EVENT_REVENUE].number = 7;
        e.slot[EVENT_UNIT].text = (struct text){room + len, len / 2};
        other = e;
        other.roomy = 200;
        assert_int_equal(event_pack(&e, &a), 0);
        assert_int_equal(event_pack(&e, &a), 0);
        assert_int_equal(event_pack(&other, &b), 0);
        assert_int_equal(event_pack(&other, &b), 0);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.at, b.at, a.len);
        buf_close(&a);
        buf_close(&b);
    }
}

/* A record of many small numbers and empty texts takes the least beside what is packed. */
static void event_pack_bound_holds_for_the_shortest_record(void **state)
{
    (void)state;
    static const char none[EVENT_TEXT_ROOM];
    struct event e = {.id = {none, 1}, .entity = {none, EVENT_TEXT_ROOM - 1}};
    uint32_t record = 1 + 3 + 2 + 9 + 2 + 6; /* the head of the map, version, id, ts, kind */
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        bool is_text = field_rows[f].type == FIELD_TEXT;
        e.present |= UINT64_C(1) << f;
        e.slot[f] = is_text ? (union event_slot){.text = {none, 0}} : (union event_slot){.number = 1};
        record += 1 + field_rows[f].name.len + 1;
    }
    for (int d = 0; d < DIM_COUNT; d++) {
        e.dims[d] = (struct text){none, 0};
        record += 1 + dimension_names[d].len + 1;
    }
    e.slot[EVENT_SUBJECT].text = e.entity;
    e.roomy = record + e.entity.len;
    uint8_t *at = malloc(event_pack_bound(&e));
    assert_non_null(at);
    assert_true(event_pack_to(&e, at) + EVENT_TEXT_ROOM <= at + event_pack_bound(&e));
    free(at);
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) { /* any one member by itself */
        assert_true(field_rows[f].name.len >= 3);
    }
    for (int d = 0; d < DIM_COUNT; d++) {
        assert_true(dimension_names[d].len >= 3);
    }
}

static void event_pack_gives_every_part_back(void **state)
{
    (void)state;
    struct event e = purchase(-77, "the id"), back;
    struct said_dims said;
    struct buf b = {0};
    static char long_text[300]; /* its length is no single byte */
    memset(long_text, 'l', sizeof long_text);
    e.dims[DIM_DEPARTMENT] = (struct text){long_text, sizeof long_text};
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    e.dims[DIM_TOUCHPOINT] = TEXT_LITERAL("");
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        e.present |= UINT64_C(1) << f;
        if (field_rows[f].type == FIELD_TEXT) {
            e.slot[f].text = f % 5 ? field_rows[f].name : (struct text){long_text, 250 + (uint32_t)f};
        } else {
            e.slot[f].number = -1000 * f;
        }
    }
    assert_int_equal(buf_append(&b, "x", 1), 0); /* nothing is aligned */
    assert_int_equal(event_pack(&e, &b), 0);
    uint8_t *exact = malloc(b.len - 1);
    assert_non_null(exact);
    memcpy(exact, b.at + 1, b.len - 1);
    event_unpack(exact, &back, &said);
    assert_ptr_equal(said.at, back.entity.at + back.entity.len);
    assert_int_equal(said.named, 1u << DIM_REGION | 1u << DIM_DEPARTMENT | 1u << DIM_TOUCHPOINT);
    assert_int_equal(said.len, 0);
    assert_int_equal(back.ts_ms, -77);
    assert_int_equal(back.kind, KIND_PURCHASE);
    assert_int_equal(back.present, e.present);
    assert_true(text_equal(back.id, e.id) && text_equal(back.entity, e.entity));
    for (int d = 0; d < DIM_COUNT; d++) {
        assert_true(text_equal(back.dims[d], e.dims[d]) && !back.dims[d].at == !e.dims[d].at);
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (field_rows[f].type == FIELD_TEXT) {
            assert_true(text_equal(back.slot[f].text, e.slot[f].text));
        } else {
            assert_int_equal(back.slot[f].number, -1000 * f);
        }
    }
    assert_true(text_equal(event_packed_id(exact), e.id));
    assert_int_equal(event_packed_topic(exact), TOPIC_INTERACTIONS);
    free(exact);
    buf_close(&b);
}

static int hold_add_or_change_nothing(struct hold *h, int i)
{
    uint64_t bytes = hold_bytes(h);
    int64_t earliest_ms = hold_earliest_ms(h);
    struct hold_origin before = {0}, after = {0}, o = {0, 1000 - i, i};
    struct event e = purchase((i * 37 % 10) * 100 - 300, "id of an event");
    int first = hold_first(h, 0, &before);
    int rc = hold_add(h, &e, 1, &o, false);
    if (rc) {
        assert_int_equal(hold_bytes(h), bytes);
        assert_int_equal(hold_earliest_ms(h), earliest_ms);
        assert_int_equal(hold_first(h, 0, &after), first);
        assert_int_equal(after.offset, before.offset);
        assert_int_equal(hold_add(h, &e, 1, &o, false), 0); /* what failed may be done again */
    }
    return rc;
}

static int hold_story(void *arg)
{
    struct hold *h;
    (void)arg;
    int rc = hold_create(100, &h);
    if (rc) {
        return rc;
    }
    for (int i = 0; i < 700 && !rc; i++) {
        rc = hold_add_or_change_nothing(h, i);
    }
    int opened = 0;
    while (!rc && (opened = hold_open(h, 500)) == 1) {
        assert_true(hold_count(h) > 0);
        hold_close(h);
    }
    hold_destroy(h);
    return rc ? rc : opened;
}

static void hold_changes_nothing_when_memory_is_out(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(hold_story, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_releases_in_the_order_of_a_naive_sort),
        cmocka_unit_test(hold_open_waits_until_the_bucket_has_ended),
        cmocka_unit_test(hold_add_puts_nothing_into_a_bucket_that_was_opened),
        cmocka_unit_test(hold_add_finds_the_bucket_of_any_time),
        cmocka_unit_test(hold_sorts_a_crowd_of_one_millisecond_in_good_time),
        cmocka_unit_test(hold_bucket_ms_divides_the_tick_and_ten_seconds_or_a_minute),
        cmocka_unit_test(hold_fit_makes_a_bucket_end_there),
        cmocka_unit_test(event_pack_writes_the_same_where_texts_have_room),
        cmocka_unit_test(event_pack_bound_holds_for_the_shortest_record),
        cmocka_unit_test(event_pack_gives_every_part_back),
        cmocka_unit_test(hold_changes_nothing_when_memory_is_out),
    };
    return RUN_TESTS(tests);
}
