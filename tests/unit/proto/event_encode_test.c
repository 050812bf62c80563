#include "support/unit.h"

#include "support/decode.h"
#include "support/failmalloc.h"

static struct event sample(void)
{
    struct event e = {.ts_ms = 1767225600000, .kind = KIND_PURCHASE, .topic = TOPIC_INTERACTIONS};
    e.id = TEXT_LITERAL("o-17");
    e.entity = TEXT_LITERAL("c42");
    e.dims[DIM_REGION] = TEXT_LITERAL("north");
    e.present = UINT64_C(1) << EVENT_ORDER | UINT64_C(1) << EVENT_REVENUE |
                UINT64_C(1) << EVENT_QUANTITY | UINT64_C(1) << EVENT_BOT | UINT64_C(1) << EVENT_DUE;
    e.slot[EVENT_ORDER].text = TEXT_LITERAL("17\n");
    e.slot[EVENT_REVENUE].number = 129900000;
    e.slot[EVENT_QUANTITY].number = 3000000;
    e.slot[EVENT_BOT].number = 1;
    e.slot[EVENT_DUE].number = 1767225600001;
    return e;
}

static void event_encode_json_writes_envelope_dimensions_and_fields_in_order(void **state)
{
    (void)state;
    struct event e = sample();
    struct buf b = {0};
    assert_int_equal(event_encode_json(&e, &b), 0);
    assert_int_equal(buf_append(&b, "", 1), 0);
    assert_string_equal(
        (char *)b.at,
        "{\"v\":1,\"id\":\"o-17\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":\"c42\","
        "\"region\":\"north\",\"order\":\"17\\n\",\"revenue\":129.9,\"quantity\":3,"
        "\"due\":1767225600001,\"bot\":true}");
    buf_close(&b);
}

static void event_encode_msgpack_reads_back_as_the_same_event(void **state)
{
    (void)state;
    struct event e = sample();
    struct buf b = {0};
    assert_int_equal(event_encode_msgpack(&e, &b), 0);
    struct decoded d = decode_record(TOPIC_INTERACTIONS, "c42", b.at, b.len);
    assert_string_equal(verdict(&d), "event");
    assert_true(d.e.present == e.present && d.e.kind == e.kind && d.e.ts_ms == e.ts_ms);
    assert_int_equal(event_number(&d.e, EVENT_REVENUE, 0), 129900000);
    assert_int_equal(event_number(&d.e, EVENT_DUE, 0), 1767225600001);
    assert_true(text_equal(event_text(&d.e, EVENT_ORDER), TEXT_LITERAL("17\n")));
    decoded_close(&d);
    buf_close(&b);
}

static void event_encode_names_the_entity_as_its_kind_does(void **state)
{
    (void)state;
    struct buf b = {0};
    struct event hire = {.ts_ms = 1,
                         .kind = KIND_HIRE,
                         .topic = TOPIC_HR,
                         .id = TEXT_LITERAL("a"),
                         .entity = TEXT_LITERAL("e")};
    struct event rival = {.ts_ms = 1,
                          .kind = KIND_BENCHMARK,
                          .topic = TOPIC_CPI,
                          .id = TEXT_LITERAL("a"),
                          .entity = TEXT_LITERAL("r")};
    rival.present = UINT64_C(1) << EVENT_SUBJECT;
    rival.slot[EVENT_SUBJECT].text = rival.entity;
    assert_int_equal(event_encode_json(&hire, &b), 0);
    assert_int_equal(event_encode_json(&rival, &b), 0);
    assert_int_equal(buf_append(&b, "", 1), 0);
    assert_string_equal((char *)b.at,
                        "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"hire\",\"employee\":\"e\"}"
                        "{\"v\":1,\"id\":\"a\",\"ts\":1,\"kind\":\"benchmark\",\"subject\":\"r\"}");
    buf_close(&b);
}

static const char nested[] = "{\"v\":1,\"x\":{\"y\":[1,-2,2.5,true,false,null,\"\\u00e9\"],\"e\":{}"
                             "},\"big\":18446744073709551616}";

