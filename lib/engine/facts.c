#include "engine/facts.h"

#include "base/hash.h"

#define FACTS_UNINDEXED 16u /* up to here looking through them is as fast */

static uint32_t *index_of(const struct entity *x)
{
    return (uint32_t *)(void *)(x->facts + x->fact_capacity);
}

static uint32_t index_home(const struct entity *x, uint64_t head, uint64_t key)
{
    uint64_t h = (key ^ (head >> 48) * UINT64_C(0xBF58476D1CE4E5B9)) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> (64 - x->index_bits));
}

static uint32_t index_mask(const struct entity *x)
{
    return (1u << x->index_bits) - 1;
}

static void index_put(struct entity *x, uint32_t i)
{
    uint32_t *index = index_of(x), p = index_home(x, x->facts[i].head, x->facts[i].key);
    while (index[p] != 0) {
        p = (p + 1) & index_mask(x);
    }
    index[p] = i + 1;
}

static uint32_t index_place(const struct entity *x, uint32_t i)
{
    const uint32_t *index = index_of(x);
    uint32_t p = index_home(x, x->facts[i].head, x->facts[i].key);
    while (index[p] != i + 1) {
        p = (p + 1) & index_mask(x);
    }
    return p;
}

/* Empties a place and closes the gap in its run. */
static void index_drop(struct entity *x, uint32_t gap)
{
    uint32_t *index = index_of(x), mask = index_mask(x);
    for (uint32_t i = (gap + 1) & mask; index[i] != 0; i = (i + 1) & mask) {
        const struct fact *f = &x->facts[index[i] - 1];
        if (((i - index_home(x, f->head, f->key)) & mask) >= ((i - gap) & mask)) {
            index[gap] = index[i];
            gap = i;
        }
    }
    index[gap] = 0;
}

struct fact *facts_find(const struct entity *x, enum fact_type type, uint8_t arg, uint64_t key)
{
    uint64_t head = fact_head(type, arg, 0);
    if (x->index_bits == 0) {
        for (uint32_t i = 0; i < x->fact_count; i++) {
            if (x->facts[i].key == key && x->facts[i].head >> 48 == head >> 48) {
                return &x->facts[i];
            }
        }
        return NULL;
    }
    const uint32_t *index = index_of(x);
    for (uint32_t p = index_home(x, head, key); index[p] != 0; p = (p + 1) & index_mask(x)) {
        struct fact *f = &x->facts[index[p] - 1];
        if (f->key == key && f->head >> 48 == head >> 48) {
            return f;
        }
    }
    return NULL;
}

static uint8_t bits_for(uint32_t capacity)
{
    uint8_t bits = 0;
    while (capacity > FACTS_UNINDEXED && (1u << bits) < capacity + capacity / 4) {
        bits++;
    }
    return bits;
}

static size_t block_bytes(const struct fact_home *h, uint32_t capacity)
{
    uint8_t bits = bits_for(capacity);
    return h->tracks * 16 + (size_t)capacity * sizeof(struct fact) + (bits ? sizeof(uint32_t) << bits : 0);
}

static void *block_start(const struct fact_home *h, const struct entity *x)
{
    return x->facts ? (int64_t *)(void *)x->facts - 2 * h->tracks : NULL;
}

/* The most facts that the size class of at least this many holds. */
static uint32_t capacity_for(const struct fact_home *h, uint32_t count)
{
    size_t size = block_size(block_bytes(h, count));
    while (block_bytes(h, count + 1) <= size) {
        count++;
    }
    return count;
}

static int block_change(struct fact_home *h, struct entity *x, uint32_t capacity)
{
    int64_t *block = block_get(&h->pool, block_bytes(h, capacity));
    if (!block) {
        return CUBE_ENOMEM;
    }
    void *old = block_start(h, x);
    if (old) {
        memcpy(block, old, h->tracks * 16 + x->fact_count * sizeof(struct fact));
        block_put(&h->pool, old, block_bytes(h, x->fact_capacity));
    }
    x->facts = (struct fact *)(void *)(block + 2 * h->tracks);
    x->fact_capacity = capacity;
    x->index_bits = bits_for(capacity);
    for (uint32_t i = 0; i < x->fact_count && x->index_bits != 0; i++) {
        index_put(x, i);
    }
    return 0;
}

int facts_add(struct fact_home *h, struct entity *x, struct fact f)
{
    if (x->fact_count == x->fact_capacity) {
        uint32_t least = x->fact_count + 1 + (x->fact_count >= 8 ? x->fact_count / 8 : 0);
        if (block_change(h, x, capacity_for(h, least)) != 0) {
            return CUBE_ENOMEM;
        }
    }
    x->facts[x->fact_count] = f;
    if (x->index_bits != 0) {
        index_put(x, x->fact_count);
    }
    x->fact_count++;
    return 0;
}

void facts_remove(struct entity *x, uint32_t i)
{
    uint32_t last = x->fact_count - 1;
    if (x->index_bits != 0) {
        index_drop(x, index_place(x, i));
        if (i != last) {
            index_of(x)[index_place(x, last)] = i + 1;
        }
    }
    x->facts[i] = x->facts[last];
    memset(&x->facts[last], 0, sizeof x->facts[last]);
    x->fact_count = last;
}

int facts_open(struct fact_home *h, struct entity *x)
{
    return x->facts ? 0 : block_change(h, x, capacity_for(h, 1));
}

void facts_close(struct fact_home *h, struct entity *x)
{
    block_put(&h->pool, block_start(h, x), block_bytes(h, x->fact_capacity));
    x->facts = NULL;
    x->fact_count = x->fact_capacity = 0;
    x->index_bits = 0;
}

uint64_t fact_key(struct text t)
{
    return hash64(t.at, t.len);
}
