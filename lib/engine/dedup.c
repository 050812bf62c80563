#include "engine/dedup.h"

#include <stdlib.h>

#include "base/check.h"

struct remembered {
    struct hash128 name;
    int64_t ts_ms, offset;
};

/* Where an entry stands in the index: enough of its name to find its first slot and to tell it from nearly all
 * others, so that a probe touches the index only. Free: all zero, which no tag is. */
struct slot {
    uint32_t tag;    /* of the name */
    uint32_t number; /* low bits of the entry's */
};

/* A circle of entries in offset order, and an index of entry numbers. Numbers count up for ever; entry n
 * stands at n % capacity. */
struct dedup {
    int64_t horizon_ms, ids_max;
    uint64_t lost;
    struct remembered *entries;
    uint32_t capacity; /* a power of two */
    uint64_t first, next;
    int64_t first_max_ts_ms; /* the max ts before the first entry; those of the next ones follow from it */
    struct slot *index;      /* 2 x capacity */
};

enum { CAPACITY_FIRST = 256, IDS_MAX = 1 << 30 };

/* So many entries before an entry is forgotten its slot is fetched. */
enum { FORGET_AHEAD = 8 };

static int tables_create(uint32_t capacity, struct remembered **ret_entries, struct slot **ret_index)
{
    struct remembered *entries = malloc(capacity * sizeof *entries);
    struct slot *index = calloc((size_t)capacity * 2, sizeof *index);
    if (!entries || !index) {
        free(entries);
        free(index);
        return CUBE_ENOMEM;
    }
    *ret_entries = entries;
    *ret_index = index;
    return 0;
}

int dedup_create(int64_t horizon_ms, uint32_t ids_max, struct dedup **ret_d)
{
    CHECK_PRE(ids_max > 0 && ids_max <= IDS_MAX);
    struct dedup *d = calloc(1, sizeof *d);
    if (!d || tables_create(CAPACITY_FIRST, &d->entries, &d->index)) {
        free(d);
        return CUBE_ENOMEM;
    }
    d->horizon_ms = horizon_ms;
    d->ids_max = ids_max;
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

static uint32_t mask_of(const struct dedup *d)
{
    return d->capacity * 2 - 1;
}

static uint32_t tag_of(struct hash128 name)
{
    uint32_t tag = (uint32_t)name.low;
    return tag ? tag : 1;
}

void dedup_prefetch(const struct dedup *d, struct hash128 name)
{
    __builtin_prefetch(&d->index[tag_of(name) & mask_of(d)], 1);
}

/* The slot that holds the name's newest entry, or the free one where it would go. */
uint32_t dedup_place(const struct dedup *d, struct hash128 name)
{
    uint32_t mask = mask_of(d), tag = tag_of(name), i = tag & mask;
    for (; d->index[i].tag; i = (i + 1) & mask) {
        if (d->index[i].tag == tag) {
            const struct remembered *r = entry_at(d, d->index[i].number);
            if (r->name.low == name.low && r->name.high == name.high) {
                break;
            }
        }
    }
    return i;
}

static bool is_far(const struct dedup *d, const struct remembered *r, int64_t offset)
{
    return offset - r->offset > d->ids_max;
}

bool dedup_has(const struct dedup *d, uint32_t place, int64_t watermark_ms, int64_t offset)
{
    struct slot slot = d->index[place];
    if (!slot.tag) {
        return false;
    }
    const struct remembered *r = entry_at(d, slot.number);
    return watermark_ms <= r->ts_ms + d->horizon_ms && !is_far(d, r, offset);
}

static __attribute__((noinline)) int dedup_grow(struct dedup *d)
{
    struct dedup bigger = *d;
    bigger.capacity = d->capacity * 2;
    if (tables_create(bigger.capacity, &bigger.entries, &bigger.index)) {
        return CUBE_ENOMEM;
    }
    for (uint64_t n = d->first; n < d->next; n++) {
        struct hash128 name = entry_at(d, n)->name;
        *entry_at(&bigger, n) = *entry_at(d, n);
        bigger.index[dedup_place(&bigger, name)] = (struct slot){tag_of(name), (uint32_t)n};
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
    if (d->first == d->next) {
        d->first_max_ts_ms = max_ts_before_ms;
    }
    *entry_at(d, d->next) = (struct remembered){name, ts_ms, offset};
    d->index[place] = (struct slot){tag_of(name), (uint32_t)d->next};
    d->next++;
    return 0;
}

int dedup_again(struct dedup *d, uint32_t place, int64_t offset)
{
    CHECK_PRE(d->index[place].tag);
    const struct remembered *r = entry_at(d, d->index[place].number);
    return dedup_add(d, place, r->name, r->ts_ms, offset, d->first_max_ts_ms);
}

/* Frees an index slot and moves later entries of the probe chain up. */
static inline void slot_free(struct slot *index, uint32_t mask, uint32_t i)
{
    uint32_t hole = i;
    for (uint32_t j = (i + 1) & mask; index[j].tag; j = (j + 1) & mask) {
        uint32_t home = index[j].tag & mask;
        if (((j - home) & mask) >= ((j - hole) & mask)) {
            index[hole] = index[j];
            hole = j;
        }
    }
    index[hole] = (struct slot){0, 0};
}

/* Takes the first entry out of the index; false: a newer one of the same name has taken its slot over. */
static bool first_forget(struct dedup *d)
{
    struct slot *index = d->index;
    uint32_t mask = mask_of(d), number = (uint32_t)d->first, i = tag_of(entry_at(d, number)->name) & mask;
    if (d->next - d->first > FORGET_AHEAD) {
        __builtin_prefetch(&index[tag_of(entry_at(d, number + FORGET_AHEAD)->name) & mask], 1);
    }
    while (index[i].tag && index[i].number != number) {
        i = (i + 1) & mask;
    }
    bool newest = index[i].tag;
    if (newest) {
        slot_free(index, mask, i);
    }
    return newest;
}

void dedup_expire(struct dedup *d, int64_t watermark_ms, int64_t next)
{
    while (d->first < d->next) {
        const struct remembered *r = entry_at(d, d->first);
        int64_t ts_ms = r->ts_ms;
        bool old = watermark_ms > ts_ms + d->horizon_ms;
        if (!old && !is_far(d, r, next)) {
            return;
        }
        d->lost += first_forget(d) && !old;
        d->first++;
        d->first_max_ts_ms = ts_ms > d->first_max_ts_ms ? ts_ms : d->first_max_ts_ms;
    }
}

int dedup_first(const struct dedup *d, int64_t *ret_offset, int64_t *ret_max_ts_before_ms)
{
    if (d->first == d->next) {
        return CUBE_ENOTFOUND;
    }
    *ret_offset = entry_at(d, d->first)->offset;
    *ret_max_ts_before_ms = d->first_max_ts_ms;
    return 0;
}

uint64_t dedup_lost(const struct dedup *d)
{
    return d->lost;
}

uint64_t dedup_count(const struct dedup *d)
{
    return d->next - d->first;
}

uint64_t dedup_bytes(const struct dedup *d)
{
    return sizeof *d + (uint64_t)d->capacity * (sizeof(struct remembered) + 2 * sizeof(struct slot));
}
