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

static size_t packed_size(const struct event *e)
{
    size_t n = sizeof(struct packed_head) + e->id.len + e->entity.len;
    for (int d = 0; d < DIM_COUNT; d++) {
        n += e->dims[d].at ? sizeof(uint32_t) + e->dims[d].len : 0;
    }
    for (uint64_t rest = e->present; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        n += field_rows[f].type == FIELD_TEXT ? sizeof(uint32_t) + e->slot[f].text.len : sizeof(int64_t);
    }
    return n;
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t n)
{
    if (n) {
        memcpy(to, from, n);
    }
    return to + n;
}

static uint8_t *put_counted(uint8_t *to, struct text t)
{
    to = put_bytes(to, &t.len, sizeof t.len);
    return put_bytes(to, t.at, t.len);
}

int event_pack(const struct event *e, struct buf *out)
{
    size_t size = packed_size(e);
    if (buf_reserve(out, size)) {
        return CUBE_ENOMEM;
    }
    struct packed_head head;
    memset(&head, 0, sizeof head);
    head.ts_ms = e->ts_ms;
    head.present = e->present;
    head.id_len = e->id.len;
    head.entity_len = e->entity.len;
    head.kind = (uint8_t)e->kind;
    head.topic = (uint8_t)e->topic;
    for (int d = 0; d < DIM_COUNT; d++) {
        head.dims |= (uint8_t)((e->dims[d].at != NULL) << d);
    }
    uint8_t *to = put_bytes(out->at + out->len, &head, sizeof head);
    to = put_bytes(to, e->id.at, e->id.len);
    to = put_bytes(to, e->entity.at, e->entity.len);
    for (int d = 0; d < DIM_COUNT; d++) {
        to = e->dims[d].at ? put_counted(to, e->dims[d]) : to;
    }
    for (uint64_t rest = e->present; rest; rest &= rest - 1) {
        int f = __builtin_ctzll(rest);
        to = field_rows[f].type == FIELD_TEXT ? put_counted(to, e->slot[f].text) : put_bytes(to, &e->slot[f].number, sizeof(int64_t));
    }
    out->len += size;
    return 0;
}

static const uint8_t *get_counted(const uint8_t *at, struct text *ret_t)
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
        if (field_rows[f].type == FIELD_TEXT) {
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
