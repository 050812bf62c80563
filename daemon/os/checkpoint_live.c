#include "os/checkpoint_live.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { CAPACITY_MIN = 1024 };

void checkpoint_live_init(struct checkpoint_live *l, uint32_t capacity_max)
{
    *l = (struct checkpoint_live){.capacity_max = capacity_max, .shares = 1};
}

void checkpoint_live_pass(struct checkpoint_live *l, uint32_t share, uint32_t shares)
{
    if (l->keys) {
        memset(l->keys, 0, l->capacity * sizeof *l->keys);
    }
    if (share == 0) {
        buf_clear(&l->bits);
    }
    l->used = 0;
    l->share = share;
    l->shares = shares;
    l->number = l->waiting_count = 0;
}

static struct checkpoint_key *slot_of(struct checkpoint_key *keys, uint32_t capacity, uint64_t high, uint32_t low)
{
    uint32_t i = low & (capacity - 1);
    while (keys[i].number && (keys[i].high != high || keys[i].low != low)) {
        i = (i + 1) & (capacity - 1);
    }
    return &keys[i];
}

/* Keeps an eighth of the slots free. */
static int keys_grow(struct checkpoint_live *l)
{
    if (l->used < l->capacity - l->capacity / 8) {
        return 0;
    }
    uint32_t capacity = l->capacity ? l->capacity * 2 : CAPACITY_MIN < l->capacity_max ? CAPACITY_MIN : l->capacity_max;
    if (capacity > l->capacity_max) {
        return CUBE_ELIMIT;
    }
    struct checkpoint_key *keys = calloc(capacity, sizeof *keys);
    if (!keys) {
        return CUBE_ENOMEM;
    }
    for (uint32_t i = 0; i < l->capacity; i++) {
        if (l->keys[i].number) {
            *slot_of(keys, capacity, l->keys[i].high, l->keys[i].low) = l->keys[i];
        }
    }
    free(l->keys);
    l->keys = keys;
    l->capacity = capacity;
    return 0;
}

static int bits_grow(struct checkpoint_live *l)
{
    if (l->number / 8 < l->bits.len) {
        return 0;
    }
    return buf_append(&l->bits, (const uint8_t[]){0}, 1);
}

static int key_take(struct checkpoint_live *l, const struct checkpoint_key *key)
{
    int rc = keys_grow(l);
    if (rc) {
        return rc;
    }
    struct checkpoint_key *k = slot_of(l->keys, l->capacity, key->high, key->low);
    if (k->number) {
        l->bits.at[(k->number - 1) / 8] &= (uint8_t)~(1u << (k->number - 1) % 8);
    } else {
        l->used++;
    }
    *k = *key;
    return 0;
}

int checkpoint_live_end(struct checkpoint_live *l)
{
    int rc = 0;
    for (uint32_t i = 0; i < l->waiting_count && !rc; i++) {
        rc = key_take(l, &l->waiting[i]);
    }
    l->waiting_count = 0;
    return rc;
}

static void key_wait(struct checkpoint_live *l, const struct checkpoint_key *key)
{
    l->waiting[l->waiting_count++] = *key;
    if (l->capacity) {
        __builtin_prefetch(&l->keys[key->low & (l->capacity - 1)], 1);
    }
}

int checkpoint_live_add(struct checkpoint_live *l, const struct record *r)
{
    XXH128_hash_t h = XXH3_128bits(r->key, r->key_len);
    uint32_t n = l->number;
    if (n == UINT32_MAX) {
        return CUBE_ENOMEM;
    }
    int rc = bits_grow(l);
    if (rc) {
        return rc;
    }
    if ((h.low64 >> 32) % l->shares == l->share) {
        rc = l->waiting_count == LIVE_WAITING ? checkpoint_live_end(l) : 0;
        if (rc) {
            return rc;
        }
        key_wait(l, &(struct checkpoint_key){h.high64, (uint32_t)h.low64, n + 1});
        l->bits.at[n / 8] |= (uint8_t)((r->value != NULL) << n % 8);
    }
    l->number++;
    return 0;
}

bool checkpoint_live_is(const struct checkpoint_live *l, uint32_t number)
{
    return number / 8 < l->bits.len && (l->bits.at[number / 8] >> number % 8 & 1);
}

void checkpoint_live_close(struct checkpoint_live *l)
{
    buf_close(&l->bits);
    free(l->keys);
    *l = (struct checkpoint_live){.capacity_max = l->capacity_max, .shares = 1};
}
