#include <math.h>

#include "base/fixed.h"
#include "proto/decimal.h"
#include "proto/event_decoding.h"
#include "proto/msgpack_cursor.h"

struct pass {
    struct decoding *d;
    const uint8_t *end;   /* of the bytes being read: the record's own, or those of the tail */
    const uint8_t *quick; /* from here on the quick path might look too far */
    bool in_tail;
    struct mp_tally tally;
};

static enum found found_of(const struct mp_token *t)
{
    switch (t->type) {
    case MP_BOOL:
        return FOUND_BOOL;
    case MP_STR:
        return FOUND_TEXT;
    case MP_BIN:
        return FOUND_BYTES;
    case MP_EXT:
        return FOUND_EXTENSION;
    case MP_ARRAY:
        return FOUND_ARRAY;
    case MP_MAP:
        return FOUND_MAP;
    default:
        return FOUND_NUMBER;
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

static void store_number(struct pass *p, const struct name_slot *s, const struct mp_token *t)
{
    int64_t v = 0;
    if (!is_number(t)) {
        decoding_note_type(p->d, s, found_of(t));
    } else if (t->type == MP_FLOAT && !isfinite(t->real)) {
        decoding_note_not_finite(p->d, s);
    } else if (s->type == NAME_DECIMAL) {
        if (micro_of(t, decoding_number(p->d, s))) {
            decoding_note_range(p->d, s, "within fixed point");
        }
    } else if (whole_of(t, &v)) {
        decoding_note_range(p->d, s, "an integer of 64 bits");
    } else if (s->type == NAME_TS) {
        decoding_ts(p->d, s, v);
    } else {
        *decoding_number(p->d, s) = v;
    }
}

static void store_text(struct pass *p, const struct name_slot *s, const struct mp_token *t)
{
    struct text text = {(const char *)t->bytes.at, t->bytes.len};
    if (t->type != MP_STR) {
        decoding_note_type(p->d, s, found_of(t));
    } else if (s->type == NAME_KIND) {
        decoding_kind(p->d, text, (size_t)(p->end - t->bytes.at));
    } else {
        *decoding_text(p->d, s) = text;
    }
}

static void store(struct pass *p, const struct name_slot *s, const struct mp_token *t)
{
    switch ((enum name_type)s->type) {
    case NAME_TEXT:
    case NAME_KIND:
        store_text(p, s, t);
        return;
    case NAME_VERSION:
        p->d->version_fits = t->type == MP_UINT && t->uint == 1;
        return;
    case NAME_BOOL:
        if (t->type != MP_BOOL) {
            decoding_note_type(p->d, s, found_of(t));
        } else {
            *decoding_number(p->d, s) = t->flag;
        }
        return;
    default:
        store_number(p, s, t);
    }
}

/* The value of a known name, in any form; the quick path may have brought at beyond the end. Returns where the
 * value ends, NULL when the pass is over. */
static __attribute__((noinline)) const uint8_t *any_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    struct msgpack_cursor c = {at, p->end};
    struct mp_token t;
    int rc = at > p->end ? CUBE_ETRUNCATED : msgpack_cursor_next(&c, &t);
    if (rc == 0 && (t.type == MP_ARRAY || t.type == MP_MAP)) {
        rc = msgpack_cursor_skip_members(&c, &t, 2, &p->tally);
    }
    if (rc) {
        decoding_note_error(p->d, rc);
        return NULL;
    }
    if (t.type == MP_NIL) {
        decoding_null(p->d, s);
        return c.at;
    }
    if (t.type == MP_STR) {
        p->tally.bad_text |= !utf8_text_valid(t.bytes.at, t.bytes.len);
    }
    store(p, s, &t);
    return c.at;
}

static __attribute__((noinline)) const uint8_t *skip_value(struct pass *p, const uint8_t *at)
{
    struct msgpack_cursor c = {at, p->end};
    int rc = msgpack_cursor_skip(&c, 1, &p->tally);
    if (rc) {
        decoding_note_error(p->d, rc);
        return NULL;
    }
    return c.at;
}

/* A member whose key is not one of the short ones we know; at stands on the key. */
static __attribute__((noinline)) const uint8_t *other_member(struct pass *p, const uint8_t *at)
{
    struct msgpack_cursor c = {at, p->end};
    struct mp_token t;
    int rc = msgpack_cursor_next(&c, &t);
    if (rc == 0 && t.type == MP_STR) {
        struct text key = {(const char *)t.bytes.at, t.bytes.len};
        const struct name_slot *s = name_index_find(&p->d->s->names, key);
        if (s) {
            decoding_meet(p->d, s);
            return any_value(p, s, c.at);
        }
        decoding_unknown_key(p->d, key, utf8_text_valid(t.bytes.at, t.bytes.len));
        return skip_value(p, c.at);
    }
    if (rc == 0) {
        decoding_note(p->d, STEP_DECODE, REFUSAL_UNDECODABLE, "a key is not text");
        c.at = at;
        rc = msgpack_cursor_skip(&c, 1, &p->tally);
    }
    if (rc) {
        decoding_note_error(p->d, rc);
        return NULL;
    }
    return skip_value(p, c.at);
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

/* The values below stand where TAIL_BYTES - NAME_ROOM bytes may be read, though perhaps beyond the end: the
 * next member, or the end of the map, notices that. */
static inline const uint8_t *decimal_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    if (*at < 0x80) {
        *decoding_number(p->d, s) = *at * FIXED_ONE;
        return at + 1;
    }
    if (*at == 0xcd) {
        *decoding_number(p->d, s) = (int64_t)big16(at + 1) * FIXED_ONE;
        return at + 3;
    }
    if (*at == 0xce) {
        *decoding_number(p->d, s) = (int64_t)big32(at + 1) * FIXED_ONE;
        return at + 5;
    }
    return any_value(p, s, at);
}

static inline const uint8_t *ts_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    uint64_t v = __builtin_bswap64(utf8_word(at + 1));
    if (*at == 0xcf && v <= EVENT_TS_MAX) {
        p->d->e->ts_ms = (int64_t)v;
        return at + 9;
    }
    return any_value(p, s, at);
}

