#include "engine/event_pack.h"

#include <string.h>

struct packed_head {
    int64_t ts_ms;
    uint64_t present;
    uint32_t id_len, entity_len;
    uint8_t kind, topic, dims;
};

/* Layout: head, id, entity, then per dimension of the mask (length, bytes), then per present field a
 * number (8 bytes) or (length, bytes). Nothing is aligned: all access goes through memcpy. */

/* The fields that are texts. */
#define X(symbol, name, type) | (FIELD_##type == FIELD_TEXT ? UINT64_C(1) << EVENT_##symbol : 0)
static const uint64_t text_fields = UINT64_C(0) EVENT_FIELDS(X);
#undef X

static size_t packed_size(const struct event *e)
{
    size_t n = sizeof(struct packed_head) + e->id.len + e->entity.len;
    for (int d = 0; d < DIM_COUNT; d++) {
        n += e->dims[d].at ? sizeof(uint32_t) + e->dims[d].len : 0;
    }
    for (uint64_t rest = e->present & text_fields; rest; rest &= rest - 1) {
        n += sizeof(uint32_t) + e->slot[__builtin_ctzll(rest)].text.len;
    }
    return n + sizeof(int64_t) * (unsigned)__builtin_popcountll(e->present & ~text_fields);
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

static inline uint8_t *put_counted(uint8_t *to, struct text t)
{
    memcpy(to, &t.len, sizeof t.len);
    return put_text_bytes(to + sizeof t.len, t);
}

int event_pack(const struct event *e, struct buf *out)
{
    size_t size = packed_size(e);
    if (buf_reserve(out, size)) {
        return CUBE_ENOMEM;
    }
    struct packed_head head = {.ts_ms = e->ts_ms, .present = e->present, .id_len = e->id.len, .entity_len = e->entity.len, .kind = (uint8_t)e->kind,
                               .topic = (uint8_t)e->topic};
    uint8_t *to = out->at + out->len + sizeof head;
    to = put_text_bytes(to, e->id);
    to = put_text_bytes(to, e->entity);
    for (int d = 0; d < DIM_COUNT; d++) {
        if (e->dims[d].at) {
            head.dims |= (uint8_t)(1u << d);
            to = put_counted(to, e->dims[d]);
        }
    }
    for (uint64_t rest = e->present; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        if (text_fields >> f & 1) {
            to = put_counted(to, e->slot[f].text);
        } else {
            memcpy(to, &e->slot[f].number, sizeof(int64_t));
            to += sizeof(int64_t);
        }
    }
    memcpy(out->at + out->len, &head, sizeof head);
    out->len += size;
    return 0;
}

static inline const uint8_t *get_counted(const uint8_t *at, struct text *ret_t)
{
    uint32_t len;
    memcpy(&len, at, sizeof len);
    *ret_t = (struct text){(const char *)at + sizeof len, len};
    return at + sizeof len + len;
}

void event_unpack(const uint8_t *packed, struct event *ret_e)
{
    struct packed_head head;
    memcpy(&head, packed, sizeof head);
    ret_e->ts_ms = head.ts_ms;
    ret_e->kind = head.kind;
    ret_e->topic = head.topic;
    ret_e->present = head.present;
    const uint8_t *at = packed + sizeof head;
    ret_e->id = (struct text){(const char *)at, head.id_len};
    at += head.id_len;
    ret_e->entity = (struct text){(const char *)at, head.entity_len};
    at += head.entity_len;
    for (int d = 0; d < DIM_COUNT; d++) {
        if (head.dims >> d & 1) {
            at = get_counted(at, &ret_e->dims[d]);
        } else {
            ret_e->dims[d] = (struct text){0};
        }
    }
    for (uint64_t rest = head.present; rest; rest &= rest - 1) {
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
    struct packed_head head;
    memcpy(&head, packed, sizeof head);
    return (struct text){(const char *)packed + sizeof head, head.id_len};
}

enum event_topic event_packed_topic(const uint8_t *packed)
{
    struct packed_head head;
    memcpy(&head, packed, sizeof head);
    return head.topic;
}
