#include "engine/hold.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "engine/event_pack.h"
#include "window/pane.h"

struct held {
    int64_t ts_ms;
    uint64_t entity_hash;
    int64_t offset;
    uint64_t at : 63; /* packed event in the bucket's bytes */
    uint64_t straggler : 1;
};

struct bucket {
    int64_t number; /* bucket start / bucket_ms */
    struct bucket *next_spare;
    struct buf bytes;
    struct held *events;
    uint32_t count, capacity;
    bool has_first[HOLD_INPUTS_MAX];
    struct hold_origin first[HOLD_INPUTS_MAX];
};

struct hold {
    int64_t bucket_ms;
    struct bucket **room;    /* for pointers to buckets */
    struct bucket **buckets; /* in that room, ascending by number; opened ones leave a gap in front */
    uint32_t count, capacity;
    struct bucket *spare;    /* emptied buckets, kept for their memory */
    uint64_t spare_bytes;
    struct bucket *opened;
    struct held *scratch;
    uint32_t scratch_capacity;
    uint64_t bytes;
};

/* What a sparse backlog holds between two commits: a thousand buckets of a few events. The memory of large ones
 * goes back. */
enum { SPARE_TOTAL_MAX = 2 * 1024 * 1024, SPARE_BYTES_MAX = 64 * 1024 };

enum { EVENTS_FIRST = 8, EVENTS_AHEAD = 3 }; /* fetched ahead: sorted, they do not lie in the order of memory */

/* So many buckets are looked at one by one before halving. */
enum { STEPS_MAX = 8 };

