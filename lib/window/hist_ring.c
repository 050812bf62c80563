#include "window/hist.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/fixed.h"
#include "base/sliding.h"

#define BUCKET_BITS 13 /* 2 x 1,920 buckets at most */
#define BUCKET_ZERO (1 << (BUCKET_BITS - 1))
#define PANE_LIMIT (INT64_C(1) << 50)
#define Q_ONE 1000000
#define CAPACITY_MIN 4

/* Pane and bucket in one number, so that entries compare by one number. */
struct hist_entry {
    int64_t key, n;
};

/* entries: how many of the ring have this bucket. A total lives as long as one of them. */
struct hist_total {
    int32_t bucket;
    uint32_t entries;
    int64_t n;
};

/* ---- entries --------------------------------------------------------------------------------- */

static int64_t key_of(int64_t pane, int32_t bucket)
{
    return pane * (INT64_C(1) << BUCKET_BITS) + bucket + BUCKET_ZERO;
}

static int64_t key_pane(int64_t key)
{
    return key >> BUCKET_BITS;
}

static int32_t key_bucket(int64_t key)
{
    return (int32_t)(key & ((1 << BUCKET_BITS) - 1)) - BUCKET_ZERO;
}

/* The first entry from r->first on whose key is not smaller, counted from there. */
static uint32_t entry_find(const struct hist_ring *r, int64_t key)
{
    const struct hist_entry *e = r->entries + r->first;
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (e[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool entry_is(const struct hist_ring *r, uint32_t i, int64_t key)
{
    return i < r->count && r->entries[r->first + i].key == key;
}

/* Makes room for one entry behind the last: by closing the gap in front when that is worth it. */
static int entries_reserve(struct hist_ring *r)
{
    void *at = r->entries;
    int rc = sliding_reserve(&at, &r->first, r->count, &r->capacity, sizeof *r->entries, CAPACITY_MIN);
    r->entries = at;
    return rc;
}

static void entry_insert(struct hist_ring *r, uint32_t i, int64_t key)
{
    struct hist_entry *e = r->entries + r->first + i;
    memmove(e + 1, e, (r->count - i) * sizeof *e);
    *e = (struct hist_entry){key, 0};
    r->count++;
}

/* ---- totals ---------------------------------------------------------------------------------- */

static uint32_t total_find(const struct hist_ring *r, int32_t bucket)
{
    uint32_t low = 0, high = r->total_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->totals[middle].bucket < bucket) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int totals_reserve(struct hist_ring *r)
{
    if (r->total_count < r->total_capacity) {
        return 0;
    }
    uint32_t capacity = r->total_capacity ? r->total_capacity * 2 : CAPACITY_MIN;
    struct hist_total *t = realloc(r->totals, capacity * sizeof *t);
    if (!t) {
        return CUBE_ENOMEM;
    }
    r->totals = t;
    r->total_capacity = capacity;
    return 0;
}

/* Opens the total of a new entry; there is room for one more. */
static void total_enter(struct hist_ring *r, int32_t bucket)
{
    uint32_t i = total_find(r, bucket);
    struct hist_total *t = r->totals + i;
    if (i == r->total_count || t->bucket != bucket) {
        memmove(t + 1, t, (r->total_count++ - i) * sizeof *t);
        *t = (struct hist_total){.bucket = bucket};
    }
    t->entries++;
}

static void total_add(struct hist_ring *r, int32_t bucket, int64_t n)
{
    r->totals[total_find(r, bucket)].n += n;
    r->n += n;
}

/* The entry of a bucket with this n is leaving. */
static void total_leave(struct hist_ring *r, int32_t bucket, int64_t n)
{
    uint32_t i = total_find(r, bucket);
    struct hist_total *t = r->totals + i;
    t->n -= n;
    r->n -= n;
    if (--t->entries == 0) {
        CHECK_POST(t->n == 0);
        memmove(t, t + 1, (--r->total_count - i) * sizeof *t);
    }
}

/* ---- public ---------------------------------------------------------------------------------- */

int hist_ring_add(struct hist_ring *r, int64_t pane, int32_t bucket, int64_t n)
{
    CHECK_PRE(pane > -PANE_LIMIT && pane < PANE_LIMIT);
    CHECK_PRE(bucket > -BUCKET_ZERO && bucket < BUCKET_ZERO);
    int64_t key = key_of(pane, bucket);
    uint32_t i = entry_find(r, key);
    bool is_new = !entry_is(r, i, key);
    int rc = is_new ? entries_reserve(r) : 0;
    if (rc || (rc = totals_reserve(r)) != 0) {
        return rc;
    }
    if (is_new) {
        entry_insert(r, i, key);
        total_enter(r, bucket);
    }
    r->entries[r->first + i].n += n;
    total_add(r, bucket, n);
    return 0;
}

/* Gives entries back once three quarters are empty. Lack of memory only puts that off. */
static void shrink(struct hist_ring *r)
{
    if (r->count == 0) {
        CHECK_POST(r->n == 0 && r->total_count == 0);
        hist_ring_close(r);
        return;
    }
    uint32_t capacity = r->capacity / 2;
    if (capacity < CAPACITY_MIN || r->count > capacity / 2) {
        return;
    }
    memmove(r->entries, r->entries + r->first, r->count * sizeof *r->entries);
    r->first = 0;
    struct hist_entry *e = realloc(r->entries, capacity * sizeof *e);
    if (e) {
        r->entries = e;
        r->capacity = capacity;
    }
}

uint32_t hist_ring_roll(struct hist_ring *r, int64_t oldest_pane)
{
    uint32_t left = 0;
    while (r->count > 0 && key_pane(r->entries[r->first].key) < oldest_pane) {
        const struct hist_entry *e = &r->entries[r->first];
        total_leave(r, key_bucket(e->key), e->n);
        r->first++;
        r->count--;
        left++;
    }
    if (left > 0) {
        shrink(r);
    }
    return left;
}

int hist_ring_quantile(const struct hist_ring *r, double q, int64_t *ret_value)
{
    CHECK_PRE(q > 0 && q <= 1);
    if (r->n <= 0) {
        return CUBE_ENOTFOUND;
    }
    cube_i128 scaled = (cube_i128)llround(q * Q_ONE) * r->n;
    int64_t rank = (int64_t)((scaled + Q_ONE - 1) / Q_ONE), seen = 0;
    for (uint32_t i = 0; i < r->total_count; i++) {
        seen += r->totals[i].n;
        if (seen >= rank) {
            *ret_value = hist_value(r->totals[i].bucket);
            return 0;
        }
    }
    CHECK_NEVER("the totals of a histogram add up to its n");
}

void hist_ring_at(const struct hist_ring *r, uint32_t i, int64_t *ret_pane, int32_t *ret_bucket, int64_t *ret_n)
{
    CHECK_PRE(i < r->count);
    const struct hist_entry *e = &r->entries[r->first + i];
    *ret_pane = key_pane(e->key);
    *ret_bucket = key_bucket(e->key);
    *ret_n = e->n;
}

int64_t hist_ring_oldest(const struct hist_ring *r)
{
    CHECK_PRE(r->count > 0);
    return key_pane(r->entries[r->first].key);
}

int64_t hist_ring_find(const struct hist_ring *r, int64_t pane, int32_t bucket)
{
    int64_t key = key_of(pane, bucket);
    uint32_t i = entry_find(r, key);
    return entry_is(r, i, key) ? r->entries[r->first + i].n : 0;
}

uint64_t hist_ring_bytes(const struct hist_ring *r)
{
    return (uint64_t)r->capacity * sizeof *r->entries +
           (uint64_t)r->total_capacity * sizeof *r->totals;
}

void hist_ring_close(struct hist_ring *r)
{
    free(r->entries);
    free(r->totals);
    *r = (struct hist_ring){0};
}
