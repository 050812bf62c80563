#include "proto/msgpack_cursor.h"

#include <string.h>

#include "proto/decimal.h"
#include "proto/event_decode.h"
#include "proto/utf8.h"

static uint64_t big_endian(const uint8_t *at, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | at[i];
    }
    return v;
}

static int64_t sign_extended(uint64_t v, size_t n)
{
    unsigned unused = (unsigned)(64 - 8 * n);
    return (int64_t)(v << unused) >> unused;
}

static double float_of(uint64_t bits, size_t n)
{
    if (n == 4) {
        uint32_t narrow = (uint32_t)bits;
        float f;
        memcpy(&f, &narrow, sizeof f);
        return (double)f;
    }
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static int take_number(struct msgpack_cursor *c, enum mp_type type, size_t n,
                       struct mp_token *ret_t)
{
    if ((size_t)(c->end - c->at) < 1 + n) {
        return CUBE_ETRUNCATED;
    }
    uint64_t v = big_endian(c->at + 1, n);
    c->at += 1 + n;
    ret_t->type = type;
    if (type == MP_FLOAT) {
        ret_t->real = float_of(v, n);
    } else if (type == MP_NEGATIVE && sign_extended(v, n) < 0) {
        ret_t->integer = sign_extended(v, n);
    } else {
        ret_t->type = MP_UINT;
        ret_t->uint = v;
    }
    return 0;
}

/* head: bytes before the payload, the tag included; an ext has its type as the last of them. */
static int take_bytes(struct msgpack_cursor *c, enum mp_type type, size_t head, uint32_t len,
                      struct mp_token *ret_t)
{
    if (len > RECORD_STRING_MAX) {
        return CUBE_ELIMIT;
    }
    if ((size_t)(c->end - c->at) < head + len) {
        return CUBE_ETRUNCATED;
    }
    ret_t->type = type;
    ret_t->bytes.at = c->at + head;
    ret_t->bytes.len = len;
    ret_t->bytes.ext_type = type == MP_EXT ? (int8_t)c->at[head - 1] : 0;
    c->at += head + len;
    return 0;
}

static int take_sized(struct msgpack_cursor *c, enum mp_type type, size_t size_bytes,
                      struct mp_token *ret_t)
{
    if ((size_t)(c->end - c->at) < 1 + size_bytes) {
        return CUBE_ETRUNCATED;
    }
    uint32_t n = (uint32_t)big_endian(c->at + 1, size_bytes);
    if (type == MP_ARRAY || type == MP_MAP) {
        c->at += 1 + size_bytes;
        ret_t->type = type;
        ret_t->count = n;
        return 0;
    }
    return take_bytes(c, type, 1 + size_bytes + (type == MP_EXT), n, ret_t);
}

static int take_fixed(struct msgpack_cursor *c, struct mp_token t, struct mp_token *ret_t)
{
    c->at++;
    *ret_t = t;
    return 0;
}

static int next_small(struct msgpack_cursor *c, uint8_t tag, struct mp_token *ret_t)
{
    if (tag < 0x80) {
        return take_fixed(c, (struct mp_token){.type = MP_UINT, .uint = tag}, ret_t);
    }
    if (tag < 0x90) {
        return take_fixed(c, (struct mp_token){.type = MP_MAP, .count = tag & 15u}, ret_t);
    }
    if (tag < 0xa0) {
        return take_fixed(c, (struct mp_token){.type = MP_ARRAY, .count = tag & 15u}, ret_t);
    }
    if (tag < 0xc0) {
        return take_bytes(c, MP_STR, 1, tag & 31u, ret_t);
    }
    return take_fixed(c, (struct mp_token){.type = MP_NEGATIVE, .integer = (int8_t)tag}, ret_t);
}

int msgpack_cursor_next(struct msgpack_cursor *c, struct mp_token *ret_t)
{
    if (c->at == c->end) {
        return CUBE_ETRUNCATED;
    }
    uint8_t tag = *c->at;
    switch (tag) {
    case 0xc0: return take_fixed(c, (struct mp_token){.type = MP_NIL}, ret_t);
    case 0xc1: return CUBE_EFORMAT;
    case 0xc2:
    case 0xc3: return take_fixed(c, (struct mp_token){.type = MP_BOOL, .flag = tag == 0xc3}, ret_t);
    case 0xc4:
    case 0xc5:
    case 0xc6: return take_sized(c, MP_BIN, (size_t)1 << (tag - 0xc4), ret_t);
    case 0xc7:
    case 0xc8:
    case 0xc9: return take_sized(c, MP_EXT, (size_t)1 << (tag - 0xc7), ret_t);
    case 0xca:
    case 0xcb: return take_number(c, MP_FLOAT, (size_t)4 << (tag - 0xca), ret_t);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return take_number(c, MP_UINT, (size_t)1 << (tag - 0xcc), ret_t);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return take_number(c, MP_NEGATIVE, (size_t)1 << (tag - 0xd0), ret_t);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return take_bytes(c, MP_EXT, 2, 1u << (tag - 0xd4), ret_t);
    case 0xd9:
    case 0xda:
    case 0xdb: return take_sized(c, MP_STR, (size_t)1 << (tag - 0xd9), ret_t);
    case 0xdc:
    case 0xdd: return take_sized(c, MP_ARRAY, (size_t)2 << (tag - 0xdc), ret_t);
    case 0xde:
    case 0xdf: return take_sized(c, MP_MAP, (size_t)2 << (tag - 0xde), ret_t);
    default: return next_small(c, tag, ret_t);
    }
}

int mp_tally_add(struct mp_tally *t, uint32_t count)
{
    if (count > RECORD_ELEMENTS_MAX - t->elements) {
        return CUBE_ELIMIT;
    }
    t->elements += count;
    return 0;
}

static uint32_t values_of(const struct mp_token *head)
{
    return head->type == MP_MAP ? 2 * head->count : head->type == MP_ARRAY ? head->count
                                                                           : 0;
}

/* Every container but the first is a counted element of another, so no more than this can be open.
 */
#define OPEN_MAX (RECORD_ELEMENTS_MAX + 2)

int msgpack_cursor_skip_members(struct msgpack_cursor *c, const struct mp_token *head,
                                uint32_t depth, struct mp_tally *t)
{
    uint16_t left[OPEN_MAX];
    uint32_t open = 0;
    int rc = mp_tally_add(t, head->count);
    if (rc) {
        return rc;
    }
    left[0] = (uint16_t)values_of(head);
    t->too_deep |= depth > RECORD_DEPTH_MAX;
    for (;;) {
        while (left[open] == 0) {
            if (open-- == 0) {
                return 0;
            }
        }
        left[open]--;
        struct mp_token v;
        rc = msgpack_cursor_next(c, &v);
        if (rc) {
            return rc;
        }
        if (v.type == MP_STR) {
            t->bad_text |= !utf8_text_valid(v.bytes.at, v.bytes.len);
        } else if (v.type == MP_ARRAY || v.type == MP_MAP) {
            rc = mp_tally_add(t, v.count);
            if (rc) {
                return rc;
            }
            left[++open] = (uint16_t)values_of(&v);
            t->too_deep |= depth + open > RECORD_DEPTH_MAX;
        }
    }
}

int msgpack_cursor_skip(struct msgpack_cursor *c, uint32_t depth, struct mp_tally *t)
{
    struct mp_token v;
    int rc = msgpack_cursor_next(c, &v);
    if (rc) {
        return rc;
    }
    if (v.type == MP_STR) {
        t->bad_text |= !utf8_text_valid(v.bytes.at, v.bytes.len);
    }
    return v.type == MP_ARRAY || v.type == MP_MAP ? msgpack_cursor_skip_members(c, &v, depth + 1, t)
                                                  : 0;
}

int mp_whole(const struct mp_token *t, int64_t *ret_v)
{
    if (t->type == MP_FLOAT) {
        return integer_from_double(t->real, ret_v);
    }
    if (!mp_is_number(t) || (t->type == MP_UINT && t->uint > INT64_MAX)) {
        return CUBE_ERANGE;
    }
    *ret_v = t->type == MP_UINT ? (int64_t)t->uint : t->integer;
    return 0;
}
