#include "scope/scope_value.h"

#include <string.h>

#include "event/dimension.h"

static bool stands_at(struct text t, uint32_t at, struct text part)
{
    return at <= t.len && t.len - at >= part.len && memcmp(t.at + at, part.at, part.len) == 0;
}

/* True where "region=" or another dimension stands. */
static bool named_at(struct text t, uint32_t at)
{
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        if (stands_at(t, at, dimension_names[d]) && stands_at(t, at + dimension_names[d].len, TEXT_LITERAL("="))) {
            return true;
        }
    }
    return false;
}

/* True where "%2Cregion=" stands, or that with "25" behind its "%" any number of times. */
static bool escaped_at(struct text t, uint32_t at)
{
    if (t.at[at] != '%') {
        return false;
    }
    for (at++; stands_at(t, at, TEXT_LITERAL("25")); at += 2) {
    }
    return stands_at(t, at, TEXT_LITERAL("2C")) && named_at(t, at + 2);
}

int scope_value_append(struct text value, struct buf *out)
{
    bool plain = value.len == 0 || (!memchr(value.at, ',', value.len) && !memchr(value.at, '%', value.len));
    uint32_t from = 0;
    for (uint32_t at = 0; at < value.len && !plain; at++) {
        bool comma = value.at[at] == ',' && named_at(value, at + 1);
        if (comma || escaped_at(value, at)) {
            if (buf_append(out, value.at + from, at - from) != 0 || buf_append(out, comma ? "%2C" : "%25", 3) != 0) {
                return CUBE_ENOMEM;
            }
            from = at + 1;
        }
    }
    return buf_append(out, value.at + from, value.len - from);
}

bool scope_value_stands(struct text in_key)
{
    for (uint32_t at = 0; at < in_key.len; at++) {
        if (in_key.at[at] == ',' && named_at(in_key, at + 1)) {
            return false;
        }
    }
    return true;
}

int scope_value_read(struct text in_key, struct buf *out)
{
    for (uint32_t at = 0; at < in_key.len; at++) {
        bool escaped = escaped_at(in_key, at);
        bool comma = escaped && in_key.at[at + 2] == 'C';
        if (buf_append(out, comma ? "," : in_key.at + at, 1) != 0) {
            return CUBE_ENOMEM;
        }
        at += escaped ? 2 : 0;
    }
    return 0;
}
