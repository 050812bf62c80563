#include "cli/tap_line.h"

#include <inttypes.h>
#include <string.h>

#include "cli/replay_headers.h"
#include "cli/value_json.h"
#include "proto/base64.h"
#include "proto/emit.h"
#include "proto/utf8.h"

static const char *text_at(const json_t *j, const char *name)
{
    const char *s = json_string_value(json_object_get(j, name));
    return s ? s : "";
}

/* What comes from outside may hold anything: what could steer a terminal is shown as '?'. */
static void print_bytes(const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)at[i];
        bool steers = c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < len && (unsigned char)at[i + 1] < 0xa0);
        i += steers && c == 0xc2;
        putchar(steers ? '?' : c);
    }
}

static void print_text(const char *before, const char *text)
{
    printf("%s", before);
    print_bytes(text, strlen(text));
}

static void print_number(const json_t *j, const char *name, const char *label)
{
    const json_t *v = json_object_get(j, name);
    if (json_is_number(v)) {
        printf(" %s%.4g", label, json_number_value(v));
    }
}

static void print_state(const json_t *v)
{
    const json_t *axes = json_object_get(v, "axes");
    static const char *const names[] = {"E", "X", "V"};
    print_text(" octant ", *text_at(v, "octant") ? text_at(v, "octant") : "unknown");
    for (int i = 0; i < 3; i++) {
        const json_t *axis = json_object_get(axes, names[i]);
        printf("  %s", names[i]);
        print_number(axis, "score", "");
        print_text(" ", text_at(axis, "side"));
    }
    printf("%s%s", json_is_true(json_object_get(v, "undecided")) ? "  undecided" : "", json_is_true(json_object_get(v, "stale")) ? "  stale" : "");
}

static void print_change(const json_t *v)
{
    print_text(" ", text_at(v, "from"));
    print_text(" -> ", text_at(v, "to"));
    if (json_object_get(v, "move")) {
        print_text(" (", text_at(v, "move"));
        putchar(')');
    }
    size_t i;
    const json_t *axis;
    json_array_foreach(json_object_get(v, "axes"), i, axis)
    {
        print_text("  ", text_at(axis, "axis"));
        print_number(axis, "from", "");
        print_number(axis, "to", "-> ");
        const json_t *driver = json_array_get(json_object_get(axis, "drivers"), 0);
        if (driver) {
            print_text(" (", text_at(driver, "measure"));
            print_number(driver, "contribution", "");
            putchar(')');
        }
    }
}

static void print_alert(const json_t *v)
{
    const json_t *labels = json_object_get(v, "labels");
    print_text(" ", text_at(v, "status"));
    print_text(" ", text_at(labels, "alertname"));
    if (*text_at(labels, "scope")) {
        print_text(" scope ", text_at(labels, "scope"));
    }
    print_number(v, "value", "value ");
    const char *summary = text_at(json_object_get(v, "annotations"), "summary");
    if (*summary) {
        print_text("  ", summary);
    }
}

static void print_customer(const json_t *v)
{
    print_number(v, "points", "points ");
    print_number(v, "purchases", "purchases ");
    print_number(v, "revenue", "revenue ");
    if (*text_at(v, "class")) {
        print_text(" class ", text_at(v, "class"));
    }
    printf("%s", json_is_true(json_object_get(v, "engaged")) ? " engaged" : "");
}

static void print_reason(const struct record *r, record_headers_fn *headers)
{
    struct header h[RECORD_HEADERS_MAX];
    uint32_t count = headers(r, h);
    for (uint32_t i = 0; i < count; i++) {
        if (h[i].name.len > 6 && memcmp(h[i].name.at, "cubed.", 6) == 0 && h[i].value.at) {
            putchar(' ');
            print_bytes(h[i].name.at + 6, h[i].name.len - 6);
            putchar('=');
            print_bytes(h[i].value.at, h[i].value.len);
        }
    }
    printf(" (%zu bytes)", r->value_len);
}

static bool is_letter(const struct record *r)
{
    return r->role == ROLE_LATE || r->role == ROLE_DEAD_LETTERS;
}

static void print_value(const struct record *r, const json_t *v, record_headers_fn *headers)
{
    if (is_letter(r)) {
        print_reason(r, headers);
    } else if (!r->value) {
        printf(" removed");
    } else if (r->role == ROLE_STATE) {
        print_state(v);
    } else if (r->role == ROLE_CHANGES) {
        print_change(v);
    } else if (r->role == ROLE_ALERTS) {
        print_alert(v);
    } else if (r->role == ROLE_CUSTOMERS) {
        print_customer(v);
    } else {
        printf(" (%zu bytes)", r->value_len);
    }
}

