#include "proto/event_peek.h"

#include "proto/decimal.h"
#include "proto/event_decode.h"
#include "proto/json_scan.h"
#include "proto/msgpack_cursor.h"

/* The members that matter, as far as they have been seen. */
struct seen {
    struct text customer, employee, subject, kind;
    bool has_ts;
    int64_t ts_ms;
};

static struct text *wanted(struct seen *s, struct text name)
{
    if (text_equal(name, TEXT_LITERAL("customer"))) {
        return &s->customer;
    }
    if (text_equal(name, TEXT_LITERAL("employee"))) {
        return &s->employee;
    }
    if (text_equal(name, TEXT_LITERAL("subject"))) {
        return &s->subject;
    }
    return text_equal(name, TEXT_LITERAL("kind")) ? &s->kind : NULL;
}

/* What no decoder takes for a time is none here either. */
static void ts_take(struct seen *s, int64_t ts_ms)
{
    if (ts_ms >= 0 && ts_ms <= EVENT_TS_MAX) {
        s->ts_ms = ts_ms;
        s->has_ts = true;
    }
}

static void number_take(struct text raw, struct seen *s)
{
    int64_t v;
    bool exact;
    if (decimal_scaled(raw, 0, &v, &exact) == 0 && exact) {
        ts_take(s, v);
    }
}

static int text_take(const struct json_token *t, struct buf *scratch, struct text *to)
{
    if (!t->escaped) {
        *to = t->raw;
        return 0;
    }
    if (!t->valid || buf_reserve(scratch, t->decoded)) {
        return t->valid ? CUBE_ENOMEM : 0;
    }
    json_unescape(t, scratch->at + scratch->len);
    *to = (struct text){(const char *)scratch->at + scratch->len, t->decoded};
    scratch->len += t->decoded;
    return 0;
}

/* Only there the kind says who it is. */
static bool asks_kind(enum event_topic topic)
{
    return topic == TOPIC_CPI;
}

static struct text entity_of(enum event_topic topic, const struct seen *s)
{
    if (topic == TOPIC_HR) {
        return s->employee;
    }
    return asks_kind(topic) && text_equal(s->kind, TEXT_LITERAL("benchmark")) ? s->subject : s->customer;
}

static bool is_complete(enum event_topic topic, const struct seen *s)
{
    return s->has_ts && entity_of(topic, s).at && (!asks_kind(topic) || s->kind.at);
}

/* Escaped texts share the scratch: room for all of them is made first, so that none moves. */
static int json_peek(enum event_topic topic, const uint8_t *value, size_t len, struct buf *scratch, struct seen *s)
{
    struct json_scan scan;
    struct json_token t;
    struct text name = {0};
    int rc = 0;
    if (buf_reserve(scratch, len)) {
        return CUBE_ENOMEM;
    }
    json_scan_init(&scan, value, len);
    while (!rc && !is_complete(topic, s) && !json_scan_next(&scan, &t) && t.type != JSON_SCAN_END) {
        if (scan.depth > 1) {
            if (t.type == JSON_SCAN_OBJECT || t.type == JSON_SCAN_ARRAY) {
                if (json_scan_skip_to(&scan, 1)) {
                    return 0;
                }
            }
        } else if (t.type == JSON_SCAN_KEY) {
            name = (struct text){0};
            rc = text_take(&t, scratch, &name);
        } else if (t.type == JSON_SCAN_TEXT && wanted(s, name)) {
            rc = text_take(&t, scratch, wanted(s, name));
        } else if (t.type == JSON_SCAN_NUMBER && text_equal(name, TEXT_LITERAL("ts"))) {
            number_take(t.raw, s);
        }
    }
    return rc;
}

static void msgpack_member(struct text name, const struct mp_token *v, struct seen *s)
{
    int64_t whole;
    if (v->type == MP_STR && wanted(s, name)) {
        *wanted(s, name) = (struct text){(const char *)v->bytes.at, v->bytes.len};
    } else if (text_equal(name, TEXT_LITERAL("ts")) && mp_whole(v, &whole) == 0) {
        ts_take(s, whole);
    }
}

static void msgpack_peek(const uint8_t *value, size_t len, struct seen *s)
{
    struct msgpack_cursor c = {value, value + len};
    struct mp_token map, key, v;
    struct mp_tally tally = {0};
    if (msgpack_cursor_next(&c, &map) || map.type != MP_MAP) {
        return;
    }
    for (uint32_t i = 0; i < map.count; i++) {
        if (msgpack_cursor_next(&c, &key) || key.type != MP_STR || msgpack_cursor_next(&c, &v)) {
            return;
        }
        msgpack_member((struct text){(const char *)key.bytes.at, key.bytes.len}, &v, s);
        if ((v.type == MP_ARRAY || v.type == MP_MAP) && msgpack_cursor_skip_members(&c, &v, 1, &tally)) {
            return;
        }
    }
}

int event_peek(enum event_topic topic, const uint8_t *value, size_t len, struct buf *scratch, struct event_peek *ret_p)
{
    struct seen s = {0};
    buf_clear(scratch);
    int rc = 0;
    if (len && value[0] == '{') {
        rc = json_peek(topic, value, len, scratch, &s);
    } else {
        msgpack_peek(value, len, &s);
    }
    if (rc) {
        return rc;
    }
    struct text entity = entity_of(topic, &s);
    *ret_p = (struct event_peek){s.has_ts, entity.at != NULL, s.ts_ms, entity};
    return 0;
}

int msgpack_value_length(const uint8_t *at, size_t len, size_t *ret_len)
{
    struct msgpack_cursor c = {at, at + len};
    struct mp_tally tally = {0};
    int rc = msgpack_cursor_skip(&c, 0, &tally);
    if (!rc) {
        *ret_len = (size_t)(c.at - at);
    }
    return rc;
}
