/* Values of records as JSON trees, and the lines that `cubed tap` prints of them. */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tap_line.h"
#include "cli/value_json.h"
#include "config_support.h"

#define BYTES(s) (const uint8_t *)(s), sizeof(s) - 1

static void value_json_takes_empty_bytes_and_texts_with_a_byte_0(void **state)
{
    (void)state;
    json_t *empty = value_json(BYTES("\x81\xa1" "b\xc4\0")), *packed = value_json(BYTES("\x82\xa1" "t\xa3" "a\0b\xa2" "a\0\1")),
           *json = value_json(BYTES("{\"t\":\"a\\u0000b\"}"));
    assert_string_equal(json_string_value(json_object_get(empty, "b")), "");
    assert_int_equal(json_string_length(json_object_get(packed, "t")), 3);
    assert_int_equal(json_object_size(packed), 1);
    assert_true(json_equal(packed, json));
    json_decref(empty);
    json_decref(packed);
    json_decref(json);
}

static void value_json_text_leaves_the_buffer_alone_when_a_tree_is_too_deep(void **state)
{
    (void)state;
    struct buf b = {0};
    json_t *deep = value_json(BYTES("[[[[[[[[[[[[1]]]]]]]]]]]]")), *flat = value_json(BYTES("[[[[[[[[[[[1]]]]]]]]]]]"));
    assert_int_equal(buf_append(&b, "before", 6), 0);
    assert_int_equal(value_json_text(deep, &b), CUBE_ELIMIT);
    assert_int_equal(b.len, 6);
    assert_memory_equal(b.at, "before", 6);
    assert_int_equal(value_json_text(flat, &b), 0);
    assert_memory_equal(b.at, "before[[[[[[[[[[[1]]]]]]]]]]]", b.len);
    buf_close(&b);
    json_decref(deep);
    json_decref(flat);
}

static const char *detail;

static uint32_t headers(const struct record *r, struct header *ret_h)
{
    (void)r;
    ret_h[0] = (struct header){TEXT_LITERAL("cubed.detail"), text_of(detail)};
    return 1;
}

/* What tap prints of a value: key k, at the beginning of time. */
static void line_is(enum topic_role role, bool json, const char *value, size_t len, const char *expected)
{
    struct config *c = config_of("version: 1\nname: f\nkafka: {bootstrap.servers: \"h:9092\"}\n");
    const struct record r = {.role = role, .key = (const uint8_t *)"k", .key_len = 1, .value = (const uint8_t *)value, .value_len = len};
    FILE *out = stdout;
    char *line = NULL;
    size_t line_len = 0;
    stdout = open_memstream(&line, &line_len);
    bool printed = tap_line_print(c, &r, headers, (struct text){0}, json);
    fclose(stdout);
    stdout = out;
    assert_true(printed);
    assert_string_equal(line, expected);
    free(line);
    config_destroy(c);
}
#define LINE_IS(role, json, value, expected) line_is(role, json, value, sizeof(value) - 1, expected)

static void tap_line_shows_nothing_that_could_steer_a_terminal(void **state)
{
    (void)state;
    detail = "a\nb\x1b[2J\xc2\x9b""c\xc3\xa9";
    LINE_IS(ROLE_LATE, false, "x", "1970-01-01T00:00:00Z cube.late k detail=a?b?[2J?c\xc3\xa9 (1 bytes)\n");
    LINE_IS(ROLE_ALERTS, false,
            "{\"status\":\"firing\",\"labels\":{\"alertname\":\"Low\",\"scope\":\"region=\\u001b\"},\"annotations\":{\"summary\":\"a\\nb\"}}",
            "1970-01-01T00:00:00Z cube.alerts  firing Low scope region=?  a?b\n");
    LINE_IS(ROLE_CUSTOMERS, false, "{\"class\":\"\\r\"}", "1970-01-01T00:00:00Z cube.customers k class ?\n");
    LINE_IS(ROLE_CHANGES, false, "{\"from\":\"\\u007f\",\"to\":\"cash\",\"move\":\"\\t\"}", "1970-01-01T00:00:00Z cube.changes k ? -> cash (?)\n");
}

static void tap_line_as_json_is_one_line(void **state)
{
    (void)state;
    LINE_IS(ROLE_STATE, true, "{\"a\": 1}", "{\"topic\":\"cube.state\",\"key\":\"k\",\"ts\":0,\"value\":{\"a\": 1}}\n");
    LINE_IS(ROLE_STATE, true, "{\n \"a\": 1\r\n}\n", "{\"topic\":\"cube.state\",\"key\":\"k\",\"ts\":0,\"value\":{\"a\":1}}\n");
    LINE_IS(ROLE_STATE, true, "[[[[[[[[[[[[1]]]]]]]]]]]]",
            "{\"topic\":\"cube.state\",\"key\":\"k\",\"ts\":0,\"value_b64\":\"W1tbW1tbW1tbW1tbMV1dXV1dXV1dXV1dXQ==\"}\n");
    LINE_IS(ROLE_STATE, true, "\xc1", "{\"topic\":\"cube.state\",\"key\":\"k\",\"ts\":0,\"value_b64\":\"wQ==\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_json_takes_empty_bytes_and_texts_with_a_byte_0),
        cmocka_unit_test(value_json_text_leaves_the_buffer_alone_when_a_tree_is_too_deep),
        cmocka_unit_test(tap_line_shows_nothing_that_could_steer_a_terminal),
        cmocka_unit_test(tap_line_as_json_is_one_line),
    };
    return RUN_TESTS(tests);
}
