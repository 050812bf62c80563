#include "support/unit.h"

#include <jansson.h>
#include <msgpack.h>

#include "proto/output.h"
#include "support/scope_fixture.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define NORTH TEXT_LITERAL("region=north")

static void share(struct fixture *f, uint32_t s, int64_t t, uint16_t m, int64_t n, int64_t hits)
{
    assert_int_equal(fixture_share(f, s, t, m, t - 1, n, hits), 0);
}

/* A scope that left the engagement octant and whose care burns. */
static uint32_t story(struct fixture *f)
{
    uint32_t s;
    fixture_init(f);
    f->measures[M_SPEED].min_n = 5;
    f->measures[M_SPEED].weight = 0.5;
    assert_int_equal(scope_engine_create(&f->model, 1, &f->engine), 0);
    assert_int_equal(fixture_scope(f, NORTH, &s), 0);
    share(f, s, T0 - TICK, M_MOOD, 4, 4);
    share(f, s, T0 - TICK, M_CARE, 2, 2);
    share(f, s, T0 - TICK, M_SPEED, 4, 4);
    share(f, s, T0 - TICK, M_WORTH, 2, 2);
    assert_int_equal(scope_engine_tick(f->engine, T0 - TICK), 0);
    scope_engine_decisions_clear(f->engine);
    share(f, s, T0, M_CARE, 6, 0);
    assert_int_equal(scope_engine_tick(f->engine, T0), 0);
    return s;
}

static void text_is(const struct buf *b, const char *text)
{
    if (b->len != strlen(text) || memcmp(b->at, text, b->len) != 0) {
        fail_msg("\n%.*s\nnot\n%s", (int)b->len, (const char *)b->at, text);
    }
}

static void output_state_reads_as_the_contract_shows(void **state)
{
    (void)state;
    struct fixture f;
    struct scope_view v;
    struct buf b = {0};
    uint32_t s = story(&f);
    assert_int_equal(scope_engine_view(f.engine, s, T0, &v), 0);
    v.probabilities[4] = 5e-10; /* says nothing */
    for (unsigned i = 0; i < AXIS_COUNT; i++) {
        v.axes[i].low = 10.5; /* what the interval is, is tested elsewhere */
        v.axes[i].high = 89.5;
    }
    for (unsigned i = 0; i < OCTANT_COUNT; i++) {
        v.probabilities[i] = i == 5 ? 0.97 : i == 7 ? 0.03 : 5e-10;
    }
    struct measure_view *m = (struct measure_view *)v.measures;
    for (uint32_t i = 0; i < v.measure_count; i++) {
        for (uint32_t h = 0; h < 2; h++) {
            struct result *r = (struct result *)&m[i].horizons[h];
            r->low = 0.25;
            r->high = 0.75;
        }
    }
    struct result *first = (struct result *)m[1].horizons;
    first->has_parts = true;
    first->final = (struct result_part){true, 0.5, 2, 1};
    assert_int_equal(output_state(&f.model, &v, NULL, 0, FORMAT_JSON, &b), 0);
    text_is(&b,
            "{\"v\":1,\"scope\":\"region=north\",\"as_of\":1767225600000,\"revision\":0,"
            "\"complete\":true,\"missing\":[],"
            "\"model\":\"4f1c9ad2\",\"octant\":\"target\",\"code\":5,\"since\":1767225600000,"
            "\"undecided\":false,\"stale\":false,"
            "\"axes\":{\"E\":{\"score\":100.0,\"side\":\"high\",\"interval\":[10.5,89.5],"
            "\"coverage\":1.0,\"basis\":\"own\"},"
            "\"X\":{\"score\":25.0,\"side\":\"low\",\"interval\":[10.5,89.5],\"coverage\":0.8,"
            "\"basis\":\"own\"},"
            "\"V\":{\"score\":100.0,\"side\":\"high\",\"interval\":[10.5,89.5],\"coverage\":1.0,"
            "\"basis\":\"own\"}},"
            "\"probabilities\":{\"target\":0.97,\"engagement\":0.03},"
            "\"measures\":{\"care\":{\"value\":0.25,\"n\":8,\"hits\":2,\"interval\":[0.25,0.75],"
            "\"window\":\"1h\",\"score\":25.0,\"weight\":2,"
            "\"horizons\":{\"10m\":{\"value\":0.25,\"n\":8,\"hits\":2,\"interval\":[0.25,0.75]}}},"
            "\"speed\":{\"value\":1.0,\"n\":4,\"hits\":4,\"interval\":[0.25,0.75],\"window\":"
            "\"1h\",\"weight\":0.5,"
            "\"final\":{\"value\":0.5,\"n\":2,\"hits\":1},\"provisional\":{\"n\":0,\"hits\":0}},"
            "\"mood\":{\"value\":1.0,\"n\":4,\"hits\":4,\"interval\":[0.25,0.75],\"window\":\"1h\","
            "\"score\":100.0,\"weight\":1},"
            "\"worth\":{\"value\":1.0,\"n\":2,\"hits\":2,\"interval\":[0.25,0.75],\"window\":"
            "\"1h\",\"score\":100.0,\"weight\":1}},"
            "\"levers\":[{\"measure\":\"care\",\"axis\":\"X\",\"to\":\"high\",\"now\":0.25,"
            "\"needs\":0.5,\"effort\":0.25},"
            "{\"measure\":\"mood\",\"axis\":\"E\",\"to\":\"low\",\"now\":1.0,\"needs\":0.5,"
            "\"effort\":0.5},"
            "{\"measure\":\"worth\",\"axis\":\"V\",\"to\":\"low\",\"now\":1.0,\"needs\":0.5,"
            "\"effort\":0.5}]}");
    buf_close(&b);
    scope_engine_destroy(f.engine);
}