/* The high bits of a text of up to 15 bytes; at stands on its tag, which has one of its own. */
static inline bool short_ascii(const uint8_t *at)
{
    uint64_t high = (utf8_word(at) & name_mask_low[*at] & ~UINT64_C(0xff)) | (utf8_word(at + 8) & name_mask_high[*at]);
    return (high & UTF8_HIGH_BITS) == 0;
}

/* The same for 16 to 31 bytes. */
static inline bool long_ascii(const uint8_t *at, size_t len)
{
    uint64_t high = utf8_word(at + 1) | utf8_word(at + 9) | utf8_word(at + len - 15) | utf8_word(at + len - 7);
    return (high & UTF8_HIGH_BITS) == 0;
}

static inline const uint8_t *text_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    size_t len = (size_t)*at ^ 0xa0;
    if (!(len <= NAME_SHORT_MAX ? short_ascii(at) : len < 32 && long_ascii(at, len))) {
        return any_value(p, s, at);
    }
    *decoding_text(p->d, s) = (struct text){(const char *)at + 1, (uint32_t)len};
    return at + 1 + len;
}

static inline const uint8_t *kind_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    size_t len = (size_t)*at ^ 0xa0;
    bool quick = len <= NAME_SHORT_MAX ? short_ascii(at) : len < 32 && long_ascii(at, len);
    if (!quick) {
        return any_value(p, s, at);
    }
    decoding_kind(p->d, (struct text){(const char *)at + 1, (uint32_t)len}, TAIL_BYTES - NAME_ROOM - 1);
    return at + 1 + len;
}

