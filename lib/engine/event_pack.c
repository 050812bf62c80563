#include "engine/event_pack.h"

#include <string.h>

struct packed_head {
    int64_t ts_ms;
    uint64_t present;
    uint32_t id_len, entity_len;
    uint8_t kind, topic, dims;
} __attribute__((packed)); /* stands anywhere: read and written where it is */

_Static_assert(sizeof(struct packed_head) == EVENT_PACK_HEAD, "see event_pack_bound");

/* Layout: head, id, entity, then per dimension of the mask (length, bytes), then per present field a
 * number (8 bytes) or (length, bytes). A length is a byte, or LENGTH_LONG and four more. Nothing is aligned. */
enum { LENGTH_LONG = UINT8_MAX, LENGTH_BYTES_MAX = 1 + sizeof(uint32_t) };
_Static_assert(EVENT_TEXT_ROOM < LENGTH_LONG && LENGTH_BYTES_MAX <= sizeof(int64_t), "one byte where texts have room; see event_pack_bound_any");

/* The fields that are texts. */
#define X(symbol, name, type) | (FIELD_##type == FIELD_TEXT ? UINT64_C(1) << EVENT_##symbol : 0)
static const uint64_t text_fields = UINT64_C(0) EVENT_FIELDS(X);
#undef X

size_t event_pack_bound_any(const struct event *e)
{
    size_t n = sizeof(struct packed_head) + e->id.len + e->entity.len + DIM_COUNT * (size_t)LENGTH_BYTES_MAX;
    for (int d = 0; d < DIM_COUNT; d++) {
        n += e->dims[d].len;
    }
    for (uint64_t rest = e->present; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        n += sizeof(int64_t) + (text_fields >> f & 1 ? e->slot[f].text.len : 0);
    }
    return n;
}

/* Texts are short: two words that overlap are quicker than a call. */
static inline uint8_t *put_text_bytes(uint8_t *to, struct text t)
{
    uint64_t a, b;
    uint32_t c, d;
    if (t.len > 16) {
        memcpy(to, t.at, t.len);
    } else if (t.len >= 8) {
        memcpy(&a, t.at, 8);
        memcpy(&b, t.at + t.len - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + t.len - 8, &b, 8);
    } else if (t.len >= 4) {
        memcpy(&c, t.at, 4);
        memcpy(&d, t.at + t.len - 4, 4);
        memcpy(to, &c, 4);
        memcpy(to + t.len - 4, &d, 4);
    } else {
        for (uint32_t i = 0; i < t.len; i++) {
            to[i] = (uint8_t)t.at[i];
        }
    }
    return to + t.len;
}

/* One that has room: sixteen bytes at a time, those behind it are overwritten by what follows. */
static inline uint8_t *put_roomy_bytes(uint8_t *to, struct text t)
{
    memcpy(to, t.at, 16);
    if (t.len > 16) {
        memcpy(to + 16, t.at + 16, 16);
    }
    return to + t.len;
}

static inline __attribute__((always_inline)) uint8_t *put_bytes(uint8_t *to, struct text t, bool roomy)
{
    return roomy ? put_roomy_bytes(to, t) : put_text_bytes(to, t);
}

static inline __attribute__((always_inline)) uint8_t *put_counted(uint8_t *to, struct text t, bool roomy)
{
    if (!roomy && t.len >= LENGTH_LONG) {
        *to++ = LENGTH_LONG;
        memcpy(to, &t.len, sizeof t.len);
        return put_bytes(to + sizeof t.len, t, roomy);
    }
    *to = (uint8_t)t.len;
    return put_bytes(to + 1, t, roomy);
}

static inline __attribute__((always_inline)) uint8_t *put_fields(uint8_t *to, const struct event *e, bool roomy)
{
    for (uint64_t rest = e->present; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        if (text_fields >> f & 1) {
            to = put_counted(to, e->slot[f].text, roomy);
        } else {
            memcpy(to, &e->slot[f].number, sizeof(int64_t));
            to += sizeof(int64_t);
        }
    }
    return to;
}

/* Returns where the packed event ends. Inlined twice, for roomy events and for others. */
static inline __attribute__((always_inline)) uint8_t *put_event(uint8_t *at, const struct event *e, bool roomy)
{
    struct packed_head *head = (struct packed_head *)(void *)at;
    uint8_t dims = 0, *to = put_bytes(at + sizeof *head, e->id, roomy);
    to = put_bytes(to, e->entity, roomy);
#pragma GCC unroll 8
    for (int d = 0; d < DIM_COUNT; d++) {
        if (e->dims[d].at) {
            dims |= (uint8_t)(1u << d);
            to = put_counted(to, e->dims[d], roomy);
        }
    }
    head->ts_ms = e->ts_ms;
    head->present = e->present;
    head->id_len = e->id.len;
    head->entity_len = e->entity.len;
    head->kind = (uint8_t)e->kind;
    head->topic = (uint8_t)e->topic;
    head->dims = dims;
    return put_fields(to, e, roomy);
}

static __attribute__((noinline)) uint8_t *put_any(uint8_t *at, const struct event *e)
{
    return put_event(at, e, false);
}

uint8_t *event_pack_to(const struct event *e, uint8_t *to)
{
    return e->roomy ? put_event(to, e, true) : put_any(to, e);
}

int event_pack(const struct event *e, struct buf *out)
{
    if (buf_reserve(out, event_pack_bound(e))) {
        return CUBE_ENOMEM;
    }
    out->len = (size_t)(event_pack_to(e, out->at + out->len) - out->at);
    return 0;
}

static inline const uint8_t *get_counted(const uint8_t *at, struct text *ret_t)
{
    uint32_t len = *at++;
    if (len == LENGTH_LONG) {
        memcpy(&len, at, sizeof len);
        at += sizeof len;
    }
    *ret_t = (struct text){(const char *)at, len};
    return at + len;
}

static inline const struct packed_head *head_of(const uint8_t *packed)
{
    return (const struct packed_head *)(const void *)packed;
}

void event_unpack(const uint8_t *packed, struct event *ret_e, struct said_dims *ret_s)
{
    const struct packed_head *head = head_of(packed);
    const uint8_t *at = packed + sizeof *head;
    uint8_t dims = head->dims;
    uint64_t rest = head->present;
    ret_e->ts_ms = head->ts_ms;
    ret_e->kind = head->kind;
    ret_e->topic = head->topic;
    ret_e->present = rest;
    ret_e->roomy = 0;
    ret_e->id = (struct text){(const char *)at, head->id_len};
    at += head->id_len;
    ret_e->entity = (struct text){(const char *)at, head->entity_len};
    at += head->entity_len;
    *ret_s = (struct said_dims){.at = at, .named = dims};
#pragma GCC unroll 8
    for (int d = 0; d < DIM_COUNT; d++) {
        ret_e->dims[d] = (struct text){0};
        if (dims >> d & 1) {
            at = get_counted(at, &ret_e->dims[d]);
        }
    }
    for (; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        if (text_fields >> f & 1) {
            at = get_counted(at, &ret_e->slot[f].text);
        } else {
            memcpy(&ret_e->slot[f].number, at, sizeof(int64_t));
            at += sizeof(int64_t);
        }
    }
}

struct text event_packed_id(const uint8_t *packed)
{
    return (struct text){(const char *)packed + sizeof(struct packed_head), head_of(packed)->id_len};
}

enum event_topic event_packed_topic(const uint8_t *packed)
{
    return head_of(packed)->topic;
}
