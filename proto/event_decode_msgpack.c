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

static bool is_number(const struct mp_token *t)
{
    return t->type == MP_UINT || t->type == MP_NEGATIVE || t->type == MP_FLOAT;
}

/* CUBE_ERANGE: no integer of 64 bits. */
static int whole_of(const struct mp_token *t, int64_t *ret_v)
{
    if (t->type == MP_FLOAT) {
        return integer_from_double(t->real, ret_v);
    }
    if (t->type == MP_UINT && t->uint > INT64_MAX) {
        return CUBE_ERANGE;
    }
    *ret_v = t->type == MP_UINT ? (int64_t)t->uint : t->integer;
    return 0;
}

static int micro_of(const struct mp_token *t, int64_t *ret_v)
{
    if (t->type == MP_FLOAT) {
        return decimal_from_double(t->real, ret_v);
    }
    int64_t whole = 0;
    if (whole_of(t, &whole)) {
        return CUBE_ERANGE;
    }
    return __builtin_mul_overflow(whole, FIXED_ONE, ret_v) ? CUBE_ERANGE : 0;
}

static void store_number(struct decoding *d, const struct name_slot *s, const struct mp_token *t)
{
    int64_t v = 0;
    if (!is_number(t)) {
        decoding_note_type(d, s, found_of(t));
    } else if (t->type == MP_FLOAT && !isfinite(t->real)) {
        decoding_note_not_finite(d, s);
    } else if (s->type == NAME_DECIMAL) {
        if (micro_of(t, decoding_number(d, s))) {
            decoding_note_range(d, s, "within fixed point");
        }
    } else if (whole_of(t, &v)) {
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
        decoding_kind(d, text, (size_t)(d->mp.end - t->bytes.at));
    } else {
        *decoding_text(d, s) = text;
    }
}

