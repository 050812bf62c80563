#include "proto/emit.h"

#include <string.h>

#include "base/check.h"
#include "base/digits.h"
#include "base/fixed.h"
#include "base/json_number.h"
#include "proto/emit_text.h"

_Static_assert(sizeof(struct emit_name) + 2 * JSON_NUMBER_MAX + 4 <= EMIT_SPARE, "pieces fit without asking for room");
_Static_assert(sizeof(struct emit_name) + TEXT_SHORT + 2 * sizeof(uint64_t) <= EMIT_SPARE, "so does a short text with its name");

enum {
    LEVEL_MAP = 1,
    LEVEL_DUE = 2,   /* a key stands there, its value does not */
    LEVEL_LATER = 4, /* something stands there already */
    LEVEL_ROOT = 8,  /* no level: a place for one value */
};

/* ---- room ---------------------------------------------------------------------------------------- */

/* After an error all goes to the same few bytes over and over. */
static void fail(struct emit *e, int error)
{
    e->error = error;
    e->nowhere = (struct buf){.at = e->spare, .len = 0, .capacity = sizeof e->spare};
    e->out = &e->nowhere;
}

/* Makes room for n bytes behind those that are there, and what is always spare. Returns the place; perhaps there is an error. */
static uint8_t *grow(struct emit *e, size_t there, size_t n)
{
    if (e->error == 0) {
        e->out->len = there;
        int rc = buf_reserve(e->out, n + EMIT_SPARE);
        if (rc) {
            fail(e, rc);
        }
    }
    struct buf *b = e->out;
    b->len = e->error ? 0 : b->len;
    e->limit = b->at + b->capacity - EMIT_SPARE;
    return b->at + b->len;
}

static __attribute__((noinline)) void spare_again(struct emit *e)
{
    size_t there = (size_t)(e->at - e->out->at);
    e->at = grow(e, there, there); /* doubled at least: pieces are many */
}

/* What was written ends here. The last thing that writing a piece does. */
static inline void taken(struct emit *e, uint8_t *end)
{
    e->at = end;
    if (__builtin_expect(end > e->limit, 0)) {
        spare_again(e);
    }
}

void emit_begin(struct emit *e, enum output_format format, struct buf *out)
{
    e->format = format;
    e->out = out;
    e->error = 0;
    e->top = e->level;
    e->level[0] = (struct emit_level){.state = LEVEL_ROOT | LEVEL_MAP | LEVEL_DUE};
    e->at = grow(e, out->len, 0);
}

int emit_end(struct emit *e)
{
    CHECK_PRE(e->top == e->level);
    e->out->len = (size_t)(e->at - e->out->at);
    return e->error;
}

/* ---- levels -------------------------------------------------------------------------------------- */

/* Before every value: in a map its key has stood there already. */
static inline uint8_t *before_value(struct emit *e)
{
    struct emit_level *l = e->top;
    uint8_t *at = e->at;
    if (l->state & LEVEL_MAP) {
        CHECK_PRE(l->state & LEVEL_DUE);
        l->state &= ~(uint32_t)LEVEL_DUE;
        return at;
    }
    *at = ',';
    at += e->format == FORMAT_JSON && l->state & LEVEL_LATER;
    l->state |= LEVEL_LATER;
    l->count++;
    return at;
}

static inline void open_level(struct emit *e, uint8_t *at, bool map)
{
    CHECK_PRE(e->top < e->level + EMIT_DEPTH_MAX);
    struct emit_level *l = ++e->top;
    l->state = map ? LEVEL_MAP : 0;
    l->count = 0;
    l->head = (size_t)(at - e->out->at);
    if (e->format == FORMAT_JSON) {
        *at++ = map ? '{' : '[';
    } else {
        *at = map ? 0xde : 0xdc;
        at += 3;
    }
    taken(e, at);
}

void emit_map(struct emit *e)
{
    open_level(e, before_value(e), true);
}

void emit_array(struct emit *e)
{
    open_level(e, before_value(e), false);
}

void emit_close(struct emit *e)
{
    struct emit_level *l = e->top--;
    CHECK_PRE(!(l->state & (LEVEL_ROOT | LEVEL_DUE)) && l->count <= UINT16_MAX);
    if (e->format == FORMAT_JSON) {
        uint8_t *at = e->at;
        *at++ = l->state & LEVEL_MAP ? '}' : ']';
        taken(e, at);
    } else if (e->error == 0) {
        e->out->at[l->head + 1] = (uint8_t)(l->count >> 8);
        e->out->at[l->head + 2] = (uint8_t)l->count;
    }
}

/* ---- texts --------------------------------------------------------------------------------------- */

/* A key comes next, and its value with it, or later: `due`. Returns whether it is the first of its level. */
static inline bool key_begins(struct emit *e, uint32_t due)
{
    struct emit_level *l = e->top;
    uint32_t state = l->state;
    CHECK_PRE((state | LEVEL_LATER) == (LEVEL_MAP | LEVEL_LATER));
    l->state = LEVEL_MAP | due | LEVEL_LATER;
    l->count++;
    return !(state & LEVEL_LATER);
}