static void output_state_leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct fixture f;
    struct scope_view v;
    struct buf b = {0};
    uint32_t s;
    fixture_init(&f);
    f.measures[M_MOOD].is_private = true;
    assert_int_equal(scope_engine_create(&f.model, 1, &f.engine), 0);
    assert_int_equal(fixture_scope(&f, TEXT_LITERAL("organisation"), &s), 0);
    struct delta_row touch = {.set = set_alone(s), .measure = M_MOOD, .kind = ROW_TOUCH};
    assert_int_equal(scope_engine_add(f.engine, T0 - 30 * MINUTE, &touch), 0);
    assert_int_equal(fixture_share(&f, s, T0 - 30 * MINUTE, M_CARE, 0, 1, 1),
                     0); /* of long ago: the window is empty */
    assert_int_equal(scope_engine_tick(f.engine, T0 - 30 * MINUTE), 0);
    assert_int_equal(scope_engine_view(f.engine, s, T0 - 30 * MINUTE, &v), 0);
    const struct text missing = TEXT_LITERAL("customers-3");
    assert_int_equal(output_state(&f.model, &v, &missing, 1, FORMAT_JSON, &b), 0);
    text_is(&b, "{\"v\":1,\"scope\":\"organisation\",\"as_of\":1767223800000,\"revision\":0,"
                "\"complete\":false,\"missing\":[\"customers-3\"],"
                "\"model\":\"4f1c9ad2\",\"undecided\":false,\"stale\":false,"
                "\"axes\":{\"E\":{\"side\":\"unknown\",\"coverage\":0.0,\"basis\":\"own\"},\"X\":{"
                "\"side\":\"unknown\",\"coverage\":0.0,\"basis\":\"own\"},"
                "\"V\":{\"side\":\"unknown\",\"coverage\":0.0,\"basis\":\"own\"}},"
                "\"measures\":{\"care\":{\"n\":0,\"hits\":0,\"window\":\"1h\",\"weight\":2,"
                "\"horizons\":{\"10m\":{\"n\":0,\"hits\":0}}},"
                "\"mood\":{\"withheld\":\"k\",\"window\":\"1h\",\"weight\":1}},\"levers\":[]}");
    while (scope_engine_next_tick(f.engine) < T0) {
        assert_int_equal(scope_engine_tick(f.engine, scope_engine_next_tick(f.engine)), 0);
    }
    struct let_out_cell c = {.scope = TEXT_LITERAL("organisation"), .measure = M_MOOD, .horizon_count = 1};
    c.horizons[0] = (struct let_out){false, T0, {.has_value = true, .value = 1, .n = 9, .has_interval = true, .low = 0.7, .high = 1}};
    result_set_int(&c.horizons[0].result, RESULT_HITS, 9);
    assert_int_equal(scope_engine_let_out(f.engine, T0, &c), 0);
    assert_int_equal(scope_engine_tick(f.engine, T0), 0);
    assert_int_equal(scope_engine_view(f.engine, s, T0, &v), 0);
    const struct measure_view *mood = &v.measures[1];
    assert_int_equal(mood->published_ms, T0);
    buf_clear(&b);
    assert_int_equal(output_state(&f.model, &v, NULL, 0, FORMAT_JSON, &b), 0);
    assert_int_equal(buf_append(&b, "", 1), 0);
    assert_non_null(
        strstr((char *)b.at, "\"mood\":{\"value\":1.0,\"n\":9,\"hits\":9,\"interval\":["));
    assert_non_null(
        strstr((char *)b.at,
               "],\"published_at\":1767225600000,\"window\":\"1h\",\"score\":100.0,\"weight\":1}"));
    buf_close(&b);
    scope_engine_destroy(f.engine);
}

