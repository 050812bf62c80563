#include <msgpack.h>
#include <stdlib.h>

#include "proto/decimal.h"
#include "proto/event_encode.h"
#include "proto/json_scan.h"

/* Any count of this size has a header of three bytes, whose last two are the count. */
#define PLACEHOLDER_COUNT 0x1000
#define COUNT_BYTES 2

struct recoding {
    struct json_scan scan;
    msgpack_packer packer;
    struct buf *out;
    struct level {
        size_t count_at; /* where in out the count of members stands */
        uint32_t members;
        bool object;
    } levels[RECORD_DEPTH_MAX];
};

static int write_bytes(void *out, const char *at, size_t len)
{
    return buf_append(out, at, len);
}

static int open_level(struct recoding *r, bool object)
{
    if (r->scan.too_deep) {
        return CUBE_EFORMAT;
    }
    int rc = object ? msgpack_pack_map(&r->packer, PLACEHOLDER_COUNT)
                    : msgpack_pack_array(&r->packer, PLACEHOLDER_COUNT);
    if (rc) {
        return CUBE_ENOMEM;
    }
    r->levels[r->scan.depth - 1] =
        (struct level){.count_at = r->out->len - COUNT_BYTES, .object = object};
    return 0;
}

static void close_level(struct recoding *r)
{
    const struct level *l = &r->levels[r->scan.depth];
    r->out->at[l->count_at] = (uint8_t)(l->members >> 8);
    r->out->at[l->count_at + 1] = (uint8_t)l->members;
}

static int put_text_token(struct recoding *r, const struct json_token *t)
{
    if (!t->valid) {
        return CUBE_EFORMAT;
    }
    if (msgpack_pack_str(&r->packer, t->decoded) || buf_reserve(r->out, t->decoded)) {
        return CUBE_ENOMEM;
    }
    if (t->decoded) {
        json_unescape(t, r->out->at + r->out->len);
        r->out->len += t->decoded;
    }
    return 0;
}

/* The text ends at a byte that is no part of a number, because an object surrounds it. */
static int put_number_token(struct recoding *r, const struct json_token *t)
{
    int64_t v = 0;
    bool exact;
    if (t->whole && decimal_scaled(t->raw, 0, &v, &exact) == 0) {
        return msgpack_pack_int64(&r->packer, v) ? CUBE_ENOMEM : 0;
    }
    return msgpack_pack_double(&r->packer, strtod(t->raw.at, NULL)) ? CUBE_ENOMEM : 0;
}

static int put_token(struct recoding *r, const struct json_token *t)
{
    switch (t->type) {
    case JSON_SCAN_OBJECT:
    case JSON_SCAN_ARRAY: return open_level(r, t->type == JSON_SCAN_OBJECT);
    case JSON_SCAN_OBJECT_END:
    case JSON_SCAN_ARRAY_END: close_level(r); return 0;
    case JSON_SCAN_KEY:
    case JSON_SCAN_TEXT: return put_text_token(r, t);
    case JSON_SCAN_NUMBER: return put_number_token(r, t);
    case JSON_SCAN_TRUE: return msgpack_pack_true(&r->packer) ? CUBE_ENOMEM : 0;
    case JSON_SCAN_FALSE: return msgpack_pack_false(&r->packer) ? CUBE_ENOMEM : 0;
    default: return msgpack_pack_nil(&r->packer) ? CUBE_ENOMEM : 0;
    }
}

/* Keys count in objects, values in arrays; depth_before is that of the container the token stands
 * in. */
static void count_member(struct recoding *r, const struct json_token *t, uint32_t depth_before)
{
    if (depth_before == 0 || t->type == JSON_SCAN_OBJECT_END || t->type == JSON_SCAN_ARRAY_END) {
        return;
    }
    struct level *l = &r->levels[depth_before - 1];
    l->members += l->object ? t->type == JSON_SCAN_KEY : 1;
}

static int recode(struct recoding *r)
{
    struct json_token t;
    for (;;) {
        uint32_t depth = r->scan.depth;
        if (json_scan_next(&r->scan, &t)) {
            return CUBE_EFORMAT;
        }
        if (t.type == JSON_SCAN_END) {
            return 0;
        }
        count_member(r, &t, depth);
        int rc = put_token(r, &t);
        if (rc) {
            return rc;
        }
    }
}

int event_json_to_msgpack(const uint8_t *json, size_t len, struct buf *out)
{
    if (len == 0 || json[0] != '{') {
        return CUBE_EFORMAT;
    }
    struct recoding r;
    size_t before = out->len;
    r.out = out;
    json_scan_init(&r.scan, json, len);
    msgpack_packer_init(&r.packer, out, write_bytes);
    int rc = recode(&r);
    if (rc) {
        out->len = before;
    }
    return rc;
}
