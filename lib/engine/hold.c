#include "engine/hold.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/event_pack.h"
#include "engine/hold_inner.h"
#include "window/pane.h"

/* The multiplication is good for times below this, in the year 6429. */
#define EXACT_MS (UINT64_C(1) << 47)

/* What a sparse backlog holds between two commits: a thousand buckets of a few events. The memory of very large ones goes
 * back. */
enum { SPARE_TOTAL_MAX = 2 * 1024 * 1024, SPARE_BYTES_MAX = 256 * 1024 };

enum { EVENTS_FIRST = 8 };

/* So many buckets are looked at one by one before halving. A tick this long has buckets of a minute, others of 10 s at most. */
enum { STEPS_MAX = 8, LONG_TICK_MS = 600000, SHORT_BUCKET_MS = 10000 };

static int64_t divisor_of(int64_t a, int64_t b)
{
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

int64_t hold_bucket_ms(int64_t tick_ms)
{
    return divisor_of(tick_ms, tick_ms < LONG_TICK_MS ? SHORT_BUCKET_MS : HOLD_BUCKET_MAX_MS);
}

static void length_set(struct hold *h, int64_t bucket_ms)
{
    h->bucket_ms = bucket_ms;
    h->reciprocal = (UINT64_C(1) << 63) / (uint64_t)bucket_ms + 1;
}

int hold_create(int64_t bucket_ms, struct hold **ret_h)
{
    CHECK_PRE(bucket_ms > 0 && bucket_ms <= HOLD_BUCKET_MAX_MS);
    struct hold *h = calloc(1, sizeof *h);
    if (!h) {
        return CUBE_ENOMEM;
    }
    length_set(h, bucket_ms);
    *ret_h = h;
    return 0;
}

void hold_fit(struct hold *h, int64_t end_ms)
{
    CHECK_PRE(h->count == 0 && !h->opened);
    length_set(h, divisor_of(h->bucket_ms, end_ms < 0 ? -end_ms : end_ms));
}

int64_t hold_end_ms(const struct hold *h, int64_t t_ms)
{
    return pane_of(t_ms, h->bucket_ms) * h->bucket_ms;
}

int64_t hold_end_after_ms(const struct hold *h, int64_t t_ms)
{
    return hold_end_ms(h, t_ms) + h->bucket_ms;
}

static void bucket_destroy(struct hold *h, struct bucket *b)
{
    pieces_clear(&b->pieces, &h->pool);
    free(b->events);
    free(b);
}

/* Of one that is spare. */
static uint64_t bucket_memory(const struct bucket *b)
{
    return sizeof *b + PIECE_BYTES_MIN + b->capacity * sizeof *b->events;
}

static struct bucket *spare_take(struct hold *h)
{
    struct bucket *b = h->spare;
    h->spare = b->next;
    h->spare_bytes -= bucket_memory(b);
    return b;
}

void hold_bucket_spare(struct hold *h, struct bucket *b)
{
    if (h->spare_bytes + bucket_memory(b) > SPARE_TOTAL_MAX || bucket_memory(b) > SPARE_BYTES_MAX) {
        bucket_destroy(h, b);
        return;
    }
    pieces_rewind(&b->pieces, &h->pool);
    b->packed_bytes = b->count = 0;
    memset(b->has_first, 0, sizeof b->has_first);
    b->next = h->spare;
    h->spare = b;
    h->spare_bytes += bucket_memory(b);
}

void hold_destroy(struct hold *h)
{
    if (!h) {
        return;
    }
    for (uint32_t i = 0; i < h->count; i++) {
        bucket_destroy(h, h->buckets[i]);
    }
    while (h->spare) {
        bucket_destroy(h, spare_take(h));
    }
    while (h->opened) {
        struct bucket *b = h->opened;
        h->opened = b->next;
        bucket_destroy(h, b);
    }
    piece_pool_close(&h->pool);
    free(h->room);
    free(h->together.at);
    free(h->scratch.at);
    free(h);
}

/* Position of the first bucket whose number is not below n. */
static uint32_t bucket_position(const struct hold *h, int64_t n)
{
    if (!h->count || h->buckets[h->count - 1]->number < n) {
        return h->count;
    }
    /* Where events are dense nearly every number has its bucket: it stands about as far before the last as its number is. */
    uint64_t behind = (uint64_t)(h->buckets[h->count - 1]->number - n);
    uint32_t low = behind < h->count ? h->count - 1 - (uint32_t)behind : 0, high = h->count;
    for (int i = 0; i < STEPS_MAX && behind < h->count; i++, low++) {
        if (h->buckets[low]->number >= n) {
            return low;
        }
    }
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (h->buckets[mid]->number < n) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static int buckets_grow(struct hold *h)
{
    uint32_t gap = (uint32_t)(h->buckets - h->room);
    if (gap + h->count < h->capacity) {
        return 0;
    }
    if (gap > h->capacity / 2) {
        memmove(h->room, h->buckets, h->count * sizeof(struct bucket *));
        h->buckets = h->room;
        return 0;
    }
    uint32_t capacity = h->capacity ? h->capacity * 2 : 16;
    struct bucket **grown = realloc(h->room, capacity * sizeof(struct bucket *));
    if (!grown) {
        return CUBE_ENOMEM;
    }
    h->room = grown;
    h->buckets = grown + gap;
    h->capacity = capacity;
    return 0;
}

/* The bucket of a time, by a multiplication where that is exact (Granlund and Montgomery: the reciprocal is too large by
 * no more than bucket_ms / 2^63 of itself, so quotients of times below 2^63 / HOLD_BUCKET_MAX_MS are right). */
_Static_assert(EXACT_MS <= (UINT64_C(1) << 63) / HOLD_BUCKET_MAX_MS, "the multiplication is exact");
static inline int64_t number_of(const struct hold *h, int64_t ts_ms)
{
    if ((uint64_t)ts_ms >= EXACT_MS) {
        return pane_of(ts_ms, h->bucket_ms);
    }
    return (int64_t)(((unsigned __int128)((uint64_t)ts_ms * 2) * h->reciprocal) >> 64);
}

static __attribute__((noinline)) int bucket_look_up(struct hold *h, int64_t number, struct bucket **ret_b)
{
    uint32_t i = bucket_position(h, number);
    if (i < h->count && h->buckets[i]->number == number) {
        *ret_b = h->near[number & (HOLD_NEAR - 1)] = h->buckets[i];
        return 0;
    }
    if (buckets_grow(h)) {
        return CUBE_ENOMEM;
    }
    struct bucket *b = h->spare ? spare_take(h) : calloc(1, sizeof *b);
    if (!b) {
        return CUBE_ENOMEM;
    }
    b->number = number;
    memmove(h->buckets + i + 1, h->buckets + i, (h->count - i) * sizeof(struct bucket *));
    h->buckets[i] = b;
    h->count++;
    *ret_b = h->near[number & (HOLD_NEAR - 1)] = b;
    return 0;
}

static inline int bucket_of(struct hold *h, int64_t number, struct bucket **ret_b)
{
    struct bucket *near = h->near[number & (HOLD_NEAR - 1)];
    if (near && near->number == number) {
        *ret_b = near;
        return 0;
    }
    return bucket_look_up(h, number, ret_b);
}

/* A bucket that was made for an event and did not get it. */
static void bucket_drop_empty(struct hold *h, const struct bucket *b)
{
    uint32_t i = bucket_position(h, b->number);
    if (b->count == 0) {
        hold_bucket_leaves(h, b);
        bucket_destroy(h, h->buckets[i]);
        h->count--;
        memmove(h->buckets + i, h->buckets + i + 1, (h->count - i) * sizeof(struct bucket *));
    }
}

static __attribute__((noinline)) int events_grow(struct bucket *b)
{
    uint32_t capacity = b->capacity ? b->capacity * 2 : EVENTS_FIRST;
    struct held *grown = realloc(b->events, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    b->events = grown;
    b->capacity = capacity;
    return 0;
}

/* Room for one more event, packed. */
static int room_ensure(struct hold *h, struct bucket *b, const struct event *e)
{
    size_t left = (size_t)(b->pieces.end - b->pieces.to), bound = event_pack_bound(e);
    if (left < bound && pieces_more(&b->pieces, &h->pool, bound)) {
        return CUBE_ENOMEM;
    }
    return b->count < b->capacity ? 0 : events_grow(b);
}

/* What the next event of this bucket will be written to. */
static inline void room_prefetch(const struct bucket *b)
{
    enum { LINE = 64 };
    __builtin_prefetch(b->pieces.to + LINE, 1);
    __builtin_prefetch(b->pieces.to + 2 * LINE, 1);
    __builtin_prefetch(b->pieces.to + 3 * LINE, 1);
    __builtin_prefetch(b->events + b->count + 1, 1);
}

int hold_add(struct hold *h, const struct event *e, uint64_t entity_hash, const struct hold_origin *o, bool straggler)
{
    CHECK_PRE(o->input < HOLD_INPUTS_MAX);
    struct bucket *b;
    if (bucket_of(h, number_of(h, e->ts_ms), &b)) {
        return CUBE_ENOMEM;
    }
    if (room_ensure(h, b, e)) {
        bucket_drop_empty(h, b);
        return CUBE_ENOMEM;
    }
    uint8_t *at = b->pieces.to;
    b->pieces.to = event_pack_to(e, at);
    size_t packed = (size_t)(b->pieces.to - at);
    b->events[b->count++] = (struct held){e->ts_ms, entity_hash, o->offset, (uintptr_t)at, straggler};
    b->packed_bytes += packed;
    h->bytes += packed + sizeof(struct held);
    if (!b->has_first[o->input] || o->offset < b->first[o->input].offset) {
        b->has_first[o->input] = true;
        b->first[o->input] = *o;
    }
    room_prefetch(b);
    return 0;
}

int64_t hold_earliest_ms(const struct hold *h)
{
    return h->count ? h->buckets[0]->number * h->bucket_ms : INT64_MAX;
}

int hold_first(const struct hold *h, uint32_t input, struct hold_origin *ret_o)
{
    const struct hold_origin *first = NULL;
    for (uint32_t i = 0; i < h->count; i++) {
        const struct bucket *b = h->buckets[i];
        if (b->has_first[input] && (!first || b->first[input].offset < first->offset)) {
            first = &b->first[input];
        }
    }
    if (!first) {
        return CUBE_ENOTFOUND;
    }
    *ret_o = *first;
    return 0;
}

uint64_t hold_bytes(const struct hold *h)
{
    return h->bytes;
}