static const struct decision *decision(struct fixture *f, enum decision_type type, unsigned rule)
{
    for (uint32_t i = 0; i < scope_engine_decision_count(f->engine); i++) {
        const struct decision *d = scope_engine_decision_at(f->engine, i);
        if (d->type == type && (type == DECISION_CHANGE || d->rule == &f->rules[rule])) {
            return d;
        }
    }
    fail_msg("no such decision");
    return NULL;
}

static void output_change_reads_as_the_contract_shows(void **state)
{
    (void)state;
    struct fixture f;
    struct buf b = {0};
    story(&f);
    assert_int_equal(
        output_change(&f.model, NORTH, decision(&f, DECISION_CHANGE, 0), FORMAT_JSON, &b), 0);
    text_is(
        &b,
        "{\"v\":1,\"scope\":\"region=north\",\"at\":1767225600000,\"as_of\":1767225600000,\"from\":"
        "\"engagement\",\"to\":\"target\","
        "\"edge\":\"engagement->target\",\"move\":\"experience lost\",\"jump\":1,\"revision\":0,\"axes\":[{\"axis\":\"X\","
        "\"from\":100.0,\"to\":25.0,"
        "\"drivers\":[{\"measure\":\"care\",\"contribution\":-75.0}]}],\"model\":\"4f1c9ad2\"}");
    buf_close(&b);
    scope_engine_destroy(f.engine);
}

static void output_task_alert_is_one_too_with_the_label_task(void **state)
{
    (void)state;
    struct fixture f;
    struct buf b = {0};
    fixture_init(&f);
    struct task_alert a = {.name = TEXT_LITERAL("DeadLetterShare"), .task = TEXT_LITERAL("customers-0"), .severity = TEXT_LITERAL("page"),
                           .summary = TEXT_LITERAL("Too many"), .starts_ms = 1000, .t_ms = 2000, .value = 0.025, .n = 10000};
    task_alert_fingerprint(&a);
    assert_int_equal(output_task_alert(&f.model, &a, FORMAT_JSON, &b), 0);
    text_is(&b, "{\"v\":1,\"status\":\"resolved\",\"labels\":{\"alertname\":\"DeadLetterShare\",\"task\":\"customers-0\","
                "\"severity\":\"page\"},\"annotations\":{\"summary\":\"Too many\"},\"startsAt\":\"1970-01-01T00:00:01Z\","
                "\"endsAt\":\"1970-01-01T00:00:02Z\",\"generatorURL\":\"http://127.0.0.1:8642/#/scope/organisation\","
                "\"fingerprint\":\"9b9773c371aa4b58\",\"value\":0.025,\"n\":10000,\"as_of\":2000,\"revision\":0}");
    buf_close(&b);
}

