#include "base/fixed.h"
#include "proto/decimal.h"
#include "proto/event_decoding.h"
#include "proto/json_scan.h"

struct pass {
    struct decoding *d;
    struct json_scan *scan;
};

static enum found found_of(const struct json_token *t)
{
    switch (t->type) {
    case JSON_SCAN_TRUE:
    case JSON_SCAN_FALSE: return FOUND_BOOL;
    case JSON_SCAN_TEXT: return FOUND_TEXT;
    case JSON_SCAN_ARRAY: return FOUND_ARRAY;
    case JSON_SCAN_OBJECT: return FOUND_MAP;
    default: return FOUND_NUMBER;
    }
}

/* A valid text as it is in memory: the record's own bytes, or unescaped into the scratch. */
static struct text plain_text(struct pass *p, const struct json_token *t)
{
    if (!t->escaped || !t->valid) {
        return t->raw;
    }
    struct decode_scratch *s = p->d->s;
    uint8_t *at = s->text + s->used;
    json_unescape(t, at);
    s->used += t->decoded;
    return (struct text){(const char *)at, t->decoded};
}

static void store_text(struct pass *p, const struct name_slot *s, const struct json_token *t)
{
    if (t->type != JSON_SCAN_TEXT) {
        decoding_note_type(p->d, s, found_of(t));
        return;
    }
    struct text text = plain_text(p, t);
    if (s->type == NAME_KIND) {
        decoding_kind(p->d, text);
    } else {
        *decoding_text(p->d, s) = text;
    }
}

static void store_version(struct pass *p, const struct json_token *t)
{
    int64_t v = 0;
    bool exact;
    p->d->version_fits = t->type == JSON_SCAN_NUMBER && decimal_scaled(t->raw, 0, &v, &exact) == 0 && exact && v == 1;
}

static void store_bool(struct pass *p, const struct name_slot *s, const struct json_token *t)
{
    if (t->type != JSON_SCAN_TRUE && t->type != JSON_SCAN_FALSE) {
        decoding_note_type(p->d, s, found_of(t));
    } else {
        *decoding_number(p->d, s) = t->type == JSON_SCAN_TRUE;
    }
}

static void store_number(struct pass *p, const struct name_slot *s, const struct json_token *t)
{
    bool decimal = s->type == NAME_DECIMAL, exact = true;
    int64_t v = 0;
    if (t->type != JSON_SCAN_NUMBER) {
        decoding_note_type(p->d, s, found_of(t));
        return;
    }
    int rc = decimal_scaled(t->raw, decimal ? DECIMAL_MICRO : 0, &v, &exact);
    if (rc && !decimal_finite(t->raw)) {
        decoding_note_not_finite(p->d, s);
    } else if (rc || (!exact && !decimal)) {
        decoding_note_range(p->d, s, decimal ? "within fixed point" : "an integer of 64 bits");
    } else if (s->type == NAME_TS) {
        decoding_ts(p->d, s, v);
    } else {
        *decoding_number(p->d, s) = v;
    }
}

static void store(struct pass *p, const struct name_slot *s, const struct json_token *t)
{
    if (t->type == JSON_SCAN_NULL) {
        decoding_null(p->d, s);
        return;
    }
    switch ((enum name_type)s->type) {
    case NAME_TEXT:
    case NAME_KIND: store_text(p, s, t); return;
    case NAME_VERSION: store_version(p, t); return;
    case NAME_BOOL: store_bool(p, s, t); return;
    default: store_number(p, s, t);
    }
}

static const struct name_slot *meet_key(struct pass *p, const struct json_token *t)
{
    struct text key = plain_text(p, t);
    const struct name_slot *s = name_index_find(p->d->s->names, key);
    if (s) {
        decoding_meet(p->d, s);
    } else {
        decoding_unknown_key(p->d, key, t->valid);
    }
    return s;
}

static int read_member(struct pass *p, const struct json_token *key)
{
    const struct name_slot *s = meet_key(p, key);
    struct json_token t;
    int rc = json_scan_next(p->scan, &t);
    if (rc) {
        return rc;
    }
    if (s) {
        store(p, s, &t);
    }
    return json_scan_skip_to(p->scan, 1);
}

static int read_object(struct pass *p)
{
    struct json_token t;
    int rc = json_scan_next(p->scan, &t);
    while (rc == 0 && t.type != JSON_SCAN_END) {
        if (t.type == JSON_SCAN_KEY) {
            rc = read_member(p, &t);
        }
        if (rc == 0) {
            rc = json_scan_next(p->scan, &t);
        }
    }
    return rc;
}

void event_decode_json(struct decoding *d, const uint8_t *at, size_t len)
{
    struct json_scan scan;
    struct pass p = {.d = d, .scan = &scan};
    d->e->roomy = 0;
    json_scan_init(&scan, at, len);
    int rc = read_object(&p);
    if (rc) {
        decoding_note_error(d, rc);
    }
    if (scan.too_deep) {
        decoding_note(d, STEP_DEEP, REFUSAL_TOO_DEEP, "more than %d levels", RECORD_DEPTH_MAX);
    }
    if (scan.bad_text) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE,
                      "a text is not valid UTF-8 or holds a lone surrogate");
    }
}
