#include "engine/dedup.h"

#include <stdlib.h>

struct remembered {
    struct hash128 name;
    int64_t ts_ms, offset, max_ts_before_ms;
};

/* A circle of entries in offset order, and an index of entry numbers. Numbers count up for ever; entry n
 * stands at n % capacity; the index holds the low 32 bits of n + 1, 0 = free. */
struct dedup {
    int64_t horizon_ms;
    struct remembered *entries;
    uint32_t capacity; /* a power of two */
    uint64_t first, next;
    uint32_t *index;   /* 2 x capacity */
};

enum { CAPACITY_FIRST = 256 };

static int tables_create(uint32_t capacity, struct remembered **ret_entries, uint32_t **ret_index)
{
    struct remembered *entries = malloc(capacity * sizeof *entries);
    uint32_t *index = calloc((size_t)capacity * 2, sizeof *index);
    if (!entries || !index) {
        free(entries);
        free(index);
        return CUBE_ENOMEM;
    }
    *ret_entries = entries;
    *ret_index = index;
    return 0;
}

int dedup_create(int64_t horizon_ms, struct dedup **ret_d)
{
    struct dedup *d = calloc(1, sizeof *d);
    if (!d || tables_create(CAPACITY_FIRST, &d->entries, &d->index)) {
        free(d);
        return CUBE_ENOMEM;
    }
    d->horizon_ms = horizon_ms;
    d->capacity = CAPACITY_FIRST;
    *ret_d = d;
    return 0;
}

void dedup_destroy(struct dedup *d)
{
    if (d) {
        free(d->entries);
        free(d->index);
        free(d);
    }
}

struct hash128 dedup_name(uint64_t key_hash, struct text id)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(id.at, id.len, key_hash);
    return (struct hash128){h.low64, h.high64};
}

static struct remembered *entry_at(const struct dedup *d, uint64_t number)
{
    return &d->entries[number & (d->capacity - 1)];
}

/* The entry number of an index slot; the slot is not free. */
static uint64_t slot_number(const struct dedup *d, uint32_t slot)
{
    uint32_t low = slot - 1, first_low = (uint32_t)d->first;
    return d->first + (uint32_t)(low - first_low);
}

static uint32_t mask_of(const struct dedup *d)
{
    return d->capacity * 2 - 1;
}

/* The slot that holds the name's newest entry, or the free one where it would go. */
uint32_t dedup_place(const struct dedup *d, struct hash128 name)
{
    uint32_t mask = mask_of(d), i = (uint32_t)name.low & mask;
    while (d->index[i]) {
        const struct remembered *r = entry_at(d, slot_number(d, d->index[i]));
        if (r->name.low == name.low && r->name.high == name.high) {
            return i;
        }
        i = (i + 1) & mask;
    }
    return i;
}

bool dedup_has(const struct dedup *d, uint32_t place, int64_t watermark_ms)
{
    uint32_t slot = d->index[place];
    if (!slot) {
        return false;
    }
    const struct remembered *r = entry_at(d, slot_number(d, slot));
    return watermark_ms <= r->ts_ms + d->horizon_ms;
}

static __attribute__((noinline)) int dedup_grow(struct dedup *d)
{
    struct dedup bigger = *d;
    bigger.capacity = d->capacity * 2;
    if (tables_create(bigger.capacity, &bigger.entries, &bigger.index)) {
        return CUBE_ENOMEM;
    }
    for (uint64_t n = d->first; n < d->next; n++) {
        *entry_at(&bigger, n) = *entry_at(d, n);
        bigger.index[dedup_place(&bigger, entry_at(d, n)->name)] = (uint32_t)n + 1;
    }
    free(d->entries);
    free(d->index);
    *d = bigger;
    return 0;
}

int dedup_add(struct dedup *d, uint32_t place, struct hash128 name, int64_t ts_ms, int64_t offset, int64_t max_ts_before_ms)
{
    if (d->next - d->first + 1 >= d->capacity) {
        if (dedup_grow(d)) {
            return CUBE_ENOMEM;
        }
        place = dedup_place(d, name);
    }
    if ((uint32_t)d->next == UINT32_MAX) { /* its index slot would read as free: pass the number over */
        *entry_at(d, d->next) = (struct remembered){{0, 0}, INT64_MIN, offset, max_ts_before_ms};
        d->next++;
    }
    *entry_at(d, d->next) = (struct remembered){name, ts_ms, offset, max_ts_before_ms};
    d->index[place] = (uint32_t)d->next + 1;
    d->next++;
    return 0;
}

/* Frees an index slot and moves later entries of the probe chain up. */
static void slot_free(struct dedup *d, uint32_t i)
{
    uint32_t mask = mask_of(d), hole = i;
    for (uint32_t j = (i + 1) & mask; d->index[j]; j = (j + 1) & mask) {
        uint32_t home = (uint32_t)entry_at(d, slot_number(d, d->index[j]))->name.low & mask;
        if (((j - home) & mask) >= ((j - hole) & mask)) {
            d->index[hole] = d->index[j];
            hole = j;
        }
    }
    d->index[hole] = 0;
}

/* Takes an entry out of the index; a newer one of the same name may have taken its slot over. */
static void entry_forget(struct dedup *d, const struct remembered *r)
{
    uint32_t mask = mask_of(d), slot = (uint32_t)d->first + 1, i = (uint32_t)r->name.low & mask;
    while (d->index[i] && d->index[i] != slot) {
        i = (i + 1) & mask;
    }
    if (d->index[i] && slot) {
        slot_free(d, i);
    }
}

void dedup_expire(struct dedup *d, int64_t watermark_ms)
{
    while (d->first < d->next) {
        const struct remembered *r = entry_at(d, d->first);
        if (watermark_ms <= r->ts_ms + d->horizon_ms) {
            return;
        }
        entry_forget(d, r);
        d->first++;
    }
}

int dedup_first(const struct dedup *d, int64_t *ret_offset, int64_t *ret_max_ts_before_ms)
{
    if (d->first == d->next) {
        return CUBE_ENOTFOUND;
    }
    *ret_offset = entry_at(d, d->first)->offset;
    *ret_max_ts_before_ms = entry_at(d, d->first)->max_ts_before_ms;
    return 0;
}

uint64_t dedup_count(const struct dedup *d)
{
    return d->next - d->first;
}

uint64_t dedup_bytes(const struct dedup *d)
{
    return sizeof *d + (uint64_t)d->capacity * (sizeof(struct remembered) + 2 * sizeof(uint32_t));
}
