#include "cli/value_json.h"

#include <math.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/emit.h"
#include "proto/msgpack_cursor.h"
#include "proto/utf8.h"

#define DEPTH_MAX 16

static json_t *take(struct msgpack_cursor *c, int depth);

static json_t *bytes_json(const struct mp_token *t)
{
    struct buf b = {0};
    json_t *j = base64_append(&b, t->bytes.at, t->bytes.len) ? NULL : json_stringn(b.len ? (const char *)b.at : "", b.len);
    buf_close(&b);
    return j;
}

static json_t *array_json(struct msgpack_cursor *c, uint32_t count, int depth)
{
    json_t *all = json_array();
    for (uint32_t i = 0; all && i < count; i++) {
        json_t *one = take(c, depth);
        if (!one || json_array_append_new(all, one)) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

/* A member whose name is no text, or one that the tree cannot hold, is passed over. */
static bool member_take(struct msgpack_cursor *c, int depth, json_t *all)
{
    struct msgpack_cursor from = *c;
    struct mp_token name;
    if (msgpack_cursor_next(c, &name) == 0 && name.type == MP_STR && !memchr(name.bytes.at, 0, name.bytes.len)) {
        json_t *one = take(c, depth);
        return one && json_object_setn_new(all, (const char *)name.bytes.at, name.bytes.len, one) == 0;
    }
    *c = from;
    json_t *other = take(c, depth), *one = other ? take(c, depth) : NULL;
    bool good = one != NULL;
    json_decref(other);
    json_decref(one);
    return good;
}

static json_t *map_json(struct msgpack_cursor *c, uint32_t count, int depth)
{
    json_t *all = json_object();
    for (uint32_t i = 0; all && i < count; i++) {
        if (!member_take(c, depth, all)) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

static json_t *take(struct msgpack_cursor *c, int depth)
{
    struct mp_token t;
    if (depth == 0 || msgpack_cursor_next(c, &t) != 0) {
        return NULL;
    }
    switch (t.type) {
    case MP_NIL:
    case MP_EXT: return json_null();
    case MP_BOOL: return json_boolean(t.flag);
    case MP_UINT: return t.uint <= INT64_MAX ? json_integer((json_int_t)t.uint) : json_real((double)t.uint);
    case MP_NEGATIVE: return json_integer(t.integer);
    case MP_FLOAT: return isfinite(t.real) ? json_real(t.real) : json_null();
    case MP_STR: return json_stringn((const char *)t.bytes.at, t.bytes.len);
    case MP_BIN: return bytes_json(&t);
    case MP_ARRAY: return array_json(c, t.count, depth - 1);
    case MP_MAP: return map_json(c, t.count, depth - 1);
    }
    return NULL;
}

json_t *value_json(const uint8_t *at, size_t len)
{
    if (len > 0 && (*at == '{' || *at == '[')) {
        return json_loadb((const char *)at, len, JSON_ALLOW_NUL, NULL);
    }
    struct msgpack_cursor c = {at, at + len};
    json_t *j = take(&c, DEPTH_MAX);
    if (j && c.at != c.end) {
        json_decref(j);
        return NULL;
    }
    return j;
}

/* Whether no more than so many maps and lists lie within each other. */
static bool is_flat(const json_t *j, int depth)
{
    const char *name;
    json_t *one;
    size_t i;
    bool flat = depth > 0 || !(json_is_object(j) || json_is_array(j));
    json_object_foreach((json_t *)(uintptr_t)j, name, one)
    {
        flat = flat && is_flat(one, depth - 1);
    }
    json_array_foreach(j, i, one)
    {
        flat = flat && is_flat(one, depth - 1);
    }
    return flat;
}

static void put(struct emit *e, const json_t *j);

static void put_members(struct emit *e, const json_t *j)
{
    const char *name;
    json_t *one;
    size_t i;
    if (json_is_object(j)) {
        emit_map(e);
        json_object_foreach((json_t *)(uintptr_t)j, name, one)
        {
            if (json_is_null(one)) {
                continue;
            }
            emit_key_text(e, text_of(name));
            put(e, one);
        }
    } else {
        emit_array(e);
        json_array_foreach(j, i, one)
        {
            put(e, one);
        }
    }
    emit_close(e);
}

static void put(struct emit *e, const json_t *j)
{
    switch (json_typeof(j)) {
    case JSON_OBJECT:
    case JSON_ARRAY: put_members(e, j); break;
    case JSON_STRING: emit_text(e, (struct text){json_string_value(j), (uint32_t)json_string_length(j)}); break;
    case JSON_INTEGER: emit_int(e, json_integer_value(j)); break;
    case JSON_REAL: emit_double(e, json_real_value(j)); break;
    default: emit_bool(e, json_is_true(j)); /* null in an array: none of our outputs has it */
    }
}

int value_json_text(const json_t *j, struct buf *out)
{
    struct emit e;
    if (!is_flat(j, EMIT_DEPTH_MAX - 1)) {
        return CUBE_ELIMIT;
    }
    emit_begin(&e, FORMAT_JSON, out);
    put(&e, j);
    return emit_end(&e);
}

json_t *value_json_path(const char *path)
{
    struct buf b = {0};
    int rc = 0;
    for (size_t left = strlen(path); left > 0 && !rc;) {
        size_t len = utf8_sequence((const uint8_t *)path, left);
        rc = len ? buf_append(&b, path, len) : buf_append(&b, "\xef\xbf\xbd", 3);
        len = len ? len : 1;
        path += len;
        left -= len;
    }
    json_t *j = rc ? NULL : json_stringn(b.at ? (const char *)b.at : "", b.len);
    buf_close(&b);
    return j;
}
