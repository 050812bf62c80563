#include "support/unit.h"

#include "event/event.h"
#include "event/predicate.h"

static void field_find_finds_every_row_and_nothing_else(void **state)
{
    (void)state;
    for (int f = 0; f < EVENT_FIELD_COUNT; f++) {
        assert_int_equal(field_find(field_rows[f].name), f);
    }
    assert_int_equal(field_find(TEXT_LITERAL("revenu")), EVENT_FIELD_NONE);
    assert_int_equal(field_find(TEXT_LITERAL("revenues")), EVENT_FIELD_NONE);
    assert_int_equal(field_find(TEXT_LITERAL("")), EVENT_FIELD_NONE);
    assert_int_equal(field_find((struct text){0}), EVENT_FIELD_NONE);
}

static void field_rows_carry_the_types_of_the_wire(void **state)
{
    (void)state;
    assert_int_equal(field_rows[EVENT_REVENUE].type, FIELD_DECIMAL);
    assert_int_equal(field_rows[EVENT_DUE].type, FIELD_INTEGER);
    assert_int_equal(field_rows[EVENT_SATISFIED].type, FIELD_BOOL);
    assert_int_equal(field_rows[EVENT_CASE].type, FIELD_TEXT);
}

static void kind_find_separates_the_two_surveys_by_topic(void **state)
{
    (void)state;
    assert_int_equal(kind_find(TEXT_LITERAL("survey"), TOPIC_CPI), KIND_SURVEY);
    assert_int_equal(kind_find(TEXT_LITERAL("survey"), TOPIC_HR), KIND_HR_SURVEY);
    assert_int_equal(kind_find(TEXT_LITERAL("survey"), TOPIC_INTERACTIONS), KIND_NONE);
    assert_int_equal(kind_find_any(TEXT_LITERAL("survey")), KIND_SURVEY);
}

static void kind_find_finds_every_row_on_its_topic_only(void **state)
{
    (void)state;
    for (int k = 0; k < KIND_COUNT; k++) {
        assert_int_equal(kind_find(kind_rows[k].name, kind_rows[k].topic), k);
    }
    assert_int_equal(kind_find(TEXT_LITERAL("purchase"), TOPIC_HR), KIND_NONE);
    assert_int_equal(kind_find_any(TEXT_LITERAL("enps")), KIND_ENPS);
    assert_int_equal(kind_find_any(TEXT_LITERAL("purchased")), KIND_NONE);
}

static void kind_rows_mark_the_acts_of_the_customer(void **state)
{
    (void)state;
    assert_true(kind_rows[KIND_PURCHASE].acts);
    assert_true(kind_rows[KIND_SURVEY].acts);
    assert_false(kind_rows[KIND_NEWSLETTER_RECEIVED].acts);
    assert_false(kind_rows[KIND_CONTACT_RESOLVE].acts);
    assert_false(kind_rows[KIND_ENPS].acts);
}

static void dimension_find_finds_every_name_and_nothing_else(void **state)
{
    (void)state;
    for (int d = 0; d < DIM_COUNT; d++) {
        assert_int_equal(dimension_find(dimension_names[d]), d);
    }
    assert_int_equal(dimension_find(TEXT_LITERAL("regio")), DIM_COUNT);
    assert_int_equal(dimension_find(TEXT_LITERAL("customer")), DIM_COUNT);
}

static void topic_role_names_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_true(text_equal(topic_role_names[TOPIC_INTERACTIONS], TEXT_LITERAL("interactions")));
    assert_true(text_equal(topic_role_names[TOPIC_CPI], TEXT_LITERAL("cpi")));
    assert_true(text_equal(topic_role_names[TOPIC_HR], TEXT_LITERAL("hr")));
}

static struct event event_at(int64_t ts_ms, const char *id, enum event_topic topic)
{
    return (struct event){.ts_ms = ts_ms, .id = text_of(id), .topic = topic};
}

static void event_compare_orders_by_time_then_id_then_topic(void **state)
{
    (void)state;
    struct event early = event_at(1, "z", TOPIC_HR), late = event_at(2, "a", TOPIC_INTERACTIONS);
    struct event high = event_at(2, "a\xc3\xa9", TOPIC_INTERACTIONS),
                 other = event_at(2, "a", TOPIC_CPI);
    assert_true(event_compare(&early, &late) < 0);
    assert_true(event_compare(&late, &early) > 0);
    assert_true(event_compare(&late, &high) < 0);
    assert_true(event_compare(&high, &late) > 0);
    assert_true(event_compare(&late, &other) < 0);
    assert_true(event_compare(&other, &late) > 0);
    assert_int_equal(event_compare(&late, &late), 0);
}

static void event_compare_takes_id_bytes_as_unsigned(void **state)
{
    (void)state;
    struct event ascii = event_at(1, "z", TOPIC_HR), beyond = event_at(1, "\xc3\xa9", TOPIC_HR);
    assert_true(event_compare(&ascii, &beyond) < 0);
}

