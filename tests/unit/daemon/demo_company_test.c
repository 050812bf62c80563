#include "support/unit.h"

#include <stdlib.h>

#include "cli/demo_company.h"
#include "cli/demo_config.h"
#include "cli/demo_story.h"
#include "config/config.h"
#include "proto/event_decode.h"
#include "proto/event_encode.h"

#define START_MS INT64_C(1767225600000)

static struct demo_company *company(uint64_t seed)
{
    struct demo_options o = {.seed = seed, .start_ms = START_MS};
    struct demo_company *c;
    assert_int_equal(demo_company_create(&o, &c), 0);
    return c;
}

static void demo_company_is_the_same_for_a_seed(void **state)
{
    (void)state;
    struct demo_company *a = company(7), *b = company(7), *other = company(8);
    bool differs = false;
    for (int i = 0; i < 20000; i++) {
        struct event x, y, z;
        assert_int_equal(demo_company_next(a, &x), 0);
        assert_int_equal(demo_company_next(b, &y), 0);
        assert_int_equal(demo_company_next(other, &z), 0);
        assert_true(x.ts_ms == y.ts_ms && x.kind == y.kind && text_equal(x.id, y.id) &&
                    text_equal(x.entity, y.entity));
        differs |= x.ts_ms != z.ts_ms;
    }
    assert_true(differs);
    demo_company_destroy(a);
    demo_company_destroy(b);
    demo_company_destroy(other);
}

static void demo_company_tells_in_the_order_of_event_time_with_ids_of_their_own(void **state)
{
    (void)state;
    struct demo_company *c = company(1);
    struct event e;
    int64_t last_ms = 0;
    char last_id[64] = "";
    for (int i = 0; i < 200000; i++) {
        assert_int_equal(demo_company_next(c, &e), 0);
        assert_true(e.ts_ms >= last_ms);
        last_ms = e.ts_ms;
        assert_false(text_equal(e.id, text_of(last_id)));
        memcpy(last_id, e.id.at, e.id.len + 1);
    }
    assert_true(last_ms > START_MS + 30 * DEMO_DAY);
    demo_company_destroy(c);
}

static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_true(a->ts_ms == b->ts_ms && a->kind == b->kind && a->topic == b->topic &&
                a->present == b->present);
    assert_true(text_equal(a->id, b->id) && text_equal(a->entity, b->entity));
    for (int d = 0; d < DIM_COUNT; d++) {
        assert_true(text_equal(a->dims[d], b->dims[d]));
    }
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        if (event_has(a, f) && field_rows[f].type == FIELD_TEXT) {
            assert_true(text_equal(a->slot[f].text, b->slot[f].text));
        } else if (event_has(a, f)) {
            assert_int_equal(a->slot[f].number, b->slot[f].number);
        }
    }
}

static void assert_decodes(struct decode_scratch *s, const struct event *e,
                           int (*encode)(const struct event *, struct buf *), struct buf *record)
{
    struct event back;
    struct refusal refusal = {.detail = ""};
    buf_clear(record);
    assert_int_equal(encode(e, record), 0);
    enum decode_outcome outcome =
        event_decode(s, e->topic, (const uint8_t *)e->entity.at, e->entity.len, record->at,
                     record->len, &back, &refusal);
    if (outcome != DECODED_EVENT) {
        fail_msg("%s: %.*s", refusal.detail, (int)record->len, (const char *)record->at);
    }
    assert_same_event(e, &back);
}

static void demo_company_events_pass_the_decoder_in_both_forms(void **state)
{
    (void)state;
    struct demo_company *c = company(3);
    struct decode_scratch *s;
    struct buf record = {0};
    uint64_t kinds = 0;
    assert_int_equal(decode_scratch_create(&s), 0);
    for (int i = 0; i < 60000; i++) {
        struct event e;
        assert_int_equal(demo_company_next(c, &e), 0);
        kinds |= UINT64_C(1) << e.kind;
        assert_decodes(s, &e, event_encode_json, &record);
        assert_decodes(s, &e, event_encode_msgpack, &record);
    }
    assert_true(__builtin_popcountll(kinds) >= 28);
    buf_close(&record);
    decode_scratch_destroy(s);
    demo_company_destroy(c);
}

struct counts {
    uint32_t confirmed, satisfied; /* contact.confirm */
    uint32_t answers, promoters, detractors;
    uint32_t exits, hires;
    uint32_t events;
};

/* Counts the events of one region between two days of the story. */
static void count_days(struct demo_company *c, const char *region, double until_day,
                       struct counts *ret_n)
{
    struct event e;
    memset(ret_n, 0, sizeof(*ret_n));
    do {
        assert_int_equal(demo_company_next(c, &e), 0);
        bool here = text_equal(e.dims[DIM_REGION], text_of(region));
        int64_t value = event_number(&e, EVENT_VALUE, 0) / 1000000;
        ret_n->events++;
        if (here && e.kind == KIND_CONTACT_CONFIRM) {
            ret_n->confirmed++;
            ret_n->satisfied += event_number(&e, EVENT_SATISFIED, 0) == 1;
        } else if (here && e.kind == KIND_SURVEY &&
                   text_equal(event_text(&e, EVENT_INSTRUMENT), TEXT_LITERAL("nps"))) {
            ret_n->answers++;
            ret_n->promoters += value >= 9;
            ret_n->detractors += value <= 6;
        }
        ret_n->exits += e.kind == KIND_EXIT;
        ret_n->hires += here && e.kind == KIND_HIRE;
    } while (e.ts_ms < START_MS + (int64_t)(until_day * DEMO_DAY));
}