static void event_json_to_msgpack_keeps_members_their_order_and_unknown_ones(void **state)
{
    (void)state;
    static const char wanted[] = "\xde\x00\x03\xa1v\x01\xa1x\xde\x00\x02\xa1y\xdc\x00\x07\x01\xfe"
                                 "\xcb\x40\x04\x00\x00\x00\x00\x00\x00"
                                 "\xc3\xc2\xc0\xa2\xc3\xa9\xa1"
                                 "e\xde\x00\x00\xa3"
                                 "big\xcb\x43\xf0\x00\x00\x00\x00\x00\x00";
    struct buf b = {0};
    assert_int_equal(event_json_to_msgpack((const uint8_t *)nested, sizeof nested - 1, &b), 0);
    assert_int_equal(b.len, sizeof wanted - 1);
    assert_memory_equal(b.at, wanted, b.len);
    buf_close(&b);
}

static void event_json_to_msgpack_refuses_what_is_no_json_map_and_adds_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "[1]",
                                      "1", "{",
                                      "{\"a\":}", "{\"a\":\"\\ud800\"}",
                                      "{} {}", "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"};
    struct buf b = {0};
    assert_int_equal(buf_append(&b, "x", 1), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(event_json_to_msgpack((const uint8_t *)bad[i], strlen(bad[i]), &b),
                         CUBE_EFORMAT);
        assert_int_equal(b.len, 1);
    }
    buf_close(&b);
}

static int sweep_recode(void *arg)
{
    (void)arg;
    struct buf b = {0};
    int rc = event_json_to_msgpack((const uint8_t *)nested, sizeof nested - 1, &b);
    assert_true(rc == 0 || b.len == 0);
    buf_close(&b);
    return rc;
}

static int sweep_json(void *arg)
{
    struct buf b = {0};
    int rc = event_encode_json(arg, &b);
    assert_true(rc == 0 || b.len == 0);
    buf_close(&b);
    return rc;
}

static int sweep_msgpack(void *arg)
{
    struct buf b = {0};
    int rc = event_encode_msgpack(arg, &b);
    assert_true(rc == 0 || b.len == 0);
    buf_close(&b);
    return rc;
}

static int sweep_scratch(void *arg)
{
    (void)arg;
    struct decode_scratch *s = NULL;
    int rc = decode_scratch_create(&s);
    assert_true(rc == 0 || s == NULL);
    decode_scratch_destroy(s);
    return rc;
}

static void encoders_and_scratch_survive_every_failing_allocation(void **state)
{
    (void)state;
    struct event e = sample();
    assert_true(failmalloc_sweep(sweep_recode, NULL) > 0);
    assert_true(failmalloc_sweep(sweep_json, &e) > 0);
    assert_true(failmalloc_sweep(sweep_msgpack, &e) > 0);
    assert_true(failmalloc_sweep(sweep_scratch, NULL) > 0);
}

static void event_decode_allocates_nothing(void **state)
{
    (void)state;
    struct decode_scratch *s = NULL;
    struct event e;
    struct refusal r;
    assert_int_equal(decode_scratch_create(&s), 0);
    failmalloc_set(1);
    (void)event_decode(s, TOPIC_CPI, (const uint8_t *)"c", 1, (const uint8_t *)nested,
                       sizeof nested - 1, &e, &r);
    (void)event_decode(s, TOPIC_CPI, NULL, 0,
                       (const uint8_t *)"\x81\xa1z\xcb\x40\x04\x00\x00\x00\x00\x00\x01", 12, &e,
                       &r);
    assert_false(failmalloc_hit());
    failmalloc_off();
    decode_scratch_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_encode_json_writes_envelope_dimensions_and_fields_in_order),
        cmocka_unit_test(event_encode_msgpack_reads_back_as_the_same_event),
        cmocka_unit_test(event_encode_names_the_entity_as_its_kind_does),
        cmocka_unit_test(event_json_to_msgpack_keeps_members_their_order_and_unknown_ones),
        cmocka_unit_test(event_json_to_msgpack_refuses_what_is_no_json_map_and_adds_nothing),
        cmocka_unit_test(encoders_and_scratch_survive_every_failing_allocation),
        cmocka_unit_test(event_decode_allocates_nothing),
    };
    return RUN_TESTS(tests);
}
