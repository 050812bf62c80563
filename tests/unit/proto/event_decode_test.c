#include "support/unit.h"

#include <stdio.h>

#include "support/decode.h"

#define GOOD                                                                                    \
    "{\"v\":1,\"id\":\"o-17\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"c42\"," \
    "\"region\":\"north\","                                                                     \
    "\"segment\":\"smb\",\"order\":\"17\",\"revenue\":129.90,\"cost\":80.00,\"quantity\":1,"    \
    "\"product_group\":\"care\"}"

#define ESCAPED "{\"v\":1,\"id\":\"i\\n\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"c\",\"order\":\"1\",\"revenue\":1,\"cost\":1}"

static void assert_text(struct text t, const char *wanted)
{
    assert_non_null(t.at);
    assert_int_equal(t.len, strlen(wanted));
    assert_memory_equal(t.at, wanted, t.len);
}

static void assert_good(const struct decoded *d)
{
    assert_string_equal(verdict(d), "event");
    const struct event *e = &d->e;
    assert_int_equal(e->kind, KIND_PURCHASE);
    assert_int_equal(e->topic, TOPIC_INTERACTIONS);
    assert_int_equal(e->ts_ms, 1767225600000);
    assert_text(e->id, "o-17");
    assert_text(e->entity, "c42");
    assert_text(e->dims[DIM_REGION], "north");
    assert_text(e->dims[DIM_SEGMENT], "smb");
    assert_null(e->dims[DIM_DIVISION].at);
    assert_text(event_text(e, EVENT_ORDER), "17");
    assert_text(event_text(e, EVENT_PRODUCT_GROUP), "care");
    assert_int_equal(event_number(e, EVENT_REVENUE, 0), 129900000);
    assert_int_equal(event_number(e, EVENT_COST, 0), 80000000);
    assert_int_equal(event_number(e, EVENT_QUANTITY, 0), 1000000);
    assert_int_equal(__builtin_popcountll(e->present), 5);
}

static void event_decode_reads_the_contracts_example_in_both_forms(void **state)
{
    (void)state;
    struct decoded json = decode_json(TOPIC_INTERACTIONS, "c42", GOOD);
    struct decoded packed = decode_recoded(TOPIC_INTERACTIONS, "c42", GOOD);
    assert_good(&json);
    assert_good(&packed);
    decoded_close(&json);
    decoded_close(&packed);
}

static void event_decode_reads_the_golden_bytes_of_version_1(void **state)
{
    (void)state;
    static const char golden[] =
        "\x88\xa1v\x01\xa2id\xa3o-1\xa2ts\xcf\x00\x00\x01\x9b\x77\x40\xd8\x00"
        "\xa4kind\xa8purchase\xa8"
        "customer\xa2"
        "c1\xa5order\xa1"
        "9\xa7revenue\xcb\x40\x60\x3c\xcc\xcc\xcc\xcc\xcd"
        "\xa4"
        "cost\xd1\xff\x00";
    struct decoded d = decode_record(TOPIC_INTERACTIONS, "c1", golden, sizeof golden - 1);
    assert_string_equal(verdict(&d), "event");
    assert_int_equal(d.e.ts_ms, 0x19b7740d800);
    assert_int_equal(event_number(&d.e, EVENT_REVENUE, 0), 129900000);
    assert_int_equal(event_number(&d.e, EVENT_COST, 0), -256000000);
    decoded_close(&d);
}

static void event_decode_refuses_a_record_cut_at_any_byte(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_int_equal(event_json_to_msgpack((const uint8_t *)GOOD, sizeof GOOD - 1, &b), 0);
    for (size_t n = 0; n < b.len; n++) {
        struct decoded d = decode_record(TOPIC_INTERACTIONS, "c42", b.at, n);
        assert_string_equal(verdict(&d), "undecodable");
        decoded_close(&d);
    }
    for (size_t n = 0; n < sizeof GOOD - 1; n++) {
        struct decoded d = decode_record(TOPIC_INTERACTIONS, "c42", GOOD, n);
        assert_string_equal(verdict(&d), "undecodable");
        decoded_close(&d);
    }
    buf_close(&b);
}

