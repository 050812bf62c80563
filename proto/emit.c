#include "proto/emit.h"

#include <msgpack.h>

#include "base/check.h"
#include "base/digits.h"
#include "base/fixed.h"
#include "base/json_number.h"

/* Room for n bytes at the end, not taken yet; NULL after an error. Outputs are many small pieces, so the way through when
 * there is room must be short. */
static uint8_t *spare(struct emit *e, size_t n)
{
    struct buf *b = e->out;
    if (e->error || (b->capacity - b->len < n && (e->error = buf_reserve(b, n)) != 0)) {
        return NULL;
    }
    return b->at + b->len;
}

/* The same, to be filled at once. */
static uint8_t *room(struct emit *e, size_t n)
{
    uint8_t *at = spare(e, n);
    e->out->len += at ? n : 0;
    return at;
}

static void put(struct emit *e, const void *at, size_t n)
{
    uint8_t *to = n ? room(e, n) : NULL;
    if (to) {
        memcpy(to, at, n);
    }
}

static void put_byte(struct emit *e, char c)
{
    uint8_t *to = room(e, 1);
    if (to) {
        *to = (uint8_t)c;
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
        put_byte(e, ',');
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

/* Likewise for some byte of a word; bytes above 0x7f are none. */
static bool word_needs_escape(uint64_t w)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t quote = w ^ ones * '"', backslash = w ^ ones * '\\';
    uint64_t found = ((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash);
    return found & ones * 0x80;
}

static bool is_plain(struct text t)
{
    uint32_t i = 0;
    for (; i + 8 <= t.len; i += 8) {
        uint64_t w;
        memcpy(&w, t.at + i, sizeof w);
        if (word_needs_escape(w)) {
            return false;
        }
    }
    while (i < t.len && !needs_escape((unsigned char)t.at[i])) {
        i++;
    }
    return i == t.len;
}

/* A text that needs no escaping, between quotes; `more` bytes of room stay behind it. NULL after an error. */
static uint8_t *put_plain_text(struct emit *e, struct text t, size_t more)
{
    uint8_t *at = room(e, (size_t)t.len + 2 + more);
    if (at) {
        at[0] = '"';
        if (t.len) {
            memcpy(at + 1, t.at, t.len);
        }
        at[t.len + 1] = '"';
        at += t.len + 2;
    }
    return at;
}

static void put_escaped_text(struct emit *e, struct text t)
{
    put_byte(e, '"');
    for (uint32_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (needs_escape(c)) {
            put_json_char(e, c);
        } else {
            put_byte(e, (char)c);
        }
    }
    put_byte(e, '"');
}

static void put_json_text(struct emit *e, struct text t)
{
    if (is_plain(t)) {
        put_plain_text(e, t, 0);
    } else {
        put_escaped_text(e, t);
    }
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
        put_byte(e, map ? '{' : '[');
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
        put_byte(e, l->map ? '}' : ']');
    } else if (e->error == 0) {
        e->out->at[l->head + 1] = (uint8_t)(l->count >> 8);
        e->out->at[l->head + 2] = (uint8_t)l->count;
    }
}

/* The level at which a key is due. */
static struct emit_level *key_level(struct emit *e)
{
    CHECK_PRE(e->depth > 0);
    struct emit_level *l = &e->level[e->depth - 1];
    CHECK_PRE(l->map && !l->key_due);
    return l;
}

void emit_key_text(struct emit *e, struct text name)
{
    struct emit_level *l = key_level(e);
    separate(e);
    put_text_value(e, name);
    if (e->format == FORMAT_JSON) {
        put_byte(e, ':');
    }
    l->key_due = true;
}

void emit_key(struct emit *e, const char *name)
{
    struct emit_level *l = key_level(e);
    if (e->format != FORMAT_JSON) {
        emit_key_text(e, text_of(name));
        return;
    }
    separate(e);
    uint8_t *at = put_plain_text(e, text_of(name), 1);
    if (at) {
        *at = ':';
    }
    l->key_due = true;
}

void emit_key_name(struct emit *e, const struct emit_name *name)
{
    struct emit_level *l = key_level(e);
    if (e->format != FORMAT_JSON) {
        emit_key_text(e, (struct text){name->json + 2, name->len});
        return;
    }
    uint8_t *at = spare(e, sizeof name->json);
    if (at) {
        memcpy(at, name->json + l->first, sizeof name->json - 1); /* as long as any, for the processor's sake */
        e->out->len += (size_t)name->len + EMIT_NAME_MARKS - l->first;
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

static void put_decimal(struct emit *e, int64_t v)
{
    uint8_t *at = spare(e, DIGITS_MAX + 1);
    if (at) {
        at[0] = '-';
        e->out->len += (v < 0) + digits_write(v < 0 ? -(uint64_t)v : (uint64_t)v, (char *)at + (v < 0));
    }
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
        uint8_t *at = spare(e, JSON_NUMBER_MAX);
        e->out->len += at ? json_number_write(v, (char *)at) : 0;
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