static void output_alert_is_an_alertmanager_object(void **state)
{
    (void)state;
    struct fixture f;
    struct buf b = {0};
    char key[17];
    story(&f);
    const struct decision *left = decision(&f, DECISION_ALERT, A_LEFT);
    output_alert_key(left->fingerprint, key);
    assert_string_equal(key, "cf6e08afdb25b5f4");
    assert_int_equal(output_alert(&f.model, TEXT_LITERAL("region=no rth"), left, FORMAT_JSON, &b),
                     0);
    text_is(&b, "{\"v\":1,\"status\":\"firing\",\"labels\":{\"alertname\":\"Left\",\"scope\":"
                "\"region=no rth\",\"severity\":\"ticket\",\"team\":\"care\"},"
                "\"annotations\":{\"summary\":\"region=no rth went from engagement to target: "
                "unknown of 0 unknown {{x}}\"},"
                "\"startsAt\":\"2026-01-01T00:00:00Z\",\"endsAt\":\"0001-01-01T00:00:00Z\","
                "\"generatorURL\":\"http://127.0.0.1:8642/#/scope/"
                "region=no%20rth\",\"fingerprint\":\"cf6e08afdb25b5f4\","
                "\"as_of\":1767225600000,\"revision\":0,\"drivers\":[{\"measure\":\"care\","
                "\"contribution\":-75.0,\"axis\":\"X\"}]}");
    struct decision resolved = *decision(&f, DECISION_ALERT, A_ENTERED);
    resolved.rule = &f.rules[A_WORTH_LOW];
    resolved.ends_ms += 500;
    resolved.answer = (struct condition_answer){
        .has_value = true, .value = 3.2, .n = 120, .has_interval = true, .low = 2.1, .high = 4.4};
    buf_clear(&b);
    assert_int_equal(output_alert(&f.model, NORTH, &resolved, FORMAT_JSON, &b), 0);
    assert_int_equal(buf_append(&b, "", 1), 0);
    assert_non_null(strstr(
        (char *)b.at, "\"status\":\"resolved\",\"labels\":{\"alertname\":\"WorthLow\",\"scope\":"
                      "\"region=north\",\"measure\":\"worth\",\"severity\":\"ticket\"}"));
    assert_non_null(
        strstr((char *)b.at,
               "\"startsAt\":\"2025-12-31T23:59:50Z\",\"endsAt\":\"2026-01-01T00:00:00.500Z\""));
    assert_non_null(strstr(
        (char *)b.at,
        "\"value\":3.2,\"n\":120,\"interval\":[2.1,4.4],\"as_of\":1767225600000,\"revision\":0}"));
    buf_close(&b);
    scope_engine_destroy(f.engine);
}

static struct customer_view customer(void)
{
    return (struct customer_view){
        .key = TEXT_LITERAL("c42"),
        .as_of_ms = T0,
        .points = 85,
        .engaged = true,
        .purchases = 7,
        .revenue = 905200000,
        .margin_total = 1290000000,
        .margin_present = 412500000,
        .margin_future = 721.9,
        .unprofitable = true,
        .unprofitable_since_ms = 1767000000000,
        .present_high = true,
        .future_high = true,
        .effort = 31000000,
        .running = {2500000, MONEY_PARTS / 2},
        .costs = {[CATEGORY_VISITS] = 30000000, [CATEGORY_SLOW_PAYMENT] = 1000000},
        .strategic = true,
        .churned = true,
        .has_renewal = true,
        .renewal_ms = 1769000000000,
        .products = 3,
        .delivered = {{TEXT_LITERAL("h\"ours"), 1500000}, {TEXT_LITERAL("kWh"), 2000000}},
        .delivered_count = 2,
        .open_contacts = 1,
        .open_requests = 2,
        .open_overdue = 3,
        .seen = true,
        .first_seen_ms = 1,
        .last_seen_ms = 2,
        .dims = {[DIM_REGION] = TEXT_LITERAL("no\"rth"), [DIM_SEGMENT] = TEXT_LITERAL("smb\n\x01")},
    };
}

static void output_customer_reads_as_the_contract_shows(void **state)
{
    (void)state;
    struct fixture f;
    struct buf b = {0};
    struct customer_view v = customer();
    fixture_init(&f);
    assert_int_equal(output_customer(&f.model, &v, FORMAT_JSON, &b), 0);
    text_is(&b, "{\"v\":1,\"customer\":\"c42\",\"as_of\":1767225600000,\"points\":85,\"engaged\":"
                "true,\"purchases\":7,\"revenue\":905.2,\"overdue_cost\":3.5000005,"
                "\"margin\":{\"total\":1287.4999995,\"present\":409.9999995,\"future\":721.9,\"clv\":\"after_"
                "first\"},\"unprofitable_since\":1767000000000,"
                "\"class\":\"high-high\",\"effort\":33.5000005,\"open\":{\"requests\":2,\"overdue\":3,"
                "\"contacts\":1},\"costs\":{\"visits\":30.0,\"slow_payment\":3.5000005},\"products\":3,"
                "\"delivered\":{\"h\\\"ours\":1.5,\"kWh\":2.0},\"renewal\":1769000000000,\"strategic\":true,\"churned\":true,"
                "\"first_seen\":1,\"last_seen\":2,"
                "\"dimensions\":{\"region\":\"no\\\"rth\",\"segment\":\"smb\\n\\u0001\"}}");
    buf_close(&b);
}