static void event_decode_keeps_texts_for_as_many_events_as_it_says(void **state)
{
    (void)state;
    struct decode_scratch *s;
    struct event e[DECODED_AHEAD_MAX];
    struct buf b[DECODED_AHEAD_MAX] = {0};
    char key[16], json[256];
    struct refusal why;
    assert_int_equal(decode_scratch_create(&s), 0);
    for (int i = 0; i < DECODED_AHEAD_MAX; i++) { /* the customer stands last, so its text is no longer the record's own */
        snprintf(json, sizeof json, "{\"v\":1,\"id\":\"i%d\",\"ts\":1767225600000,\"kind\":\"purchase\",\"order\":\"17\","
                 "\"revenue\":1,\"cost\":1,\"customer\":\"c%d\"}", i, i);
        snprintf(key, sizeof key, "c%d", i);
        assert_int_equal(event_json_to_msgpack((const uint8_t *)json, strlen(json), &b[i]), 0);
        assert_int_equal(event_decode(s, TOPIC_INTERACTIONS, (const uint8_t *)key, strlen(key), b[i].at, b[i].len, &e[i], &why), DECODED_EVENT);
        assert_false(decode_scratch_is_lent(s));
    }
    for (int i = 0; i < DECODED_AHEAD_MAX; i++) {
        snprintf(key, sizeof key, "c%d", i);
        assert_text(e[i].entity, key);
        buf_close(&b[i]);
    }
    assert_int_equal(event_decode(s, TOPIC_INTERACTIONS, (const uint8_t *)"c", 1, (const uint8_t *)ESCAPED, sizeof ESCAPED - 1, &e[0], &why),
                     DECODED_EVENT);
    assert_true(decode_scratch_is_lent(s));
    decode_scratch_destroy(s);
}

struct json_case {
    const char *key, *json, *wanted;
};

static void check_both(enum event_topic topic, const struct json_case *c)
{
    struct decoded json = decode_json(topic, c->key, c->json),
                   packed = decode_recoded(topic, c->key, c->json);
    if (strcmp(verdict(&json), c->wanted) || strcmp(verdict(&packed), c->wanted)) {
        print_error("%s: JSON %s, MessagePack %s\n", c->json, verdict(&json), verdict(&packed));
    }
    assert_string_equal(verdict(&json), c->wanted);
    assert_string_equal(verdict(&packed), c->wanted);
    decoded_close(&json);
    decoded_close(&packed);
}

static void check_all(enum event_topic topic, const struct json_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_both(topic, &cases[i]);
    }
}

#define CHECK_ALL(topic, cases) check_all(topic, cases, sizeof(cases) / sizeof((cases)[0]))
#define E "\"id\":\"a\",\"ts\":1,\"customer\":\"c\""