static void print_plain(const struct config *c, const struct record *r, const json_t *v, record_headers_fn *headers)
{
    char time[TIME_TEXT_MAX];
    size_t n = time_text(r->timestamp_ms, time);
    printf("%.*s %s ", (int)n, time, c->topics[r->role]);
    if (r->role != ROLE_ALERTS) {
        print_bytes((const char *)r->key, r->key_len);
    }
    print_value(r, v, headers);
    putchar('\n');
}

static int base64_member(struct buf *b, const char *name, const uint8_t *at, size_t len)
{
    int rc = buf_append(b, name, strlen(name));
    rc = rc ? rc : base64_append(b, at, len);
    return rc ? rc : buf_append(b, "\"", 1);
}

static int text_member(struct buf *b, const char *name, struct text value)
{
    struct emit e;
    int rc = buf_append(b, name, strlen(name));
    emit_begin(&e, FORMAT_JSON, b);
    emit_text(&e, value);
    return rc ? rc : emit_end(&e);
}

static int key_member(struct buf *b, const struct record *r)
{
    if (!r->key) {
        return buf_append(b, ",\"key\":null", 11);
    }
    if (utf8_valid(r->key, r->key_len)) {
        return text_member(b, ",\"key\":", (struct text){(const char *)r->key, (uint32_t)r->key_len});
    }
    return base64_member(b, ",\"key_b64\":\"", r->key, r->key_len);
}

static int tree_member(struct buf *b, const struct record *r, const json_t *v)
{
    int rc = buf_append(b, ",\"value\":", 9);
    bool as_is = v && *r->value == '{' && !memchr(r->value, '\n', r->value_len) && !memchr(r->value, '\r', r->value_len);
    return rc      ? rc
           : !v    ? buf_append(b, "null", 4)
           : as_is ? buf_append(b, r->value, r->value_len)
                   : value_json_text(v, b);
}

/* A JSON value on one line goes out as the bytes it came in; what is deeper than any text of ours as Base64. */
static int value_member(struct buf *b, const struct record *r, const json_t *v)
{
    size_t before = b->len;
    int rc = v || !r->value ? tree_member(b, r, v) : CUBE_ELIMIT;
    if (rc == CUBE_ELIMIT) {
        b->len = before;
        return base64_member(b, ",\"value_b64\":\"", r->value, r->value_len);
    }
    return rc;
}

/* Those of a letter, as replay prints them; of anything else they follow from the rest. */
static int headers_member(struct buf *b, const struct record *r, record_headers_fn *headers)
{
    struct header h[RECORD_HEADERS_MAX];
    uint32_t count = is_letter(r) ? headers(r, h) : 0;
    return count ? replay_headers_print(h, count, b) : 0;
}

static int line_build(const struct config *c, const struct record *r, const json_t *v, record_headers_fn *headers, struct buf *b)
{
    char ts[40];
    int n = snprintf(ts, sizeof(ts), ",\"ts\":%" PRId64, r->timestamp_ms);
    int rc = text_member(b, "{\"topic\":", text_of(c->topics[r->role]));
    rc = rc ? rc : key_member(b, r);
    rc = rc ? rc : buf_append(b, ts, (size_t)n);
    rc = rc ? rc : value_member(b, r, v);
    rc = rc ? rc : headers_member(b, r, headers);
    return rc ? rc : buf_append(b, "}\n", 2);
}

static void print_json(const struct config *c, const struct record *r, const json_t *v, record_headers_fn *headers)
{
    struct buf b = {0};
    if (line_build(c, r, v, headers, &b) == 0) {
        fwrite(b.at, 1, b.len, stdout);
    } else {
        fputs("cubed tap: a record could not be printed\n", stderr);
    }
    buf_close(&b);
}

static bool of_scope(const struct record *r, const json_t *v, struct text scope)
{
    const char *labelled = text_at(json_object_get(v, "labels"), "scope");
    struct text key = {(const char *)r->key, (uint32_t)r->key_len};
    return text_equal(key, scope) || text_equal(text_of(labelled), scope);
}

bool tap_line_print(const struct config *c, const struct record *r, record_headers_fn *headers, struct text scope, bool json)
{
    json_t *v = r->value ? value_json(r->value, r->value_len) : NULL;
    bool wanted = !scope.at || of_scope(r, v, scope);
    if (wanted && json) {
        print_json(c, r, v, headers);
    } else if (wanted) {
        print_plain(c, r, v, headers);
    }
    json_decref(v);
    return wanted;
}
