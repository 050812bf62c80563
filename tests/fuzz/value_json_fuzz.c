/* Values of records as JSON trees, and the lines `cubed tap` prints of them: what is neither JSON nor MessagePack has no tree; what
 * has one reads the same from its text and from its MessagePack; every line is one line, one of JSON is JSON, and none can
 * steer a terminal. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "cli/tap_line.h"
#include "cli/value_json.h"
#include "proto/event_encode.h"
#include "proto/utf8.h"

#define STATE "{\"v\":1,\"scope\":\"region=north\",\"as_of\":1767225600000,\"octant\":\"happy\",\"axes\":{\"X\":{\"score\":51.25,\"side\":\"high\"}},"
#define ALERT "{\"v\":1,\"status\":\"firing\",\"labels\":{\"alertname\":\"Low\",\"scope\":\"organisation\"},\"value\":1e-7,"

/* The role, then the value. */
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\4" STATE "\"undecided\":true,\"stale\":false,\"basis\":null}"),
    FUZZ_SEED("\5{\"from\":\"cash\",\"to\":\"stress\",\"move\":\"X up\",\"axes\":["
              "{\"axis\":\"X\",\"from\":1,\"to\":2,\"drivers\":[{\"measure\":\"nps\"}]}]}"),
    FUZZ_SEED("\6" ALERT "\"annotations\":{\"summary\":\"too \\u001b[31m low\"}}"),
    FUZZ_SEED("\7{\"customer\":\"c\\u0000d\",\"points\":1.5,\"class\":\"A\",\"engaged\":true}\n"),
    FUZZ_SEED("\4\x84\xa5scope\xa1s\xa6octant\xa5happy\xa4""axes\x81\xa1X\x81\xa5score"
              "\xcb\x40\x49\xa0\0\0\0\0\0\xa1n\x93\1\xff\xcf\xff\0\0\0\0\0\0\0"),
    FUZZ_SEED("\7\x82\xc0\xc0\xa1""b\xc4\2\1\2"), FUZZ_SEED("\x8\xc1\xff"), FUZZ_SEED("\4[[[[[[[[[[[[1]]]]]]]]]]]]"),
    {NULL, 0},
};

static struct config *config;

static const char yaml[] = "version: 1\nname: f\nkafka: {bootstrap.servers: \"h:9092\"}\npack: none\nmeasures:\n"
                           "  - {name: n, axis: none, class: kpi, aggregation: count, from: {kind: purchase}, window: 1d}\n";

/* ---- the same tree ---------------------------------------------------------------------------------- */

static bool same(const json_t *a, const json_t *b);

/* Members that are null are left out of texts. */
static size_t members_of(const json_t *j)
{
    const char *name;
    size_t n = 0;
    json_t *one;
    json_object_foreach((json_t *)(uintptr_t)j, name, one)
    {
        n += !json_is_null(one);
    }
    return n;
}

static bool same_members(const json_t *a, const json_t *b)
{
    const char *name;
    size_t len;
    json_t *one;
    json_object_keylen_foreach((json_t *)(uintptr_t)a, name, len, one)
    {
        if (!json_is_null(one) && !same(one, json_object_getn(b, name, len))) {
            return false;
        }
    }
    return members_of(a) == members_of(b);
}

static bool same_list(const json_t *a, const json_t *b)
{
    size_t i;
    json_t *one;
    json_array_foreach(a, i, one)
    {
        if (!same(one, json_array_get(b, i))) {
            return false;
        }
    }
    return json_array_size(a) == json_array_size(b);
}

static bool same(const json_t *a, const json_t *b)
{
    if (!b || json_is_null(a)) {
        return b != NULL; /* null in a list is nothing that outputs have */
    }
    if (json_is_number(a) && json_is_number(b)) {
        return json_number_value(a) == json_number_value(b);
    }
    if (json_typeof(a) != json_typeof(b)) {
        return false;
    }
    return json_is_object(a) ? same_members(a, b) : json_is_array(a) ? same_list(a, b) : json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b);
}

static void check_text(const json_t *j)
{
    struct buf b = {0};
    int rc = value_json_text(j, &b);
    FUZZ_CHECK(rc == 0 || rc == CUBE_ELIMIT);
    if (rc == 0 && (json_is_object(j) || json_is_array(j))) {
        json_t *again = value_json(b.at, b.len);
        FUZZ_CHECK(again && same(j, again));
        json_decref(again);
    }
    buf_close(&b);
}

static void check_packed(const json_t *j, const uint8_t *at, size_t len)
{
    struct buf b = {0};
    if (len && at[0] == '{' && event_json_to_msgpack(at, len, &b) == 0) {
        json_t *packed = value_json(b.at, b.len);
        FUZZ_CHECK(!packed || !j || same(j, packed));
        json_decref(packed);
    }
    buf_close(&b);
}

/* ---- lines ------------------------------------------------------------------------------------------ */

static const uint8_t *value_at;
static size_t value_len;

/* A letter's reason is the value. */
static uint32_t headers(const struct record *r, struct header *ret_h)
{
    (void)r;
    ret_h[0] = (struct header){TEXT_LITERAL("cubed.detail"), {(const char *)value_at, (uint32_t)value_len}};
    return 1;
}

static void line_try(enum topic_role role, bool json)
{
    static const uint8_t key[] = "region=n\xc3\xb6rth\x1b";
    const struct record r = {.role = role, .timestamp_ms = INT64_C(1767225600000), .key = key, .key_len = sizeof key - 1, .value = value_at,
                             .value_len = value_len};
    FILE *out = stdout;
    char *line = NULL;
    size_t len = 0;
    stdout = open_memstream(&line, &len);
    FUZZ_CHECK(stdout);
    FUZZ_CHECK(tap_line_print(config, &r, headers, (struct text){0}, json));
    fclose(stdout);
    stdout = out;
    FUZZ_CHECK(len > 0 && line[len - 1] == '\n');
    for (size_t i = 0; i + 1 < len; i++) {
        FUZZ_CHECK(json ? line[i] != '\n' && line[i] != '\r' : (uint8_t)line[i] >= 0x20 && line[i] != 0x7f);
    }
    if (json) {
        json_t *j = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        FUZZ_CHECK(json_is_object(j));
        json_decref(j);
    }
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (!config) {
        FUZZ_CHECK(config_parse(yaml, strlen(yaml), "fuzz.yaml", NULL, stderr, &config) == 0);
    }
    if (!len) {
        return 0;
    }
    value_at = at + 1;
    value_len = len - 1;
    json_t *j = value_json(value_at, value_len);
    if (j) {
        check_text(j);
    }
    check_packed(j, value_at, value_len);
    line_try(at[0] % ROLE_COUNT, false);
    line_try(at[0] % ROLE_COUNT, true);
    json_decref(j);
    return 0;
}