static void event_decode_judges_envelope_and_key(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"c", "{\"v\":1," E ",\"kind\":\"churn\"}", "event"},
        {"c", "{" E ",\"kind\":\"churn\"}", "missing_field"},
        {"c", "{\"v\":null," E ",\"kind\":\"churn\"}", "missing_field"},
        {"c", "{\"v\":2," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":0," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":-1," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":\"1\"," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":true," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":1.0," E ",\"kind\":\"churn\"}", "event"},
        {"c", "{\"v\":10e-1," E ",\"kind\":\"churn\"}", "event"},
        {"c", "{\"v\":1.5," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":1e999," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":[1]," E ",\"kind\":\"churn\"}", "version"},
        {"c", "{\"v\":1," E "}", "missing_field"},
        {"c", "{\"v\":1," E ",\"kind\":null}", "missing_field"},
        {"c", "{\"v\":1," E ",\"kind\":7}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":{}}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"enps\"}", "wrong_topic"},
        {"c", "{\"v\":1," E ",\"kind\":\"survey\"}", "wrong_topic"},
        {"c", "{\"v\":1," E ",\"kind\":\"churns\"}", "ignored"},
        {"c", "{\"v\":1," E ",\"kind\":\"\"}", "ignored"},
        {"c", "{\"v\":1," E ",\"kind\":\"newsletter.receiveX\"}", "ignored"},
        {"x", "{\"v\":1,\"kind\":\"nothing\"}", "ignored"},
        {"c", "{\"v\":1,\"ts\":1,\"customer\":\"c\",\"kind\":\"churn\"}", "missing_field"},
        {"c", "{\"v\":1,\"id\":\"a\",\"customer\":\"c\",\"kind\":\"churn\"}", "missing_field"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"churn\"}", "missing_field"},
        {"c", "{\"v\":1,\"id\":null,\"ts\":1,\"customer\":\"c\",\"kind\":\"churn\"}",
         "missing_field"},
        {"c", "{\"v\":1,\"id\":\"\",\"ts\":1,\"customer\":\"c\",\"kind\":\"churn\"}", "wrong_type"},
        {"c", "{\"v\":1,\"id\":5,\"ts\":1,\"customer\":\"c\",\"kind\":\"churn\"}", "wrong_type"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":\"1\",\"customer\":\"c\",\"kind\":\"churn\"}",
         "wrong_type"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":-1,\"customer\":\"c\",\"kind\":\"churn\"}",
         "wrong_type"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":1.5,\"customer\":\"c\",\"kind\":\"churn\"}",
         "wrong_type"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":1.0,\"customer\":\"c\",\"kind\":\"churn\"}", "event"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":1e3,\"customer\":\"c\",\"kind\":\"churn\"}", "event"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":253402300799999,\"customer\":\"c\",\"kind\":\"churn\"}",
         "event"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":253402300800000,\"customer\":\"c\",\"kind\":\"churn\"}",
         "wrong_type"},
        {"c",
         "{\"v\":1,\"id\":\"a\",\"ts\":18446744073709551615,\"customer\":\"c\",\"kind\":\"churn\"}",
         "wrong_type"},
        {"", "{\"v\":1,\"id\":\"a\",\"ts\":1,\"customer\":\"\",\"kind\":\"churn\"}", "wrong_type"},
        {"c", "{\"v\":1,\"id\":\"a\",\"ts\":1,\"customer\":4,\"kind\":\"churn\"}", "wrong_type"},
        {"C", "{\"v\":1," E ",\"kind\":\"churn\"}", "key_mismatch"},
        {"cc", "{\"v\":1," E ",\"kind\":\"churn\"}", "key_mismatch"},
        {"", "{\"v\":1," E ",\"kind\":\"churn\"}", "key_mismatch"},
        {NULL, "{\"v\":1," E ",\"kind\":\"churn\"}", "key_mismatch"},
    };
    CHECK_ALL(TOPIC_INTERACTIONS, cases);
}

/* What follows makes records long enough to be read in one go up to the customer. */
#define LONG ",\"x\":\"012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\"}"
#define IN_ORDER(id, ts, kind, customer) "{\"v\":1,\"id\":" id ",\"ts\":" ts ",\"kind\":" kind ",\"customer\":" customer
#define LATE_TS "1767225600000" /* takes eight bytes */

static void event_decode_judges_an_envelope_in_its_usual_order_alike(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"c", IN_ORDER("\"a\"", LATE_TS, "\"churn\"", "\"c\"") LONG, "event"},
        {"c", IN_ORDER("\"0123456789012345678901234567890\"", LATE_TS, "\"churn\"", "\"c\"") LONG, "event"},
        {"c", IN_ORDER("\"01234567890123456789012345678901\"", LATE_TS, "\"churn\"", "\"c\"") LONG, "event"},
        {"c", IN_ORDER("\"\"", LATE_TS, "\"churn\"", "\"c\"") LONG, "wrong_type"},
        {"c", IN_ORDER("\"a\"", "5", "\"churn\"", "\"c\"") LONG, "event"},
        {"c", IN_ORDER("\"a\"", "253402300800000", "\"churn\"", "\"c\"") LONG, "wrong_type"},
        {"c", IN_ORDER("\"a\"", LATE_TS, "\"churned\"", "\"c\"") LONG, "ignored"},
        {"c", IN_ORDER("\"a\"", LATE_TS, "\"enps\"", "\"c\"") LONG, "wrong_topic"},
        {"c", IN_ORDER("\"a\"", LATE_TS, "\"churn\"", "null") LONG, "missing_field"},
        {"c", "{\"v\":2,\"id\":\"a\",\"ts\":" LATE_TS ",\"kind\":\"churn\",\"customer\":\"c\"" LONG, "version"},
        {"d", IN_ORDER("\"a\"", LATE_TS, "\"churn\"", "\"c\"") LONG, "key_mismatch"},
    };
    CHECK_ALL(TOPIC_INTERACTIONS, cases);
}