static inline const uint8_t *known_value(struct pass *p, const struct name_slot *s, const uint8_t *at)
{
    if (s->type == NAME_TEXT) {
        return text_value(p, s, at);
    }
    switch ((enum name_type)s->type) {
    case NAME_KIND:
        return kind_value(p, s, at);
    case NAME_DECIMAL:
        return decimal_value(p, s, at);
    case NAME_TS:
        return ts_value(p, s, at);
    case NAME_VERSION:
        p->d->version_fits = *at == 1;
        return *at == 1 ? at + 1 : any_value(p, s, at);
    default:
        return any_value(p, s, at);
    }
}

/* The last bytes of the record move to where reading past them is harmless. Returns where to go on, NULL when
 * they are used up. The record is record_len bytes long. */
static __attribute__((noinline)) const uint8_t *turn_to_tail(struct pass *p, const uint8_t *at, size_t record_len)
{
    if (p->in_tail || at >= p->end) {
        decoding_note_error(p->d, CUBE_ETRUNCATED);
        return NULL;
    }
    uint8_t *tail = p->d->s->tail;
    size_t n = record_len < TAIL_BYTES ? record_len : TAIL_BYTES;
    if (n == TAIL_BYTES) {
        memcpy(tail, p->end - TAIL_BYTES, TAIL_BYTES);
    } else {
        memcpy(tail, p->end - n, n);
    }
    const uint8_t *moved = tail + n - (p->end - at);
    p->end = p->quick = tail + n;
    p->in_tail = true;
    return moved;
}

static inline const uint8_t *read_member(struct pass *p, const struct name_index *names, const uint8_t *at)
{
    const struct name_slot *s = name_index_find_tagged(names, at);
    if (!s) {
        return other_member(p, at);
    }
    decoding_meet(p->d, s);
    return known_value(p, s, at + 1 + s->len);
}

static void read_members(struct pass *p, const uint8_t *at, uint32_t count, size_t record_len)
{
    const struct name_index *names = &p->d->s->names;
    for (; count; count--) {
        if (at >= p->quick) {
            at = turn_to_tail(p, at, record_len);
        }
        at = at ? read_member(p, names, at) : NULL;
        if (!at) {
            return;
        }
    }
    if (at > p->end) {
        decoding_note_error(p->d, CUBE_ETRUNCATED);
    } else if (at < p->end) {
        decoding_note(p->d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the map");
    }
}

static void read_other(struct pass *p, const uint8_t *at)
{
    struct msgpack_cursor c = {at, p->end};
    int rc = msgpack_cursor_skip(&c, 0, &p->tally);
    if (rc) {
        decoding_note_error(p->d, rc);
    } else if (c.at < p->end) {
        decoding_note(p->d, STEP_DECODE, REFUSAL_UNDECODABLE, "bytes follow the value");
    }
    decoding_note(p->d, STEP_MAP, REFUSAL_NOT_A_MAP, "the record is not a map");
}

void event_decode_msgpack(struct decoding *d, const uint8_t *at, size_t len)
{
    struct pass p = {.d = d, .end = at + len, .quick = len > TAIL_BYTES ? at + len - TAIL_BYTES : at};
    struct msgpack_cursor c = {at, p.end};
    struct mp_token head;
    int rc = msgpack_cursor_next(&c, &head);
    if (rc == 0 && head.type == MP_MAP) {
        rc = mp_tally_add(&p.tally, head.count);
        if (rc == 0) {
            read_members(&p, c.at, head.count, len);
        }
    } else if (rc == 0) {
        read_other(&p, at);
    }
    if (rc) {
        decoding_note_error(d, rc);
    }
    if (p.tally.too_deep) {
        decoding_note(d, STEP_DEEP, REFUSAL_TOO_DEEP, "more than %d levels", RECORD_DEPTH_MAX);
    }
    if (p.tally.bad_text) {
        decoding_note(d, STEP_DECODE, REFUSAL_UNDECODABLE, "a text is not valid UTF-8");
    }
}
