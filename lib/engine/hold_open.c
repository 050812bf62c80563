/* What leaves a hold: buckets that have ended, sorted, few of them where they are full and many where they are not. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/event_pack.h"
#include "engine/hold_inner.h"
#include "engine/hold_order.h"

/* Sorted, they do not lie in the order of memory: so many are fetched ahead. */
enum { EVENTS_AHEAD = 3 };

/* Buckets are opened together while they have no more events than this: behind each opening what the next events need is not fetched yet. */
enum { TOGETHER_MAX = 512 };

static int room_reserve(struct held_room *r, uint32_t count)
{
    if (count <= r->capacity) {
        return 0;
    }
    uint32_t capacity = r->capacity ? r->capacity : TOGETHER_MAX;
    while (capacity < count) {
        capacity *= 2;
    }
    struct held *grown = realloc(r->at, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    r->at = grown;
    r->capacity = capacity;
    return 0;
}

static int64_t start_of(const struct hold *h, uint32_t i)
{
    return h->buckets[i]->number * h->bucket_ms;
}

/* How many buckets leave now, with how many events; the most that one of them has. */
static uint32_t due_count(const struct hold *h, int64_t before_ms, uint32_t *ret_events, uint32_t *ret_most)
{
    uint32_t i = 0, events = 0, most = 0;
    while (i < h->count && start_of(h, i) + h->bucket_ms <= before_ms && (i == 0 || events + h->buckets[i]->count <= TOGETHER_MAX)) {
        uint32_t count = h->buckets[i++]->count;
        events += count;
        most = count > most ? count : most;
    }
    *ret_events = events;
    *ret_most = most;
    return i;
}

/* The events of the first buckets in their order. There is room. */
static struct held *gather(struct hold *h, uint32_t buckets)
{
    struct held *to = h->together.at;
    for (uint32_t i = 0; i < buckets; i++) {
        struct bucket *b = h->buckets[i];
        hold_order(b->events, b->count, start_of(h, i), h->scratch.at);
        if (buckets == 1) {
            return b->events;
        }
        memcpy(to, b->events, b->count * sizeof *to);
        to += b->count;
    }
    return h->together.at;
}

static void leave(struct hold *h, uint32_t buckets)
{
    for (uint32_t i = 0; i < buckets; i++) {
        struct bucket *b = h->buckets[i];
        hold_bucket_leaves(h, b);
        b->next = h->opened;
        h->opened = b;
    }
    h->count -= buckets;
    h->buckets += buckets;
}

int hold_open(struct hold *h, int64_t before_ms)
{
    CHECK_PRE(!h->opened);
    uint32_t events, most, buckets = due_count(h, before_ms, &events, &most);
    if (buckets == 0) {
        return 0;
    }
    if ((buckets > 1 && room_reserve(&h->together, events)) || (most > HOLD_ORDER_FEW && room_reserve(&h->scratch, most))) {
        return CUBE_ENOMEM;
    }
    h->events = gather(h, buckets);
    h->event_count = events;
    leave(h, buckets);
    return 1;
}

uint32_t hold_count(const struct hold *h)
{
    return h->opened ? h->event_count : 0;
}

const struct held *hold_events(const struct hold *h)
{
    return h->events;
}

void hold_event(const struct hold *h, uint32_t i, struct event *ret_e, struct said_dims *ret_s)
{
    event_packed_prefetch(held_packed(&h->events[i + EVENTS_AHEAD < h->event_count ? i + EVENTS_AHEAD : i]));
    event_unpack(held_packed(&h->events[i]), ret_e, ret_s);
}

void hold_close(struct hold *h)
{
    CHECK_PRE(h->opened);
    while (h->opened) {
        struct bucket *b = h->opened;
        h->opened = b->next;
        h->bytes -= b->packed_bytes + b->count * sizeof(struct held);
        hold_bucket_spare(h, b);
    }
}
