#include "scope/scope_plan.h"

#include <string.h>

#include "base/hash.h"
#include "scope/scope_value.h"

static int append_text(struct buf *out, struct text t)
{
    return buf_append(out, t.at, t.len);
}

typedef int value_fn(struct text value, struct buf *out);

static int key_append(const struct scope_kind *kind, const struct text *values, value_fn *append_value, struct buf *out)
{
    if (kind->count == 0) {
        return append_text(out, TEXT_LITERAL("organisation"));
    }
    for (unsigned i = 0; i < kind->count; i++) {
        if ((i > 0 && append_text(out, TEXT_LITERAL(",")) != 0) ||
            append_text(out, dimension_names[kind->dims[i]]) != 0 || append_text(out, TEXT_LITERAL("=")) != 0 ||
            append_value(values[i], out) != 0) {
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

int scope_key_append(const struct scope_kind *kind, const struct text *values, struct buf *out)
{
    return key_append(kind, values, scope_value_append, out);
}

static uint32_t dims_of(const struct scope_kind *kind)
{
    uint32_t dims = 0;
    for (unsigned i = 0; i < kind->count; i++) {
        dims |= 1u << kind->dims[i];
    }
    return dims;
}

int scope_key_overflow(const struct scope_kind *kind, struct buf *out)
{
    struct text values[DIM_COUNT];
    for (unsigned i = 0; i < DIM_COUNT; i++) {
        values[i] = TEXT_LITERAL(SCOPE_OVERFLOW);
    }
    return scope_key_append(kind, values, out);
}

bool scope_kind_inside(const struct scope_kind *fine, const struct scope_kind *coarse)
{
    uint32_t f = dims_of(fine), c = dims_of(coarse);
    return (f & c) == c && f != c;
}

/* Skips a text at *at. */
static bool skip(struct text key, uint32_t *at, struct text t)
{
    if (key.len - *at < t.len || memcmp(key.at + *at, t.at, t.len) != 0) {
        return false;
    }
    *at += t.len;
    return true;
}

static bool skip_name(struct text key, uint32_t *at, enum dimension d)
{
    return skip(key, at, dimension_names[d]) && skip(key, at, TEXT_LITERAL("="));
}

/* The length of the value at `at`: up to the name of the next dimension, or to the end. */
static uint32_t value_length(const struct scope_kind *kind, unsigned i, struct text key, uint32_t at)
{
    if (i + 1u == kind->count) {
        return key.len - at;
    }
    for (uint32_t end = at; end < key.len; end++) {
        uint32_t next = end;
        if (skip(key, &next, TEXT_LITERAL(",")) && skip_name(key, &next, kind->dims[i + 1])) {
            return end - at;
        }
    }
    return UINT32_MAX;
}

int scope_key_values(const struct scope_kind *kind, struct text key, struct text ret_values[DIM_COUNT])
{
    struct text values[DIM_COUNT] = {{0}};
    uint32_t at = 0;
    for (unsigned i = 0; i < kind->count; i++) {
        if ((i > 0 && !skip(key, &at, TEXT_LITERAL(","))) || !skip_name(key, &at, kind->dims[i])) {
            return CUBE_EFORMAT;
        }
        uint32_t len = value_length(kind, i, key, at);
        if (len == UINT32_MAX) {
            return CUBE_EFORMAT;
        }
        values[i] = (struct text){key.at + at, len};
        at += len;
    }
    memcpy(ret_values, values, kind->count * sizeof *values);
    return 0;
}

bool scope_key_is_of(const struct scope_kind *kind, struct text key)
{
    struct text values[DIM_COUNT];
    bool is = kind->count > 0 ? scope_key_values(kind, key, values) == 0 : text_equal(key, TEXT_LITERAL("organisation"));
    for (unsigned i = 0; i < kind->count && is; i++) {
        is = scope_value_stands(values[i]);
    }
    return is;
}

static const struct text *value_of(const struct scope_kind *kind, const struct text *values, uint8_t dim)
{
    for (unsigned i = 0; i < kind->count; i++) {
        if (kind->dims[i] == dim) {
            return &values[i];
        }
    }
    return NULL;
}

static int as_it_stands(struct text value, struct buf *out)
{
    return append_text(out, value);
}

int scope_key_outer(const struct scope_kind *fine, struct text key, const struct scope_kind *coarse, struct buf *out)
{
    struct text values[DIM_COUNT], outer[DIM_COUNT];
    int rc = scope_key_values(fine, key, values);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < coarse->count; i++) {
        const struct text *v = value_of(fine, values, coarse->dims[i]);
        if (!v) {
            return CUBE_EFORMAT;
        }
        outer[i] = *v;
    }
    return key_append(coarse, outer, as_it_stands, out);
}

uint32_t scope_task_of(struct text key, uint32_t tasks)
{
    return (uint32_t)(hash64(key.at, key.len) % tasks);
}