int64_t hold_bucket_ms(int64_t tick_ms)
{
    int64_t a = tick_ms, b = HOLD_BUCKET_MAX_MS;
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

int hold_create(int64_t bucket_ms, struct hold **ret_h)
{
    CHECK_PRE(bucket_ms > 0 && bucket_ms <= HOLD_BUCKET_MAX_MS);
    struct hold *h = calloc(1, sizeof *h);
    if (!h) {
        return CUBE_ENOMEM;
    }
    h->bucket_ms = bucket_ms;
    *ret_h = h;
    return 0;
}

static void bucket_destroy(struct bucket *b)
{
    if (b) {
        buf_close(&b->bytes);
        free(b->events);
        free(b);
    }
}

static uint64_t bucket_memory(const struct bucket *b)
{
    return sizeof *b + b->bytes.capacity + b->capacity * sizeof *b->events;
}

static struct bucket *spare_take(struct hold *h)
{
    struct bucket *b = h->spare;
    h->spare = b->next_spare;
    h->spare_bytes -= bucket_memory(b);
    return b;
}

void hold_destroy(struct hold *h)
{
    if (!h) {
        return;
    }
    for (uint32_t i = 0; i < h->count; i++) {
        bucket_destroy(h->buckets[i]);
    }
    while (h->spare) {
        bucket_destroy(spare_take(h));
    }
    bucket_destroy(h->opened);
    free(h->room);
    free(h->scratch);
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

static int bucket_of(struct hold *h, int64_t number, struct bucket **ret_b)
{
    uint32_t i = bucket_position(h, number);
    if (i < h->count && h->buckets[i]->number == number) {
        *ret_b = h->buckets[i];
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
    *ret_b = b;
    return 0;
}

/* A bucket that was made for an event and did not get it. */
static void bucket_drop_empty(struct hold *h, const struct bucket *b)
{
    uint32_t i = bucket_position(h, b->number);
    if (b->count == 0) {
        bucket_destroy(h->buckets[i]);
        h->count--;
        memmove(h->buckets + i, h->buckets + i + 1, (h->count - i) * sizeof(struct bucket *));
    }
}

static int events_grow(struct bucket *b)
{
    if (b->count < b->capacity) {
        return 0;
    }
    uint32_t capacity = b->capacity ? b->capacity * 2 : EVENTS_FIRST;
    struct held *grown = realloc(b->events, capacity * sizeof *grown);
    if (!grown) {
        return CUBE_ENOMEM;
    }
    b->events = grown;
    b->capacity = capacity;
    return 0;
}

int hold_add(struct hold *h, const struct event *e, uint64_t entity_hash, const struct hold_origin *o, bool straggler)
{
    CHECK_PRE(o->input < HOLD_INPUTS_MAX);
    struct bucket *b;
    if (bucket_of(h, pane_of(e->ts_ms, h->bucket_ms), &b)) {
        return CUBE_ENOMEM;
    }
    size_t at = b->bytes.len;
    if (events_grow(b) || event_pack(e, &b->bytes)) {
        bucket_drop_empty(h, b);
        return CUBE_ENOMEM;
    }
    b->events[b->count++] = (struct held){e->ts_ms, entity_hash, o->offset, at, straggler};
    h->bytes += b->bytes.len - at + sizeof(struct held);
    if (!b->has_first[o->input] || o->offset < b->first[o->input].offset) {
        b->has_first[o->input] = true;
        b->first[o->input] = *o;
    }
    return 0;
}

int64_t hold_earliest_ms(const struct hold *h)
{
    return h->count ? h->buckets[0]->number * h->bucket_ms : INT64_MAX;
}

/* One stable counting pass over 7 bits of the distance from the bucket's start. */
static void sort_pass(const struct held *from, struct held *to, uint32_t n, int64_t start_ms, unsigned shift)
{
    uint32_t place[129] = {0};
    for (uint32_t i = 0; i < n; i++) {
        place[(((from[i].ts_ms - start_ms) >> shift) & 127) + 1]++;
    }
    for (unsigned i = 1; i < 128; i++) {
        place[i] += place[i - 1];
    }
    for (uint32_t i = 0; i < n; i++) {
        to[place[((from[i].ts_ms - start_ms) >> shift) & 127]++] = from[i];
    }
}

static bool is_before(const struct bucket *b, const struct held *x, const struct held *y)
{
    if (x->ts_ms != y->ts_ms) {
        return x->ts_ms < y->ts_ms;
    }
    const uint8_t *px = b->bytes.at + x->at, *py = b->bytes.at + y->at;
    int c = text_compare(event_packed_id(px), event_packed_id(py));
    c = c ? c : (int)event_packed_topic(px) - (int)event_packed_topic(py);
    return c ? c < 0 : x->offset < y->offset;
}

/* Up to so many events neither counting nor merging pays. */
enum { TIES_INSERTED_MAX = 16 };

static void ties_insert(const struct bucket *b, struct held *at, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct held moving = at[i];
        uint32_t j = i;
        while (j && is_before(b, &moving, &at[j - 1])) {
            at[j] = at[j - 1];
            j--;
        }
        at[j] = moving;
    }
}

/* Many events of one millisecond (a day's events dated to midnight): insertion would take for ever. */
static void ties_merge(const struct bucket *b, struct held *at, struct held *scratch, uint32_t n)
{
    if (n <= TIES_INSERTED_MAX) {
        ties_insert(b, at, n);
        return;
    }
    uint32_t left = n / 2, i = 0, j = left, k = 0;
    ties_merge(b, at, scratch, left);
    ties_merge(b, at + left, scratch, n - left);
    memcpy(scratch, at, left * sizeof *at);
    while (i < left) {
        at[k++] = j < n && is_before(b, &at[j], &scratch[i]) ? at[j++] : scratch[i++];
    }
}

/* After the counting passes only events of one millisecond can be out of order. */
static void sort_ties(const struct bucket *b, struct held *scratch)
{
    uint32_t start = 0;
    for (uint32_t i = 1; i <= b->count; i++) {
        if (i == b->count || b->events[i].ts_ms != b->events[start].ts_ms) {
            ties_merge(b, b->events + start, scratch, i - start);
            start = i;
        }
    }
}

static int bucket_sort(struct hold *h, struct bucket *b)
{
    if (b->count <= TIES_INSERTED_MAX) {
        ties_insert(b, b->events, b->count);
        return 0;
    }
    if (h->scratch_capacity < b->count) {
        struct held *grown = realloc(h->scratch, b->capacity * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        h->scratch = grown;
        h->scratch_capacity = b->capacity;
    }
    int64_t start_ms = b->number * h->bucket_ms;
    sort_pass(b->events, h->scratch, b->count, start_ms, 0);
    sort_pass(h->scratch, b->events, b->count, start_ms, 7);
    sort_ties(b, h->scratch);
    return 0;
}

int hold_open(struct hold *h, int64_t before_ms)
{
    CHECK_PRE(!h->opened);
    if (!h->count || (h->buckets[0]->number + 1) * h->bucket_ms > before_ms) {
        return 0;
    }
    if (bucket_sort(h, h->buckets[0])) {
        return CUBE_ENOMEM;
    }
    h->opened = h->buckets[0];
    h->count--;
    h->buckets++;
    return 1;
}

uint32_t hold_count(const struct hold *h)
{
    return h->opened ? h->opened->count : 0;
}

uint64_t hold_entity_hash(const struct hold *h, uint32_t i)
{
    return h->opened->events[i].entity_hash;
}

bool hold_is_straggler(const struct hold *h, uint32_t i)
{
    return h->opened->events[i].straggler;
}

void hold_event(const struct hold *h, uint32_t i, struct event *ret_e)
{
    const struct bucket *b = h->opened;
    event_packed_prefetch(b->bytes.at + b->events[i + EVENTS_AHEAD < b->count ? i + EVENTS_AHEAD : i].at);
    event_unpack(b->bytes.at + b->events[i].at, ret_e);
}

void hold_close(struct hold *h)
{
    struct bucket *b = h->opened;
    CHECK_PRE(b);
    h->opened = NULL;
    h->bytes -= b->bytes.len + b->count * sizeof(struct held);
    if (h->spare_bytes + bucket_memory(b) > SPARE_TOTAL_MAX || b->bytes.capacity > SPARE_BYTES_MAX) {
        bucket_destroy(b);
        return;
    }
    b->count = 0;
    buf_clear(&b->bytes);
    memset(b->has_first, 0, sizeof b->has_first);
    b->next_spare = h->spare;
    h->spare = b;
    h->spare_bytes += bucket_memory(b);
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
