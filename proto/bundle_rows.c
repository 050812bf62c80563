/* Rows of a bundle as most of them are, many at once: nearly all that a scope task reads. */
#include "engine/waiting_rows.h"
#include "proto/bundle.h"
#include "proto/bundle_form.h"

/* A number up to eight bytes long, where there are as many; NULL: it is longer. */
static inline const uint8_t *read_number(const uint8_t *at, uint64_t *ret_v)
{
    if (at[0] < 0x80) {
        *ret_v = at[0];
        return at + 1;
    }
    if (at[1] < 0x80) {
        *ret_v = (at[0] & 0x7fu) | (uint64_t)at[1] << 7;
        return at + 2;
    }
    unsigned bytes;
    *ret_v = varint_word(at, at + sizeof(uint64_t), &bytes);
    return bytes ? at + bytes : NULL;
}

static inline int64_t signed_of(uint64_t u)
{
    return (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
}

/* The set in the taker's names; BUNDLE_UNNAMED: it is not told, or has no name. */
static inline uint32_t name_of(const struct bundle_reader *r, const struct bundle_names *names, uint64_t reference)
{
    uint64_t i = reference / 2;
    if (reference & 1) {
        return i < r->scope_count ? set_alone(names->scopes[i]) : BUNDLE_UNNAMED;
    }
    return i < r->set_count ? names->sets[i] : BUNDLE_UNNAMED;
}

static __attribute__((noinline)) const uint8_t *read_wide_long(const uint8_t *at, int64_t *to)
{
    struct cursor c = {at, at + VARINT_WIDE_BYTES_MAX};
    cube_i128 v;
    if (get_i128_long(&c, &v) != 0) {
        return NULL;
    }
    cell_set_wide(to, v);
    return c.at;
}

/* A number that is there, into the cell at a slot. Eight bytes always fit into a cell of one slot. */
static inline const uint8_t *read_cell(const uint8_t *at, bool wide, int64_t *to)
{
    uint64_t number;
    const uint8_t *end = read_number(at, &number);
    if (!end) {
        return wide ? read_wide_long(at, to) : NULL;
    }
    to[0] = signed_of(number);
    if (wide) {
        to[1] = to[0] >> 63;
    }
    return end;
}

static inline const uint8_t *read_cells(const uint8_t *at, const struct layout *l, int64_t *to)
{
    uint64_t present, possible = ((UINT64_C(1) << l->slots) - 1) & ~((uint64_t)l->wide << 1);
    at = read_number(at, &present);
    if (!at || present & ~possible) {
        return NULL;
    }
    for (unsigned i = 0; at && i < l->slots;) {
        bool wide = layout_is_wide(l, i);
        if (present >> i & 1) {
            at = read_cell(at, wide, to + i);
        } else {
            to[i] = 0;
            to[i + wide] = 0;
        }
        i += 1u + wide;
    }
    return at;
}

/* A row behind its item, and where it ends; NULL: it must be looked at. */
static inline const uint8_t *read_row(const struct bundle_reader *r, const struct bundle_names *names, const uint8_t *at, int64_t *to)
{
    uint64_t reference, bucket = 0;
    at = read_number(at, &reference);
    uint32_t set = at ? name_of(r, names, reference) : BUNDLE_UNNAMED;
    if (set == BUNDLE_UNNAMED) {
        return NULL;
    }
    if (r->has_bucket) {
        at = read_number(at, &bucket);
        if (!at || (bucket + 1) / 2 >= (uint64_t)r->bucket_limit) {
            return NULL;
        }
    }
    to[0] = row_run_word(set, (int32_t)signed_of(bucket));
    return read_cells(at, r->layout, to + 1);
}

uint32_t bundle_rows(struct bundle_reader *r, const struct bundle_names *names, int64_t *to, uint32_t room)
{
    if (!r->layout) {
        return 0;
    }
    const uint8_t *at = r->at.at;
    size_t row_words = 1 + (size_t)r->layout->slots;
    ptrdiff_t row_bytes = 1 + VARINT_BYTES_MAX * (3 + r->layout->slots); /* a wide number has two slots */
    uint32_t count = 0;
    while (count < room && r->at.end - at >= row_bytes && *at == ITEM_AGAIN) {
        const uint8_t *end = read_row(r, names, at + 1, to);
        if (!end) {
            break;
        }
        at = end;
        to += row_words;
        count++;
    }
    r->at.at = at;
    return count;
}
