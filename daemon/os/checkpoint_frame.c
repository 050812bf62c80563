#include "os/checkpoint_frame.h"

#include <string.h>

#include "base/check.h"
#include "base/hash.h"

static const uint8_t magic[8] = {'c', 'u', 'b', 'e', 'd', 'c', 'k', 'p'};

enum { HEAD_FIXED = 40, DIGEST = 8, FRAME_HEAD = 12, BODY_HEAD = 33 };

static void u32_write(uint8_t *at, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(v >> 8 * i);
    }
}

static void u64_write(uint8_t *at, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (uint8_t)(v >> 8 * i);
    }
}

static uint32_t u32_read(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t u64_read(const uint8_t *at)
{
    return (uint64_t)u32_read(at) | (uint64_t)u32_read(at + 4) << 32;
}

int checkpoint_head_put(struct buf *b, const struct checkpoint_head *h, uint64_t *ret_chain)
{
    if (h->identity.len > CHECKPOINT_IDENTITY_MAX) {
        return CUBE_ELIMIT;
    }
    size_t len = HEAD_FIXED + h->identity.len + DIGEST;
    int rc = buf_reserve(b, len);
    if (rc) {
        return rc;
    }
    uint8_t *at = b->at + b->len;
    memcpy(at, magic, sizeof magic);
    u32_write(at + 8, CHECKPOINT_FILE_VERSION);
    u32_write(at + 12, (uint32_t)len);
    u64_write(at + 16, (uint64_t)h->made_ms);
    u64_write(at + 24, h->follows);
    u64_write(at + 32, h->stands_for);
    memcpy(at + HEAD_FIXED, h->identity.at, h->identity.len);
    *ret_chain = hash64(at, len - DIGEST);
    u64_write(at + len - DIGEST, *ret_chain);
    b->len += len;
    return 0;
}

int checkpoint_head_get(const uint8_t *at, size_t len, struct checkpoint_head *ret_h, size_t *ret_len, uint64_t *ret_chain)
{
    if (memcmp(at, magic, len < sizeof magic ? len : sizeof magic) != 0) {
        return CUBE_ENOTFOUND;
    }
    if (len < HEAD_FIXED + DIGEST) {
        return CUBE_ETRUNCATED;
    }
    if (u32_read(at + 8) != CHECKPOINT_FILE_VERSION) {
        return CUBE_EVERSION;
    }
    uint32_t whole = u32_read(at + 12);
    if (whole < HEAD_FIXED + DIGEST || whole > HEAD_FIXED + DIGEST + CHECKPOINT_IDENTITY_MAX) {
        return CUBE_EFORMAT;
    }
    if (whole > len) {
        return CUBE_ETRUNCATED;
    }
    uint64_t digest = hash64(at, whole - DIGEST);
    if (digest != u64_read(at + whole - DIGEST)) {
        return CUBE_EFORMAT;
    }
    *ret_h = (struct checkpoint_head){
        .made_ms = (int64_t)u64_read(at + 16),
        .follows = u64_read(at + 24),
        .stands_for = u64_read(at + 32),
        .identity = {(const char *)at + HEAD_FIXED, whole - HEAD_FIXED - DIGEST},
    };
    *ret_len = whole;
    *ret_chain = digest;
    return 0;
}

int checkpoint_frame_begin(struct buf *b, size_t *ret_begin)
{
    int rc = buf_reserve(b, FRAME_HEAD + BODY_HEAD);
    if (rc) {
        return rc;
    }
    *ret_begin = b->len;
    b->len += FRAME_HEAD + BODY_HEAD;
    return 0;
}

size_t checkpoint_frame_fill(const struct buf *b, size_t begin)
{
    return b->len - begin - FRAME_HEAD - BODY_HEAD;
}

int checkpoint_record_put(struct buf *b, size_t begin, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    if (key_len > CHECKPOINT_BODY_MAX || value_len > CHECKPOINT_BODY_MAX) {
        return CUBE_ELIMIT;
    }
    size_t most = 2 * VARINT_BYTES_MAX + key_len + value_len;
    if (BODY_HEAD + checkpoint_frame_fill(b, begin) + most > CHECKPOINT_BODY_MAX) {
        return CUBE_ELIMIT;
    }
    int rc = buf_reserve(b, most);
    if (rc) {
        return rc;
    }
    uint8_t *at = varint_write(b->at + b->len, key_len);
    at = varint_write(at, value ? value_len + 1 : 0);
    if (key_len) {
        memcpy(at, key, key_len);
    }
    if (value && value_len) {
        memcpy(at + key_len, value, value_len);
    }
    b->len = (size_t)(at - b->at) + key_len + (value ? value_len : 0);
    return 0;
}

void checkpoint_frame_end(struct buf *b, size_t begin, const struct checkpoint_mark *mark, uint64_t *chain)
{
    CHECK_PRE(b->len >= begin + FRAME_HEAD + BODY_HEAD);
    uint8_t *at = b->at + begin, *body = at + FRAME_HEAD;
    size_t len = b->len - begin - FRAME_HEAD;
    memset(body, 0, BODY_HEAD);
    if (mark) {
        body[0] = 1;
        u64_write(body + 1, (uint64_t)mark->wall_ms);
        u64_write(body + 9, (uint64_t)mark->place.at);
        u64_write(body + 17, mark->place.lineage);
        u64_write(body + 25, mark->place.seq);
    }
    *chain = hash64_seed(body, len, *chain);
    u32_write(at, (uint32_t)len);
    u64_write(at + 4, *chain);
}

int checkpoint_frame_get(const uint8_t *at, size_t len, uint64_t *chain, struct checkpoint_frame *ret_f, size_t *ret_len)
{
    if (len < FRAME_HEAD) {
        *ret_len = FRAME_HEAD;
        return CUBE_ETRUNCATED;
    }
    uint32_t size = u32_read(at);
    if (size < BODY_HEAD || size > CHECKPOINT_BODY_MAX) {
        return CUBE_EFORMAT;
    }
    if (len - FRAME_HEAD < size) {
        *ret_len = FRAME_HEAD + (size_t)size;
        return CUBE_ETRUNCATED;
    }
    const uint8_t *body = at + FRAME_HEAD;
    uint64_t digest = hash64_seed(body, size, *chain);
    if (digest != u64_read(at + 4) || body[0] > 1) {
        return CUBE_EFORMAT;
    }
    *ret_f = (struct checkpoint_frame){.marked = body[0] == 1, .records = {body + BODY_HEAD, body + size}};
    ret_f->mark.wall_ms = (int64_t)u64_read(body + 1);
    ret_f->mark.place.at = (int64_t)u64_read(body + 9);
    ret_f->mark.place.lineage = u64_read(body + 17);
    ret_f->mark.place.seq = u64_read(body + 25);
    *ret_len = FRAME_HEAD + (size_t)size;
    *chain = digest;
    return 0;
}

int checkpoint_record_get(struct cursor *c, struct record *r)
{
    uint64_t key_len, value_len;
    if (c->at == c->end) {
        return 0;
    }
    if (get_uint(c, &key_len) || get_uint(c, &value_len)) {
        return CUBE_EFORMAT;
    }
    uint64_t rest = (uint64_t)(c->end - c->at), bytes = value_len ? value_len - 1 : 0;
    if (key_len > rest || bytes > rest - key_len) {
        return CUBE_EFORMAT;
    }
    r->key = c->at;
    r->key_len = (size_t)key_len;
    r->value = value_len ? c->at + key_len : NULL;
    r->value_len = (size_t)bytes;
    c->at += key_len + bytes;
    return 1;
}