static void event_decode_judges_types_of_known_fields_on_any_kind(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"revenue\":\"1\"}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"bot\":1}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"bot\":false}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"region\":5}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"region\":null}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"employee\":[]}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"source\":{\"a\":1}}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"due\":1.25}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"unknown\":{\"deep\":[1,null,true]}}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"unknown\":1e999}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":1e999}", "not_finite"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":-1e309}", "not_finite"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"due\":1e999}", "not_finite"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":1e300}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":9223372036854}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":9223372036855}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":-9223372036854}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"amount\":-12.5}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"influence\":100}", "event"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"influence\":100.5}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"influence\":-1}", "wrong_type"},
        {"c", "{\"v\":1," E ",\"kind\":\"churn\",\"ref\":\"a\\u0000b\"}", "event"},
    };
    CHECK_ALL(TOPIC_INTERACTIONS, cases);
}

#define S(instrument, value) \
    "{\"v\":1," E ",\"kind\":\"survey\",\"instrument\":\"" instrument "\",\"value\":" value "}"

static void event_decode_keeps_survey_answers_on_their_scale(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"c", S("nps", "0"), "event"},
        {"c", S("nps", "10"), "event"},
        {"c", S("nps", "11"), "wrong_type"},
        {"c", S("nps", "-1"), "wrong_type"},
        {"c", S("nps", "9.5"), "wrong_type"},
        {"c", S("nps", "3.0"), "event"},
        {"c", S("csat", "0"), "wrong_type"},
        {"c", S("csat", "5"), "event"},
        {"c", S("csat", "6"), "wrong_type"},
        {"c", S("ces", "7"), "event"},
        {"c", S("ces", "8"), "wrong_type"},
        {"c", S("grade10", "7.5"), "event"},
        {"c", S("grade10", "0.5"), "wrong_type"},
        {"c", S("expectation", "0"), "event"},
        {"c", S("expectation", "10.1"), "wrong_type"},
        {"c", S("mine", "-400"), "event"},
        {"c", "{\"value\":11,\"instrument\":\"nps\",\"kind\":\"survey\"," E ",\"v\":1}",
         "wrong_type"},
    };
    CHECK_ALL(TOPIC_CPI, cases);
}

#define H "\"v\":1,\"id\":\"a\",\"ts\":1,\"employee\":\"e\""

static void event_decode_takes_the_employee_as_entity_of_hr(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"e", "{" H ",\"kind\":\"enps\",\"value\":10}", "event"},
        {"e", "{" H ",\"kind\":\"enps\",\"value\":11}", "wrong_type"},
        {"e", "{" H ",\"kind\":\"enps\",\"value\":5.5}", "wrong_type"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":4,\"scale\":5}", "event"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":4.5,\"scale\":5}", "event"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":6,\"scale\":5}",
         "wrong_type"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":0,\"scale\":5}",
         "wrong_type"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":1,\"scale\":1}",
         "wrong_type"},
        {"e", "{" H ",\"kind\":\"survey\",\"theme\":\"pride\",\"value\":1,\"scale\":101}",
         "wrong_type"},
        {"e", "{" H ",\"kind\":\"absence.update\",\"fraction\":101}", "wrong_type"},
        {"e", "{" H ",\"kind\":\"purchase\"}", "wrong_topic"},
        {"c", "{" H ",\"kind\":\"hire\",\"customer\":\"c\"}", "key_mismatch"},
        {"c", "{\"v\":1," E ",\"kind\":\"hire\"}", "missing_field"},
        {"", "{\"v\":1,\"id\":\"a\",\"ts\":1,\"employee\":\"\",\"kind\":\"hire\"}", "wrong_type"},
    };
    CHECK_ALL(TOPIC_HR, cases);
    struct decoded d = decode_json(TOPIC_HR, "e", "{" H ",\"kind\":\"hire\"}");
    assert_text(d.e.entity, "e");
    assert_false(event_has(&d.e, EVENT_AGENT));
    decoded_close(&d);
}

