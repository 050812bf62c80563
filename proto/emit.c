#include "proto/emit.h"

#include <msgpack.h>

#include "base/check.h"
#include "base/fixed.h"
#include "base/json_number.h"

static void put(struct emit *e, const void *at, size_t n)
{
    if (e->error == 0 && n > 0) {
        e->error = buf_append(e->out, at, n);
    }
}

static int put_packed(void *arg, const char *at, size_t n)
{
    put(arg, at, n);
    return 0;
}

static msgpack_packer packer(struct emit *e)
{
    msgpack_packer p;
    msgpack_packer_init(&p, e, put_packed);
    return p;
}

/* Before every key, and before every value that is a member of an array. */
static void separate(struct emit *e)
{
    struct emit_level *l = &e->level[e->depth - 1];
    if (e->format == FORMAT_JSON && !l->first) {
        put(e, ",", 1);
    }
    l->first = false;
    l->count++;
}

/* Before every value: in a map its key has stood there already. */
static void before_value(struct emit *e)
{
    if (e->depth == 0) {
        return;
    }
    struct emit_level *l = &e->level[e->depth - 1];
    if (!l->map) {
        separate(e);
        return;
    }
    CHECK_PRE(l->key_due);
    l->key_due = false;
}

static void put_json_char(struct emit *e, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char named[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                 ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (c < sizeof named && named[c]) {
        put(e, (char[]){'\\', named[c]}, 2);
    } else {
        put(e, (char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
    }
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void put_json_text(struct emit *e, struct text t)
{
    uint32_t from = 0;
    put(e, "\"", 1);
    for (uint32_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (needs_escape(c)) {
            put(e, t.at + from, i - from);
            put_json_char(e, c);
            from = i + 1;
        }
    }
    put(e, t.at + from, t.len - from);
    put(e, "\"", 1);
}

static void put_text_value(struct emit *e, struct text t)
{
    if (e->format == FORMAT_JSON) {
        put_json_text(e, t);
        return;
    }
    msgpack_packer p = packer(e);
    msgpack_pack_str(&p, t.len);
    msgpack_pack_str_body(&p, t.at, t.len);
}

static void open_level(struct emit *e, bool map)
{
    before_value(e);
    CHECK_PRE(e->depth < EMIT_DEPTH_MAX);
    struct emit_level *l = &e->level[e->depth++];
    *l = (struct emit_level){.map = map, .first = true, .head = e->out->len};
    if (e->format == FORMAT_JSON) {
        put(e, map ? "{" : "[", 1);
    } else {
        put(e, (uint8_t[]){map ? 0xde : 0xdc, 0, 0}, 3);
    }
}

void emit_begin(struct emit *e, enum output_format format, struct buf *out)
{
    *e = (struct emit){.format = format, .out = out};
}

int emit_end(struct emit *e)
{
    CHECK_PRE(e->depth == 0);
    return e->error;
}

void emit_map(struct emit *e)
{
    open_level(e, true);
}

void emit_array(struct emit *e)
{
    open_level(e, false);
}

void emit_close(struct emit *e)
{
    CHECK_PRE(e->depth > 0);
    struct emit_level *l = &e->level[--e->depth];
    CHECK_PRE(!l->key_due && l->count <= UINT16_MAX);
    if (e->format == FORMAT_JSON) {
        put(e, l->map ? "}" : "]", 1);
    } else if (e->error == 0) {
        e->out->at[l->head + 1] = (uint8_t)(l->count >> 8);
        e->out->at[l->head + 2] = (uint8_t)l->count;
    }
}

void emit_key_text(struct emit *e, struct text name)
{
    CHECK_PRE(e->depth > 0 && e->level[e->depth - 1].map && !e->level[e->depth - 1].key_due);
    separate(e);
    put_text_value(e, name);
    if (e->format == FORMAT_JSON) {
        put(e, ":", 1);
    }
    e->level[e->depth - 1].key_due = true;
}

void emit_key(struct emit *e, const char *name)
{
    emit_key_text(e, text_of(name));
}

void emit_text(struct emit *e, struct text t)
{
    before_value(e);
    put_text_value(e, t);
}

/* Digits by hand: printf costs ten times as much and the locale. */
static void put_decimal(struct emit *e, int64_t v)
{
    char at[20];
    size_t from = sizeof at;
    uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do {
        at[--from] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (v < 0) {
        at[--from] = '-';
    }
    put(e, at + from, sizeof at - from);
}

void emit_int(struct emit *e, int64_t v)
{
    before_value(e);
    if (e->format == FORMAT_JSON) {
        put_decimal(e, v);
        return;
    }
    msgpack_packer p = packer(e);
    msgpack_pack_int64(&p, v);
}

void emit_double(struct emit *e, double v)
{
    before_value(e);
    if (e->format == FORMAT_JSON) {
        char at[JSON_NUMBER_MAX];
        put(e, at, json_number_write(v, at));
        return;
    }
    msgpack_packer p = packer(e);
    msgpack_pack_double(&p, v);
}

void emit_bool(struct emit *e, bool v)
{
    before_value(e);
    if (e->format == FORMAT_JSON) {
        put(e, v ? "true" : "false", v ? 4 : 5);
        return;
    }
    put(e, (uint8_t[]){v ? 0xc3 : 0xc2}, 1);
}

void emit_fixed(struct emit *e, __int128 micro)
{
    emit_double(e, fixed_to_double(micro));
}