static void store(struct decoding *d, const struct name_slot *s, const struct mp_token *t)
{
    switch ((enum name_type)s->type) {
    case NAME_TEXT:
    case NAME_KIND: store_text(d, s, t); return;
    case NAME_VERSION: d->version_fits = t->type == MP_UINT && t->uint == 1; return;
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

/* The value of a known name, in any form; the quick path may have brought at beyond the end.
 * Returns where the value ends, the end of the record when it cannot be read. */
static __attribute__((noinline)) const uint8_t *any_value(struct decoding *d,
                                                          const struct name_slot *s,
                                                          const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token t;
    int rc = at > d->mp.end ? CUBE_ETRUNCATED : msgpack_cursor_next(&c, &t);
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

static __attribute__((noinline)) const uint8_t *skip_value(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    int rc = msgpack_cursor_skip(&c, 1, &d->mp.tally);
    if (rc) {
        return give_up(d, rc);
    }
    return c.at;
}

/* A member whose key is not one of the short ones we know; at stands on the key. */
static __attribute__((noinline)) const uint8_t *other_member(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token t;
    int rc = msgpack_cursor_next(&c, &t);
    if (rc == 0 && t.type == MP_STR) {
        struct text key = {(const char *)t.bytes.at, t.bytes.len};
        const struct name_slot *s = name_index_find(&d->s->names, key);
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

static inline uint64_t big16(const uint8_t *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return __builtin_bswap16(v);
}

static inline uint64_t big32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return __builtin_bswap32(v);
}

/* The values below stand where TAIL_BYTES - NAME_ROOM bytes may be read, though perhaps beyond the
 * end: the next member, or the end of the map, notices that. */
static inline const uint8_t *decimal_value(struct decoding *d, const struct name_slot *s,
                                           const uint8_t *at)
{
    if (*at < 0x80) {
        *decoding_number(d, s) = *at * FIXED_ONE;
        return at + 1;
    }
    if (*at == 0xcd) {
        *decoding_number(d, s) = (int64_t)big16(at + 1) * FIXED_ONE;
        return at + 3;
    }
    if (*at == 0xce) {
        *decoding_number(d, s) = (int64_t)big32(at + 1) * FIXED_ONE;
        return at + 5;
    }
    return any_value(d, s, at);
}

static inline const uint8_t *ts_value(struct decoding *d, const struct name_slot *s,
                                      const uint8_t *at)
{
    uint64_t v = __builtin_bswap64(utf8_word(at + 1));
    if (*at == 0xcf && v <= EVENT_TS_MAX) {
        d->e->ts_ms = (int64_t)v;
        return at + 9;
    }
    return any_value(d, s, at);
}

/* The high bits of a text of up to 15 bytes; at stands on its tag, which has one of its own. */
static inline bool short_ascii(const uint8_t *at)
{
    uint64_t high = (utf8_word(at) & name_mask_low[*at] & ~UINT64_C(0xff)) |
                    (utf8_word(at + 8) & name_mask_high[*at]);
    return (high & UTF8_HIGH_BITS) == 0;
}

/* The same for 16 to 31 bytes. */
static inline bool long_ascii(const uint8_t *at, size_t len)
{
    uint64_t high =
        utf8_word(at + 1) | utf8_word(at + 9) | utf8_word(at + len - 15) | utf8_word(at + len - 7);
    return (high & UTF8_HIGH_BITS) == 0;
}

static inline const uint8_t *text_value(struct decoding *d, const struct name_slot *s,
                                        const uint8_t *at)
{
    uint32_t len = *at - 0xa0u;
    if (!(len <= NAME_SHORT_MAX ? short_ascii(at) : len < 32 && long_ascii(at, len))) {
        return any_value(d, s, at);
    }
    *decoding_text(d, s) = (struct text){(const char *)at + 1, len};
    return at + 1 + len;
}

static inline const uint8_t *kind_value(struct decoding *d, const struct name_slot *s,
                                        const uint8_t *at)
{
    uint32_t len = *at - 0xa0u;
    bool quick = len <= NAME_SHORT_MAX ? short_ascii(at) : len < 32 && long_ascii(at, len);
    if (!quick) {
        return any_value(d, s, at);
    }
    decoding_kind(d, (struct text){(const char *)at + 1, len}, TAIL_BYTES - NAME_ROOM - 1);
    return at + 1 + len;
}

static inline const uint8_t *known_value(struct decoding *d, const struct name_slot *s,
                                         const uint8_t *at)
{
    if (s->type == NAME_TEXT) {
        return text_value(d, s, at);
    }
    switch ((enum name_type)s->type) {
    case NAME_KIND: return kind_value(d, s, at);
    case NAME_DECIMAL: return decimal_value(d, s, at);
    case NAME_TS: return ts_value(d, s, at);
    case NAME_VERSION: d->version_fits = *at == 1; return *at == 1 ? at + 1 : any_value(d, s, at);
    default: return any_value(d, s, at);
    }
}

/* The last bytes of the record move to where reading past them is harmless. Returns where to go on,
 * NULL when they are used up. The record is record_len bytes long. */
static __attribute__((noinline)) const uint8_t *turn_to_tail(struct decoding *d, const uint8_t *at,
                                                             size_t record_len)
{
    if (d->mp.in_tail || at >= d->mp.end) {
        decoding_note_error(d, CUBE_ETRUNCATED);
        return NULL;
    }
    uint8_t *tail = d->s->tail;
    size_t n = record_len < TAIL_BYTES ? record_len : TAIL_BYTES;
    if (n == TAIL_BYTES) {
        memcpy(tail, d->mp.end - TAIL_BYTES, TAIL_BYTES);
    } else {
        memcpy(tail, d->mp.end - n, n);
    }
    const uint8_t *moved = tail + n - (d->mp.end - at);
    d->mp.end = d->mp.quick = tail + n;
    d->mp.in_tail = true;
    return moved;
}

static inline const uint8_t *read_member(struct decoding *d, const struct name_index *names,
                                         const uint8_t *at)
{
    const struct name_slot *s = name_index_find_tagged(names, at);
    if (!s) {
        return other_member(d, at);
    }
    decoding_meet(d, s);
    return known_value(d, s, at + 1 + s->len);
}

static void read_members(struct decoding *d, const uint8_t *at, uint32_t count, size_t record_len)
{
    const struct name_index *names = &d->s->names;
    for (; count; count--) {
        if (at >= d->mp.quick) {
            at = turn_to_tail(d, at, record_len);
            if (!at) {
                return;
            }
        }
        at = read_member(d, names, at);
    }
    if (at > d->mp.end) {
        decoding_note_error(d, CUBE_ETRUNCATED);
    } else if (at < d->mp.end) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the map");
    }
}

static void read_other(struct decoding *d, const uint8_t *at)
{
    struct msgpack_cursor c = {at, d->mp.end};
    int rc = msgpack_cursor_skip(&c, 0, &d->mp.tally);
    if (rc) {
        decoding_note_error(d, rc);
    } else if (c.at < d->mp.end) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the value");
    }
    decoding_note(d, STEP_MAP, REFUSAL_NOT_A_MAP, "the record is not a map");
}

/* Any head but the usual one of a map of fewer than 4096 members. */
static void read_any(struct decoding *d, const uint8_t *at, size_t len)
{
    struct msgpack_cursor c = {at, d->mp.end};
    struct mp_token head;
    int rc = msgpack_cursor_next(&c, &head);
    if (rc == 0 && head.type != MP_MAP) {
        read_other(d, at);
        return;
    }
    rc = rc ? rc : mp_tally_add(&d->mp.tally, head.count);
    if (rc) {
        decoding_note_error(d, rc);
        return;
    }
    read_members(d, c.at, head.count, len);
}

void event_decode_msgpack(struct decoding *d, const uint8_t *at, size_t len)
{
    d->mp.end = at + len;
    d->mp.quick = len > TAIL_BYTES ? at + len - TAIL_BYTES : at;
    d->mp.in_tail = false;
    d->mp.tally = (struct mp_tally){0};
    if (len >= 3 && at[0] == 0xde && at[1] < RECORD_ELEMENTS_MAX >> 8) {
        d->mp.tally.elements = (uint32_t)big16(at + 1);
        read_members(d, at + 3, d->mp.tally.elements, len);
    } else {
        read_any(d, at, len);
    }
    if (d->mp.tally.too_deep) {
        decoding_note(d, STEP_DEEP, REFUSAL_TOO_DEEP, "more than %d levels", RECORD_DEPTH_MAX);
    }
    if (d->mp.tally.bad_text) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a text is not valid UTF-8");
    }
}
