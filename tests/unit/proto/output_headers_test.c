#include "support/unit.h"

#include <string.h>

#include "proto/output.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define NORTH TEXT_LITERAL("region=north")

static bool header_is(const struct header *h, const char *name, const char *value)
{
    return text_equal(h->name, text_of(name)) && text_equal(h->value, text_of(value));
}

static void output_headers_are_cloud_events_with_an_id_of_the_content(void **state)
{
    (void)state;
    char bytes[OUTPUT_HEADER_BYTES], others[OUTPUT_HEADER_BYTES];
    struct header h[OUTPUT_HEADERS], o[OUTPUT_HEADERS];
    struct text value = TEXT_LITERAL("{}");
    output_headers(OUTPUT_ALERT, FORMAT_MSGPACK, "acme", NORTH, T0, value, bytes, h);
    assert_true(header_is(&h[0], "ce_specversion", "1.0"));
    assert_true(text_equal(h[1].name, TEXT_LITERAL("ce_id")));
    assert_int_equal(h[1].value.len, 32);
    assert_true(header_is(&h[2], "ce_type", "io.cubed.alert"));
    assert_true(header_is(&h[3], "ce_source", "/cubed/acme"));
    assert_true(header_is(&h[4], "ce_time", "2026-01-01T00:00:00Z"));
    assert_true(header_is(&h[5], "content-type", "application/msgpack"));
    output_headers(OUTPUT_ALERT, FORMAT_JSON, "acme", NORTH, T0, value, others, o);
    assert_true(text_equal(h[1].value, o[1].value));
    assert_true(header_is(&o[5], "content-type", "application/json"));
    output_headers(OUTPUT_STATE, FORMAT_JSON, "acme", NORTH, T0, value, others, o);
    assert_false(text_equal(h[1].value, o[1].value));
    output_headers(OUTPUT_ALERT, FORMAT_JSON, "acme", NORTH, T0 + 1, value, others, o);
    assert_false(text_equal(h[1].value, o[1].value));
}

static void time_text_writes_rfc_3339(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782399999, "2000-02-28T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {1767225600001, "2026-01-01T00:00:00.001Z"},
        {4107542400000, "2100-03-01T00:00:00Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[TIME_TEXT_MAX];
        assert_int_equal(time_text(rows[i].ms, at), strlen(rows[i].text));
        assert_string_equal(at, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_headers_are_cloud_events_with_an_id_of_the_content),
        cmocka_unit_test(time_text_writes_rfc_3339),
    };
    return RUN_TESTS(tests);
}