static void event_decode_takes_the_subject_as_entity_of_a_benchmark(void **state)
{
    (void)state;
    static const struct json_case cases[] = {
        {"rival",
         "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"benchmark\",\"subject\":\"rival\",\"metric\":"
         "\"nps\",\"value\":40}",
         "event"},
        {"c",
         "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"benchmark\",\"subject\":\"rival\",\"metric\":"
         "\"nps\",\"value\":40}",
         "key_mismatch"},
        {"c", "{\"v\":1," E ",\"kind\":\"benchmark\",\"metric\":\"nps\",\"value\":40}",
         "missing_field"},
    };
    CHECK_ALL(TOPIC_CPI, cases);
    struct decoded d = decode_json(TOPIC_CPI, cases[0].key, cases[0].json);
    assert_text(d.e.entity, "rival");
    assert_text(event_text(&d.e, EVENT_SUBJECT), "rival");
    decoded_close(&d);
}

static void event_decode_unescapes_keys_and_texts(void **state)
{
    (void)state;
    struct decoded d = decode_json(
        TOPIC_INTERACTIONS, "c\xc3\xa9\xf0\x9f\x98\x80",
        "{\"\\u0076\":1,\"id\":\"a\\n\\\"\",\"ts\":1,\"kind\":\"chur\\u006e\","
        "\"customer\":\"c\\u00e9\\ud83d\\ude00\",\"re\\u0067ion\":\"\\u20ac\\/\"}  \r\n");
    assert_string_equal(verdict(&d), "event");
    assert_text(d.e.id, "a\n\"");
    assert_text(d.e.entity, "c\xc3\xa9\xf0\x9f\x98\x80");
    assert_text(d.e.dims[DIM_REGION], "\xe2\x82\xac/");
    decoded_close(&d);
}

static void event_decode_names_the_field_but_no_value(void **state)
{
    (void)state;
    struct decoded d = decode_json(TOPIC_INTERACTIONS, "c",
                                   "{\"v\":1," E ",\"kind\":\"churn\",\"revenue\":\"x\"}");
    assert_string_equal(d.r.detail, "field \"revenue\" is text, not a number");
    decoded_close(&d);
    d = decode_json(TOPIC_INTERACTIONS, "c",
                    "{\"v\":1," E ",\"kind\":\"cost\",\"category\":\"visits\"}");
    assert_string_equal(d.r.detail, "field \"amount\" or \"minutes\" is missing");
    decoded_close(&d);
    d = decode_json(TOPIC_INTERACTIONS, "zz", "{\"v\":1," E ",\"kind\":\"churn\"}");
    assert_string_equal(d.r.detail, "the key differs from field \"customer\"");
    decoded_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_decode_reads_the_contracts_example_in_both_forms),
        cmocka_unit_test(event_decode_reads_the_golden_bytes_of_version_1),
        cmocka_unit_test(event_decode_refuses_a_record_cut_at_any_byte),
        cmocka_unit_test(event_decode_judges_envelope_and_key),
        cmocka_unit_test(event_decode_judges_an_envelope_in_its_usual_order_alike),
        cmocka_unit_test(event_decode_judges_types_of_known_fields_on_any_kind),
        cmocka_unit_test(event_decode_keeps_survey_answers_on_their_scale),
        cmocka_unit_test(event_decode_takes_the_employee_as_entity_of_hr),
        cmocka_unit_test(event_decode_takes_the_subject_as_entity_of_a_benchmark),
        cmocka_unit_test(event_decode_keeps_texts_for_as_many_events_as_it_says),
        cmocka_unit_test(event_decode_unescapes_keys_and_texts),
        cmocka_unit_test(event_decode_names_the_field_but_no_value),
    };
    return RUN_TESTS(tests);
}
