#include "engine/set_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/varint.h"

/* Bytes that say how many follow. */
#define LENGTH_BYTES 2u

static int set_write(const struct scope_table *table, uint32_t id, struct buf *out)
{
    const struct scope_set *set = scope_table_set_at(table, id);
    uint32_t present = 0;
    for (unsigned d = 0; d < DIM_COUNT; d++) {
        present |= (uint32_t)(set->values.id[d] != DIM_ABSENT) << d;
    }
    int rc = put_uint(out, present);
    for (uint32_t rest = present; rest && !rc; rest &= rest - 1) {
        unsigned d = (unsigned)__builtin_ctz(rest);
        rc = put_text(out, scope_table_value_text(table, (enum dimension)d, set->values.id[d]));
    }
    return rc;
}

static int places_reserve(struct set_texts *s, uint32_t set)
{
    if (set < s->capacity) {
        return 0;
    }
    uint32_t capacity = s->capacity ? s->capacity : 256;
    while (capacity <= set) {
        capacity *= 2;
    }
    uint32_t *grown = realloc(s->places, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    memset(grown + s->capacity, 0, (capacity - s->capacity) * sizeof *grown);
    s->places = grown;
    s->capacity = capacity;
    return 0;
}

/* Keeps what was written of a set, where there is room for it. */
static int keep(struct set_texts *s, uint32_t set, const uint8_t *at, size_t len)
{
    if (set >= SET_TEXTS_SETS_MAX || len > UINT16_MAX || s->bytes.len + LENGTH_BYTES + len > SET_TEXTS_BYTES_MAX) {
        return 0;
    }
    uint32_t place = (uint32_t)s->bytes.len + 1;
    if (places_reserve(s, set) || buf_reserve(&s->bytes, LENGTH_BYTES + len)) {
        return CUBE_ENOMEM;
    }
    uint8_t *to = s->bytes.at + s->bytes.len;
    to[0] = (uint8_t)len;
    to[1] = (uint8_t)(len >> 8);
    memcpy(to + LENGTH_BYTES, at, len);
    s->bytes.len += LENGTH_BYTES + len;
    s->places[set] = place;
    return 0;
}

int set_texts_put(struct set_texts *s, const struct scope_table *table, uint32_t set, struct buf *out)
{
    if (set < s->capacity && s->places[set]) {
        const uint8_t *kept = s->bytes.at + s->places[set] - 1;
        return buf_append(out, kept + LENGTH_BYTES, kept[0] | (size_t)kept[1] << 8);
    }
    size_t before = out->len;
    int rc = set_write(table, set, out);
    rc = rc ? rc : keep(s, set, out->at + before, out->len - before);
    if (rc) {
        out->len = before;
    }
    return rc;
}

uint64_t set_texts_bytes(const struct set_texts *s)
{
    return s->capacity * sizeof *s->places + s->bytes.capacity;
}

void set_texts_close(struct set_texts *s)
{
    free(s->places);
    buf_close(&s->bytes);
    *s = (struct set_texts){0};
}