static struct event sample_purchase(void)
{
    struct event e = {.kind = KIND_PURCHASE};
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    e.present = UINT64_C(1) << EVENT_REVENUE | UINT64_C(1) << EVENT_PRODUCT_GROUP;
    e.slot[EVENT_REVENUE].number = 129900000;
    e.slot[EVENT_PRODUCT_GROUP].text = TEXT_LITERAL("care");
    return e;
}

static bool holds(struct condition c, const struct event *e)
{
    return predicate_holds(&(struct predicate){&c, 1}, e);
}

static void predicate_holds_for_texts_of_fields_and_dimensions(void **state)
{
    (void)state;
    struct event e = sample_purchase();
    const struct text groups[] = {TEXT_LITERAL("wash"), TEXT_LITERAL("care")},
                      south[] = {TEXT_LITERAL("south")};
    struct condition group = {
        .what = EVENT_PRODUCT_GROUP, .op = CONDITION_TEXT_IN, .texts = groups, .count = 2};
    struct condition region = {.on_dimension = true,
                               .what = DIM_REGION,
                               .op = CONDITION_TEXT_IN,
                               .texts = south,
                               .count = 1};
    assert_true(holds(group, &e));
    assert_false(holds(region, &e));
    group.count = 1;
    assert_false(holds(group, &e));
    region.what = DIM_SEGMENT;
    assert_false(holds(region, &e));
}

static void predicate_is_not_holds_for_other_values_and_for_none(void **state)
{
    (void)state;
    struct event e = sample_purchase();
    const struct text care = TEXT_LITERAL("care"), wash = TEXT_LITERAL("wash");
    struct condition c = {.what = EVENT_PRODUCT_GROUP,
                          .op = CONDITION_TEXT_IN,
                          .is_not = true,
                          .texts = &care,
                          .count = 1};
    assert_false(holds(c, &e));
    c.texts = &wash;
    assert_true(holds(c, &e));
    c.what = EVENT_INSTRUMENT; /* the event has none */
    assert_true(holds(c, &e));
    struct condition region = c;
    region.on_dimension = true;
    region.what = DIM_SEGMENT;
    assert_true(holds(region, &e));
    const int64_t revenue = 129900000;
    struct condition number = {.what = EVENT_REVENUE,
                               .op = CONDITION_NUMBER_IN,
                               .is_not = true,
                               .numbers = &revenue,
                               .count = 1};
    assert_false(holds(number, &e));
}

static void predicate_holds_for_numbers_and_inclusive_ranges(void **state)
{
    (void)state;
    struct event e = sample_purchase();
    const int64_t numbers[] = {1, 129900000};
    struct condition in = {
        .what = EVENT_REVENUE, .op = CONDITION_NUMBER_IN, .numbers = numbers, .count = 2};
    struct condition range = {
        .what = EVENT_REVENUE, .op = CONDITION_RANGE, .low = 129900000, .high = 129900000};
    assert_true(holds(in, &e));
    assert_true(holds(range, &e));
    in.count = 1;
    assert_false(holds(in, &e));
    range.low++;
    range.high++;
    assert_false(holds(range, &e));
    range.low = range.high = 129899999;
    assert_false(holds(range, &e));
}

static void predicate_needs_every_condition_and_no_condition_always_holds(void **state)
{
    (void)state;
    struct event e = sample_purchase();
    struct condition both[] = {
        {.what = EVENT_REVENUE, .op = CONDITION_RANGE, .low = 0, .high = INT64_MAX},
        {.what = EVENT_COST, .op = CONDITION_RANGE, .low = INT64_MIN, .high = INT64_MAX}};
    assert_true(predicate_holds(&(struct predicate){both, 1}, &e));
    assert_false(predicate_holds(&(struct predicate){both, 2}, &e));
    assert_true(predicate_holds(&(struct predicate){NULL, 0}, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_find_finds_every_row_and_nothing_else),
        cmocka_unit_test(field_rows_carry_the_types_of_the_wire),
        cmocka_unit_test(kind_find_separates_the_two_surveys_by_topic),
        cmocka_unit_test(kind_find_finds_every_row_on_its_topic_only),
        cmocka_unit_test(kind_rows_mark_the_acts_of_the_customer),
        cmocka_unit_test(dimension_find_finds_every_name_and_nothing_else),
        cmocka_unit_test(topic_role_names_are_those_of_the_contract),
        cmocka_unit_test(event_compare_orders_by_time_then_id_then_topic),
        cmocka_unit_test(event_compare_takes_id_bytes_as_unsigned),
        cmocka_unit_test(predicate_holds_for_texts_of_fields_and_dimensions),
        cmocka_unit_test(predicate_is_not_holds_for_other_values_and_for_none),
        cmocka_unit_test(predicate_holds_for_numbers_and_inclusive_ranges),
        cmocka_unit_test(predicate_needs_every_condition_and_no_condition_always_holds),
    };
    return RUN_TESTS(tests);
}
