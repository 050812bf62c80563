/* The JSON scanner against jansson: both accept the same texts and read the same values. */
#include "fuzz.h"

#include <jansson.h>
#include <string.h>

#include "proto/decimal.h"
#include "proto/json_scan.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("{\"v\":1,\"id\":\"o-17\",\"ts\":1767225600000,\"kind\":\"purchase\",\"customer\":"
              "\"c42\",\"order\":\"17\",\"revenue\":129.90}"),
    FUZZ_SEED("{\"a\":[1,-2,3.5e+7,0.1E-3,-0,0,true,false,null,[],{},\"\"],\"b\":{\"c\":{\"d\":[[["
              "1]]]}}}"),
    FUZZ_SEED("[\"\\u0000\\u00e9\\u20ac\\ud83d\\ude00\\n\\t\\\"\\\\\\/\\b\\f\\r plain text of some "
              "length\"]"),
    FUZZ_SEED(" [ \"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\" ,\n1 ]\r\t "),
    FUZZ_SEED("[9223372036854775807,-9223372036854775808,1e308,1.7976931348623157e308]"),
    {NULL, 0},
};

enum { TEXT_MAX = 4096 };

static void next(struct json_scan *s, struct json_token *ret_t)
{
    FUZZ_CHECK(json_scan_next(s, ret_t) == 0);
}

static void same_text(const struct json_token *t, const char *at, size_t len)
{
    uint8_t text[TEXT_MAX];
    FUZZ_CHECK(t->decoded == len && len <= sizeof text);
    json_unescape(t, text);
    FUZZ_CHECK(memcmp(text, at, len) == 0);
}

static void same_number(const struct json_token *t, const json_t *j)
{
    int64_t v = 0;
    bool exact;
    if (t->whole) {
        FUZZ_CHECK(json_is_integer(j) && decimal_scaled(t->raw, 0, &v, &exact) == 0 && exact &&
                   v == json_integer_value(j));
    } else {
        FUZZ_CHECK(json_is_real(j) && strtod(t->raw.at, NULL) == json_real_value(j) &&
                   decimal_finite(t->raw));
    }
}

static void same_value(struct json_scan *s, const struct json_token *t, const json_t *j);

static void same_object(struct json_scan *s, const json_t *j)
{
    struct json_token t;
    size_t members = 0;
    for (next(s, &t); t.type == JSON_SCAN_KEY; next(s, &t), members++) {
        uint8_t key[TEXT_MAX];
        FUZZ_CHECK(t.decoded <= sizeof key);
        json_unescape(&t, key);
        json_t *value = json_object_getn(j, (const char *)key, t.decoded);
        FUZZ_CHECK(value);
        next(s, &t);
        same_value(s, &t, value);
    }
    FUZZ_CHECK(t.type == JSON_SCAN_OBJECT_END && members == json_object_size(j));
}

static void same_array(struct json_scan *s, const json_t *j)
{
    struct json_token t;
    size_t i = 0;
    for (next(s, &t); t.type != JSON_SCAN_ARRAY_END; next(s, &t), i++) {
        same_value(s, &t, json_array_get(j, i));
    }
    FUZZ_CHECK(i == json_array_size(j));
}

static void same_value(struct json_scan *s, const struct json_token *t, const json_t *j)
{
    FUZZ_CHECK(j);
    switch (t->type) {
    case JSON_SCAN_OBJECT:
        FUZZ_CHECK(json_is_object(j));
        same_object(s, j);
        break;
    case JSON_SCAN_ARRAY:
        FUZZ_CHECK(json_is_array(j));
        same_array(s, j);
        break;
    case JSON_SCAN_TEXT:
        FUZZ_CHECK(json_is_string(j));
        same_text(t, json_string_value(j), json_string_length(j));
        break;
    case JSON_SCAN_NUMBER: same_number(t, j); break;
    case JSON_SCAN_TRUE: FUZZ_CHECK(json_is_true(j)); break;
    case JSON_SCAN_FALSE: FUZZ_CHECK(json_is_false(j)); break;
    default: FUZZ_CHECK(t->type == JSON_SCAN_NULL && json_is_null(j));
    }
}

static int scan_all(struct json_scan *s, bool *ret_container)
{
    struct json_token t = {.type = JSON_SCAN_NULL};
    int rc = json_scan_next(s, &t);
    *ret_container = rc == 0 && (t.type == JSON_SCAN_OBJECT || t.type == JSON_SCAN_ARRAY);
    while (rc == 0 && t.type != JSON_SCAN_END) {
        rc = json_scan_next(s, &t);
    }
    return rc;
}

/* Limits of jansson that the scanner does not share, and a rule that only the outermost map has. */
static bool own_refusal(const json_error_t *e)
{
    enum json_error_code code = json_error_code(e);
    return code == json_error_duplicate_key || code == json_error_numeric_overflow ||
           code == json_error_null_byte_in_key || code == json_error_stack_overflow;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct json_scan s;
    bool container;
    json_scan_init(&s, at, len);
    int rc = scan_all(&s, &container);
    bool accepted = rc == 0 && !s.bad_text && container;
    json_error_t e;
    json_t *j = json_loadb((const char *)at, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    /* jansson 2.14 loses a byte 0 that follows a number, and then accepts what is no JSON */
    if (rc == CUBE_ELIMIT || (!accepted && j && memchr(at, 0, len))) {
        json_decref(j);
        return 0;
    }
    FUZZ_CHECK(accepted || !j);
    FUZZ_CHECK(!accepted || j || own_refusal(&e));
    if (j) {
        struct json_token t;
        json_scan_init(&s, at, len);
        next(&s, &t);
        same_value(&s, &t, j);
    }
    json_decref(j);
    return 0;
}
