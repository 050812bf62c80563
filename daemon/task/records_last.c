#include "task/records_last.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { CAPACITY_MIN = 1024, CAPACITY_GROWS = 4, UNIT = 8 };

/* Key and value stand behind it. */
struct kept {
    uint64_t hash;
    int64_t offset;
    uint32_t key_len, value_len;
    bool has_value, overridden;
};

static struct kept *kept_at(const struct records_last *l, size_t at)
{
    return (struct kept *)(void *)(l->bytes.at + at);
}

static size_t kept_bytes(size_t key_len, size_t value_len)
{
    return (sizeof(struct kept) + key_len + value_len + UNIT - 1) / UNIT * UNIT;
}

static size_t kept_size(const struct kept *k)
{
    return kept_bytes(k->key_len, k->value_len);
}

/* ---- the table -------------------------------------------------------------------------------------- */

static bool is_of(const struct kept *k, uint64_t hash, const struct record *r)
{
    return k->hash == hash && k->key_len == r->key_len && memcmp(k + 1, r->key, r->key_len) == 0;
}

/* The slot of a key; of a free one the key is to be. */
static uint32_t *slot_of(const struct records_last *l, uint64_t hash, const struct record *r)
{
    uint32_t i = (uint32_t)hash & (l->capacity - 1);
    while (l->slots[i] && !is_of(kept_at(l, (size_t)(l->slots[i] - 1) * UNIT), hash, r)) {
        i = (i + 1) & (l->capacity - 1);
    }
    return &l->slots[i];
}

/* Lists all that were not overridden; the table is empty. */
static void slots_fill(struct records_last *l)
{
    for (size_t at = 0; at < l->bytes.len; at += kept_size(kept_at(l, at))) {
        const struct kept *k = kept_at(l, at);
        uint32_t i = (uint32_t)k->hash & (l->capacity - 1);
        if (k->overridden) {
            continue;
        }
        while (l->slots[i]) {
            i = (i + 1) & (l->capacity - 1);
        }
        l->slots[i] = (uint32_t)(at / UNIT) + 1;
    }
}

static int slots_grow(struct records_last *l)
{
    if (l->count < l->capacity / 2) {
        return 0;
    }
    uint32_t capacity = l->capacity ? CAPACITY_GROWS * l->capacity : CAPACITY_MIN;
    uint32_t *slots = capacity ? calloc(capacity, sizeof *slots) : NULL;
    if (!slots) {
        return CUBE_ENOMEM;
    }
    free(l->slots);
    l->slots = slots;
    l->capacity = capacity;
    slots_fill(l);
    return 0;
}

/* ---- room ------------------------------------------------------------------------------------------- */

/* Moves what was not overridden together. */
static void dead_drop(struct records_last *l)
{
    size_t to = 0;
    for (size_t at = 0, size; at < l->bytes.len; at += size) {
        size = kept_size(kept_at(l, at));
        if (!kept_at(l, at)->overridden) {
            memmove(l->bytes.at + to, l->bytes.at + at, size);
            to += size;
        }
    }
    l->bytes.len = to;
    l->dead = 0;
    memset(l->slots, 0, l->capacity * sizeof *l->slots);
    slots_fill(l);
}

static int room_make(struct records_last *l, size_t bytes)
{
    if (bytes <= l->bytes.capacity - l->bytes.len) {
        return 0;
    }
    if (l->dead > l->bytes.len / 3) {
        dead_drop(l);
    }
    return (l->bytes.len + bytes) / UNIT < UINT32_MAX ? buf_reserve(&l->bytes, bytes) : CUBE_ENOMEM;
}

int records_last_keep(struct records_last *l, const struct record *r, uint64_t seed)
{
    size_t value_len = r->value ? r->value_len : 0, size = kept_bytes(r->key_len, value_len);
    uint64_t hash = hash64_seed(r->key, r->key_len, seed);
    int rc = r->key_len > UINT32_MAX || value_len > UINT32_MAX ? CUBE_ENOMEM : slots_grow(l);
    rc = rc ? rc : room_make(l, size);
    if (rc) {
        return rc;
    }
    uint32_t *slot = slot_of(l, hash, r);
    if (*slot) {
        struct kept *before = kept_at(l, (size_t)(*slot - 1) * UNIT);
        before->overridden = true;
        l->dead += kept_size(before);
    }
    l->count += !*slot;
    *slot = (uint32_t)(l->bytes.len / UNIT) + 1;
    struct kept *k = kept_at(l, l->bytes.len);
    *k = (struct kept){hash, r->offset, (uint32_t)r->key_len, (uint32_t)value_len, r->value != NULL, false};
    memcpy(k + 1, r->key, r->key_len);
    if (value_len) {
        memcpy((uint8_t *)(k + 1) + r->key_len, r->value, value_len);
    }
    l->bytes.len += size;
    return 0;
}

/* ---- giving ----------------------------------------------------------------------------------------- */

bool records_last_next(struct records_last *l, struct record *ret_r)
{
    while (l->read < l->bytes.len) {
        const struct kept *k = kept_at(l, l->read);
        const uint8_t *key = (const uint8_t *)(k + 1);
        l->read += kept_size(k);
        if (!k->overridden) {
            *ret_r = (struct record){.offset = k->offset, .key = key, .key_len = k->key_len,
                                     .value = k->has_value ? key + k->key_len : NULL, .value_len = k->value_len};
            return true;
        }
    }
    return false;
}

void records_last_close(struct records_last *l)
{
    buf_close(&l->bytes);
    free(l->slots);
    *l = (struct records_last){0};
}
