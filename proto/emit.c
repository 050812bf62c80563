#include "proto/emit.h"

#include <msgpack.h>

#include "base/check.h"
#include "base/fixed.h"
#include "base/json_number.h"

/* Room for n bytes, to be filled at once; NULL after an error. Outputs are many small pieces, so the way
 * through when there is room must be short. */
static uint8_t *room(struct emit *e, size_t n)
{
    struct buf *b = e->out;
    if (e->error || (b->capacity - b->len < n && (e->error = buf_reserve(b, n)) != 0)) {
        return NULL;
    }
    uint8_t *at = b->at + b->len;
    b->len += n;
    return at;
}

static void put(struct emit *e, const void *at, size_t n)
{
    uint8_t *to = n ? room(e, n) : NULL;
    if (to) {
        memcpy(to, at, n);
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

static uint32_t plain_length(struct text t, uint32_t from)
{
    uint32_t i = from;
    while (i < t.len && !needs_escape((unsigned char)t.at[i])) {
        i++;
    }
    return i - from;
}

static void put_json_text(struct emit *e, struct text t)
{
    put(e, "\"", 1);
    for (uint32_t i = 0; i < t.len; i++) {
        uint32_t plain = plain_length(t, i);
        put(e, t.at + i, plain);
        i += plain;
        if (i < t.len) {
            put_json_char(e, (unsigned char)t.at[i]);
        }
    }
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
    CHECK_PRE(e->depth > 0);
    CHECK_PRE(e->level[e->depth - 1].map && !e->level[e->depth - 1].key_due);
    separate(e);
    put_text_value(e, name);
    if (e->format == FORMAT_JSON) {
        put(e, ":", 1);
    }
    e->level[e->depth - 1].key_due = true;
}

void emit_key(struct emit *e, const char *name)
{
    if (e->format != FORMAT_JSON) {
        emit_key_text(e, text_of(name));
        return;
    }
    CHECK_PRE(e->depth > 0);
    struct emit_level *l = &e->level[e->depth - 1];
    CHECK_PRE(l->map && !l->key_due);
    struct text t = text_of(name);
    uint8_t *at = room(e, (size_t)t.len + 3 + !l->first);
    if (at) {
        at[0] = ',';
        at += !l->first;
        at[0] = '"';
        memcpy(at + 1, t.at, t.len);
        at[t.len + 1] = '"';
        at[t.len + 2] = ':';
    }
    l->first = false;
    l->key_due = true;
    l->count++;
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
