/* Values of a record in their usual MessagePack forms, read where they stand. Only the files event_decode*.c and
 * event_shape.c use it. They stand where TAIL_BYTES - NAME_ROOM bytes may be read, though perhaps beyond the end: the next
 * member, or the end of the map, notices that. They return where the value ends, NULL when it is of another form. */
#ifndef CUBE_PROTO_MSGPACK_VALUES_H
#define CUBE_PROTO_MSGPACK_VALUES_H

#include "base/fixed.h"
#include "proto/event_decoding.h"

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

/* A whole number that is not negative and below 2^32. */
static inline const uint8_t *whole_value(int64_t *number, const uint8_t *at)
{
    switch (*at) {
    case 0xcc: *number = at[1]; return at + 2;
    case 0xcd: *number = (int64_t)big16(at + 1); return at + 3;
    case 0xce: *number = (int64_t)big32(at + 1); return at + 5;
    default: *number = *at; return *at < 0x80 ? at + 1 : NULL;
    }
}

static inline const uint8_t *decimal_value(int64_t *number, const uint8_t *at)
{
    if (*at < 0x80) {
        *number = *at * FIXED_ONE;
        return at + 1;
    }
    at = whole_value(number, at);
    *number *= FIXED_ONE;
    return at;
}

/* As the time of an event: up to the year 9999. */
static inline const uint8_t *ts_value(int64_t *ts_ms, const uint8_t *at)
{
    uint64_t v = __builtin_bswap64(utf8_word(at + 1));
    if (*at != 0xcf || v > EVENT_TS_MAX) {
        return NULL;
    }
    *ts_ms = (int64_t)v;
    return at + 9;
}

static inline const uint8_t *integer_value(int64_t *number, const uint8_t *at)
{
    return *at == 0xcf ? ts_value(number, at) : whole_value(number, at);
}

static inline const uint8_t *bool_value(int64_t *number, const uint8_t *at)
{
    *number = *at & 1;
    return *at == 0xc2 || *at == 0xc3 ? at + 1 : NULL;
}

/* A value of a field that is no text. */
static inline const uint8_t *number_value(enum name_type type, int64_t *number, const uint8_t *at)
{
    switch (type) {
    case NAME_DECIMAL: return decimal_value(number, at);
    case NAME_INTEGER: return integer_value(number, at);
    case NAME_BOOL: return bool_value(number, at);
    default: return NULL;
    }
}

/* Up to 15 bytes, the quickest of all; 31 at most. */
static inline const uint8_t *text_value(const struct decode_scratch *scratch, struct text *text, const uint8_t *at)
{
    size_t len = (size_t)*at - 0xa0;
    uint32_t high = bytes16_high(bytes16_load(at));
    if (len > 15) {
        if (len > 31) {
            return NULL;
        }
        high |= bytes16_high(bytes16_load(at + 16)) << 16;
    }
    if (high & scratch->text_bits[len]) {
        return NULL;
    }
    *text = (struct text){(const char *)at + 1, (uint32_t)len};
    return at + 1 + len;
}

/* ---- the envelope ---- */

/* What stands between the values of the envelope in the order in which it is written down, and nearly always written. */
#define FIRST_KEYS "\xa1v\x01\xa2id"
#define TS_KEY "\xa2ts"

#define BEFORE(at, keys) (memcmp(at, keys, sizeof(keys) - 1) == 0 ? (at) + sizeof(keys) - 1 : NULL)

/* Version, id and ts, then the key of the kind; 31 bytes are the longest id that it takes. */
#define ENVELOPE_BYTES (sizeof FIRST_KEYS + 32 + sizeof TS_KEY + 9 + KIND_KEY_LEN + KIND_ROOM)

/* Reads the envelope up to the kind where it stands in that order and in the usual form; so many bytes may be read. NULL:
 * it does not, and what was written into the event must be written again. */
static inline const uint8_t *envelope_read(const struct decode_scratch *s, enum event_topic topic, struct event *e, const uint8_t *at,
                                           enum event_kind *ret_kind)
{
    if (!(at = BEFORE(at, FIRST_KEYS)) || !(at = text_value(s, &e->id, at)) || !(at = BEFORE(at, TS_KEY)) ||
        !(at = ts_value(&e->ts_ms, at)) || !(at = BEFORE(at, KIND_KEY))) {
        return NULL;
    }
    *ret_kind = name_index_kind_tagged(s->names, at, topic);
    return *ret_kind == KIND_NONE ? NULL : at + 1 + (*at - 0xa0u);
}

#endif