/* Returns where the name ends. */
static inline uint8_t *write_name(struct emit *e, const struct emit_name *name, uint32_t due)
{
    bool first = key_begins(e, due);
    uint8_t *at = e->at;
    if (e->format == FORMAT_JSON) {
        memcpy(at, name->json + first, sizeof name->json - 1); /* as long as any, for the processor's sake */
        return at + (size_t)name->len + EMIT_NAME_MARKS - first;
    }
    *at = (uint8_t)(0xa0 | name->len);
    memcpy(at + 1, name->json + 2, sizeof name->json - 3);
    return at + 1 + (size_t)name->len;
}

void emit_key_name(struct emit *e, const struct emit_name *name)
{
    taken(e, write_name(e, name, LEVEL_DUE));
}

void emit_name_map(struct emit *e, const struct emit_name *name)
{
    open_level(e, write_name(e, name, 0), true);
}

/* A long text, or one that needs escaping, from `at` on: the place, or a mark behind it. Returns where it ends. */
static __attribute__((noinline)) uint8_t *write_long(struct emit *e, uint8_t *at, struct text t)
{
    bool json = e->format == FORMAT_JSON;
    at = grow(e, (size_t)(at - e->out->at), json ? text_json_max(t) : TEXT_HEAD_MAX + (size_t)t.len);
    if (e->error) {
        return at;
    }
    if (json) {
        return text_json_write(at, t);
    }
    at = text_head_write(at, t.len);
    memcpy(at, t.at, t.len);
    return at + t.len;
}

static inline uint8_t *write_text(struct emit *e, uint8_t *at, struct text t)
{
    if (t.len > TEXT_SHORT) {
        return write_long(e, at, t);
    }
    if (e->format != FORMAT_JSON) {
        uint8_t *from = text_head_write(at, t.len);
        text_copy_plain(from, t);
        return from + t.len;
    }
    *at = '"';
    if (!text_copy_short(at + 1, t)) {
        return write_long(e, at, t);
    }
    at[t.len + 1] = '"';
    return at + t.len + 2;
}

void emit_key_text(struct emit *e, struct text name)
{
    bool first = key_begins(e, LEVEL_DUE);
    uint8_t *at = e->at;
    *at = ',';
    at += e->format == FORMAT_JSON && !first;
    at = write_text(e, at, name);
    *at = ':';
    taken(e, at + (e->format == FORMAT_JSON));
}

void emit_key(struct emit *e, const char *name)
{
    emit_key_text(e, text_of(name));
}

void emit_text(struct emit *e, struct text t)
{
    taken(e, write_text(e, before_value(e), t));
}

void emit_name_text(struct emit *e, const struct emit_name *name, struct text t)
{
    taken(e, write_text(e, write_name(e, name, 0), t));
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static inline uint8_t *write_int(const struct emit *e, uint8_t *at, int64_t v)
{
    if (e->format != FORMAT_JSON) {
        return int_packed_write(at, v);
    }
    *at = '-';
    at += v < 0;
    return at + digits_write(v < 0 ? -(uint64_t)v : (uint64_t)v, (char *)at);
}

static inline uint8_t *write_double(const struct emit *e, uint8_t *at, double v)
{
    return e->format == FORMAT_JSON ? at + json_number_write(v, (char *)at) : double_packed_write(at, v);
}

void emit_int(struct emit *e, int64_t v)
{
    taken(e, write_int(e, before_value(e), v));
}

void emit_double(struct emit *e, double v)
{
    taken(e, write_double(e, before_value(e), v));
}

void emit_name_int(struct emit *e, const struct emit_name *name, int64_t v)
{
    taken(e, write_int(e, write_name(e, name, 0), v));
}

void emit_name_double(struct emit *e, const struct emit_name *name, double v)
{
    taken(e, write_double(e, write_name(e, name, 0), v));
}

void emit_name_pair(struct emit *e, const struct emit_name *name, double low, double high)
{
    uint8_t *at = write_name(e, name, 0);
    if (e->format == FORMAT_JSON) {
        *at = '[';
        at += 1 + json_number_write(low, (char *)at + 1);
        *at = ',';
        at += 1 + json_number_write(high, (char *)at + 1);
        *at++ = ']';
    } else {
        static const uint8_t head[] = {0xdc, 0, 2};
        memcpy(at, head, sizeof head);
        at = double_packed_write(double_packed_write(at + sizeof head, low), high);
    }
    taken(e, at);
}

void emit_bool(struct emit *e, bool v)
{
    uint8_t *at = before_value(e);
    if (e->format == FORMAT_JSON) {
        memcpy(at, v ? "true" : "false", 5); /* "true" with its final zero, which is not taken */
        at += v ? 4 : 5;
    } else {
        *at++ = v ? 0xc3 : 0xc2;
    }
    taken(e, at);
}

void emit_fixed(struct emit *e, __int128 micro)
{
    emit_double(e, fixed_to_double(micro));
}