static double satisfied_share(const struct counts *n)
{
    assert_true(n->confirmed > 100);
    return (double)n->satisfied / n->confirmed;
}

static double promoter_score(const struct counts *n)
{
    assert_true(n->answers > 50);
    return 100.0 * ((double)n->promoters - n->detractors) / n->answers;
}

static void demo_company_tells_the_story_of_north(void **state)
{
    (void)state;
    struct demo_company *c = company(1);
    struct counts history, before, into, bottom, rise, after;
    count_days(c, "north", 0, &history);
    count_days(c, "north", 5, &before);
    count_days(c, "north", 7.1, &into);
    count_days(c, "north", 10, &bottom);
    count_days(c, "north", 14, &rise);
    count_days(c, "north", 18, &after);
    assert_int_equal(history.hires, 75);
    assert_true(satisfied_share(&before) > 0.94 && satisfied_share(&bottom) < 0.60 &&
                satisfied_share(&after) > 0.94);
    assert_true(promoter_score(&before) > 15 && promoter_score(&bottom) < -30 &&
                promoter_score(&after) > 10);
    assert_true(into.exits + bottom.exits >= 5 && before.exits <= 3);
    assert_true(rise.hires + bottom.hires >= 5);
    demo_company_destroy(c);
}

static void demo_company_leaves_the_other_regions_alone(void **state)
{
    (void)state;
    struct demo_company *c = company(1);
    struct counts before, during;
    count_days(c, "south", 6, &before);
    count_days(c, "south", 13, &during);
    assert_true(satisfied_share(&before) > 0.94 && satisfied_share(&during) > 0.94);
    assert_true(promoter_score(&during) > 15);
    demo_company_destroy(c);
}

static void demo_company_has_some_thousand_events_a_day(void **state)
{
    (void)state;
    struct demo_company *c = company(5);
    struct counts history, days;
    count_days(c, "north", 0, &history);
    assert_true(history.events < 30000);
    count_days(c, "north", 10, &days);
    assert_true(days.events > 10 * 3000 && days.events < 10 * 8000);
    demo_company_destroy(c);
}

static void demo_company_print_writes_lines_of_one_topic(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct demo_company *c = company(1);
    assert_non_null(out);
    assert_int_equal(demo_company_print(c, out, TOPIC_HR, 2), 0);
    fclose(out);
    assert_memory_equal(text, "{\"v\":1,\"id\":\"d1-", 16);
    uint32_t lines = 0;
    for (size_t i = 0; i < len; i++) {
        lines += text[i] == '\n';
    }
    assert_int_equal(lines, 2);
    free(text);
    demo_company_destroy(c);
}

static void story_severity_moves_to_the_next_region_each_cycle(void **state)
{
    (void)state;
    assert_true(story_severity(START_MS, START_MS + 8 * DEMO_DAY, 0) == 1);
    assert_true(story_severity(START_MS, START_MS + 8 * DEMO_DAY, 1) == 0);
    assert_true(story_severity(START_MS, START_MS + 38 * DEMO_DAY, 0) == 0);
    assert_true(story_severity(START_MS, START_MS + 38 * DEMO_DAY, 1) == 1);
    assert_true(story_severity(START_MS, START_MS + 128 * DEMO_DAY, 0) == 1);
    assert_true(story_severity(START_MS, START_MS - DEMO_DAY, 0) == 0);
    assert_true(story_severity(START_MS, START_MS + 6 * DEMO_DAY + 12 * DEMO_HOUR, 0) == 0.5);
}

static void demo_config_is_accepted(void **state)
{
    (void)state;
    struct config *config = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *problems = open_memstream(&text, &len);
    int rc = config_parse(demo_config, strlen(demo_config), "demo", NULL, problems, &config);
    fclose(problems);
    if (rc != 0 || len > 0) {
        fail_msg("%s", text);
    }
    config_destroy(config);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demo_company_is_the_same_for_a_seed),
        cmocka_unit_test(demo_company_tells_in_the_order_of_event_time_with_ids_of_their_own),
        cmocka_unit_test(demo_company_events_pass_the_decoder_in_both_forms),
        cmocka_unit_test(demo_company_tells_the_story_of_north),
        cmocka_unit_test(demo_company_leaves_the_other_regions_alone),
        cmocka_unit_test(demo_company_has_some_thousand_events_a_day),
        cmocka_unit_test(demo_company_print_writes_lines_of_one_topic),
        cmocka_unit_test(story_severity_moves_to_the_next_region_each_cycle),
        cmocka_unit_test(demo_config_is_accepted),
    };
    return RUN_TESTS(tests);
}
