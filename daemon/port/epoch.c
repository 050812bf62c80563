#include "port/epoch.h"

#include <stdlib.h>
#include <string.h>

/* A header is stored as u32 name length, u32 value length (ABSENT: none), name, value. */
#define ABSENT UINT32_MAX

static int list_reserve(struct epoch_message **list, uint32_t count, uint32_t *capacity)
{
    if (count < *capacity) {
        return 0;
    }
    uint32_t more = *capacity ? *capacity * 2 : 64;
    struct epoch_message *at = realloc(*list, more * sizeof(*at));
    if (!at) {
        return CUBE_ENOMEM;
    }
    *list = at;
    *capacity = more;
    return 0;
}

static int messages_reserve(struct epoch *e)
{
    return list_reserve(&e->messages, e->message_count, &e->message_capacity);
}

static size_t headers_size(const struct header *headers, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size += 8 + headers[i].name.len + (headers[i].value.at ? headers[i].value.len : 0);
    }
    return size;
}

/* Room was reserved before: a copy into it cannot fail. */
static uint64_t copy_in(struct buf *b, const void *at, size_t len)
{
    uint64_t where = b->len;
    if (len > 0) {
        memcpy(b->at + b->len, at, len);
    }
    b->len += len;
    return where;
}

static void header_copy_in(struct buf *b, const struct header *h)
{
    uint32_t lens[2] = {h->name.len, h->value.at ? h->value.len : ABSENT};
    copy_in(b, lens, sizeof(lens));
    copy_in(b, h->name.at, h->name.len);
    copy_in(b, h->value.at, h->value.at ? h->value.len : 0);
}

int epoch_add(struct epoch *e, enum topic_role role, int32_t partition, int64_t timestamp_ms, const uint8_t *key,
              size_t key_len, const uint8_t *value, size_t value_len, const struct header *headers,
              uint32_t header_count)
{
    size_t size = (key ? key_len : 0) + (value ? value_len : 0) + headers_size(headers, header_count);
    bool full = size > e->bytes.capacity - e->bytes.len; /* nearly never, and messages are many */
    if (messages_reserve(e) || (full && buf_reserve(&e->bytes, size))) {
        return CUBE_ENOMEM;
    }
    struct epoch_message *m = &e->messages[e->message_count++];
    *m = (struct epoch_message){.role = role, .partition = partition, .timestamp_ms = timestamp_ms, .landed = -1};
    m->has_key = key != NULL;
    m->has_value = value != NULL;
    m->key_len = key ? (uint32_t)key_len : 0;
    m->value_len = value ? (uint32_t)value_len : 0;
    m->key = copy_in(&e->bytes, key, m->key_len);
    m->value = copy_in(&e->bytes, value, m->value_len);
    m->headers = e->bytes.len;
    m->header_count = header_count;
    for (uint32_t i = 0; i < header_count; i++) {
        header_copy_in(&e->bytes, &headers[i]);
    }
    return 0;
}

int epoch_wrote(struct epoch *e, enum topic_role role, int32_t partition, int64_t timestamp_ms, size_t key_len, size_t value_len)
{
    if (messages_reserve(e)) {
        return CUBE_ENOMEM;
    }
    uint64_t key = e->bytes.len - value_len - key_len;
    e->messages[e->message_count++] = (struct epoch_message){
        .role = role, .partition = partition, .timestamp_ms = timestamp_ms,
        .has_key = true, .has_value = value_len > 0, .key = key, .value = key + key_len, .headers = e->bytes.len,
        .key_len = (uint32_t)key_len, .value_len = (uint32_t)value_len, .landed = -1};
    return 0;
}

int epoch_note(struct epoch *e, enum topic_role changelog, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value,
               size_t value_len)
{
    if (list_reserve(&e->notes, e->note_count, &e->note_capacity) || buf_reserve(&e->bytes, key_len + value_len)) {
        return CUBE_ENOMEM;
    }
    struct epoch_message *n = &e->notes[e->note_count++];
    *n = (struct epoch_message){.role = changelog, .partition = partition, .has_key = true, .has_value = value != NULL, .key_len = (uint32_t)key_len,
                                .value_len = (uint32_t)value_len, .landed = -1};
    n->key = copy_in(&e->bytes, key, key_len);
    n->value = copy_in(&e->bytes, value, value_len);
    return 0;
}

static int message_take(struct epoch *e, const struct epoch *from, const struct epoch_message *m)
{
    struct header *headers = calloc(m->header_count + 1, sizeof *headers);
    if (!headers) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < m->header_count; i++) {
        headers[i] = epoch_header(from, m, i);
    }
    int rc = epoch_add(e, m->role, m->partition, m->timestamp_ms, epoch_key(from, m), m->key_len, epoch_value(from, m), m->value_len, headers,
                       m->header_count);
    free(headers);
    return rc;
}

int epoch_take(struct epoch *e, struct epoch *from)
{
    int rc = 0;
    for (uint32_t i = 0; i < from->message_count && !rc; i++) {
        rc = message_take(e, from, &from->messages[i]);
    }
    if (!rc) {
        epoch_clear(from);
    }
    return rc;
}

int epoch_offset_set(struct epoch *e, enum topic_role role, int32_t partition, int64_t next)
{
    for (uint32_t i = 0; i < e->offset_count; i++) {
        if (e->offsets[i].role == role && e->offsets[i].partition == partition) {
            e->offsets[i].next = next;
            return 0;
        }
    }
    if (e->offset_count == e->offset_capacity) {
        uint32_t capacity = e->offset_capacity ? e->offset_capacity * 2 : 16;
        struct epoch_offset *at = realloc(e->offsets, capacity * sizeof(*at));
        if (!at) {
            return CUBE_ENOMEM;
        }
        e->offsets = at;
        e->offset_capacity = capacity;
    }
    e->offsets[e->offset_count++] = (struct epoch_offset){role, partition, next};
    return 0;
}

/* Present and empty is not absent, also when the epoch holds no byte at all. */
static const uint8_t *bytes_at(const struct epoch *e, uint64_t at)
{
    return e->bytes.at ? e->bytes.at + at : (const uint8_t *)"";
}

struct header epoch_header(const struct epoch *e, const struct epoch_message *m, uint32_t i)
{
    const uint8_t *at = bytes_at(e, m->headers);
    for (;; i--) {
        uint32_t lens[2];
        memcpy(lens, at, sizeof(lens));
        at += sizeof(lens);
        uint32_t value_len = lens[1] == ABSENT ? 0 : lens[1];
        if (i == 0) {
            struct header h = {{(const char *)at, lens[0]}, {(const char *)at + lens[0], value_len}};
            h.value.at = lens[1] == ABSENT ? NULL : h.value.at;
            return h;
        }
        at += lens[0] + value_len;
    }
}

const uint8_t *epoch_key(const struct epoch *e, const struct epoch_message *m)
{
    return m->has_key ? bytes_at(e, m->key) : NULL;
}

const uint8_t *epoch_value(const struct epoch *e, const struct epoch_message *m)
{
    return m->has_value ? bytes_at(e, m->value) : NULL;
}

void epoch_clear(struct epoch *e)
{
    buf_clear(&e->bytes);
    e->message_count = e->note_count = 0;
    e->offset_count = 0;
}

void epoch_close(struct epoch *e)
{
    buf_close(&e->bytes);
    free(e->messages);
    free(e->offsets);
    free(e->notes);
    *e = (struct epoch){0};
}
