/* A member of a MessagePack map in any form. */
#include <math.h>

#include "base/fixed.h"
#include "proto/decimal.h"
#include "proto/event_decoding.h"
#include "proto/msgpack_cursor.h"

static enum found found_of(const struct mp_token *t)
{
    switch (t->type) {
    case MP_BOOL: return FOUND_BOOL;
    case MP_STR: return FOUND_TEXT;
    case MP_BIN: return FOUND_BYTES;
    case MP_EXT: return FOUND_EXTENSION;
    case MP_ARRAY: return FOUND_ARRAY;
    case MP_MAP: return FOUND_MAP;
    default: return FOUND_NUMBER;
    }
}

static int micro_of(const struct mp_token *t, int64_t *ret_v)
{
    if (t->type == MP_FLOAT) {
        return decimal_from_double(t->real, ret_v);
    }
    int64_t whole = 0;
    if (mp_whole(t, &whole)) {
        return CUBE_ERANGE;
    }
    return __builtin_mul_overflow(whole, FIXED_ONE, ret_v) ? CUBE_ERANGE : 0;
}

static void store_number(struct decoding *d, const struct name_slot *s, const struct mp_token *t)
{
    int64_t v = 0;
    if (!mp_is_number(t)) {
        decoding_note_type(d, s, found_of(t));
    } else if (t->type == MP_FLOAT && !isfinite(t->real)) {
        decoding_note_not_finite(d, s);
    } else if (s->type == NAME_DECIMAL) {
        if (micro_of(t, decoding_number(d, s))) {
            decoding_note_range(d, s, "within fixed point");
        }
    } else if (mp_whole(t, &v)) {
        decoding_note_range(d, s, "an integer of 64 bits");
    } else if (s->type == NAME_TS) {
        decoding_ts(d, s, v);
    } else {
        *decoding_number(d, s) = v;
    }
}

static void store_text(struct decoding *d, const struct name_slot *s, const struct mp_token *t)
{
    struct text text = {(const char *)t->bytes.at, t->bytes.len};
    if (t->type != MP_STR) {
        decoding_note_type(d, s, found_of(t));
    } else if (s->type == NAME_KIND) {
        decoding_kind(d, text);
    } else {
        *decoding_text(d, s) = text;
    }
}

static void store(struct decoding *d, const struct name_slot *s, const struct mp_token *t)
{
    int64_t whole;
    switch ((enum name_type)s->type) {
    case NAME_TEXT:
    case NAME_KIND: store_text(d, s, t); return;
    case NAME_VERSION: d->version_fits = mp_whole(t, &whole) == 0 && whole == 1; return;
    case NAME_BOOL:
        if (t->type != MP_BOOL) {
            decoding_note_type(d, s, found_of(t));
        } else {
            *decoding_number(d, s) = t->flag;
        }
        return;
    default: store_number(d, s, t);
    }
}

/* What cannot be read any further is noted and taken as read to its end. */
static const uint8_t *give_up(struct decoding *d, int rc)
{
    decoding_note_error(d, rc);
    d->mp.in_tail = true;
    return d->mp.end;
}

/* The value of a known name, in any form. Returns where the value ends, the end of the record when it cannot be read. */
static const uint8_t *any_value(struct decoding *d, const struct name_slot *s, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token t;
    int rc = msgpack_cursor_next(&c, &t);
    if (rc == 0 && (t.type == MP_ARRAY || t.type == MP_MAP)) {
        rc = msgpack_cursor_skip_members(&c, &t, 2, &d->mp.tally);
    }
    if (rc) {
        return give_up(d, rc);
    }
    if (t.type == MP_NIL) {
        decoding_null(d, s);
        return c.at;
    }
    if (t.type == MP_STR) {
        d->mp.tally.bad_text |= !utf8_text_valid(t.bytes.at, t.bytes.len);
    }
    store(d, s, &t);
    return c.at;
}

static const uint8_t *skip_value(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    int rc = msgpack_cursor_skip(&c, 1, &d->mp.tally);
    if (rc) {
        return give_up(d, rc);
    }
    return c.at;
}

const uint8_t *event_decode_member(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token t;
    int rc = msgpack_cursor_next(&c, &t);
    if (rc == 0 && t.type == MP_STR) {
        struct text key = {(const char *)t.bytes.at, t.bytes.len};
        const struct name_slot *s = name_index_find(d->s->names, key);
        if (s) {
            decoding_meet(d, s);
            return any_value(d, s, c.at);
        }
        decoding_unknown_key(d, key, utf8_text_valid(t.bytes.at, t.bytes.len));
        return skip_value(d, c.at);
    }
    if (rc == 0) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a key is not text");
        c.at = at;
        rc = msgpack_cursor_skip(&c, 1, &d->mp.tally);
    }
    if (rc) {
        return give_up(d, rc);
    }
    return skip_value(d, c.at);
}