/* ---- MessagePack says the same --------------------------------------------------------------------- */

static json_t *to_json(const msgpack_object *o)
{
    switch (o->type) {
    case MSGPACK_OBJECT_BOOLEAN: return json_boolean(o->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER: return json_integer((json_int_t)o->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: return json_integer(o->via.i64);
    case MSGPACK_OBJECT_FLOAT64: return json_real(o->via.f64);
    case MSGPACK_OBJECT_STR: return json_stringn(o->via.str.ptr, o->via.str.size);
    case MSGPACK_OBJECT_ARRAY: {
        json_t *a = json_array();
        for (uint32_t i = 0; i < o->via.array.size; i++) {
            json_array_append_new(a, to_json(&o->via.array.ptr[i]));
        }
        return a;
    }
    case MSGPACK_OBJECT_MAP: {
        json_t *m = json_object();
        for (uint32_t i = 0; i < o->via.map.size; i++) {
            const msgpack_object_kv *kv = &o->via.map.ptr[i];
            json_object_setn_new(m, kv->key.via.str.ptr, kv->key.via.str.size, to_json(&kv->val));
        }
        return m;
    }
    default: return NULL;
    }
}

static void same(const struct buf *json, const struct buf *packed)
{
    msgpack_unpacked u;
    size_t at = 0;
    msgpack_unpacked_init(&u);
    assert_int_equal(msgpack_unpack_next(&u, (const char *)packed->at, packed->len, &at),
                     MSGPACK_UNPACK_SUCCESS);
    assert_int_equal(at, packed->len);
    json_t *a = json_loadb((const char *)json->at, json->len, 0, NULL), *b = to_json(&u.data);
    assert_non_null(a);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    msgpack_unpacked_destroy(&u);
}

#define BOTH(call)                                                                                 \
    do {                                                                                           \
        struct buf json = {0}, packed = {0};                                                       \
        enum output_format format = FORMAT_JSON;                                                   \
        struct buf *out = &json;                                                                   \
        assert_int_equal(call, 0);                                                                 \
        format = FORMAT_MSGPACK;                                                                   \
        out = &packed;                                                                             \
        assert_int_equal(call, 0);                                                                 \
        same(&json, &packed);                                                                      \
        buf_close(&json);                                                                          \
        buf_close(&packed);                                                                        \
    } while (0)

static void output_in_both_formats_says_the_same(void **state)
{
    (void)state;
    struct fixture f;
    struct scope_view v;
    struct customer_view c = customer();
    uint32_t s = story(&f);
    assert_int_equal(scope_engine_view(f.engine, s, T0, &v), 0);
    BOTH(output_state(&f.model, &v, NULL, 0, format, out));
    BOTH(output_change(&f.model, NORTH, decision(&f, DECISION_CHANGE, 0), format, out));
    BOTH(output_alert(&f.model, NORTH, decision(&f, DECISION_ALERT, A_LEFT), format, out));
    BOTH(output_alert(&f.model, NORTH, decision(&f, DECISION_ALERT, A_ENTERED), format, out));
    BOTH(output_customer(&f.model, &c, format, out));
    scope_engine_destroy(f.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_state_reads_as_the_contract_shows),
        cmocka_unit_test(output_state_leaves_out_what_is_not_known),
        cmocka_unit_test(output_change_reads_as_the_contract_shows),
        cmocka_unit_test(output_alert_is_an_alertmanager_object),
        cmocka_unit_test(output_task_alert_is_one_too_with_the_label_task),
        cmocka_unit_test(output_customer_reads_as_the_contract_shows),
        cmocka_unit_test(output_in_both_formats_says_the_same),
    };
    return RUN_TESTS(tests);
}
